export const id = 882;
export const ids = [882];
export const modules = {

/***/ 5882:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  startEmulator: () => (/* binding */ startEmulator)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./lib/emulator/client.js
/** Whether the form comes from the OAuth client of the users. unsure: the text for a wrong secret. */
function judgeClient(form, { desktop }) {
    const refusal = { status: 401, error: 'invalid_client' };
    if (form.get('client_id') !== desktop.id || desktop.isDeleted) {
        return { ...refusal, error_description: 'The OAuth client was not found.' };
    }
    if (form.get('client_secret') !== desktop.secret) {
        return { ...refusal, error_description: 'The provided client secret is invalid.' };
    }
    return undefined;
}
/** The number of the project that owns a client: `NUMBER-….apps.googleusercontent.com`. */
const projectOfClient = (id) => /^(\d+)-[\w-]+\.apps\.googleusercontent\.com$/.exec(id)?.[1];

;// CONCATENATED MODULE: ./lib/emulator/world.js
/** The clock in whole seconds, as claims have it. */
const seconds = (world) => Math.floor(world.now() / 1000);

;// CONCATENATED MODULE: ./lib/emulator/accesstoken.js


const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform';
const prefixes = {
    federated: 'ya29.d.',
    account: 'ya29.c.',
    user: 'ya29.a0',
};
/** A new access token. As Google's it is opaque, and says by its first letters what it stands for. */
function issueAccessToken({ lifetime = 3600, ...token }, world) {
    const text = prefixes[token.kind] + (0,external_node_crypto_.randomBytes)(96).toString('base64url');
    world.accessTokens.set(text, { ...token, expires: seconds(world) + lifetime });
    world.ledger.keep(text);
    return text;
}
/** Tokens of a service account die with it. */
function revokeAccessTokens(email, { accessTokens }) {
    for (const [token, { members }] of accessTokens) {
        if (members.includes(accountMember(email)))
            accessTokens.delete(token);
    }
}
const accountMember = (email) => `serviceAccount:${email}`;

// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/key.js
var lib_key = __webpack_require__(7859);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/base64url.js
var base64url = __webpack_require__(1445);
;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/key/export.js



function exportSPKI(key) {
  return exportPublic(key);
}
function exportPKCS8(key) {
  return exportPrivate(key);
}
async function exportJWK(key) {
  if ((0,lib_key/* isKeyObject */.D2)(key))
    if (key.type === "secret")
      key = key.export();
    else
      return key.export({ format: "jwk" });
  if (key instanceof Uint8Array)
    return {
      kty: "oct",
      k: (0,base64url/* encode */.l)(key)
    };
  if (!(0,lib_key/* isCryptoKey */.R7)(key))
    throw new TypeError((0,lib_key/* invalidKeyInput */.XP)(key, "CryptoKey", "KeyObject", "Uint8Array"));
  if (!key.extractable)
    throw new TypeError("non-extractable CryptoKey cannot be exported as a JWK");
  const jwk = await crypto.subtle.exportKey("jwk", key);
  delete jwk.ext, delete jwk.key_ops, delete jwk.use, jwk.kty !== "AKP" && delete jwk.alg;
  for (const parameter of Object.keys(jwk))
    jwk[parameter] === void 0 && delete jwk[parameter];
  return jwk;
}


// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/errors.js
var errors = __webpack_require__(5674);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/jws_algorithms.js
var jws_algorithms = __webpack_require__(8109);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/key_descriptor.js
var key_descriptor = __webpack_require__(3035);
;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/jwe_algorithms.js


const wrap = [
  ["encrypt", "wrapKey"],
  ["decrypt", "unwrapKey"]
], derive = [[], ["deriveBits"]], none = [[], []];
function rsaes(bits) {
  return {
    kty: ["RSA"],
    mode: "key-encryption",
    subtle: { name: "RSA-OAEP", hash: `SHA-${bits}` },
    usages: wrap,
    ops: ["wrapKey", "unwrapKey"]
  };
}
function ecdh(mode) {
  return {
    kty: ["EC", "OKP"],
    mode,
    subtle: { name: "ECDH" },
    resolve: ({ kty, crv, asymmetricKeyType }) => {
      if (crv === "X25519" || asymmetricKeyType === "x25519")
        return { name: "X25519" };
      if (kty === "OKP")
        throw new errors/* JOSENotSupported */.T0('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
      return { name: "ECDH", namedCurve: crv };
    },
    usages: derive,
    ops: [void 0, "deriveBits"]
  };
}
function aeskw(bits, gcm = !1) {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: !0,
    subtle: { name: gcm ? "AES-GCM" : "AES-KW", length: bits },
    usages: none,
    ops: gcm ? ["encrypt", "decrypt"] : ["wrapKey", "unwrapKey"]
  };
}
function pbes2() {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: !0,
    subtle: { name: "PBKDF2" },
    usages: none,
    ops: ["deriveBits", "deriveBits"]
  };
}
const JWE = (0,key_descriptor/* table */.t)({
  dir: {
    kty: ["oct"],
    mode: "direct-encryption",
    secret: !0,
    subtle: { name: "AES-GCM" },
    usages: none,
    ops: ["encrypt", "decrypt"]
  },
  "RSA-OAEP": rsaes(1),
  "RSA-OAEP-256": rsaes(256),
  "RSA-OAEP-384": rsaes(384),
  "RSA-OAEP-512": rsaes(512),
  "ECDH-ES": ecdh("direct-key-agreement"),
  "ECDH-ES+A128KW": ecdh("key-agreement-with-key-wrapping"),
  "ECDH-ES+A192KW": ecdh("key-agreement-with-key-wrapping"),
  "ECDH-ES+A256KW": ecdh("key-agreement-with-key-wrapping"),
  A128KW: aeskw(128),
  A192KW: aeskw(192),
  A256KW: aeskw(256),
  A128GCMKW: aeskw(128, !0),
  A192GCMKW: aeskw(192, !0),
  A256GCMKW: aeskw(256, !0),
  "PBES2-HS256+A128KW": pbes2(),
  "PBES2-HS384+A192KW": pbes2(),
  "PBES2-HS512+A256KW": pbes2()
}), contentOps = ["encrypt", "decrypt"];
function contentEncryption(bits, cbc = !1) {
  return {
    kty: ["oct"],
    secret: !0,
    subtle: { name: cbc ? "AES-CBC" : "AES-GCM", length: bits },
    usages: none,
    ops: contentOps,
    cekBits: bits,
    ivBits: cbc ? 128 : 96,
    cbc
  };
}
const ENC = (0,key_descriptor/* table */.t)({
  A128GCM: contentEncryption(128),
  A192GCM: contentEncryption(192),
  A256GCM: contentEncryption(256),
  "A128CBC-HS256": contentEncryption(256, !0),
  "A192CBC-HS384": contentEncryption(384, !0),
  "A256CBC-HS512": contentEncryption(512, !0)
});
function unsupported(parameter, name) {
  throw new JOSENotSupported(`Invalid or unsupported "${parameter}" (JWE ${name}) header value`);
}
function jweAlgorithm(alg) {
  return (typeof alg == "string" ? JWE[alg] : void 0) ?? unsupported("alg", "Algorithm");
}
function isJWECEKTransport(algorithm) {
  return algorithm.mode === "key-wrapping" || algorithm.mode === "key-encryption" || algorithm.mode === "key-agreement-with-key-wrapping";
}
function jweEncryption(enc) {
  return (typeof enc == "string" ? ENC[enc] : void 0) ?? unsupported("enc", "Encryption Algorithm");
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/lib/key_algorithm.js



const algArgument = '"alg" (Algorithm)';
function unsupportedAlg(source = 'JWK "alg" (Algorithm) Parameter') {
  throw new errors/* JOSENotSupported */.T0(`Invalid or unsupported ${source} value`);
}
function keyAlgorithm(alg, source) {
  return (typeof alg == "string" ? jws_algorithms/* JWS */.p[alg] ?? JWE[alg] : void 0) ?? unsupportedAlg(source);
}


;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/key/generate_key_pair.js



function getModulusLengthOption(options) {
  const modulusLength = options?.modulusLength ?? 2048;
  if (typeof modulusLength != "number" || !Number.isInteger(modulusLength) || modulusLength < 2048)
    throw new errors/* JOSENotSupported */.T0("Invalid or unsupported modulusLength option provided, 2048 bits or larger keys must be used");
  return modulusLength;
}
async function generateKeyPair(alg, options) {
  const extractable = (0,lib_key/* validateExtractableOption */.l)(options?.extractable), entry = keyAlgorithm(alg, algArgument);
  entry.secret && unsupportedAlg(algArgument);
  let algorithm;
  if (entry.resolve) {
    const crv = options?.crv ?? "P-256";
    if (!["P-256", "P-384", "P-521", "X25519"].includes(crv))
      throw new errors/* JOSENotSupported */.T0("Invalid or unsupported crv option provided, supported values are P-256, P-384, P-521, and X25519");
    algorithm = entry.resolve({ crv });
  } else {
    if (entry.crv !== void 0 && options?.crv !== void 0 && options.crv !== entry.crv)
      throw new errors/* JOSENotSupported */.T0(`Invalid or unsupported crv option provided, the only supported value for ${alg} is ${entry.crv}`);
    algorithm = entry.kty[0] === "RSA" ? {
      ...entry.subtle,
      publicExponent: Uint8Array.of(1, 0, 1),
      modulusLength: getModulusLengthOption(options)
    } : entry.subtle;
  }
  return crypto.subtle.generateKey(algorithm, extractable ?? !1, [
    ...entry.usages[1],
    ...entry.usages[0]
  ]);
}


// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/jwt/sign.js
var sign = __webpack_require__(5357);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/decode_protected_header.js
var decode_protected_header = __webpack_require__(1196);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/decode_jwt.js
var decode_jwt = __webpack_require__(7961);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/jws/compact/verify.js
var verify = __webpack_require__(7880);
;// CONCATENATED MODULE: ./lib/emulator/jwt.js



/** An id as Google gives to keys: 40 hexadecimal digits. */
const keyId = () => (0,external_node_crypto_.randomBytes)(20).toString('hex');
async function createSigningKey(alg) {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const kid = keyId();
    return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
}
async function createKeyPair() {
    const { privateKey, publicKey } = await (0,external_node_util_.promisify)(external_node_crypto_.generateKeyPair)('rsa', { modulusLength: 2048 });
    return { publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
function jwt_sign(claims, { alg, kid, privateKey }) {
    return new sign/* SignJWT */.P(claims).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(privateKey);
}
/** The two readable parts, not verified; undefined if `token` is no JWT. */
function readJwt(token) {
    try {
        return { header: (0,decode_protected_header/* decodeProtectedHeader */._)(token), claims: (0,decode_jwt/* decodeJwt */.i)(token) };
    }
    catch {
        return undefined;
    }
}
/** Whether one of `keys` made the RS256 signature. Says nothing of the claims. */
async function isSignedBy(token, keys) {
    for (const key of keys) {
        try {
            await (0,verify/* compactVerify */.B)(token, key, { algorithms: ['RS256'] });
            return true;
        }
        catch {
            // Not this key: the next may be the one.
        }
    }
    return false;
}

;// CONCATENATED MODULE: ./lib/emulator/account.js



/** The account, which is created if there is none. */
function ensureAccount(accounts, email) {
    const account = accounts.get(email) ?? { email, uniqueId: uniqueId(), keys: new Map() };
    accounts.set(email, account);
    return account;
}
/** A new key of the account, which is created if there is none. */
async function createKey(accounts, email, tokenUri) {
    const { publicKey, pem } = await createKeyPair();
    const account = ensureAccount(accounts, email);
    const kid = keyId();
    account.keys.set(kid, publicKey);
    return {
        type: 'service_account',
        project_id: projectOf(email),
        private_key_id: kid,
        private_key: pem,
        client_email: email,
        client_id: account.uniqueId,
        auth_uri: 'https://accounts.google.com/o/oauth2/auth',
        token_uri: tokenUri,
        auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
        client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
        universe_domain: 'googleapis.com',
    };
}
/** The key that `signJwt` and `signBlob` sign with. */
function managedKeyOf(account) {
    account.managedKey ??= createSigningKey('RS256');
    return account.managedKey;
}
/** The keys that a signature with this `kid` may come from: all of them where it names none. */
async function keysOf(account, kid) {
    const managed = await account.managedKey;
    const all = [...account.keys, ...(managed ? [[managed.kid, managed.publicKey]] : [])];
    return all.filter(([id]) => kid === undefined || id === kid).map(([, key]) => key);
}
/** All its public keys, as Google publishes them. */
async function jwksOf(account) {
    const own = [...account.keys].map(async ([kid, key]) => ({
        ...(await exportJWK(key)),
        alg: 'RS256',
        kid,
        use: 'sig',
    }));
    return [...(await Promise.all(own)), (await managedKeyOf(account)).jwk];
}
const uniqueId = () => `1${Array.from({ length: 20 }, () => (0,external_node_crypto_.randomInt)(10)).join('')}`;
const projectOf = (email) => /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? 'emulator';

;// CONCATENATED MODULE: ./lib/emulator/file.js
const universe = { universe_domain: 'googleapis.com' };
const impersonationUrl = ({ url }, account) => `${url}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`;
function externalAccountFile({ provider, account, file, env }, world) {
    return {
        ...universe,
        type: 'external_account',
        audience: `//iam.googleapis.com/${provider}`,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${world.url}/v1/token`,
        ...(account === undefined ? {} : { service_account_impersonation_url: impersonationUrl(world, account) }),
        credential_source: file === undefined ? urlSource(provider, env) : { file },
    };
}
function urlSource(provider, env) {
    const audience = encodeURIComponent(`https://iam.googleapis.com/${provider}`);
    return {
        url: `${env.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=${audience}`,
        headers: { Authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
        format: { type: 'json', subject_token_field_name: 'value' },
    };
}
function impersonatedFile({ source, account, delegates }, world) {
    return {
        ...universe,
        type: 'impersonated_service_account',
        service_account_impersonation_url: impersonationUrl(world, account),
        delegates,
        source_credentials: source,
    };
}
function userFile(refreshToken, { desktop }) {
    return {
        ...universe,
        type: 'authorized_user',
        client_id: desktop.id,
        client_secret: desktop.secret,
        refresh_token: refreshToken,
    };
}

;// CONCATENATED MODULE: ./lib/emulator/idtoken.js


/** Signs as Google. `claims` win over what an ID token for IAP has by default; `undefined` leaves one out. */
async function mintIdToken(claims, world) {
    const iat = seconds(world);
    const defaults = { iss: 'https://accounts.google.com', aud: world.clientId, iat, exp: iat + 3600 };
    const token = await jwt_sign({ ...defaults, ...claims }, world.keys.google);
    world.ledger.keep(token);
    return token;
}

;// CONCATENATED MODULE: ./lib/emulator/provider.js
const githubIssuer = 'https://token.actions.githubusercontent.com';
/** The project of all that the emulator plays. */
const projectNumber = '123456789012';
const defaultProvider = 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github';
const providerForm = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/\s]+\/providers\/[^/\s]+$/;
/** @throws on a name that no provider can have */
function createProvider({ name = defaultProvider, ...options } = {}) {
    if (!providerForm.test(name))
        throw new Error(`"${name}" is not the name of a provider`);
    return {
        name,
        issuer: githubIssuer,
        allowedAudiences: [`https://iam.googleapis.com/${name}`, `//iam.googleapis.com/${name}`],
        condition: () => true,
        disabled: false,
        unreachable: false,
        ...options,
    };
}
/** The pool of a provider, as principals name it. */
const poolOf = (provider) => `iam.googleapis.com/${provider.replace(/\/providers\/.*$/, '')}`;
/** Whom IAM takes the bearer of such a token for: https://cloud.google.com/iam/docs/principal-identifiers */
function principalsOf(claims, { name }) {
    const pool = poolOf(name);
    const attributes = mapped.filter((attribute) => claims[attribute] !== undefined);
    return [
        `principal://${pool}/subject/${claims.sub}`,
        `principalSet://${pool}/*`,
        ...attributes.map((attribute) => `principalSet://${pool}/attribute.${attribute}/${claims[attribute]}`),
    ];
}
/** The attribute mapping: `attribute.X=assertion.X` for each. */
const mapped = [
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'ref',
    'actor',
    'workflow',
    'environment',
    'project_path',
];

;// CONCATENATED MODULE: ./lib/emulator/refusal.js
const invalidGrant = (error_description) => ({ error: 'invalid_grant', error_description });
const invalidRequest = (error_description) => ({ error: 'invalid_request', error_description });
const refuse = ({ status = 400, ...body }) => json(status, body);
const json = (status, body) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } });

;// CONCATENATED MODULE: ./lib/emulator/oidc.js





/**
 * GitHub's OIDC issuer, as a job calls it.
 * https://docs.github.com/en/actions/concepts/security/openid-connect
 */
const oidc = async (request, world) => {
    const requestToken = /^bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    const job = world.jobs.get(requestToken ?? '');
    // unsure: the body.
    if (!job)
        return json(401, { message: 'The token is not valid.' });
    const { searchParams } = new URL(request.url);
    const { repository_owner: owner } = { ...jobClaims(job), ...job };
    const audience = searchParams.get('audience') || `https://github.com/${owner}`;
    const value = await signCiToken({ ...job, aud: audience }, world);
    return json(200, { count: value.length, value });
};
/** A token of the CI's issuer, for the default provider. `claims` win over those of a job on its main branch. */
async function signCiToken(claims, world) {
    const iat = claims.iat ?? seconds(world);
    const defaults = {
        iss: githubIssuer,
        aud: `https://iam.googleapis.com/${defaultProvider}`,
        iat,
        nbf: iat,
        exp: iat + 300,
    };
    const token = await jwt_sign({ jti: (0,external_node_crypto_.randomUUID)(), ...jobClaims(claims), ...defaults, ...claims }, world.keys.ci);
    world.ledger.keep(token);
    return token;
}
/** What a job's token says of it: https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims */
function jobClaims({ repository = 'octo-org/octo-repo', ref = 'refs/heads/main' }) {
    const sha = '0123456789abcdef0123456789abcdef01234567';
    const workflow = `${repository}/.github/workflows/deploy.yml@${ref}`;
    return {
        sub: `repo:${repository}:ref:${ref}`,
        repository,
        repository_id: '74',
        repository_owner: String(repository).split('/')[0],
        repository_owner_id: '65',
        repository_visibility: 'private',
        ref,
        ref_type: 'branch',
        sha,
        head_ref: '',
        base_ref: '',
        actor: 'octocat',
        actor_id: '12',
        event_name: 'push',
        workflow: 'deploy',
        workflow_ref: workflow,
        workflow_sha: sha,
        job_workflow_ref: workflow,
        job_workflow_sha: sha,
        run_id: '1234567890',
        run_number: '10',
        run_attempt: '1',
        runner_environment: 'github-hosted',
    };
}

;// CONCATENATED MODULE: ./lib/emulator/signin.js




const emailScope = 'https://www.googleapis.com/auth/userinfo.email';
/** The user of that email, who now signs in: with a consent that nobody took back. */
function signIn(email, world) {
    const user = world.users.get(email) ?? { email, id: uniqueId() };
    user.refusal = undefined;
    world.users.delete(email);
    world.users.set(email, user);
    return user;
}
function issueRefreshToken(user, scopes, world) {
    const token = `1//0${(0,external_node_crypto_.randomBytes)(48).toString('base64url')}`;
    world.refreshTokens.set(token, { user, scopes });
    world.ledger.keep(token);
    return token;
}
/** What both grants of a user answer; an ID token only for the scope `openid`. */
async function userTokens({ user, scopes, audience }, world) {
    const members = [`user:${user.email}`];
    const accessToken = issueAccessToken({ kind: 'user', members, scopes }, world);
    const answer = { access_token: accessToken, expires_in: 3599, scope: scopes.join(' '), token_type: 'Bearer' };
    if (!scopes.includes('openid'))
        return answer;
    const email = scopes.includes(emailScope) ? { email: user.email, email_verified: true } : {};
    const claims = { aud: audience ?? world.desktop.id, azp: world.desktop.id, sub: user.id, ...email };
    return { ...answer, id_token: await mintIdToken({ ...claims, at_hash: hashOf(accessToken) }, world) };
}
/** https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken */
const hashOf = (token) => (0,external_node_crypto_.createHash)('sha256').update(token).digest().subarray(0, 16).toString('base64url');

;// CONCATENATED MODULE: ./lib/emulator/control.js








/** All that changes the world from outside. */
const controls = (world) => ({
    ...iapControls(world),
    ...accountControls(world),
    ...iamControls(world),
    ...ciControls(world),
    ...userControls(world),
    fail: (service, fault) => world.faults.add(service, fault),
    clearFaults: () => world.faults.clear(),
});
const iapControls = (world) => ({
    grant: (email) => void world.members.add(email),
    revoke: (email) => void world.members.delete(email),
    setIap: (mode) => {
        world.iapMode = mode;
    },
    allowlist: (clientId) => void world.allowlist.add(clientId),
    setApp: (app) => {
        world.app = app;
    },
});
const accountControls = (world) => ({
    createAccount: (email) => void ensureAccount(world.accounts, email),
    createKey: async (email) => {
        const file = await createKey(world.accounts, email, `${world.url}/token`);
        world.ledger.keep(file.private_key);
        return file;
    },
    deleteKey: (email, keyId) => {
        const keys = world.accounts.get(email)?.keys;
        if (keyId === undefined)
            keys?.clear();
        else
            keys?.delete(keyId);
    },
    deleteAccount: (email) => {
        world.accounts.delete(email);
        world.members.delete(email);
        world.bindings.forget(email);
        revokeAccessTokens(email, world);
    },
    attach: (email, { scopes = [cloudPlatform] } = {}) => {
        ensureAccount(world.accounts, email);
        world.machine = { email, scopes };
    },
});
const iamControls = (world) => ({
    allow: (member, account, role) => {
        world.bindings.allow({ member, account, role });
        ensureAccount(world.accounts, account);
    },
    disallow: (member, account, role) => world.bindings.disallow({ member, account, role }),
    disableApi: () => {
        world.isApiEnabled = false;
    },
    enableApi: () => {
        world.isApiEnabled = true;
    },
    createProvider: (options) => {
        const provider = createProvider(options);
        world.providers.set(provider.name, provider);
        return provider.name;
    },
    principal: (subject) => `principal://${poolOf(defaultProvider)}/subject/${subject}`,
    principalSet: (attribute, value) => `principalSet://${poolOf(defaultProvider)}/${attribute === undefined ? '*' : `attribute.${attribute}/${value}`}`,
    externalAccountFile: ({ provider = defaultProvider, claims, env = githubEnv(world, claims), ...options } = {}) => externalAccountFile({ ...options, provider, env }, world),
    impersonatedFile: (source, account, delegates = []) => impersonatedFile({ source, account, delegates }, world),
});
const ciControls = (world) => ({
    githubEnv: (claims) => githubEnv(world, claims),
    signCiToken: (claims = {}) => signCiToken(claims, world),
    mintIdToken: (claims) => mintIdToken(claims, world),
});
function githubEnv(world, claims = {}) {
    const token = (0,external_node_crypto_.randomBytes)(48).toString('base64url');
    world.jobs.set(token, claims);
    world.ledger.keep(token);
    return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${world.url}/oidc/github?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
    };
}
const userControls = (world) => ({
    createUser: (email, { scopes = ['openid', emailScope, cloudPlatform] } = {}) => userFile(issueRefreshToken(signIn(email, world), scopes, world), world),
    revokeUser: (email, why) => {
        const user = world.users.get(email);
        if (user)
            user.refusal = why;
    },
    deleteClient: () => {
        world.desktop.isDeleted = true;
    },
});

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/jwks/local.js
var local = __webpack_require__(6687);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/jws_verify.js
var jws_verify = __webpack_require__(9806);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/jwt_claims_set.js
var jwt_claims_set = __webpack_require__(5526);
;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/jwt/verify.js



