import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 52:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  xU: () => (/* binding */ systemCode)
});

// UNUSED EXPORTS: IapError, asIapError, hasCode, invalid

;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: external "node:util/types"
const types_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util/types");
;// CONCATENATED MODULE: ./lib/failures/failure.js
/** Types a row by the parameter of its hint. */
function failure(retry, when, hint, example) {
    return { retry, when, hint, ...(example === undefined ? {} : { example }) };
}

;// CONCATENATED MODULE: ./lib/failures/app.js

/** What a status of the app's own often means, once IAP has let the token pass. */
const statusHint = (found) => {
    if (found === 404 || found === 405)
        return '\nIs the path right, and the method?';
    if (found !== 401 && found !== 403)
        return '';
    return "\nDoes the app have a login of its own? With token_header: proxy-authorization the header Authorization is free for the app's own credential.";
};
/** The app answered; but not as expected. */
const appFailures = {
    'app-status': failure('no', 'the app answered with an unexpected status', (f) => `IAP accepted the token; the app itself answered ${f.found}. If that is right for this URL, set expect_status (currently ${f.expected}).${statusHint(f.found)}`),
    'app-header': failure('no', "a header of the app's answer is missing or has an unexpected value", (f) => `IAP accepted the token; the app itself answered. Is this the version that you deployed? If its header ${f.name} is right, change expect_header (currently ${f.expected}).`),
    'app-body': failure('no', "the app's answer does not contain what was expected", (f) => `IAP accepted the token; the app itself answered. Is this the page that you meant, and the version that you deployed? If it is, change expect_body (currently ${f.expected}).`),
    'app-json': failure('no', "the app's JSON does not hold what was expected", (f) => `IAP accepted the token; the app itself answered. Is the app healthy, and the version that you deployed? If the answer is right, change expect_json (currently ${f.expected}).`),
};

;// CONCATENATED MODULE: ./lib/failures/credentials.js

/** Failures of the inputs and of the credential, before anything is sent. */
const credentialFailures = {
    'config-invalid': failure('no', 'one or more inputs are wrong; all of them are reported together', () => 'Correct each one named above, then run it again. The README lists what each takes.'),
    'credentials-missing': failure('no', 'no credential was given', (f) => `${f.looked}\n` +
        'If credentials_json was given, it was empty: there is no secret of that name, or this run (of a fork, of Dependabot) gets no secrets.\n' +
        'Give one of them. On GitHub without a key: workload_identity_provider and service_account, and the job needs permissions: id-token: write.'),
    'credentials-conflict': failure('no', 'several credentials were given', (f) => `Give one of ${f.inputs}, and leave the others out. service_account can be combined with any of them except id_token.`),
    'credentials-malformed': failure('no', 'the credential is not JSON, not base64 of it, or its private key is broken', (f) => `${f.fix} The credential itself is never shown.`),
    'credentials-unsupported': failure('no', 'a kind of credential that cannot reach IAP', (f) => `IAP accepts a token of a service account or of a user. ${f.fix}`),
};

;// CONCATENATED MODULE: ./lib/failures/front.js

