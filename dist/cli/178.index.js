export const id = 178;
export const ids = [178];
export const modules = {

/***/ 3178:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  startEmulator: () => (/* binding */ startEmulator)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(7975);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/util/errors.js
var errors = __webpack_require__(5674);
// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/lib/key.js
var lib_key = __webpack_require__(7859);
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


// EXTERNAL MODULE: ./node_modules/jose/dist/webapi/jwt/sign.js + 1 modules
var sign = __webpack_require__(2896);
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


/** A new key of the account, which is created if there is none. */
async function createKey(accounts, email, tokenUri) {
    const { publicKey, pem } = await createKeyPair();
    const account = accounts.get(email) ?? { email, uniqueId: uniqueId(), keys: new Map() };
    const kid = keyId();
    account.keys.set(kid, publicKey);
    accounts.set(email, account);
    return {
        type: 'service_account',
        project_id: /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? 'emulator',
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
/** The keys that a signature with this `kid` may come from: all of them where it names none. */
function keysOf(account, kid) {
    if (kid === undefined)
        return [...account.keys.values()];
    const key = account.keys.get(kid);
    return key ? [key] : [];
}
const uniqueId = () => `1${Array.from({ length: 20 }, () => (0,external_node_crypto_.randomInt)(10)).join('')}`;

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
/** Sends the answer in the way of the fault: whole, where it has none. */
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
    const type = text.startsWith('{') ? 'application/json; charset=utf-8' : 'text/html; charset=UTF-8';
    return {
        status,
        headers: new Headers({ 'content-type': type, ...own, ...headers }),
        body: new TextEncoder().encode(text),
    };
}
const defaultBody = (service, status) => service === 'token' && status >= 500
    ? JSON.stringify({ error: 'internal_failure', error_description: 'Backend Error' })
    : '';

;// CONCATENATED MODULE: ./lib/emulator/world.js
/** The clock in whole seconds, as claims have it. */
const seconds = (world) => Math.floor(world.now() / 1000);

;// CONCATENATED MODULE: ./lib/emulator/bearer.js



const googleIssuers = ['accounts.google.com', 'https://accounts.google.com'];
/** The user behind a bearer token, or the text of IAP's 401. */
async function judgeBearer(token, url, world) {
    const jwt = readJwt(token);
    if (!jwt)
        return invalid('Unable to parse JWT');
    if (!googleIssuers.includes(jwt.claims.iss))
        return judgeSignedJwt(token, jwt, { url, world });
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
    if (aud !== world.clientId)
        return invalid('Invalid bearer token. Invalid JWT audience.');
    if (isPast(exp, world))
        return expired;
    return { email, id: sub };
}
/** A JWT that the service account signed itself. unsure: the order after the signature. */
async function judgeSignedJwt(token, { header, claims }, { url, world }) {
    const account = world.accounts.get(claims.iss ?? '');
    if (!account || !(await isSignedBy(token, keysOf(account, header.kid))))
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
        return refuse(401, bearer.user);
    const { user } = bearer;
    if (!world.members.has(user.email)) {
        return refuse(403, `${world.appTitle}: Access denied. For user ${user.email}.`);
    }
    const headers = new Headers(request.headers);
    for (const name of request.headers.keys())
        if (name.startsWith('x-goog-'))
            headers.delete(name);
    headers.delete('proxy-authorization');
    headers.delete(bearer.header);
    for (const [name, value] of Object.entries(await identityHeaders(user, world)))
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
async function identityHeaders({ email, id }, world) {
    const iat = seconds(world);
    const claims = { iss: 'https://cloud.google.com/iap', aud: assertionAudience, iat, exp: iat + 600 };
    const assertion = await jwt_sign({ ...claims, email, sub: `accounts.google.com:${id}` }, world.keys.iap);
    world.ledger.keep(assertion);
    return {
        'x-goog-iap-jwt-assertion': assertion,
        'x-goog-authenticated-user-email': `accounts.google.com:${email}`,
        'x-goog-authenticated-user-id': `accounts.google.com:${id}`,
    };
}
/** A browser is sent to sign in; what is not one (a POST, a script's request) is told. */
function anonymous(request, { clientId }) {
    const text = 'Invalid IAP credentials: empty token';
    const isScript = request.headers.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest';
    if (isScript || !['GET', 'HEAD'].includes(request.method))
        return refuse(401, text);
    const nonce = (0,external_node_crypto_.randomBytes)(16).toString('base64url');
    return refuse(302, text, {
        location: `https://accounts.google.com/o/oauth2/v2/auth?client_id=${clientId}&response_type=code&scope=openid+email` +
            `&redirect_uri=https://iap.googleapis.com/v1/oauth/clientIds/${clientId}:handleRedirect&state=${nonce}`,
        'set-cookie': `GCP_IAP_XSRF_NONCE_${nonce}=1; path=/; Secure; HttpOnly`,
    });
}
const refuse = (status, text, headers = {}) => new Response(text, {
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

;// CONCATENATED MODULE: ./lib/emulator/certs.js
/** The keys of ID tokens: https://www.googleapis.com/oauth2/v3/certs */
const certs = (_request, { keys }) => jwkSet([keys.googleNext.jwk, keys.google.jwk]);
/** The keys of IAP's assertions: https://www.gstatic.com/iap/verify/public_key-jwk */
const iapKeys = (_request, { keys }) => jwkSet([keys.iap.jwk]);
const jwkSet = (keys) => new Response(JSON.stringify({ keys }), {
    headers: {
        'content-type': 'application/json; charset=UTF-8',
        'cache-control': 'public, max-age=22000, must-revalidate, no-transform',
    },
});

;// CONCATENATED MODULE: ./lib/emulator/assertion.js



/**
 * Judges a JWT-bearer assertion in the order in which the live endpoint was seen to (2026-09):
 * structure, signature, issuer, iat and exp, window, scope, audience.
 */
async function readAssertion(token, world) {
    const jwt = readJwt(token);
    if (!jwt)
        return { error: 'invalid_request', error_description: 'Bad Request' };
    // Without the account there is no key to hold the signature against, so an unknown issuer shows first.
    const account = world.accounts.get(jwt.claims.iss ?? '');
    if (!account)
        return invalidGrant('Invalid grant: account not found');
    if (!(await isSignedBy(token, keysOf(account, jwt.header.kid))))
        return invalidGrant('Invalid JWT Signature.');
    const { claims } = jwt;
    const wrong = wrongTimes(claims, seconds(world)) ?? wrongScope(claims) ?? wrongAudience(claims, world);
    return wrong ?? wrongSubject(claims) ?? { account, targetAudience: String(claims['target_audience']) };
}
const invalidGrant = (error_description) => ({ error: 'invalid_grant', error_description });
const lifetime = 3600;
/** How far ahead of Google's a client's clock may be, in seconds. */
const leeway = 300;
function wrongTimes({ iat, exp }, now) {
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
    return { error: 'invalid_scope', error_description: 'Invalid OAuth scope or ID token audience provided.' };
}
function wrongAudience({ aud }, world) {
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

;// CONCATENATED MODULE: ./lib/emulator/idtoken.js


/** Signs as Google. `claims` win over what an ID token for IAP has by default; `undefined` leaves one out. */
async function mintIdToken(claims, world) {
    const iat = seconds(world);
    const defaults = { iss: 'https://accounts.google.com', aud: world.clientId, iat, exp: iat + 3600 };
    const token = await jwt_sign({ ...defaults, ...claims }, world.keys.google);
    world.ledger.keep(token);
    return token;
}

;// CONCATENATED MODULE: ./lib/emulator/token.js


/** What each grant answers: a new one is a file, and its row here. */
const grants = {
    'urn:ietf:params:oauth:grant-type:jwt-bearer': exchangeAssertion,
};
/** https://oauth2.googleapis.com/token */
const token = async (request, world) => {
    const form = new URLSearchParams(await request.text());
    const type = form.get('grant_type') ?? '';
    const grant = Object.hasOwn(grants, type) ? grants[type] : undefined;
    if (!grant)
        return token_refuse({ error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${type}` });
    return grant(form, world);
};
async function exchangeAssertion(form, world) {
    const assertion = await readAssertion(form.get('assertion') ?? '', world);
    if ('error' in assertion)
        return token_refuse(assertion);
    const { account, targetAudience } = assertion;
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
const token_refuse = ({ status = 400, ...body }) => json(status, body);
const json = (status, body) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } });

;// CONCATENATED MODULE: ./lib/emulator/google.js



/** Google's services: a new one is a file with its handler, and its row here. */
const routes = [
    { service: 'token', method: 'POST', path: /^\/token$/, handle: token },
    { service: 'certs', method: 'GET', path: /^\/oauth2\/v3\/certs$/, handle: certs },
    { service: 'iap-keys', method: 'GET', path: /^\/iap\/verify\/public_key-jwk$/, handle: iapKeys },
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
const secretFields = ['assertion', 'client_secret', 'code', 'refresh_token', 'subject_token'];
const hasOnePath = (service) => service === 'token' || service === 'certs' || service === 'iap-keys';
const base64Lines = (text) => text.startsWith('-----BEGIN') ? text.split('\n').filter((line) => line !== '' && !line.startsWith('-----')) : [];
function secretsOf({ headers, body }) {
    const credentials = secretHeaders.flatMap((name) => headers[name]?.split(/\s+/).slice(1) ?? []);
    const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const fields = form ? new URLSearchParams(body) : new URLSearchParams();
    return [...credentials, ...secretFields.flatMap((name) => fields.getAll(name))];
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

;// CONCATENATED MODULE: ./lib/emulator/index.js









/**
 * Starts Google's token endpoint and keys, and IAP in front of a demo app, on 127.0.0.1.
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
    const world = createWorld({ ...options, keys, url: `http://${google.host}`, appUrl: `http://${gate.host}` });
    google.serve(serveGoogle(world), world);
    gate.serve(serveGate(world), world);
    return {
        ...operations(world),
        host: google.host,
        url: world.url,
        appUrl: world.appUrl,
        clientId: world.clientId,
        assertionAudience: assertionAudience,
        ledger: world.ledger,
        close: async () => {
            await Promise.all([google.close(), gate.close()]);
        },
    };
}
async function createKeys() {
    const [google, googleNext, iap] = await Promise.all([
        createSigningKey('RS256'),
        createSigningKey('RS256'),
        createSigningKey('ES256'),
    ]);
    return { google, googleNext, iap };
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
    return {
        url,
        appUrl,
        appTitle: names.appTitle ?? 'Demo app',
        clientId: names.clientId ?? '123456789012-emulator.apps.googleusercontent.com',
        now,
        keys,
        accounts: new Map(),
        members: new Set(),
        faults: new Faults(),
        ledger: new Ledger(),
        app: createDemoApp({ keys, now }),
    };
}
function operations(world) {
    const { accounts, members, faults, ledger } = world;
    return {
        createKey: async (email) => {
            const file = await createKey(accounts, email, `${world.url}/token`);
            ledger.keep(file.private_key);
            return file;
        },
        deleteKey: (email, keyId) => {
            const keys = accounts.get(email)?.keys;
            if (keyId === undefined)
                keys?.clear();
            else
                keys?.delete(keyId);
        },
        deleteAccount: (email) => {
            accounts.delete(email);
            members.delete(email);
        },
        grant: (email) => void members.add(email),
        revoke: (email) => void members.delete(email),
        setApp: (app) => {
            world.app = app;
        },
        fail: (service, fault) => faults.add(service, fault),
        clearFaults: () => faults.clear(),
        mintIdToken: (claims) => mintIdToken(claims, world),
    };
}


/***/ })

};