async function jwtVerify(jwt, key, options) {
  const [verified, b64] = await (0,jws_verify/* verifyCompact */.BO)(jwt, (0,jws_verify/* prepareVerify */.F_)(options), key);
  if (!b64)
    throw new errors/* JWTInvalid */.Dp("JWTs MUST NOT use unencoded payload");
  const payload = (0,jwt_claims_set/* validateClaimsSet */.k6)(verified.protectedHeader, verified.payload, options);
  return { ...verified, payload };
}


;// CONCATENATED MODULE: ./lib/emulator/fault.js

/** Faults by service. The first that has times left applies. */
class Faults {
    #queued = [];
    add(service, fault) {
        this.#queued.push({ service, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    }
    clear() {
        this.#queued.length = 0;
    }
    take(service) {
        const next = this.#queued.find((queued) => queued.service === service && queued.left > 0);
        if (next)
            next.left -= 1;
        return next?.fault;
    }
}
/** Whether the fault answers in place of the service. */
const isAnswer = (fault) => fault.status !== undefined || fault.body !== undefined;
/** Whether not even a status reaches the client. */
const isSilent = (fault) => [fault.reset, fault.hang].includes('before-headers');
/** Every way in which an answer can reach the client, or not. */
const deliveries = {
    whole: (delivery) => {
        sendHead(delivery, delivery.answer.body.length);
        delivery.response.end(delivery.answer.body);
    },
    'reset before-headers': ({ response }) => {
        response.socket?.resetAndDestroy();
    },
    'reset after-headers': async (delivery) => {
        startBody(delivery, 0);
        await flush(delivery.response);
        delivery.response.socket?.resetAndDestroy();
    },
    'hang before-headers': () => undefined,
    'hang in-body': (delivery) => startBody(delivery, 0.5),
    truncate: (delivery) => {
        startBody(delivery, 0.5);
        delivery.response.socket?.destroySoon();
    },
    drip: async (delivery) => {
        sendHead(delivery, delivery.answer.body.length);
        delivery.response.flushHeaders();
        for (const byte of delivery.answer.body) {
            await (0,promises_.setTimeout)(delivery.fault.drip, undefined, { signal: delivery.signal });
            delivery.response.write(Uint8Array.of(byte));
        }
        delivery.response.end();
    },
};
/** @internal Sends the answer in the way of the fault: whole, where it has none. */
async function deliver(delivery) {
    const { fault, signal } = delivery;
    if (fault.delayMs !== undefined)
        await (0,promises_.setTimeout)(fault.delayMs, undefined, { signal });
    await deliveries[wayOf(fault)](delivery);
}
function wayOf({ reset, hang, truncate, drip }) {
    if (reset !== undefined)
        return `reset ${reset}`;
    if (hang !== undefined)
        return `hang ${hang}`;
    if (truncate)
        return 'truncate';
    return drip === undefined ? 'whole' : 'drip';
}
function sendHead({ response, answer }, length) {
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers)
        if (name !== 'set-cookie')
            response.setHeader(name, value);
    const cookies = answer.headers.getSetCookie();
    if (cookies.length > 0)
        response.setHeader('set-cookie', cookies);
    if (answer.status !== 204 && answer.status !== 304)
        response.setHeader('content-length', length);
}
/** Promises at least one byte more than it sends. */
function startBody(delivery, share) {
    const { body } = delivery.answer;
    sendHead(delivery, Math.max(body.length, 1));
    delivery.response.flushHeaders();
    delivery.response.write(body.subarray(0, Math.floor(body.length * share)));
}
/** A write's callback comes when all that was written before it is with the kernel. */
const flush = ({ socket }) => new Promise((resolve) => {
    if (socket)
        socket.write('', () => resolve());
    else
        resolve();
});