/** What stands in front of the app answered, or what should stand there does not. */
const frontFailures = {
    'cloud-run-invoker': failure('no', 'Cloud Run refused the call (403 or 401), before the app saw it', (f) => `IAP accepted the token, but its own service account may not call the Cloud Run service; or ${f.url} is not behind IAP at all. Let IAP's account call the service:\n${f.commands}`, {
        url: 'URL',
        commands: 'gcloud run services add-iam-policy-binding SERVICE --region=REGION --project=PROJECT_ID --member=serviceAccount:service-PROJECT_NUMBER@gcp-sa-iap.iam.gserviceaccount.com --role=roles/run.invoker',
    }),
    'edge-not-found': failure('no', 'Google’s own 404, or the load balancer’s: the request did not reach the app', (f) => `${f.why} ${f.fix}`, {
        why: 'Google reserves /healthz on run.app addresses: call another path.',
        fix: "A service with internal ingress answers only at its load balancer's address: call that, or open the run.app address:\ngcloud run services update SERVICE --region=REGION --project=PROJECT_ID --ingress=all",
    }),
    'rate-limited': failure('wait', 'too many requests (429)', (f) => `${f.url} is called too often: IAP and the app each have a limit per minute. Call it less often, or try again later.`),
    unavailable: failure('wait', 'no backend is ready (502, 503, 504); or the app cannot be asked for its client id (any 5xx)', (f) => `${f.url} was tried ${f.tried}. Has the new version started, and is it healthy? Look at the app's own log. Raise retry_for if it starts slowly.`, { url: 'URL', tried: '4 times within 3 s' }),
    'app-unprotected': failure('no', 'called without a token, the URL was not refused by IAP', (f) => `Anybody may be able to call ${f.url}. Turn IAP on:\n${f.commands}\n` +
        'If this path is public on purpose, set check_protected: off.', {
        url: 'URL',
        commands: 'gcloud compute backend-services update BACKEND_SERVICE --global --project=PROJECT_ID --iap=enabled\nor, for a Cloud Run service by itself:\ngcloud run services update SERVICE --region=REGION --project=PROJECT_ID --iap',
    }),
    'app-trusts-assertion': failure('no', 'the app accepted an IAP assertion that was broken on purpose', (f) => `The app answered as usual although x-goog-iap-jwt-assertion was invalid (${f.kinds}): whoever gets around IAP can pose as any user. ` +
        'Check the signature, iss, aud, iat and exp of the assertion: https://cloud.google.com/iap/docs/signed-headers-howto\n' +
        'An app that redirects before it looks at the assertion (for example / to /home) is judged by that redirect: give the page it leads to as its own url.'),
    'app-redirect': failure('no', 'the app redirects to another origin, or too often', (f) => `It redirects to ${f.to}. The token is sent to the origin of url only, and at most 5 redirects are followed: ` +
        'point url at the page where the redirects end, or set expect_status if the redirect itself is right.'),
};

;// CONCATENATED MODULE: ./lib/failures/google.js

/** What a Google token service refuses while a token is minted. */
const googleFailures = {
    'key-rejected': failure('no', 'Google does not accept the signature of the key (`Invalid JWT Signature.`)', (f) => `The key ${f.keyId} of ${f.account} was probably deleted, disabled or rotated. List the keys that work, then store a new one:\n` +
        `gcloud iam service-accounts keys list --iam-account=${f.account}`),
    'account-unknown': failure('no', 'Google does not know the service account (`account not found`)', (f) => `${f.account} was deleted, or the email in the credential is wrong. Look for it with:\n` +
        `gcloud iam service-accounts describe ${f.account}`),
    'clock-skew': failure('no', 'this machine and Google disagree about the time, even after one more try with Google’s clock', (f) => `${f.seconds === 0 ? "Google's answer did not say what time it is" : `The clock of this machine is ${Math.abs(f.seconds)} s ${f.seconds < 0 ? 'behind' : 'ahead'}`}. ` +
        'Set the clock, for example with:\nsudo chronyc makestep', { seconds: 90 }),
    'audience-invalid': failure('no', 'Google does not accept `target_audience`', (f) => `target_audience was ${f.audience}. It must be IAP's OAuth client id, which looks like 123456789012-abc123.apps.googleusercontent.com. ` +
        'Find it in the Google Cloud console under Security > Identity-Aware Proxy.'),
    'token-refused': failure('wire', 'the token endpoint refused for any other reason; retried on 429 and 5xx', (f) => f.fix ??
        `${f.endpoint} returned no token. Its own message is above. A 5xx is temporary: see https://status.cloud.google.com.`, { endpoint: 'ENDPOINT' }),
    'refresh-token-expired': failure('no', 'the user must sign in again (`Token has been expired or revoked`, `invalid_rapt`)', () => "A user's sign-in ends: with a password change, at the organization's session limit, or after six months. Sign in again:\n" +
        'gcloud auth application-default login\n' +
        'or, if you signed in with iap-auth: iap-auth login --client-file PATH\n' +
        'For CI use a service account or workload identity: neither needs a person.'),
    'client-unknown': failure('no', 'Google does not know the OAuth client of a user’s credential, or it is disabled', (f) => `The credential's client_id was ${f.client}. It was deleted or disabled, or its secret is wrong: create the credential again.`),
    'metadata-unavailable': failure('no', 'there is no metadata server, or it is not Google’s', (f) => `${f.host} did not answer as Google's metadata server does. Only machines on Google Cloud have one, with a service account attached.`),
};

