import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/emulator/index.ts';
import { judge } from '../../src/iap/answer.ts';
import type { Sent } from '../../src/iap/sent.ts';
import { openEmulator } from '../emulated.ts';
import { openTestWorld } from '../world.ts';
import {
  clientId,
  forbiddenPage,
  html,
  json,
  managedId,
  notFoundPage,
  principal,
  robotNotFound,
  sentTo,
  serverErrorPage,
  signInAt,
  unauthorizedPage,
} from './literal.ts';

const emulator = await openEmulator({});

/** An answer as it comes over the wire, in the literal words and in others, and what is made of it. */
interface Row {
  readonly says: string;
  readonly by: 'iap' | 'edge' | 'app';
  readonly status: number;
  readonly bodies: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly sent?: Partial<Sent>;
  readonly code: string;
  readonly retry: string;
  readonly answeredBy: string;
  /** Whether it holds whatever was expected of the app. */
  readonly isFinal: boolean;
  readonly hint: readonly string[];
}

const ofIap = (row: Omit<Row, 'by' | 'answeredBy' | 'isFinal' | 'retry'> & { retry?: string }): Row => ({
  by: 'iap',
  answeredBy: 'iap',
  isFinal: true,
  retry: 'no',
  ...row,
});
const ofFront = (row: Omit<Row, 'by' | 'isFinal' | 'retry'> & { retry?: string; isFinal?: boolean }): Row => ({
  by: 'edge',
  isFinal: true,
  retry: 'no',
  ...row,
});

const faq =
  'There was a problem with your request. Please reference https://cloud.google.com/iap/docs/faq#error_codes. Error code';
const older = `JWT audience doesn't match this application ('aud' claim (${clientId}) doesn't match expected value`;
const wrongAudience = {
  status: 401,
  bodies: [
    'Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.',
    'The bearer token was refused (INVALID JWT AUDIENCE)',
  ],
  code: 'iap-audience',
};
const signedJwt = { kind: 'signed_jwt', audience: 'https://app.example.com/*' } as const;
const onRun = { url: new URL('https://shop-987654321098.europe-west1.run.app/') };
const grant = 'gcloud iap web add-iam-policy-binding';
const denied = { status: 403, code: 'iap-access-denied', retry: 'grant' };
const deniedBodies = [
  `Demo app: Access denied. For user ${principal}.`,
  `<h1>ACCESS DENIED</h1><p>FOR USER ${principal}</p>`,
];
const invoker = 'gcloud run services add-iam-policy-binding';