;// CONCATENATED MODULE: ./lib/emulator/answer.js

/** What `service` replies: its fault's answer if it has one, else what `handle` answers. */
async function reply(world, service, handle) {
    const fault = world.faults.take(service);
    if (!fault)
        return handle();
    if (isAnswer(fault))
        return { answer: answerOf(fault, service), fault };
    const inner = await handle();
    const headers = new Headers(inner.answer.headers);
    for (const [name, value] of Object.entries(fault.headers ?? {}))
        headers.set(name, value);
    return { answer: { ...inner.answer, headers }, fault: { ...fault, ...inner.fault } };
}
/** A handler's `Response`, as bytes. */
async function toReply(response) {
    const { status, headers } = response;
    return { answer: { status, headers, body: new Uint8Array(await response.arrayBuffer()) } };
}
function answerOf({ status = 200, headers = {}, body }, service) {
    const own = service === 'iap' ? { 'x-goog-iap-generated-response': 'true' } : {};
    const text = body ?? defaultBody(service, status);
    const isJson = typeof text === 'string' && text.startsWith('{');
    const type = isJson ? 'application/json; charset=utf-8' : 'text/html; charset=UTF-8';
    return {
        status,
        headers: new Headers({ 'content-type': type, ...own, ...headers }),
        body: typeof text === 'string' ? new TextEncoder().encode(text) : text,
    };
}
function defaultBody(service, status) {
    if (status < 500)
        return '';
    if (service === 'token')
        return JSON.stringify({ error: 'internal_failure', error_description: 'Backend Error' });
    if (service !== 'iam')
        return '';
    return JSON.stringify({
        error: { code: status, message: 'The service is currently unavailable.', status: 'UNAVAILABLE' },
    });
}

;// CONCATENATED MODULE: ./lib/emulator/bearer.js