;// CONCATENATED MODULE: ./lib/failures/iam.js

/** What the IAM Credentials API refuses. */
const iamFailures = {
    'iam-api-disabled': failure('grant', 'the IAM Credentials API is not enabled', (f) => `Enable it, and wait a few minutes:\ngcloud services enable iamcredentials.googleapis.com --project=${f.project}`),
    'iam-permission-denied': failure('grant', 'the caller may not act as the service account', (f) => `${f.permission} on ${f.account}${f.delegates ? `, or on a delegate before it (${f.delegates}),` : ''} is missing. If the emails are right, grant it:\n${f.commands}\n` +
        'A fresh grant takes about 2 minutes, sometimes more than 7: propagation_wait waits for it.', {
        permission: 'PERMISSION',
        account: 'ACCOUNT',
        commands: 'gcloud iam service-accounts add-iam-policy-binding ACCOUNT --role=ROLE --member="MEMBER"',
    }),
    'iam-service-account-unknown': failure('no', 'there is no such service account (`Gaia id not found`)', (f) => `Asked for ${f.account}. Look for it:\ngcloud iam service-accounts describe ${f.account}`),
    'iam-scope-insufficient': failure('no', 'the VM’s access scopes do not allow the call', (f) => `The VM needs the scope ${f.scope}. Stop the VM, then:\n` +
        'gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform'),
    'iam-refused': failure('wire', 'the IAM Credentials API refused for any other reason; retried on 429 and 5xx', (f) => `The call was for ${f.account}. Google's own message is above. A 401 means that the access token has expired. A wrong clock on this machine can cause a 400 or 401. A 5xx is temporary: see https://status.cloud.google.com.`),
};

;// CONCATENATED MODULE: ./lib/failures/iap.js