const rows: readonly Row[] = [
  ofIap({
    says: 'no token',
    status: 401,
    bodies: ['Invalid IAP credentials: empty token', 'Credentials: EMPTY TOKEN'],
    code: 'iap-no-token',
    hint: ['https://app.example.com/health', 'removed the Authorization header'],
  }),
  ofIap({
    says: 'no token, with a redirect',
    status: 302,
    headers: { location: signInAt(clientId) },
    bodies: ['Invalid IAP credentials: empty token', 'empty token.'],
    code: 'iap-no-token',
    hint: ['Authorization'],
  }),
  ofIap({
    says: 'no JWT',
    status: 401,
    bodies: ['Invalid IAP credentials: Unable to parse JWT', 'unable to parse jwt (2)'],
    code: 'iap-not-a-jwt',
    hint: ['ID token', 'Bearer Bearer'],
  }),
  ofIap({
    says: 'signature',
    status: 401,
    bodies: ['Invalid IAP credentials: JWT signature is invalid', 'The jwt signature is invalid.'],
    code: 'iap-signature',
    hint: ["the CI's own OIDC token must be exchanged first"],
  }),
  ofIap({
    says: 'signature of a service-account JWT',
    status: 401,
    bodies: ['Invalid IAP credentials: JWT signature is invalid', 'The jwt signature is invalid.'],
    sent: signedJwt,
    code: 'iap-signature',
    hint: ["None of the account's current keys signed the JWT"],
  }),
  ofIap({
    says: 'email',
    status: 401,
    bodies: ["Invalid IAP credentials: JWT 'email' claim isn't a string", "the 'EMAIL' claim is missing"],
    code: 'iap-email-missing',
    hint: ['includeEmail', 'format=full'],
  }),
  ofIap({
    says: 'audience',
    ...wrongAudience,
    hint: [
      `The token was for ${clientId}.`,
      'set target_audience to discover',
      'Google-managed OAuth client (the default since 2025)',
      'token_kind: signed_jwt',
    ],
  }),
  ofIap({
    says: 'audience, of an app whose client was discovered',
    ...wrongAudience,
    sent: { expectedClient: '555-right.apps.googleusercontent.com' },
    hint: ['The app expects 555-right.apps.googleusercontent.com: use that as target_audience.'],
  }),
  ofIap({
    says: 'audience, of an app whose client is the one sent',
    ...wrongAudience,
    sent: { expectedClient: clientId },
    hint: ['uses that very OAuth client id', 'token_kind: signed_jwt'],
  }),
  ofIap({
    says: 'audience, of an app with the Google-managed client',
    ...wrongAudience,
    sent: { expectedClient: managedId },
    hint: [
      `IAP in front of the app uses the OAuth client id ${managedId}, its Google-managed client`,
      'set token_kind: signed_jwt',
    ],
  }),
  ofIap({
    says: 'audience, that is the Google-managed client itself',
    ...wrongAudience,
    sent: { audience: managedId },
    hint: [
      `The token was for ${managedId}. IAP in front of the app uses the OAuth client id ${managedId}, its Google-managed client, which cannot be the audience of an ID token`,
    ],
  }),
  ofIap({
    says: 'audience, of a service-account JWT',
    ...wrongAudience,
    sent: signedJwt,
    hint: [
      'The JWT was for https://app.example.com/*. IAP expects https://app.example.com/*: leave target_audience out',
    ],
  }),
  ofIap({
    says: 'audience, in the older words, which count more than the redirect',
    status: 401,
    bodies: [
      `Invalid IAP credentials: ${older} (987-right.apps.googleusercontent.com))`,
      `${older.toUpperCase()} (987-right.apps.googleusercontent.com))`,
      "JWT audience doesn't match this application.\nExpected value (987-right.apps.googleusercontent.com)",
    ],
    sent: { expectedClient: '555-other.apps.googleusercontent.com' },
    code: 'iap-audience',
    hint: ['The app expects 987-right.apps.googleusercontent.com: use that as target_audience.'],
  }),
  ofIap({
    says: 'audience of a JWT',
    status: 401,
    bodies: [
      'Invalid IAP credentials: Audience specified does not match requested endpoint',
      'AUDIENCE SPECIFIED DOES NOT MATCH REQUESTED ENDPOINT.',
    ],
    sent: { kind: 'signed_jwt', audience: 'https://app.example.com' },
    code: 'iap-jwt-audience',
    hint: ['The JWT was for https://app.example.com. IAP expects https://app.example.com/*, or the exact URL'],
  }),
  ofIap({
    says: 'audience of a JWT, where an ID token was sent',
    status: 401,
    bodies: [
      'Invalid IAP credentials: Audience specified does not match requested endpoint',
      'audience specified does not match requested endpoint',
    ],
    code: 'iap-jwt-audience',
    hint: [clientId, 'which must be for https://app.example.com/*', 'set token_kind: signed_jwt'],
  }),
  ofIap({
    says: 'expiry',
    status: 401,
    bodies: ['OpenID Connect token expired: JWT has expired', 'the jwt HAS EXPIRED'],
    code: 'iap-token-expired',
    hint: ['2026-03-01T13:00:00Z'],
  }),
  ofIap({
    says: 'no role, behind a name of one’s own',
    ...denied,
    bodies: deniedBodies,
    hint: [
      `IAP saw ${principal}.`,
      `\n${grant} --project=123456789012 --resource-type=backend-services --service=BACKEND_SERVICE --member=serviceAccount:${principal} --role=roles/iap.httpsResourceAccessor\n`,
      '\ngcloud compute backend-services list --project=123456789012\n',
      `\n${grant} --project=123456789012 --resource-type=cloud-run --service=SERVICE --region=REGION --member=`,
    ],
  }),
  ofIap({
    says: 'no role, on Cloud Run',
    ...denied,
    bodies: deniedBodies,
    sent: onRun,
    hint: [
      `\n${grant} --project=987654321098 --resource-type=cloud-run --service=shop --region=europe-west1 --member=serviceAccount:${principal} --role=roles/iap.httpsResourceAccessor\n`,
    ],
  }),
  ofIap({
    says: 'no role, with a service-account JWT',
    ...denied,
    bodies: deniedBodies,
    sent: signedJwt,
    hint: [`\n${grant} --project=PROJECT_ID --resource-type=backend-services`],
  }),
  ofIap({
    says: 'no role, for the Google-managed client',
    ...denied,
    bodies: deniedBodies,
    sent: { audience: managedId },
    hint: [`\n${grant} --project=PROJECT_ID --resource-type=backend-services`],
  }),
  ofIap({
    says: 'Identity Platform',
    status: 401,
    bodies: ['Invalid GCIP ID token: Unable to parse JWT', 'INVALID GCIP ID TOKEN'],
    code: 'iap-identity-platform',
    hint: ['Identity Platform', 'Set token_kind: signed_jwt.'],
  }),
  ofIap({
    says: 'Identity Platform, to a service-account JWT',
    status: 302,
    headers: { location: 'https://auth.example.com/?mode=login' },
    bodies: ['Invalid GCIP ID token: JWT signature is invalid', 'invalid gcip id token'],
    sent: { ...signedJwt, audience: 'https://app.example.com' },
    code: 'iap-identity-platform',
    hint: ['The one sent was for https://app.example.com; it must be for https://app.example.com/*'],
  }),
  ...Object.entries({
    '7': 'client id or secret is empty',
    '9': 'redirect was not completed',
    '11': 'not configured correctly',
    '13': 'OpenID Connect token is not valid',
    '52': 'certificate',
    '53': 'certificate',
    '900': "a user's access token",
    '4711': "iap-auth does not know IAP's error code 4711",
  }).map(([number, meaning]) =>
    ofIap({
      says: `error code ${number}`,
      status: 401,
      bodies: [`${faq} ${number}`, `ERROR CODE ${number}.`],
      code: 'iap-setup',
      hint: [meaning, 'https://cloud.google.com/iap/docs/faq#error_codes'],
    }),
  ),
  ofIap({
    says: 'no service agent',
    status: 500,
    bodies: ['The IAP service account is not provisioned. Please follow', 'SERVICE ACCOUNT IS NOT PROVISIONED'],
    code: 'iap-setup',
    hint: ['\ngcloud beta services identity create --service=iap.googleapis.com --project=123456789012\n'],
  }),
  ofIap({
    says: 'no invoker',
    status: 403,
    bodies: ['IAP for Cloud Run app is not set up correctly. See', 'iap for cloud run app is NOT set up correctly'],
    sent: onRun,
    code: 'iap-setup',
    hint: [
      `\n${invoker} shop --region=europe-west1 --project=987654321098 --member=serviceAccount:service-987654321098@gcp-sa-iap.iam.gserviceaccount.com --role=roles/run.invoker\n`,
    ],
  }),
  ofIap({
    says: 'no client',
    status: 500,
    bodies: ['Empty Google Account OAuth client ID(s)/secret(s).', 'EMPTY GOOGLE ACCOUNT OAUTH CLIENT'],
    code: 'iap-setup',
    hint: ['client id or secret is empty'],
  }),
  ofIap({
    says: 'sign in',
    status: 302,
    headers: { location: signInAt(clientId) },
    bodies: ['', '<a href="https://accounts.google.com/">Found</a>'],
    code: 'iap-sign-in-redirect',
    hint: ['https://app.example.com/health', 'not followed'],
  }),
  ofIap({
    says: 'new words',
    status: 418,
    bodies: ['Something new.', ''],
    code: 'iap-refused',
    retry: 'wait',
    hint: ['IAP, not the app, answered https://app.example.com/health'],
  }),
  ofIap({
    says: 'too much',
    status: 429,
    bodies: ['', 'Quota'],
    code: 'rate-limited',
    retry: 'wait',
    hint: ['limit per minute'],
  }),
  {
    says: 'sign in, with IAP’s header taken away',
    by: 'edge',
    status: 302,
    headers: { location: signInAt(clientId) },
    bodies: ['', 'Found'],
    code: 'iap-sign-in-redirect',
    retry: 'no',
    answeredBy: 'iap',
    isFinal: true,
    hint: ['asks a person to sign in'],
  },
  ofFront({
    says: 'Cloud Run’s 403',
    status: 403,
    headers: html,
    bodies: [
      forbiddenPage,
      '<html><body>YOUR CLIENT DOES NOT HAVE PERMISSION TO GET URL /x</body></html>',
      '<p>Your client does not have permission to get URL</p>',
    ],
    code: 'cloud-run-invoker',
    answeredBy: 'cloud-run',
    hint: [
      `\n${invoker} SERVICE --region=REGION --project=123456789012 --member=serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com --role=roles/run.invoker\n`,
      '\ngcloud beta services identity create --service=iap.googleapis.com --project=123456789012',
      'https://app.example.com/health is not behind IAP at all',
    ],
  }),
  ofFront({
    says: 'Cloud Run’s 403, of nobody knows which project',
    status: 403,
    headers: html,
    bodies: [forbiddenPage, forbiddenPage.toUpperCase()],
    sent: { audience: managedId },
    code: 'cloud-run-invoker',
    answeredBy: 'cloud-run',
    hint: [
      'service-PROJECT_NUMBER@gcp-sa-iap.iam.gserviceaccount.com',
      '\ngcloud projects describe PROJECT_ID --format="value(projectNumber)"\n',
    ],
  }),
  ofFront({
    says: 'Cloud Run’s 401',
    status: 401,
    headers: {
      ...html,
      'www-authenticate': 'Bearer error="invalid_token" error_description="The access token could not be verified"',
    },
    bodies: ['', '<p>The access token could not be verified.</p>'],
    isFinal: false,
    sent: onRun,
    code: 'cloud-run-invoker',
    answeredBy: 'cloud-run',
    hint: [
      `\n${invoker} shop --region=europe-west1 --project=987654321098 --member=serviceAccount:service-987654321098@`,
    ],
  }),
  ofFront({
    says: 'Cloud Run’s 401, and no more',
    status: 401,
    headers: { ...html, 'www-authenticate': 'Bearer error="invalid_token"' },
    bodies: [''],
    isFinal: false,
    code: 'cloud-run-invoker',
    answeredBy: 'cloud-run',
    hint: ['service-123456789012@gcp-sa-iap'],
  }),
  ofFront({
    says: 'Cloud Run’s page with 401',
    status: 401,
    headers: { ...html, 'www-authenticate': 'Bearer error="invalid_token"' },
    bodies: [unauthorizedPage],
    code: 'cloud-run-invoker',
    answeredBy: 'cloud-run',
    hint: ['service-123456789012@gcp-sa-iap'],
  }),
  ofFront({
    says: 'the load balancer’s 404',
    status: 404,
    headers: { 'content-type': 'text/plain', via: '1.1 google' },
    bodies: ['response 404 (backend NotFound), service rules for [ /health ] non-existent', 'default backend - 404\n'],
    code: 'edge-not-found',
    answeredBy: 'load-balancer',
    hint: ['from https://app.example.com/health to the app', '\ngcloud compute url-maps list --project=123456789012'],
  }),
  ...[418, 503].map((status) =>
    ofFront({
      says: `the load balancer’s injected ${status}`,
      status,
      headers: { 'content-type': 'text/plain', via: '1.1 google' },
      bodies: ['fault filter abort'],
      code: 'unavailable',
      retry: 'wait',
      answeredBy: 'load-balancer',
      hint: ['was tried once'],
    }),
  ),
  ofFront({
    says: 'Google’s 404',
    status: 404,
    headers: html,
    bodies: [robotNotFound, notFoundPage, '<title>ERROR 404 (NOT FOUND)!!1</title>'],
    sent: onRun,
    code: 'edge-not-found',
    answeredBy: 'edge',
    hint: ['ingress', '\ngcloud run services update shop --region=europe-west1 --project=987654321098 --ingress=all'],
  }),
  ...['/healthz', '/varz', '/_ah/start', '/eventlog'].map((path) =>
    ofFront({
      says: `Google’s 404 for a path of its own, ${path}`,
      status: 404,
      headers: html,
      bodies: [robotNotFound, notFoundPage],
      sent: { url: new URL(path, onRun.url) },
      code: 'edge-not-found',
      answeredBy: 'edge',
      hint: ['/healthz', 'call another path'],
    }),
  ),
  ...['/zebra', '/_ahead', '/eventlogs', '/a/_ah/start'].map((path) =>
    ofFront({
      says: `Google’s 404 for a path of the app, ${path}`,
      status: 404,
      headers: html,
      bodies: [robotNotFound],
      sent: { url: new URL(path, onRun.url) },
      code: 'edge-not-found',
      answeredBy: 'edge',
      hint: ['nothing is deployed at this address'],
    }),
  ),
  ...[502, 503, 504].flatMap((status) => [
    ofFront({
      says: `the load balancer’s ${status}`,
      status,
      headers: html,
      bodies: [serverErrorPage(status), `<title>Error ${status} (Server Error)!!1</title>`],
      code: 'unavailable',
      retry: 'wait',
      answeredBy: 'load-balancer',
      hint: ['was tried once', 'retry_for'],
    }),
    ofFront({
      says: `an Envoy-based load balancer’s ${status}`,
      status,
      headers: { 'content-type': 'text/plain', via: '1.1 google' },
      bodies: ['no healthy upstream', 'upstream connect error or disconnect/reset before headers. reset reason: x'],
      code: 'unavailable',
      retry: 'wait',
      answeredBy: 'load-balancer',
      hint: ['app.example.com'],
    }),
    ofFront({
      says: `Cloud Run’s own ${status}`,
      status,
      headers: html,
      bodies: [serverErrorPage(status), serverErrorPage(status).toUpperCase()],
      sent: onRun,
      code: 'unavailable',
      retry: 'wait',
      answeredBy: 'cloud-run',
      hint: ['run.app'],
    }),
    {
      ...ofFront({
        says: `the app’s own ${status}`,
        status,
        headers: { ...json, via: '1.1 google', server: 'Google Frontend' },
        bodies: ['{"status":"starting"}', '{"error":"no healthy upstream"}'],
        code: 'unavailable',
        retry: 'wait',
        answeredBy: 'app',
        isFinal: false,
        hint: ["app's own log"],
      }),
      by: 'app' as const,
    },
  ]),
  ofFront({
    says: 'a limit, of whomever',
    status: 429,
    bodies: ['', '{"error":"slow down"}'],
    code: 'rate-limited',
    retry: 'wait',
    answeredBy: 'app',
    isFinal: false,
    hint: ['IAP and the app each have a limit per minute'],
  }),
];