const googleIssuers = ['accounts.google.com', 'https://accounts.google.com'];
/** Who is behind a bearer token, or the text of IAP's 401. */
async function judgeBearer(token, url, world) {
    const jwt = readJwt(token);
    if (!jwt)
        return world.accessTokens.get(token)?.kind === 'user' ? errorCode(900) : invalid('Unable to parse JWT');
    if (!googleIssuers.includes(jwt.claims.iss))
        return judgeSignedJwt(token, jwt, { url, world });
    // unsure: the words after the first four.
    if (world.iapMode === 'identity-platform')
        return 'Invalid GCIP ID token: JWT signature is invalid';
    const { google, googleNext } = world.keys;
    if (!(await isSignedBy(token, [google.publicKey, googleNext.publicKey])))
        return invalid('JWT signature is invalid');
    return judgeIdToken(jwt, world);
}
/** unsure: that expiry comes last. Seen is only that the email comes before the audience. */
function judgeIdToken({ claims }, world) {
    const { email, aud, exp, sub = '' } = claims;
    if (typeof email !== 'string')
        return invalid("JWT 'email' claim isn't a string");
    if (!isAccepted(aud, world))
        return invalid('Invalid bearer token. Invalid JWT audience.');
    if (isPast(exp, world))
        return expired;
    return { email, id: sub };
}
/** Of Google's own client nobody can get a token for: there only an allowlisted client's will do. */
const isAccepted = (aud, { iapMode, clientId, allowlist }) => typeof aud === 'string' && (allowlist.has(aud) || (iapMode === 'custom' && aud === clientId));
/** A JWT that the service account signed itself. unsure: the order after the signature. */
async function judgeSignedJwt(token, { header, claims }, { url, world }) {
    const account = world.accounts.get(claims.iss ?? '');
    if (!account || !(await isSignedBy(token, await keysOf(account, header.kid))))
        return invalid('JWT signature is invalid');
    if (!isFor(claims.aud, url))
        return invalid('Audience specified does not match requested endpoint');
    if (isPast(claims.exp, world))
        return expired;
    const { iat = 0, exp = 0, sub } = claims;
    // unsure: the text for a subject that is not the issuer, and for more than an hour of life.
    if (sub !== account.email || exp - iat > 3600)
        return errorCode(13);
    return { email: account.email, id: account.uniqueId };
}
/** The exact URL, or a path that ends in `/*`. Query and fragment play no part (unsure). */
function isFor(aud, url) {
    if (typeof aud !== 'string')
        return false;
    const { origin, pathname } = new URL(url);
    return aud.endsWith('/*') ? `${origin}${pathname}`.startsWith(aud.slice(0, -1)) : aud === `${origin}${pathname}`;
}
const isPast = (exp, world) => typeof exp !== 'number' || exp <= seconds(world);
const expired = 'OpenID Connect token expired: JWT has expired';
const invalid = (reason) => `Invalid IAP credentials: ${reason}`;
const errorCode = (code) => 'There was a problem with your request. Please reference https://cloud.google.com/iap/docs/faq#error_codes. ' +
    `Error code ${code}`;

;// CONCATENATED MODULE: ./lib/emulator/tamper.js

/** unsure: by how much the times are wrong, and what the wrong names are. */
const tampers = {
    FUTURE_ISSUE: (claims, now) => ({ ...claims, iat: now + 86_400, exp: now + 86_400 + 600 }),
    PAST_EXPIRATION: (claims, now) => ({ ...claims, iat: now - 86_400, exp: now - 86_400 + 600 }),
    ISSUER: (claims) => ({ ...claims, iss: 'https://issuer.invalid' }),
    AUDIENCE: (claims) => ({ ...claims, aud: '/projects/1/global/backendServices/1' }),
};
/**
 * IAP's assertion for the app; on request a broken one, to try the app's checks with.
 * https://cloud.google.com/iap/docs/query-parameters-and-headers-howto
 */
async function signAssertion(claims, url, { keys }) {
    const { searchParams: query } = new URL(url);
    const isTest = query.get('gcp-iap-mode') === 'SECURE_TOKEN_TEST';
    const type = isTest ? (query.get('iap-secure-token-test-type') ?? '') : '';
    if (type === 'SIGNATURE')
        return jwt_sign(claims, await impostor(keys.iap));
    const tamper = Object.hasOwn(tampers, type) ? tampers[type] : undefined;
    return jwt_sign(tamper ? tamper(claims, claims.iat ?? 0) : claims, keys.iap);
}
/** Another key under the same id. */
const impostor = async ({ kid }) => ({ ...(await createSigningKey('ES256')), kid });

;// CONCATENATED MODULE: ./lib/emulator/gate.js





/** The `aud` of IAP's assertions: the backend service that it protects. */
const assertionAudience = '/projects/123456789012/global/backendServices/1234567890123456789';
/**
 * IAP, with the app behind it.
 * https://cloud.google.com/iap/docs/authentication-howto
 */
function serveGate(world) {
    return (request, exchange) => {
        exchange.service = 'edge';
        return reply(world, 'edge', () => {
            exchange.service = 'iap';
            return reply(world, 'iap', async () => {
                const visitor = await admit(request, world);
                if (visitor instanceof Response)
                    return toReply(visitor);
                exchange.service = 'app';
                return callApp(visitor, world);
            });
        });
    };
}
/** The request that the app is to get, or IAP's refusal. */
async function admit(request, world) {
    const bearer = await chooseBearer(request, world);
    if (!bearer)
        return anonymous(request, world);
    if (typeof bearer.user === 'string')
        return gate_refuse(401, bearer.user);
    const { user } = bearer;
    if (!world.members.has(user.email)) {
        return gate_refuse(403, `${world.appTitle}: Access denied. For user ${user.email}.`);
    }
    const headers = new Headers(request.headers);
    for (const name of request.headers.keys())
        if (name.startsWith('x-goog-'))
            headers.delete(name);
    headers.delete('proxy-authorization');
    headers.delete(bearer.header);
    for (const [name, value] of Object.entries(await identityHeaders(user, request.url, world)))
        headers.set(name, value);
    return new Request(request, { headers });
}
/**
 * Proxy-Authorization comes first; Authorization counts only if that held no valid token.
 * unsure: which of two refusals IAP reports. Here it is that of the last header it tried.
 */
async function chooseBearer(request, world) {
    let last;
    for (const header of ['proxy-authorization', 'authorization']) {
        const token = /^Bearer\s+(.+)$/i.exec(request.headers.get(header) ?? '')?.[1];
        if (token === undefined)
            continue;
        last = { header, user: await judgeBearer(token, request.url, world) };
        if (typeof last.user !== 'string')
            return last;
    }
    return last;
}
function callApp(request, world) {
    return reply(world, 'app', async () => toReply(await world.app(request)));
}
/** https://cloud.google.com/iap/docs/signed-headers-howto */
async function identityHeaders({ email, id }, url, world) {
    const iat = seconds(world);
    const claims = { iss: 'https://cloud.google.com/iap', aud: assertionAudience, iat, exp: iat + 600 };
    const assertion = await signAssertion({ ...claims, email, sub: `accounts.google.com:${id}` }, url, world);
    world.ledger.keep(assertion);
    return {
        'x-goog-iap-jwt-assertion': assertion,
        'x-goog-authenticated-user-email': `accounts.google.com:${email}`,
        'x-goog-authenticated-user-id': `accounts.google.com:${id}`,
    };
}
/** A browser is sent to sign in; what is not one (a POST, a script's request) is told. */
function anonymous(request, { iapMode, clientId }) {
    // unsure: the text on Identity Platform.
    const text = iapMode === 'identity-platform' ? 'Invalid GCIP ID token: empty token' : 'Invalid IAP credentials: empty token';
    const isScript = request.headers.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
    if (isScript || !['GET', 'HEAD'].includes(request.method))
        return gate_refuse(401, text);
    const nonce = (0,external_node_crypto_.randomBytes)(16).toString('base64url');
    return gate_refuse(302, text, {
        location: signInUrl(nonce, { iapMode, clientId }),
        'set-cookie': `GCP_IAP_XSRF_NONCE_${nonce}=1; path=/; Secure; HttpOnly`,
    });
}
/** A client of a project of Google's, of which nobody has the secret. */
const managedClient = '369001918367-0123456789abcdefghijklmnopqrstuv.apps.googleusercontent.com';
/** unsure: the parameters of Identity Platform's. */
function signInUrl(nonce, { iapMode, clientId }) {
    if (iapMode === 'identity-platform') {
        const back = encodeURIComponent('https://iap.googleapis.com/v1alpha1/gcip/resources/0123456789abcdef:handleRedirect');
        return `https://auth.example/?mode=login&apiKey=emulator&redirectUrl=${back}&state=${nonce}`;
    }
    const id = iapMode === 'custom' ? clientId : managedClient;
    return (`https://accounts.google.com/o/oauth2/v2/auth?client_id=${id}&response_type=code&scope=openid+email` +
        `&redirect_uri=https://iap.googleapis.com/v1/oauth/clientIds/${id}:handleRedirect&state=${nonce}`);
}
const gate_refuse = (status, text, headers = {}) => new Response(text, {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', 'x-goog-iap-generated-response': 'true', ...headers },
});

;// CONCATENATED MODULE: ./lib/emulator/demo.js