const useJwt = "cannot be the audience of an ID token: set token_kind: signed_jwt, with a service account's credential.";
const second = `If that is what was sent, IAP here uses its Google-managed OAuth client (the default since 2025), which ${useJwt}`;
/** What mends a wrong audience, by what is known of the client id that IAP uses for the app. */
const audienceFixes = {
    nothing: () => `Use the app's own OAuth client id: set target_audience to discover, or see the console under Security > Identity-Aware Proxy.\n${second}`,
    other: (client) => `The app expects ${client}: use that as target_audience.`,
    same: () => `IAP in front of the app uses that very OAuth client id.\n${second}`,
    managed: (client) => `IAP in front of the app uses the OAuth client id ${client}, its Google-managed client, which ${useJwt}`,
};
/** What IAP itself answers instead of letting a request through to the app. */
const iapFailures = {
    'discovery-failed': failure('no', 'the app’s answer does not contain IAP’s OAuth client id', (f) => `${f.url} was called without a token; ${f.answer}. Is IAP turned on for it? If you know the client id, set target_audience to it.`),
    'iap-no-token': failure('no', 'IAP saw no token, though one was sent (`empty token`)', (f) => `Something in front of IAP removed the Authorization header (Proxy-Authorization, if token_header says so), or ${f.url} redirects internally. Call the address that IAP itself serves.`),
    'iap-not-a-jwt': failure('no', 'IAP cannot read the token (`Unable to parse JWT`)', () => 'IAP accepts an ID token or a service-account JWT, not an access token or an API key. Write Bearer once, not "Bearer Bearer …".'),
    'iap-signature': failure('no', 'IAP does not accept the signature (`JWT signature is invalid`)', (f) => f.kind === 'signed_jwt'
        ? "None of the account's current keys signed the JWT: the key was deleted, or has just been rotated. Use a key that works, or let IAM sign."
        : "The token is not signed by Google: the CI's own OIDC token must be exchanged first. It can also mean that Google has just rotated its keys."),
    'iap-email-missing': failure('no', 'the token has no email (`JWT ’email’ claim isn’t a string`)', () => 'Mint the token with its email: generateIdToken needs includeEmail, the metadata server format=full. iap-auth does both.'),
    'iap-audience': failure('no', 'the token is for another app (`Invalid JWT audience`), or IAP uses its Google-managed client, which takes no ID token', (f) => f.known === 'none needed'
        ? `The JWT was for ${f.sent}. IAP expects ${f.jwt}: leave target_audience out.`
        : `The token was for ${f.sent}. ${audienceFixes[f.known](f.client)}`, { sent: 'SENT', known: 'nothing', client: '', jwt: '' }),
    'iap-jwt-audience': failure('no', 'a service-account JWT is for another URL (`Audience specified does not match requested endpoint`)', (f) => f.kind === 'id_token'
        ? `The token was for ${f.sent}, and IAP read it as a service-account JWT, which must be for ${f.expected}. To send one, set token_kind: signed_jwt.`
        : `The JWT was for ${f.sent}. IAP expects ${f.expected}, or the exact URL: leave target_audience out.`, { kind: 'signed_jwt', sent: 'SENT', expected: 'https://HOST/*' }),
    'iap-token-expired': failure('no', 'the token has expired (`JWT has expired`)', (f) => `The token expired at ${f.expiry}. A token lives one hour: mint it in the job that uses it.`),
    'iap-access-denied': failure('grant', 'IAP knows the account, but it lacks the role on this app', (f) => `IAP saw ${f.email}. Grant it the role roles/iap.httpsResourceAccessor:\n${f.commands}\n` +
        'A fresh grant takes about 2 minutes, sometimes more than 7: propagation_wait waits for it.', {
        email: 'EMAIL',
        commands: 'gcloud iap web add-iam-policy-binding --project=PROJECT_ID --resource-type=cloud-run --service=SERVICE --region=REGION --member=MEMBER --role=roles/iap.httpsResourceAccessor',
    }),
    'iap-identity-platform': failure('no', 'IAP runs on Identity Platform (`Invalid GCIP ID token`)', (f) => "This app's IAP signs users in through Identity Platform and accepts no Google ID token. It accepts a JWT that a service account signed itself. " +
        (f.kind === 'signed_jwt'
            ? `The one sent was for ${f.sent}; it must be for ${f.expected}, or for the exact URL.`
            : 'Set token_kind: signed_jwt.')),
    'iap-setup': failure('no', 'IAP is not set up completely', (f) => `${f.meaning}\nSee https://cloud.google.com/iap/docs/faq#error_codes and the app's row under Security > Identity-Aware Proxy.`),
    'iap-sign-in-redirect': failure('no', 'the request is sent to Google’s sign-in page, though a token was sent', (f) => `IAP did not accept the token for ${f.url} and asks a person to sign in; or the app behind it has a Google sign-in of its own. The redirect was not followed: it leads to a page that answers 200.`),
    'iap-refused': failure('wait', 'IAP refused with a message that iap-auth does not know; waited for on 5xx', (f) => `IAP, not the app, answered ${f.url}. Its message is above: https://cloud.google.com/iap/docs/faq explains most of them.`),
};

;// CONCATENATED MODULE: ./lib/failures/network.js