/** What comes over the socket from whoever the fault is of; the app is reached with a token. */
async function receive(by: Row['by'], fault: Fault) {
  emulator.grant(principal);
  emulator.fail(by, fault);
  const { http } = openTestWorld(emulator);
  const authorization = `Bearer ${await emulator.mintIdToken({ email: principal, sub: '1' })}`;
  return http({ method: 'GET', url: emulator.appUrl, headers: { authorization }, tries: 1 });
}

describe('an answer over the wire', () => {
  const cases = rows.flatMap(({ bodies, ...row }) => bodies.map((body, index) => ({ ...row, body, index })));

  it.each(cases)('$says ($index) is $code', async ({ by, status, headers = {}, body, sent, ...expected }) => {
    const answer = await receive(by, { status, headers, body });
    const { answeredBy, error, ifUnexpected } = judge(answer, sentTo('https://app.example.com/health', sent));
    expect({ answeredBy, final: error?.code, unless: ifUnexpected?.code }).toEqual({
      answeredBy: expected.answeredBy,
      final: expected.isFinal ? expected.code : undefined,
      unless: expected.isFinal ? undefined : expected.code,
    });
    const found = error ?? ifUnexpected;
    expect(found?.retry).toBe(expected.retry);
    for (const part of expected.hint) expect(found?.hint).toContain(part);
  });

  it.each(cases)('$says ($index) gives commands on lines of their own', async ({ status, headers, body, sent, by }) => {
    const own = by === 'iap' ? { 'x-goog-iap-generated-response': 'true' } : {};
    const answer = { status, headers: { ...own, ...headers }, body, tries: 1 };
    const { error, ifUnexpected } = judge(answer, sentTo('https://app.example.com/health', sent));
    const hint = (error ?? ifUnexpected)?.hint ?? '';
    const lines = hint.split('\n').filter((line) => line.includes('gcloud '));
    expect(lines.filter((line) => !line.startsWith('gcloud '))).toEqual([]);
    expect(lines.filter((line) => /[$;&|`<>\\*']/.test(line))).toEqual([]);
  });
});

describe('an answer of the app’s own, over the wire', () => {
  const invalidToken = (rest: string) => ({ ...json, 'www-authenticate': `Bearer error="invalid_token"${rest}` });

  it.each<[string, number, Readonly<Record<string, string>>, string]>([
    ['page', 200, html, '<h1>Welcome</h1>'],
    ['page about the words of others', 200, html, forbiddenPage],
    ['401 in JSON', 401, json, '{"error":"Invalid IAP credentials: empty token"}'],
    ['401 of a resource server', 401, invalidToken(''), '{"error":"invalid_token"}'],
    [
      '401 of a resource server without a body',
      401,
      { 'www-authenticate': 'Bearer error="invalid_token", error_description="Jwt expired", error_uri="https://x"' },
      '',
    ],
    [
      '401 of a resource server with a realm',
      401,
      { ...html, 'www-authenticate': 'Bearer realm="api", error="invalid_token"' },
      '',
    ],
    ['401 that asks for a login', 401, { ...html, 'www-authenticate': 'Basic realm="x"' }, unauthorizedPage],
    ['403 in JSON', 403, json, '{"error":"Your client does not have permission to get URL /"}'],
    ['403 as a page', 403, html, '<h1>Forbidden</h1><p>You do not have permission to get URL /</p>'],
    ['404 in JSON', 404, json, '{"error":"Error 404 (Not Found)!!1"}'],
    ['404 as a page', 404, html, '<title>Page not found</title><h1>Page not found</h1>'],
    ['404 of Hugo', 404, html, '<title>404 Page not found</title><h1>Page not found</h1>'],
    ['404 of React', 404, html, '<title>Shop</title><h1>Error: Page not found</h1>'],
    ['404 of Go', 404, { 'content-type': 'text/plain' }, '404 page not found'],
    ['404 of Apache', 404, html, '<title>404 Not Found</title>The requested URL /x was not found on this server.'],
    ['500', 500, html, serverErrorPage(500)],
    ['redirect', 302, { location: '/login' }, ''],
    [
      'redirect to a Google sign-in of its own',
      302,
      { location: 'https://accounts.google.com/o/oauth2/auth?client_id=x' },
      '',
    ],
  ])('a %s is left to the expectations', async (_, status, headers, body) => {
    const answer = await receive('app', { status, headers, body });
    expect(judge(answer, sentTo('https://app.example.com/health'))).toEqual({ answeredBy: 'app' });
  });

  it.each([
    ['via, and other words', 503, { via: '1.1 google' }, 'starting'],
    ['an Envoy of one’s own', 503, { server: 'envoy' }, 'no healthy upstream'],
    ['nginx', 502, html, '<title>502 Bad Gateway</title><center>nginx</center>'],
    ['another’s proxy', 504, { via: '1.1 varnish' }, 'upstream request timeout'],
  ])('is not taken for the load balancer’s: %s', async (_, status, headers, body) => {
    const answer = await receive('app', { status, headers, body });
    expect(judge(answer, sentTo('https://app.example.com/')).answeredBy).toBe('app');
  });
});