/** The demo app. It trusts nothing but IAP's assertion, as an app behind IAP should. */
function createDemoApp({ keys, now }) {
    const iapKeys = (0,local/* createLocalJWKSet */.w)({ keys: [keys.iap.jwk] });
    return async (request) => {
        const email = await readEmail(request, { iapKeys, now });
        if (email === undefined)
            return new Response('The x-goog-iap-jwt-assertion header is not valid.', { status: 401 });
        const { pathname } = new URL(request.url);
        const page = pages.find(({ path }) => path.test(pathname));
        return page ? page.show(request, email) : new Response('Not found.', { status: 404 });
    };
}
const pages = [
    { path: /^\/$/, show: (_request, email) => new Response(`Hello, ${email}.\n`) },
    { path: /^\/json$/, show: (_request, email) => Response.json({ status: 'ok', email }) },
    { path: /^\/slow$/, show: slow },
    { path: /^\/status\/[2-5]\d\d$/, show: showStatus },
    { path: /^\/echo$/, show: echo },
];
async function slow(request) {
    const ms = Number(new URL(request.url).searchParams.get('ms') ?? 1000);
    await (0,promises_.setTimeout)(ms, undefined, { signal: request.signal });
    return new Response(`Slept ${ms} ms.\n`);
}
function showStatus(request) {
    const status = Number(request.url.match(/\/status\/(\d+)/)?.[1]);
    // A Response refuses a body where HTTP has none.
    return new Response([204, 205, 304].includes(status) ? null : `Status ${status}.\n`, { status });
}
async function echo(request) {
    const { method, url, headers } = request;
    return Response.json({ method, url, headers: Object.fromEntries(headers), body: await request.text() });
}
/** https://cloud.google.com/iap/docs/signed-headers-howto#verifying_the_jwt_payload */
async function readEmail(request, { iapKeys, now }) {
    try {
        const { payload } = await jwtVerify(request.headers.get('x-goog-iap-jwt-assertion') ?? '', iapKeys, {
            algorithms: ['ES256'],
            issuer: 'https://cloud.google.com/iap',
            audience: assertionAudience,
            currentDate: new Date(now()),
            maxTokenAge: 600,
            clockTolerance: 30,
        });
        return typeof payload['email'] === 'string' ? payload['email'] : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/emulator/apierror.js
const apiService = 'iamcredentials.googleapis.com';
function answerError({ info, ...error }) {
    const details = info ? { details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }] } : {};
    const challenge = { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' };
    return new Response(JSON.stringify({ error: { ...error, ...details } }, null, 2), {
        status: error.code,
        headers: { 'content-type': 'application/json; charset=UTF-8', ...(error.code === 401 ? challenge : {}) },
    });
}
/** unsure: the reasons, seen on other APIs. */
function unauthenticated(method, reason) {
    const start = reason === 'CREDENTIALS_MISSING'
        ? 'Request is missing required authentication credential.'
        : 'Request had invalid authentication credentials.';
    return {
        code: 401,
        status: 'UNAUTHENTICATED',
        message: `${start} Expected OAuth 2 access token, login cookie or other valid authentication credential. ` +
            'See https://developers.google.com/identity/sign-in/web/devconsole-project.',
        info: { reason, domain: 'googleapis.com', metadata: { service: apiService, method } },
    };
}
function insufficientScopes(method) {
    return {
        code: 403,
        status: 'PERMISSION_DENIED',
        message: 'Request had insufficient authentication scopes.',
        info: {
            reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
            domain: 'googleapis.com',
            metadata: { service: apiService, method },
        },
    };
}
function serviceDisabled(project) {
    const activationUrl = `https://console.developers.google.com/apis/api/${apiService}/overview?project=${project}`;
    return {
        code: 403,
        status: 'PERMISSION_DENIED',
        message: `IAM Service Account Credentials API has not been used in project ${project} before or it is disabled. ` +
            `Enable it by visiting ${activationUrl} then retry. If you enabled this API recently, ` +
            'wait a few minutes for the action to propagate to our systems and retry.',
        info: {
            reason: 'SERVICE_DISABLED',
            domain: 'googleapis.com',
            metadata: { service: apiService, consumer: `projects/${project}`, activationUrl },
        },
    };
}
function permissionDenied(permission) {
    return {
        code: 403,
        status: 'PERMISSION_DENIED',
        message: `Permission '${permission}' denied on resource (or it may not exist).`,
        info: { reason: 'IAM_PERMISSION_DENIED', domain: 'iam.googleapis.com', metadata: { permission } },
    };
}
const accountNotFound = (email) => ({
    code: 404,
    status: 'NOT_FOUND',
    message: `Not found; Gaia id not found for email ${email}`,
});
const invalidArgument = {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: 'Request contains an invalid argument.',
};

;// CONCATENATED MODULE: ./lib/emulator/certs.js


/** The keys of ID tokens: https://www.googleapis.com/oauth2/v3/certs */
const certs = (_request, { keys }) => jwkSet([keys.googleNext.jwk, keys.google.jwk]);
/** The keys of IAP's assertions: https://www.gstatic.com/iap/verify/public_key-jwk */
const iapKeys = (_request, { keys }) => jwkSet([keys.iap.jwk]);
/** The keys of a service account: https://www.googleapis.com/service_accounts/v1/jwk/EMAIL. unsure: the 404's body. */
const accountKeys = async (request, { accounts }) => {
    const email = decodeURIComponent(new URL(request.url).pathname.split('/').at(-1) ?? '');
    const account = accounts.get(email);
    return account ? jwkSet(await jwksOf(account)) : answerError(accountNotFound(email));
};
const jwkSet = (keys) => new Response(JSON.stringify({ keys }), {
    headers: {
        'content-type': 'application/json; charset=UTF-8',
        'cache-control': 'public, max-age=22000, must-revalidate, no-transform',
    },
});

;// CONCATENATED MODULE: ./lib/emulator/consent.js



/**
 * https://accounts.google.com/o/oauth2/v2/auth, with a user who agrees: the last who signed in, or
 * the one that `login_hint` names. Where there is none, nobody agrees.
 */
const consent = (request, world) => {
    const query = new URL(request.url).searchParams;
    const wrong = wrongClient(query, world) ?? wrongRedirect(query) ?? wrongQuestion(query);
    if (wrong)
        return errorPage(wrong);
    const back = new URL(query.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries(consent_answerOf(query, world)))
        back.searchParams.set(name, value);
    const state = query.get('state');
    if (state !== null)
        back.searchParams.set('state', state);
    return new Response(null, { status: 302, headers: { location: back.href } });
};
function consent_answerOf(query, world) {
    const users = [...world.users.values()];
    const user = users.find(({ email }) => email === query.get('login_hint')) ?? users.at(-1);
    if (!user)
        return { error: 'access_denied' };
    const code = `4/0A${(0,external_node_crypto_.randomBytes)(48).toString('base64url')}`;
    const scopes = scopesOf(query);
    world.ledger.keep(code);
    world.codes.set(code, {
        user,
        scopes,
        redirectUri: query.get('redirect_uri') ?? '',
        challenge: query.get('code_challenge') ?? undefined,
        isOffline: query.get('access_type') === 'offline',
        // unsure: ten minutes.
        expires: seconds(world) + 600,
        isUsed: false,
    });
    return { code, scope: scopes.join(' '), authuser: '0', prompt: 'consent' };
}
const fullNames = { email: emailScope };
const scopesOf = (query) => (query.get('scope') ?? '')
    .split(/\s+/)
    .filter(Boolean)
    .map((scope) => fullNames[scope] ?? scope);
function wrongClient(query, { desktop }) {
    if (query.get('client_id') === desktop.id && !desktop.isDeleted)
        return undefined;
    return { status: 401, error: 'invalid_client', text: 'The OAuth client was not found.' };
}
/** A desktop client may be sent back to this machine only: https://developers.google.com/identity/protocols/oauth2/native-app#redirect-uri_loopback */
function wrongRedirect(query) {
    if (/^http:\/\/127\.0\.0\.1(:\d+)?(\/[^?#]*)?$/.test(query.get('redirect_uri') ?? ''))
        return undefined;
    return {
        status: 400,
        error: 'redirect_uri_mismatch',
        text: 'You can’t sign in because this app sent an invalid request.',
    };
}
/** Google takes a plain challenge too, which protects nothing: here it is refused. */
function wrongQuestion(query) {
    const text = wrongParameter(query);
    return text === undefined ? undefined : { status: 400, error: 'invalid_request', text };
}
function wrongParameter(query) {
    if (query.get('response_type') !== 'code')
        return 'Invalid response_type';
    if (scopesOf(query).length === 0)
        return 'Missing required parameter: scope';
    const hasChallenge = query.has('code_challenge') || query.has('code_challenge_method');
    if (!hasChallenge)
        return undefined;
    if (query.get('code_challenge_method') !== 'S256')
        return 'Invalid code_challenge_method';
    return /^[\w-]{43}$/.test(query.get('code_challenge') ?? '') ? undefined : 'Invalid code_challenge';
}
const errorPage = ({ status, error, text }) => new Response(`<!DOCTYPE html>\n<title>Sign in - Google Accounts</title>\n<p>Error ${status}: ${error}\n<p>${text}\n`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
});

;// CONCATENATED MODULE: ./lib/emulator/caller.js





/** The caller behind an access token, or behind a JWT that a service account signed itself. */
async function readCaller(request, method, world) {
    const token = /^bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (token === undefined)
        return unauthenticated(method, 'CREDENTIALS_MISSING');
    const known = world.accessTokens.get(token);
    if (known)
        return known.expires > seconds(world) ? known : unauthenticated(method, 'ACCESS_TOKEN_EXPIRED');
    return (await readSelfSigned(token, world)) ?? unauthenticated(method, 'ACCESS_TOKEN_TYPE_UNSUPPORTED');
}
/** https://google.aip.dev/auth/4111 */
async function readSelfSigned(token, world) {
    const jwt = readJwt(token);
    const account = world.accounts.get(jwt?.claims.iss ?? '');
    if (!jwt || !account || jwt.claims.sub !== account.email)
        return undefined;
    if (!(await isSignedBy(token, await keysOf(account, jwt.header.kid))))
        return undefined;
    const scopes = grantedScopes(jwt.claims, world);
    if (!scopes || !isTimely(jwt.claims, seconds(world)))
        return undefined;
    return { members: [accountMember(account.email)], scopes };
}
/** For an audience: all of that API. Else what `scope` says. */
function grantedScopes({ aud, scope }, { url }) {
    if (typeof scope === 'string' && aud === undefined)
        return scope.split(' ');
    return aud === 'https://iamcredentials.googleapis.com/' || aud === `${url}/` ? [cloudPlatform] : undefined;
}
const isTimely = ({ iat, exp }, now) => iat !== undefined && exp !== undefined && iat <= now + 300 && exp > now && exp - iat <= 3600;

;// CONCATENATED MODULE: ./lib/emulator/fields.js
/** The fields of a JSON or form body; none if it is neither. */
async function fieldsOf(message) {
    return parseFields(await message.text(), message.headers.get('content-type') ?? '');
}
function parseFields(body, contentType) {
    if (contentType.startsWith('application/x-www-form-urlencoded'))
        return Object.fromEntries(new URLSearchParams(body));
    if (!contentType.startsWith('application/json'))
        return {};
    try {
        const value = JSON.parse(body);
        return typeof value === 'object' && value !== null ? { ...value } : {};
    }
    catch {
        return {};
    }
}

// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/jws_sign.js
var jws_sign = __webpack_require__(162);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/validate.js
var validate = __webpack_require__(7784);
;// CONCATENATED MODULE: ./node_modules/jose/dist/webapi/jws/compact/sign.js


class CompactSign {
  #payload;
  #protectedHeader;
  constructor(payload) {
    (0,validate/* assertUint8Array */.GT)(payload, "payload"), this.#payload = payload;
  }
  setProtectedHeader(protectedHeader) {
    return (0,validate/* assertNotSet */.ac)(this.#protectedHeader, "setProtectedHeader"), this.#protectedHeader = protectedHeader, this;
  }
  async sign(key, options) {
    return (0,jws_sign/* createCompactSignature */.k)(this.#payload, this.#protectedHeader, options?.crit, key, () => {
      throw new TypeError("use the flattened module for creating JWS with b64: false");
    });
  }
}


;// CONCATENATED MODULE: ./lib/emulator/verb.js





/** https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts */
const verbs = {
    generateIdToken: { permission: 'iam.serviceAccounts.getOpenIdToken', act: generateIdToken },
    generateAccessToken: { permission: 'iam.serviceAccounts.getAccessToken', act: generateAccessToken },
    signJwt: { permission: 'iam.serviceAccounts.signJwt', act: signJwt },
    signBlob: { permission: 'iam.serviceAccounts.signBlob', act: signBlob },
};
async function generateIdToken(account, fields, world) {
    const { audience, includeEmail, useEmailAzp } = fields;
    if (typeof audience !== 'string' || audience === '')
        return undefined;
    const claims = {
        aud: audience,
        azp: useEmailAzp === true ? account.email : account.uniqueId,
        sub: account.uniqueId,
    };
    const email = includeEmail === true ? { email: account.email, email_verified: true } : {};
    return { token: await mintIdToken({ ...claims, ...email }, world) };
}
async function generateAccessToken(account, fields, world) {
    const { scope, lifetime = '3600s' } = fields;
    const length = Number(/^(\d+)s$/.exec(String(lifetime))?.[1]);
    if (!isScopes(scope) || !(length > 0 && length <= 3600))
        return undefined;
    const members = [accountMember(account.email)];
    const accessToken = issueAccessToken({ kind: 'account', members, scopes: scope, lifetime: length }, world);
    const expires = new Date((seconds(world) + length) * 1000);
    return { accessToken, expireTime: expires.toISOString().replace('.000Z', 'Z') };
}
const isScopes = (scope) => Array.isArray(scope) &&
    scope.length > 0 &&
    scope.every((one) => typeof one === 'string' && /^(https:\/\/www\.googleapis\.com\/auth\/[\w.-]+|openid|email)$/.test(one));
/** Signs the payload as it is given, letter by letter. */
async function signJwt(account, { payload }, world) {
    const claims = parseObject(payload);
    if (typeof payload !== 'string' || !claims || !isWithinTwelveHours(claims['exp'], seconds(world)))
        return undefined;
    const { kid, privateKey } = await managedKeyOf(account);
    const signing = new CompactSign(new TextEncoder().encode(payload));
    const signedJwt = await signing.setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(privateKey);
    world.ledger.keep(signedJwt);
    return { keyId: kid, signedJwt };
}
function isWithinTwelveHours(exp, now) {
    if (exp === undefined)
        return true;
    return Number.isInteger(exp) && Number(exp) > now && Number(exp) <= now + 12 * 3600;
}
async function signBlob(account, { payload }) {
    if (typeof payload !== 'string' || !/^[\w+/-]+={0,2}$/.test(payload))
        return undefined;
    const { kid, privateKey } = await managedKeyOf(account);
    const blob = Buffer.from(payload, 'base64');
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, blob);
    return { keyId: kid, signedBlob: Buffer.from(signature).toString('base64') };
}
function parseObject(text) {
    try {
        const value = JSON.parse(String(text));
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
    }
    catch {
        return undefined;
    }
}

;// CONCATENATED MODULE: ./lib/emulator/iam.js







const iamPath = new RegExp(`^/v1/projects/-/serviceAccounts/([^/]+):(${Object.keys(verbs).join('|')})$`);
/** unsure: the order after authentication. Google may well ask for the permission before it looks for the account. */
const iam = async (request, world) => {
    const [, name = '', verbName = ''] = iamPath.exec(new URL(request.url).pathname) ?? [];
    const verb = verbs[verbName];
    const email = decodeURIComponent(name);
    const method = `google.iam.credentials.v1.IAMCredentials.${verbName.charAt(0).toUpperCase()}${verbName.slice(1)}`;
    const caller = await readCaller(request, method, world);
    if ('code' in caller)
        return answerError(caller);
    const fields = await fieldsOf(request);
    const { delegates = [] } = fields;
    if (!verb || !Array.isArray(delegates))
        return answerError(invalidArgument);
    const denied = judge({ caller, verb, method, email, delegates }, world);
    if (denied)
        return answerError(denied);
    const account = world.accounts.get(email);
    const answer = account && (await verb.act(account, fields, world));
    return answer ? json(200, answer) : answerError(invalidArgument);
};
function judge(call, world) {
    const { scopes } = call.caller;
    if (!world.isApiEnabled)
        return serviceDisabled(projectNumber);
    if (!sufficient.some((scope) => scopes.includes(scope)))
        return insufficientScopes(call.method);
    if (!world.accounts.has(call.email))
        return accountNotFound(call.email);
    return judgeChain(call, world);
}
const sufficient = [cloudPlatform, 'https://www.googleapis.com/auth/iam'];
/**
 * Each of the chain has to be allowed to act as the next one.
 * https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated
 */
function judgeChain({ caller, verb, email, delegates }, { bindings }) {
    let members = caller.members;
    for (const delegate of delegates) {
        // Documented is the resource name alone; the live API takes a bare email too.
        const next = /^(?:projects\/-\/serviceAccounts\/)?([^/@\s]+@[^/@\s]+)$/.exec(String(delegate))?.[1];
        if (next === undefined)
            return invalidArgument;
        if (!bindings.permit(members, next, delegation))
            return permissionDenied(delegation);
        members = [accountMember(next)];
    }
    return bindings.permit(members, email, verb.permission) ? undefined : permissionDenied(verb.permission);
}
const delegation = 'iam.serviceAccounts.implicitDelegation';

;// CONCATENATED MODULE: ./lib/emulator/machine.js



/**
 * The metadata server of a VM.
 * https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
const metadata = (request, world) => {
    const { machine } = world;
    // As where there is none: whatever answers at that address, it does not say that it is Google's.
    if (!machine)
        return new Response('Not Found', { status: 404 });
    if (request.headers.get('metadata-flavor') !== 'Google')
        return machine_text(403, 'Missing Metadata-Flavor:Google header.');
    return visit(request, machine, world);
};
function visit(request, machine, world) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/computeMetadata/v1/')
        return machine_text(200, 'instance/\noslogin/\nproject/\n');
    const what = /^\/computeMetadata\/v1\/instance\/service-accounts\/default\/(email|identity|token)$/.exec(pathname)?.[1];
    const account = world.accounts.get(machine.email);
    if (!account)
        return machine_text(404, 'Not Found');
    if (what === 'email')
        return machine_text(200, machine.email);
    if (what === 'token')
        return answerToken(machine, world);
    if (what === 'identity')
        return answerIdentity(account, searchParams, world);
    return machine_text(404, 'Not Found');
}
function answerToken({ email, scopes }, world) {
    const accessToken = issueAccessToken({ kind: 'account', members: [accountMember(email)], scopes }, world);
    const body = { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' };
    return answer(200, JSON.stringify(body), 'application/json');
}
/** https://cloud.google.com/compute/docs/instances/verifying-instance-identity */
async function answerIdentity(account, query, world) {
    const aud = query.get('audience');
    // unsure: the text.
    if (!aud)
        return machine_text(400, 'non-empty audience parameter required');
    const claims = { aud, azp: account.uniqueId, sub: account.uniqueId };
    const { email } = account;
    const full = {
        email,
        email_verified: true,
        google: {
            compute_engine: { instance_id: '1234567890', instance_name: 'vm', project_number: Number(projectNumber) },
        },
    };
    return machine_text(200, await mintIdToken({ ...claims, ...(query.get('format') === 'full' ? full : {}) }, world));
}
const machine_text = (status, body) => answer(status, body, 'application/text');
const answer = (status, body, type) => new Response(body, {
    status,
    headers: { 'content-type': type, 'metadata-flavor': 'Google', server: 'Metadata Server for VM' },
});

;// CONCATENATED MODULE: ./lib/emulator/subject.js



/** The claims of a subject token that the provider takes. unsure: the order of the checks. */
async function readSubject(token, provider, world) {
    const jwt = readJwt(token);
    // unsure: the text.
    if (!jwt)
        return invalidGrant('Unable to parse the ID Token.');
    const { claims } = jwt;
    const wrong = wrongIssuer(claims, provider) ?? (await wrongSignature(token, world));
    const unfit = wrong ?? wrongAudience(claims, provider) ?? wrongTimes(claims, world) ?? wrongAttributes(claims, provider);
    return unfit ?? { claims };
}
function wrongIssuer({ iss }, { issuer, unreachable }) {
    if (iss !== issuer) {
        return invalidGrant(`The issuer in ID Token ${iss} does not match the expected ones: ${issuer}`);
    }
    return unreachable ? invalidGrant("Error connecting to the given credential's issuer.") : undefined;
}
/** unsure: the text. */
async function wrongSignature(token, { keys }) {
    return (await isSignedBy(token, [keys.ci.publicKey])) ? undefined : invalidGrant('Invalid signature for ID Token.');
}
function wrongAudience({ aud }, { allowedAudiences }) {
    if ([aud].flat().some((one) => one !== undefined && allowedAudiences.includes(one)))
        return undefined;
    return invalidGrant(`The audience in ID Token [${[aud].flat().join(', ')}] does not match the expected audience.`);
}
/** unsure: after how long a token is stale, and all the other texts. Seen is that a stale one need not have expired. */
function wrongTimes({ iat, exp }, world) {
    const now = seconds(world);
    if (typeof iat !== 'number' || typeof exp !== 'number')
        return invalidGrant("ID Token must have 'iat' and 'exp' claims.");
    if (iat <= now - 3600)
        return invalidGrant(`ID Token issued at ${iat} is stale to sign-in.`);
    if (iat > now + 300)
        return invalidGrant(`ID Token issued at ${iat} is not yet valid.`);
    return exp <= now ? invalidGrant(`ID Token expired at ${exp}.`) : undefined;
}
function wrongAttributes(claims, { condition }) {
    // unsure: the code. 127 bytes is documented for google.subject.
    if (Buffer.byteLength(claims.sub ?? '') > 127) {
        return { error: 'invalid_request', error_description: 'The size of mapped attribute exceeds the 127 bytes limit.' };
    }
    if (condition(claims))
        return undefined;
    return {
        error: 'unauthorized_client',
        error_description: 'The given credential is rejected by the attribute condition.',
    };
}

;// CONCATENATED MODULE: ./lib/emulator/sts.js





const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const subjectTypes = [
    'urn:ietf:params:oauth:token-type:jwt',
    'urn:ietf:params:oauth:token-type:id_token',
];
/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
const sts = async (request, world) => {
    const question = await readQuestion(request);
    const provider = sts_wrongQuestion(question) ?? findProvider(question, world);
    if ('error' in provider)
        return refuse(provider);
    const subject = await readSubject(question.subjectToken, provider, world);
    if ('error' in subject)
        return refuse(subject);
    const members = principalsOf(subject.claims, provider);
    const accessToken = issueAccessToken({ kind: 'federated', members, scopes: question.scope.split(' ') }, world);
    return json(200, {
        access_token: accessToken,
        issued_token_type: accessTokenType,
        token_type: 'Bearer',
        expires_in: 3599,
    });
};
/** JSON in camel case or a form in snake case. JSON in snake case passes too, as with all of Google's APIs. */
async function readQuestion(request) {
    const fields = await fieldsOf(request);
    const field = (name) => {
        const value = fields[name] ?? fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
        return typeof value === 'string' ? value : '';
    };
    return {
        grantType: field('grantType'),
        audience: field('audience'),
        requestedTokenType: field('requestedTokenType'),
        subjectTokenType: field('subjectTokenType'),
        subjectToken: field('subjectToken'),
        scope: field('scope'),
    };
}
/** unsure: all texts but that of the audience. */
function sts_wrongQuestion(question) {
    if (question.grantType !== 'urn:ietf:params:oauth:grant-type:token-exchange') {
        return { error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${question.grantType}` };
    }
    if (!providerForm.test(nameOf(question) ?? '')) {
        return invalidRequest('Invalid value for "audience". This value should be the full resource name of the Identity Provider. ' +
            'See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.');
    }
    if (question.requestedTokenType !== accessTokenType)
        return invalidRequest('Invalid value for "requestedTokenType".');
    if (!subjectTypes.includes(question.subjectTokenType))
        return invalidRequest('Invalid value for "subjectTokenType".');
    if (question.scope === '')
        return { error: 'invalid_scope', error_description: 'Missing required field "scope".' };
    return undefined;
}
const nameOf = ({ audience }) => /^\/\/iam\.googleapis\.com\/(.+)$/.exec(audience)?.[1];
function findProvider(question, { providers }) {
    const provider = providers.get(nameOf(question) ?? '');
    if (provider && !provider.disabled)
        return provider;
    return {
        error: 'invalid_target',
        error_description: 'The target service indicated by the "audience" parameters is invalid. This might either be because the pool ' +
            "or provider is disabled or deleted or because it doesn't exist.",
    };
}

;// CONCATENATED MODULE: ./lib/emulator/assertion.js




/**
 * Judges a JWT-bearer assertion in the order in which the live endpoint was seen to (2026-09):
 * structure, signature, issuer, iat and exp, window, scope, audience.
 */
async function readAssertion(token, world) {
    const jwt = readJwt(token);
    if (!jwt)
        return invalidRequest('Bad Request');
    // Without the account there is no key to hold the signature against, so an unknown issuer shows first.
    const account = world.accounts.get(jwt.claims.iss ?? '');
    if (!account)
        return invalidGrant('Invalid grant: account not found');
    if (!(await isSignedBy(token, await keysOf(account, jwt.header.kid))))
        return invalidGrant('Invalid JWT Signature.');
    const { claims } = jwt;
    const wrong = assertion_wrongTimes(claims, seconds(world)) ?? wrongScope(claims) ?? assertion_wrongAudience(claims, world);
    return wrong ?? wrongSubject(claims) ?? { account, ...wanted(claims) };
}
function wanted({ scope, target_audience: audience }) {
    return {
        targetAudience: typeof audience === 'string' ? audience : undefined,
        scopes: typeof scope === 'string' ? scope.split(' ') : [],
    };
}
const lifetime = 3600;
/** How far ahead of Google's a client's clock may be, in seconds. */
const leeway = 300;
function assertion_wrongTimes({ iat, exp }, now) {
    if (typeof iat !== 'number')
        return invalidGrant('Invalid JWT: iat (issued at) is not set.');
    if (typeof exp !== 'number')
        return invalidGrant('Invalid JWT: exp (expiration time) is not set.');
    if (iat <= now + leeway && exp > now && exp > iat && exp - iat <= lifetime)
        return undefined;
    return invalidGrant('Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
        'Check your iat and exp values in the JWT claim.');
}
/** unsure: what Google makes of a `scope` beside a target audience. Refused, as the two ask for different tokens. */
function wrongScope({ scope, target_audience: audience }) {
    if (typeof audience === 'string' && /^\S+$/.test(audience) && scope === undefined)
        return undefined;
    if (typeof scope === 'string' && scope.trim() !== '' && audience === undefined)
        return undefined;
    return { error: 'invalid_scope', error_description: 'Invalid OAuth scope or ID token audience provided.' };
}
function assertion_wrongAudience({ aud }, world) {
    const accepted = [`${world.url}/token`, 'https://oauth2.googleapis.com/token'];
    return typeof aud === 'string' && accepted.includes(aud)
        ? undefined
        : invalidGrant('Invalid JWT: Failed audience check.');
}
/** Another subject is domain-wide delegation, which no account here has. unsure: its place in the order. */
function wrongSubject({ iss, sub }) {
    if (sub === undefined || sub === iss)
        return undefined;
    return {
        status: 401,
        error: 'unauthorized_client',
        error_description: 'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.',
    };
}

;// CONCATENATED MODULE: ./lib/emulator/code.js





/**
 * https://developers.google.com/identity/protocols/oauth2/native-app#exchange-authorization-code
 * unsure: the order of the checks, and the texts of their refusals.
 */
async function exchangeCode(form, world) {
    const code = judgeClient(form, world) ?? takeCode(form, world);
    if ('error' in code)
        return refuse(code);
    const tokens = await userTokens(code, world);
    if (!code.isOffline)
        return json(200, tokens);
    return json(200, { ...tokens, refresh_token: issueRefreshToken(code.user, code.scopes, world) });
}
/** A code counts once, whatever comes of it. */
function takeCode(form, world) {
    const code = world.codes.get(form.get('code') ?? '');
    if (!code)
        return invalidGrant('Malformed auth code.');
    if (code.isUsed || code.expires <= seconds(world))
        return invalidGrant('Bad Request');
    code.isUsed = true;
    if (form.get('redirect_uri') !== code.redirectUri) {
        return { error: 'redirect_uri_mismatch', error_description: 'Bad Request' };
    }
    return wrongVerifier(form.get('code_verifier'), code) ?? code;
}
/** https://datatracker.ietf.org/doc/html/rfc7636#section-4.6 */
function wrongVerifier(verifier, { challenge }) {
    if (challenge === undefined)
        return undefined;
    if (!verifier)
        return invalidGrant('Missing code verifier.');
    const isRight = (0,external_node_crypto_.createHash)('sha256').update(verifier).digest('base64url') === challenge;
    return isRight ? undefined : invalidGrant('Invalid code verifier.');
}

;// CONCATENATED MODULE: ./lib/emulator/refresh.js



/** https://developers.google.com/identity/protocols/oauth2/native-app#offline */
async function refreshTokens(form, world) {
    const audience = form.get('audience') ?? undefined;
    const found = judgeClient(form, world) ?? findToken(form.get('refresh_token'), world);
    if ('error' in found)
        return refuse(found);
    const wrong = wrongUser(found.user) ?? refresh_wrongAudience(audience, world);
    return wrong ? refuse(wrong) : json(200, await userTokens({ ...found, audience }, world));
}
/** unsure: both texts. */
function findToken(token, { refreshTokens: known }) {
    if (!token)
        return invalidRequest('Missing required parameter: refresh_token');
    return known.get(token) ?? invalidGrant('Bad Request');
}
function wrongUser({ refusal }) {
    if (refusal === 'revoked')
        return invalidGrant('Token has been expired or revoked.');
    if (refusal === 'rapt')
        return { ...invalidGrant('reauth related error (invalid_rapt)'), error_subtype: 'invalid_rapt' };
    return undefined;
}
/** unsure: that any client of the project will do, known or not. */
function refresh_wrongAudience(audience, { desktop }) {
    if (audience === undefined || projectOfClient(audience) === projectOfClient(desktop.id))
        return undefined;
    return {
        error: 'invalid_audience',
        error_description: 'The audience client and the client need to be in the same project.',
    };
}

;// CONCATENATED MODULE: ./lib/emulator/token.js






/** What each grant answers: a new one is a file, and its row here. */
const grants = {
    'urn:ietf:params:oauth:grant-type:jwt-bearer': exchangeAssertion,
    authorization_code: exchangeCode,
    refresh_token: refreshTokens,
};
/** https://oauth2.googleapis.com/token */
const token = async (request, world) => {
    const form = new URLSearchParams(await request.text());
    const type = form.get('grant_type') ?? '';
    const grant = Object.hasOwn(grants, type) ? grants[type] : undefined;
    if (!grant)
        return refuse({ error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${type}` });
    return grant(form, world);
};
async function exchangeAssertion(form, world) {
    const assertion = await readAssertion(form.get('assertion') ?? '', world);
    if ('error' in assertion)
        return refuse(assertion);
    const { account, targetAudience, scopes } = assertion;
    if (targetAudience === undefined) {
        const members = [accountMember(account.email)];
        const accessToken = issueAccessToken({ kind: 'account', members, scopes }, world);
        return json(200, { access_token: accessToken, expires_in: 3599, token_type: 'Bearer' });
    }
    const claims = {
        aud: targetAudience,
        // unsure: azp as the email; Google has been seen to put the numeric id here too.
        azp: account.email,
        email: account.email,
        email_verified: true,
        sub: account.uniqueId,
    };
    return json(200, { id_token: await mintIdToken(claims, world) });
}

;// CONCATENATED MODULE: ./lib/emulator/google.js








/** Google's services: a new one is a file with its handler, and its row here. */
const routes = [
    { service: 'token', method: 'POST', path: /^\/token$/, handle: token },
    { service: 'certs', method: 'GET', path: /^\/oauth2\/v3\/certs$/, handle: certs },
    { service: 'iap-keys', method: 'GET', path: /^\/iap\/verify\/public_key-jwk$/, handle: iapKeys },
    { service: 'account-certs', method: 'GET', path: /^\/service_accounts\/v1\/jwk\/[^/]+$/, handle: accountKeys },
    { service: 'consent', method: 'GET', path: /^\/o\/oauth2\/v2\/auth$/, handle: consent },
    { service: 'oidc', method: 'GET', path: /^\/oidc\/github$/, handle: oidc },
    { service: 'sts', method: 'POST', path: /^\/v1\/token$/, handle: sts },
    { service: 'iam', method: 'POST', path: iamPath, handle: iam },
    { service: 'metadata', method: 'GET', path: /^\/computeMetadata\//, handle: metadata },
];
function serveGoogle(world) {
    return (request, exchange) => {
        const { pathname } = new URL(request.url);
        const route = routes.find(({ method, path }) => method === request.method && path.test(pathname));
        if (!route)
            return toReply(notFound());
        exchange.service = route.service;
        return reply(world, route.service, async () => toReply(await route.handle(request, world)));
    };
}
const notFound = () => new Response(notFoundPage, { status: 404, headers: { 'content-type': 'text/html; charset=UTF-8' } });
const notFoundPage = `<!DOCTYPE html>
<html lang=en>
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That’s an error.</ins>
  <p>The requested URL was not found on this server.  <ins>That’s all we know.</ins>
`;

;// CONCATENATED MODULE: ./lib/emulator/ledger.js


/** What went over the wire, and every secret the emulator ever issued or was sent. */
class Ledger {
    /** In order of arrival. */
    requests = [];
    secrets = new Set();
    /** One line a request: `POST token → 200`, `GET app /json → 200`. Holds no token unless a URL does. */
    lines() {
        return this.requests.map(({ method, service, path, status }) => `${method} ${service}${hasOnePath(service) ? '' : ` ${path}`} → ${status ?? 'no answer'}`);
    }
    /** Forgets the requests. Secrets stay secret. */
    clear() {
        this.requests.length = 0;
    }
    /** Notes a request, and the secrets that it brought. */
    receive(exchange) {
        this.requests.push(exchange);
        for (const secret of secretsOf(exchange))
            this.keep(secret);
        return exchange;
    }
    /** Notes a secret: a JWT also by its signature, a PEM also by each line of its base64. */
    keep(secret) {
        const parts = readJwt(secret) ? [secret.split('.')[2] ?? ''] : base64Lines(secret);
        for (const text of [secret, ...parts])
            if (text.length >= shortestSecret)
                this.secrets.add(text);
    }
}
/** Below this, a text would be found in harmless output by chance: `Bearer x`. */
const shortestSecret = 16;
const secretHeaders = ['authorization', 'proxy-authorization'];
const secretFields = [
    'assertion',
    'client_secret',
    'code',
    'code_verifier',
    'refresh_token',
    'subject_token',
    'subjectToken',
];
const hasOnePath = (service) => ['token', 'certs', 'iap-keys', 'consent', 'sts'].includes(service);
const base64Lines = (text) => text.startsWith('-----BEGIN') ? text.split('\n').filter((line) => line !== '' && !line.startsWith('-----')) : [];
function secretsOf({ headers, body }) {
    const credentials = secretHeaders.flatMap((name) => headers[name]?.split(/\s+/).slice(1) ?? []);
    const fields = parseFields(body, headers['content-type'] ?? '');
    const sent = secretFields.map((name) => fields[name]).filter((value) => typeof value === 'string');
    return [...credentials, ...sent];
}

// EXTERNAL MODULE: external "node:http"
var external_node_http_ = __webpack_require__(7067);
// EXTERNAL MODULE: external "node:stream/consumers"
var consumers_ = __webpack_require__(8321);
;// CONCATENATED MODULE: ./lib/emulator/listener.js



/** Listens at once, on loopback only, and answers from `serve` on. */
async function listen(port) {
    const server = (0,external_node_http_.createServer)();
    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
    });
    return {
        host: `127.0.0.1:${server.address().port}`,
        serve: (handle, options) => {
            server.on('request', (incoming, response) => {
                // What fails here is a client that left, or the emulator closing: nobody is there to be told.
                converse(incoming, response, { handle, ...options }).catch(() => response.destroy());
            });
        },
        close: () => new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
        }),
    };
}
async function converse(incoming, response, { handle, ledger, now }) {
    const left = new AbortController();
    response.once('close', () => left.abort());
    const body = new Uint8Array(await (0,consumers_.buffer)(incoming));
    const exchange = ledger.receive(toExchange(incoming, body));
    const { answer, fault = {} } = await handled(() => handle(toRequest(incoming, { body, signal: left.signal }), exchange));
    // Not Node's own date: the emulator's clock may be skewed.
    response.sendDate = false;
    response.setHeader('date', new Date(now()).toUTCString());
    const delivery = deliver({ response, answer, fault, signal: left.signal });
    if (!isSilent(fault))
        exchange.status = answer.status;
    await delivery;
}
/** A request that no `Request` can be made of, and a handler that throws, are answers too. */
async function handled(handle) {
    try {
        return await handle();
    }
    catch (cause) {
        const text = cause instanceof Error ? cause.message : String(cause);
        const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8' });
        return { answer: { status: 500, headers, body: new TextEncoder().encode(`emulator: ${text}`) } };
    }
}
const toExchange = (incoming, body) => ({
    service: 'none',
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: Object.fromEntries(toHeaders(incoming)),
    body: new TextDecoder().decode(body),
});
function toRequest(incoming, { body, signal }) {
    const { method = 'GET', url = '/', headers } = incoming;
    const address = url.startsWith('/') ? `http://${headers.host}${url}` : url;
    const init = { method, headers: toHeaders(incoming), signal };
    return new Request(address, method === 'GET' || method === 'HEAD' ? init : { ...init, body });
}
function toHeaders({ rawHeaders }) {
    const headers = new Headers();
    for (let at = 0; at + 1 < rawHeaders.length; at += 2)
        headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    return headers;
}