/** No answer at all, or none that can be used. */
const networkFailures = {
    dns: failure('wait', 'the host name has no address', (f) => `Check the spelling of ${f.host}, and that this runner's DNS knows it:\nnslookup ${f.host}`),
    'connection-refused': failure('wait', 'nothing listens at the address', (f) => `Is the service at ${f.host} started, and is the port right? A firewall can refuse too.`),
    'connection-reset': failure('wait', 'the connection broke before the answer was complete', (f) => `${f.host}, or a proxy or firewall on the way, closed the connection.`),
    tls: failure('wait', 'no secure connection: the certificate is wrong, unknown or expired', (f) => `${f.problem}. Look at it:\nopenssl s_client -connect ${f.host} -servername ${f.host.replace(/:\d+$/, '')}\n` +
        'If your proxy inspects TLS traffic, give Node its certificate: NODE_EXTRA_CA_CERTS=/path/ca.pem'),
    timeout: failure('wait', 'no complete answer within `timeout`', (f) => f.fix ??
        `${f.host} took longer than ${f.timeout}. Raise the input timeout if that is normal; a first start of a container may be slow.`, { host: 'HOST', timeout: 'TIMEOUT' }),
    'proxy-refused': failure('no', 'the proxy refused to connect', (f) => `The proxy is set by the variable ${f.variable}. Let the proxy connect to ${f.host}, or list that host in no_proxy to bypass the proxy.`),
    'response-too-large': failure('no', 'the answer is too large to be read', (f) => `At most ${f.limit} of an answer is read. Point url at a smaller page on ${f.host}, such as a health check.`),
    internal: failure('no', 'a bug in iap-auth itself', (f) => `This is a bug in iap-auth ${f.version}. Please report it, with the log: https://github.com/iap-auth/iap-auth/issues/new`),
};

;// CONCATENATED MODULE: ./lib/failures/token.js

const notExported = 'The token was not exported.';
/** What mends a token that its `aud` or `iss` shows to be a CI system's own. */
const ownToken = (found) => /https:\/\/(iam\.googleapis\.com\/|token\.actions\.githubusercontent\.com|gitlab\.com)/.test(found)
    ? " This is the CI's own token: do not give it as id_token, but set workload_identity_provider."
    : '';
/** What is wrong with a minted token, found before it is exported. */
const tokenFailures = {
    'token-malformed': failure('no', 'what should be a token is not a JWT', (f) => f.fix ?? `${f.source} returned something other than a token: is a proxy in between? ${notExported}`, { source: 'SOURCE' }),
    'token-audience': failure('no', 'the token is for another audience than the one asked for', (f) => `Expected ${f.expected}, found ${f.found}. ${notExported}${ownToken(f.found)}`),
    'token-email-missing': failure('no', 'the token has no `email` claim, which IAP requires', (f) => `Expected the email ${f.principal}. IAP refuses every token without one. ${notExported}`),
    'token-principal': failure('no', 'the token is for another account than the credential', (f) => `Expected ${f.expected}, found ${f.found}. ${notExported}`),
    'token-issuer': failure('no', 'the token was not issued by Google', (f) => `Expected ${f.expected}, found ${f.found}. ${notExported}${ownToken(f.found)}`),
    'token-expired': failure('no', 'the token has already expired, or has no expiry', (f) => `It expires at ${f.expiry}; the time is now ${f.now}. Is this machine's clock right? ${notExported}`),
    'token-signature': failure('no', 'the token is not signed with one of Google’s keys, or only its signature vouches for it and it cannot be checked', (f) => `${f.fix ?? `None of the keys at ${f.keys} signed it: something between here and Google may have changed it.`} ${notExported}`, { keys: 'KEYS' }),
};

;// CONCATENATED MODULE: ./lib/failures/workload.js

const commandFor = (verb, provider) => {
    const [, project = 'PROJECT_ID', pool = 'POOL', name = 'PROVIDER'] = /projects\/([^/]+)\/.*workloadIdentityPools\/([^/]+)\/providers\/([^/]+)/.exec(provider) ?? [];
    const place = `${name} --workload-identity-pool=${pool} --project=${project}`;
    return `gcloud iam workload-identity-pools providers ${verb} ${place} --location=global`;
};
const describeProvider = (provider) => commandFor('describe', provider);
const allowAudience = (provider, audience) => {
    // A claim of another issuer: only what is safe to paste into a shell is filled in, and nothing that was cut short.
    const isPlain = /^(?!nothing$)[\w.:/@-]{1,199}$/.test(audience);
    return `${commandFor('update-oidc', provider)} --allowed-audiences=${isPlain ? audience : 'AUDIENCE'}`;
};
/** What a job on GitHub lacks that gets no OIDC token. */
const githubPermissions = `Give the job the permission, and keep the others that it needs:
permissions:
  contents: read
  id-token: write
Runs of forks and of Dependabot get no OIDC token, whatever the permissions: skip this step there, or give it another credential.`;
/** @param facts `declare`: how a job says what its token is for, where that cannot be asked for; '' where nobody can say */
function audienceFix({ provider, audience, declare, }) {
    if (declare === undefined)
        return `Set the input audience to one that the provider allows (allowedAudiences), or leave it out:\n${describeProvider(provider)}`;
    const allow = `Allow it at the provider; this replaces the audiences that it allows now:\n${allowAudience(provider, audience)}`;
    if (declare === '')
        return allow;
    return `${allow}\nOr have the token issued for an audience that the provider allows; if it lists none, for this one. ${declare}`;
}
/** From the CI system's own token to a federated token. */
const workloadFailures = {
    'oidc-unavailable': failure('no', 'the CI system gives no OIDC token', (f) => f.fix, {
        fix: githubPermissions,
    }),
    'oidc-refused': failure('wire', 'the CI system’s OIDC endpoint or agent refused; if that was with a 5xx, see the system’s status page, and run the job again', (f) => f.fix ?? `${f.host} belongs to the CI system: see its status page, and run the job again.`, { host: 'HOST', fix: githubPermissions }),
    'sts-audience-malformed': failure('no', 'the provider is not in the form that Google expects (`Invalid value for "audience"`)', (f) => `workload_identity_provider was ${f.provider}. It must be projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER: ` +
        'the project number, not its id; the provider, not the pool. Print it:\n' +
        `${describeProvider('')} --format="value(name)"`),
    'sts-provider-unknown': failure('no', 'there is no such provider, or it is disabled or deleted (`invalid_target`)', (f) => `Asked for ${f.provider}. Look for it, and whether its state is ACTIVE:\n${describeProvider(f.provider)}`),
    'sts-condition-rejected': failure('no', 'the provider’s attribute condition does not hold for this run', (f) => `The token of this run says ${f.claims}. Compare it, upper and lower case too, with attributeCondition in:\n${describeProvider(f.provider)}`),
    'sts-audience-mismatch': failure('no', 'the provider does not allow the audience of the CI’s token; where that cannot be asked for, the hint has the command that allows it', (f) => `The token's aud was ${f.audience}. ${audienceFix(f)}`, { provider: 'PROVIDER', audience: 'AUDIENCE' }),
    'sts-issuer-mismatch': failure('no', 'the provider trusts another issuer', (f) => `The token's iss was ${f.issuer}. The provider must name it as its issuerUri; a GitHub Enterprise Server has an issuer of its own:\n${describeProvider(f.provider)}`),
    'sts-token-stale': failure('wire', 'the CI’s token was too old, even after a fresh one was fetched (`stale to sign-in`)', () => "A fresh token was fetched for each try. If it comes from subject_token_file, write a new token to that file; otherwise check this machine's clock."),
    'sts-refused': failure('wire', 'Google’s Security Token Service refused for any other reason; retried on 429 and 5xx', (f) => `${f.endpoint} refused. Its own message is above. A mapped attribute, such as a long branch name, may have at most 127 bytes. Google must be able to reach the issuer's keys. A 5xx is temporary.`),
};