;// CONCATENATED MODULE: ./lib/emulator/role.js
const permissions = {
    'roles/iam.workloadIdentityUser': ['iam.serviceAccounts.getAccessToken', 'iam.serviceAccounts.getOpenIdToken'],
    'roles/iam.serviceAccountOpenIdTokenCreator': ['iam.serviceAccounts.getOpenIdToken'],
    'roles/iam.serviceAccountTokenCreator': [
        'iam.serviceAccounts.getAccessToken',
        'iam.serviceAccounts.getOpenIdToken',
        'iam.serviceAccounts.signJwt',
        'iam.serviceAccounts.signBlob',
        'iam.serviceAccounts.implicitDelegation',
    ],
};
/** The allow policies of all service accounts. */
class Bindings {
    #all = [];
    /** @throws on what IAM would not take for a member or a role */
    allow(binding) {
        if (!memberForm.test(binding.member))
            throw new Error(`"${binding.member}" is not an IAM member`);
        if (!Object.hasOwn(permissions, binding.role))
            throw new Error(`"${binding.role}" is not a role on service accounts`);
        this.#all.push(binding);
    }
    disallow({ member, account, role }) {
        this.#all = this.#all.filter((one) => one.member !== member || one.account !== account || one.role !== role);
    }
    /** An account's policy goes with the account. */
    forget(account) {
        this.#all = this.#all.filter((one) => one.account !== account);
    }
    /** Whether one of `members`, which are all the same caller, has the permission on the account. */
    permit(members, account, permission) {
        return this.#all.some((one) => one.account === account && members.includes(one.member) && isIn(permissions[one.role], permission));
    }
}
const memberForm = /^((serviceAccount|user):[^@\s]+@[^@\s]+|principal(Set)?:\/\/iam\.googleapis\.com\/projects\/\d+\/\S+)$/;
const isIn = (list, permission) => list.includes(permission);