;// CONCATENATED MODULE: ./lib/failures/index.js









/** Every failure that a user can meet, by its code: a closed set. */
const failures = {
    ...credentialFailures,
    ...workloadFailures,
    ...iamFailures,
    ...googleFailures,
    ...tokenFailures,
    ...iapFailures,
    ...frontFailures,
    ...appFailures,
    ...networkFailures,
};

;// CONCATENATED MODULE: ./lib/errors.js




/**
 * The one error of this project. `message` says what happened (lower case, quoting the thing);
 * `hint` says the likely cause and the fix. Neither ever holds a secret.
 *
 * @example
 * try {
 *   await mintToken(options);
 * } catch (error) {
 *   if (hasCode(error, 'key-rejected')) console.error(error.hint);
 * }
 */
class IapError extends Error {
    code;
    facts;
    /** How many tries of a request ended in it. */
    tries;
    constructor(code, message, facts, options) {
        super(message, options);
        this.name = 'IapError';
        this.code = code;
        this.facts = facts;
        this.tries = options?.tries ?? 1;
    }
    /** The same error, after so many tries. */
    after(tries) {
        return new IapError(this.code, this.message, this.facts, {
            ...('cause' in this ? { cause: this.cause } : {}),
            tries,
        });
    }
    /** The same error without secrets. Where it held one, its cause is left out, too: that may quote the same words. */
    redacted(redact) {
        const held = { message: this.message, facts: this.facts };
        const { message, facts } = redact(held);
        return (0,external_node_util_namespaceObject.isDeepStrictEqual)({ message, facts }, held)
            ? this
            : new IapError(this.code, message, facts, { tries: this.tries });
    }
    get hint() {
        // Each row's hint takes the facts of its own code; the union of rows cannot say so.
        return failures[this.code].hint(this.facts);
    }
    get retry() {
        return failures[this.code].retry;
    }
}
/** Whether `error` is an IapError of this code. */
function hasCode(error, code) {
    return error instanceof IapError && error.code === code;
}
// A generated file of checks may be wrong a thousand times in the same way.
const maxListed = 50;
/** One `config-invalid` that names every problem. */
function invalid(problems) {
    const count = problems.length === 1 ? 'one input is wrong' : `${problems.length} inputs are wrong`;
    const listed = problems.slice(0, maxListed).map((problem) => `- ${problem}`);
    const more = problems.length > maxListed ? [`- and ${problems.length - maxListed} more`] : [];
    return new IapError('config-invalid', [`${count}:`, ...listed, ...more].join('\n'), {});
}
/** The code of an error of the system's, such as `ENOENT`; undefined for any other. */
function systemCode(error) {
    return (0,types_namespaceObject.isNativeError)(error) && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}
/** Any thrown thing as an IapError: what is not one already is a fault of ours. */
function asIapError(error) {
    if (error instanceof IapError)
        return error;
    const kind = isNativeError(error) ? error.name : typeof error;
    return new IapError('internal', `unexpected ${kind} at ${placeOf(error)}`, { version }, { cause: error });
}
// The words of an unknown error may quote anything, a secret included; where it was thrown cannot.
function placeOf(error) {
    if (!isNativeError(error))
        return 'an unknown place';
    const frames = (error.stack ?? '').replace(error.message, '');
    return /^ +at .*?([\w.-]+:\d+:\d+)\)?$/m.exec(frames)?.[1] ?? 'an unknown place';
}


/***/ }),

/***/ 164:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  y7: () => (/* binding */ removeHeaderFile)
});

// UNUSED EXPORTS: headerLine, writeHeaderFile

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
;// CONCATENATED MODULE: external "node:path"
const external_node_path_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");
// EXTERNAL MODULE: ./lib/errors.js + 13 modules
var errors = __nccwpck_require__(52);
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: ./lib/private.js