;// CONCATENATED MODULE: ./lib/emulator/index.js












/**
 * Starts Google's token services, a CI's OIDC issuer, and IAP in front of a demo app, on 127.0.0.1.
 *
 * @example
 * const emulator = await startEmulator();
 * const key = await emulator.createKey('ci@project.iam.gserviceaccount.com');
 * emulator.grant(key.client_email);
 * // IAP_AUTH_EMULATOR_HOST=${emulator.host}
 * await emulator.close();
 */
async function startEmulator(options = {}) {
    const keys = await createKeys();
    const [google, gate] = await listenOn(options.port ?? 0, options.appPort ?? 0);
    const url = options.url ?? `http://${google.host}`;
    const world = createWorld({ ...options, keys, url, appUrl: `http://${gate.host}` });
    google.serve(serveGoogle(world), world);
    gate.serve(serveGate(world), world);
    return {
        ...controls(world),
        host: google.host,
        url: world.url,
        appUrl: world.appUrl,
        clientId: world.clientId,
        desktopClientId: world.desktop.id,
        desktopClientSecret: world.desktop.secret,
        provider: defaultProvider,
        assertionAudience: assertionAudience,
        ledger: world.ledger,
        close: async () => {
            await Promise.all([google.close(), gate.close()]);
        },
    };
}
async function createKeys() {
    const [google, googleNext, ci, iap] = await Promise.all([
        createSigningKey('RS256'),
        createSigningKey('RS256'),
        createSigningKey('RS256'),
        createSigningKey('ES256'),
    ]);
    return { google, googleNext, ci, iap };
}
async function listenOn(port, appPort) {
    const google = await listen(port);
    try {
        return [google, await listen(appPort)];
    }
    catch (cause) {
        await google.close();
        throw cause;
    }
}
function createWorld({ keys, url, appUrl, now = Date.now, ...names }) {
    const clientId = names.clientId ?? `${projectNumber}-emulator.apps.googleusercontent.com`;
    const desktop = createDesktopClient(clientId);
    const ledger = new Ledger();
    ledger.keep(desktop.secret);
    return {
        url,
        appUrl,
        appTitle: names.appTitle ?? 'Demo app',
        clientId,
        now,
        keys,
        accounts: new Map(),
        members: new Set(),
        faults: new Faults(),
        ledger,
        app: createDemoApp({ keys, now }),
        iapMode: 'custom',
        allowlist: new Set(),
        bindings: new Bindings(),
        isApiEnabled: true,
        accessTokens: new Map(),
        providers: new Map([[defaultProvider, createProvider()]]),
        jobs: new Map(),
        desktop,
        users: new Map(),
        refreshTokens: new Map(),
        codes: new Map(),
        machine: undefined,
    };
}
/** Of the same project as the app's own client. */
function createDesktopClient(clientId) {
    const id = `${projectOfClient(clientId) ?? projectNumber}-desktop.apps.googleusercontent.com`;
    return { id, secret: `GOCSPX-${(0,external_node_crypto_.randomBytes)(21).toString('base64url')}`, isDeleted: false };
}


/***/ })

};