const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = external_node_fs_namespaceObject.constants;
/**
 * Writes a new file that only this user can read, from its first byte on: whole, or not at all.
 *
 * @throws the system's error, `EEXIST` where anything is there already
 */
async function private_writePrivate(path, text, mode = 0o600) {
    // Neither a file nor a link that somebody put there is written through. (Windows has no O_NOFOLLOW.)
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), mode);
    try {
        await file.writeFile(text).finally(() => file.close());
    }
    catch (error) {
        await rm(path, { force: true });
        throw error;
    }
}
/**
 * Writes a file in the place of an older one, whole or not at all: through no link, and into no pipe.
 *
 * @throws the system's error, or one that says that it is not a file
 */
async function replaceFile(path, text, mode = 0o644) {
    const found = await lstat(path).catch(() => undefined);
    if (found !== undefined && !found.isFile())
        throw new Error('not a file');
    const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
    await private_writePrivate(unfinished, text, mode);
    try {
        await rename(unfinished, path);
    }
    catch (error) {
        await rm(unfinished, { force: true });
        throw error;
    }
}

;// CONCATENATED MODULE: ./lib/header.js






const names = { authorization: 'Authorization', 'proxy-authorization': 'Proxy-Authorization' };
/** The header that carries the token, as curl takes it. */
function headerLine(header, token) {
    return `${names[header]}: Bearer ${token.reveal()}`;
}
/**
 * Writes the header for `curl -H @FILE`, for this user alone, to a file that was not there before, outside of the
 * workspace: artifacts and caches are made of that.
 *
 * @returns the path
 * @throws {IapError} `config-invalid` if there is no place for it
 */
async function writeHeaderFile({ temporary, workspace }, header, token) {
    const folder = temporary || tmpdir();
    try {
        const place = await realpath(folder);
        if (workspace && isWithin(place, await realpath(workspace).catch(() => workspace))) {
            throw unfit(folder, 'is in the workspace, which artifacts and caches are made of');
        }
        const path = join(place, `iap-auth-${randomUUID()}.header`);
        await writePrivate(path, `${headerLine(header, token)}\n`);
        return path;
    }
    catch (error) {
        const code = systemCode(error);
        throw code === undefined ? error : unfit(folder, `cannot be written to (${code})`);
    }
}
function unfit(folder, why) {
    return invalid([
        `header_file: the temporary folder ${JSON.stringify(folder)} ${why}; set RUNNER_TEMP or TMPDIR to one outside of it that this user can write to`,
    ]);
}
function isWithin(path, folder) {
    const way = relative(folder, path);
    return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !/^[a-z]:/i.test(way));
}
/** Removes what `writeHeaderFile` wrote: nothing of another name, and no link. Says whether it was there. */
async function removeHeaderFile(path) {
    if (!/^iap-auth-[0-9a-f-]{36}\.header$/.test((0,external_node_path_namespaceObject.basename)(path)))
        return false;
    const isFile = await (0,promises_namespaceObject.lstat)(path)
        .then((found) => found.isFile())
        .catch(() => false);
    if (isFile)
        await (0,promises_namespaceObject.unlink)(path);
    return isFile;
}


/***/ }),

/***/ 317:
/***/ ((__webpack_module__, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(52);
/* harmony import */ var _header_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(164);


// After the job: removes what the step wrote. A door of its own, so that nothing in the environment can stand in for
// the step. What it kept: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#sending-values-to-the-pre-and-post-actions
const path = process.env['STATE_headerFile'] ?? '';
try {
    if (path !== '' && (await (0,_header_js__WEBPACK_IMPORTED_MODULE_1__/* .removeHeaderFile */ .y7)(path)))
        process.stdout.write('The header file was removed.\n');
}
catch (error) {
    process.stdout.write(`::warning title=iap-auth::The header file could not be removed (${(0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .systemCode */ .xU)(error) ?? 'unknown'}): remove ${path}\n`);
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(317);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 
