import { describe, expect, it } from '@jest/globals';
import type { HttpResponse } from '../../src/http.ts';
import { busy, judge } from '../../src/iap/answer.ts';
import { iapErrors } from '../../src/iap/setup.ts';

const url = new URL('https://app.example.com/health?a=b');
const audience = '123456789012-abc.apps.googleusercontent.com';
const principal = 'ci@project.iam.gserviceaccount.com';
const sent = { url, audience, principal, expiry: '2026-03-01T13:00:00Z' };

const iapHeader = { 'x-goog-iap-generated-response': 'true' };
const signIn = { location: `https://accounts.google.com/o/oauth2/v2/auth?client_id=${audience}&state=x` };

const answer = (status: number, body: string, headers: Record<string, string> = {}, tries = 1): HttpResponse => ({
  status,
  headers,
  body,
  tries,
});

/** What is made of an answer of IAP's own. */
const judgeIap = (status: number, body: string, headers: Record<string, string> = {}) =>
  judge(answer(status, body, { ...iapHeader, ...headers }), sent);

const faq =
  'There was a problem with your request. Please reference https://cloud.google.com/iap/docs/faq#error_codes.';
const otherAudience = "JWT audience doesn't match this application ('aud' claim (x) doesn't match expected value";

interface Row {
  readonly status: number;
  /** As IAP was seen to say it, and in other words. */
  readonly bodies: readonly string[];
  readonly code: string;
  /** What the hint must name. */
  readonly names: readonly string[];
}

const rows: readonly Row[] = [
  {
    status: 401,
    bodies: ['Invalid IAP credentials: empty token', 'INVALID CREDENTIALS: EMPTY TOKEN.', '<p>Empty token</p>'],
    code: 'iap-no-token',
    names: [url.href],
  },
  {
    status: 401,
    bodies: ['Invalid IAP credentials: Unable to parse JWT', 'unable to parse jwt (code 3)'],
    code: 'iap-not-a-jwt',
    names: ['ID token', 'Bearer Bearer'],
  },
  {
    status: 401,
    bodies: ['Invalid IAP credentials: JWT signature is invalid', 'THE JWT SIGNATURE IS INVALID!'],
    code: 'iap-signature',
    names: ['OIDC token must be exchanged'],
  },
  {
    status: 401,
    bodies: [
      "Invalid IAP credentials: JWT 'email' claim isn't a string",
      "invalid iap credentials: the 'EMAIL' claim is missing",
    ],
    code: 'iap-email-missing',
    names: ['includeEmail', 'format=full'],
  },
  {
    status: 401,
    bodies: [
      'Invalid IAP credentials: Invalid bearer token. Invalid JWT audience.',
      'INVALID BEARER TOKEN: INVALID JWT AUDIENCE',
    ],
    code: 'iap-audience',
    names: [audience, "the app's own OAuth client id"],
  },
  {
    status: 401,
    bodies: [
      `Invalid IAP credentials: ${otherAudience} (987-right.apps.googleusercontent.com))`,
      `${otherAudience.toUpperCase()} (987-right.apps.googleusercontent.com))`,
      `JWT audience doesn't match this application.\nThe expected value (987-right.apps.googleusercontent.com)`,
    ],
    code: 'iap-audience',
    names: [audience, 'The app expects 987-right.apps.googleusercontent.com: use that as target_audience.'],
  },
  {
    status: 401,
    bodies: [
      'Invalid IAP credentials: Audience specified does not match requested endpoint',
      'audience specified does not match requested endpoint',
    ],
    code: 'iap-jwt-audience',
    names: [audience, 'https://app.example.com/*'],
  },
  {
    status: 401,
    bodies: ['OpenID Connect token expired: JWT has expired', 'the jwt has expired'],
    code: 'iap-token-expired',
    names: [sent.expiry],
  },
  {
    status: 403,
    bodies: [
      `Demo app: Access denied. For user ${principal}.`,
      `DEMO APP: ACCESS DENIED. FOR USER ${principal}.`,
      `<h1>Access denied</h1><p>for user ${principal}</p>`,
      'You do not have access: access denied',
    ],
    code: 'iap-access-denied',
    names: [
      `IAP saw ${principal}.`,
      `gcloud iap web add-iam-policy-binding --project=123456789012 --member=serviceAccount:${principal} --role=roles/iap.httpsResourceAccessor\n`,
    ],
  },
  {
    status: 401,
    bodies: ['Invalid GCIP ID token: x', 'INVALID GCIP ID TOKEN'],
    code: 'iap-identity-platform',
    names: ['Identity Platform'],
  },
  {
    status: 401,
    bodies: [`${faq} Error code 900`, 'ERROR CODE 900'],
    code: 'iap-setup',
    names: ["a user's access token"],
  },
  { status: 500, bodies: [`${faq} Error code 7`], code: 'iap-setup', names: ['client id or secret is empty'] },
  { status: 500, bodies: [`${faq} Error code 9`], code: 'iap-setup', names: ['redirect was not completed'] },
  { status: 500, bodies: [`${faq} Error code 11`], code: 'iap-setup', names: ['not configured rightly'] },
  { status: 401, bodies: [`${faq} Error code 13`], code: 'iap-setup', names: ['OpenID Connect token is not valid'] },
  { status: 502, bodies: [`${faq} Error code 52`, `${faq} Error code 53`], code: 'iap-setup', names: ['certificate'] },
  { status: 500, bodies: [`${faq} Error code 4711`], code: 'iap-setup', names: ['error code 4711 is not known'] },
  {
    status: 500,
    bodies: ['The IAP service account is not provisioned. Please follow', 'iap SERVICE ACCOUNT IS NOT PROVISIONED'],
    code: 'iap-setup',
    names: ['gcloud beta services identity create --service=iap.googleapis.com'],
  },
  {
    status: 403,
    bodies: ['IAP for Cloud Run app is not set up correctly. See', 'IAP FOR CLOUD RUN APP IS NOT SET UP CORRECTLY'],
    code: 'iap-setup',
    names: ['roles/run.invoker'],
  },
  {
    status: 500,
    bodies: ['Empty Google Account OAuth client ID(s)/secret(s).', 'empty google account oauth client id'],
    code: 'iap-setup',
    names: ['client id or secret is empty'],
  },
];

const cases = rows.flatMap(({ bodies, ...row }) => bodies.map((body) => ({ ...row, body })));

describe('an answer of IAP', () => {
  it.each(cases)('$status $body is $code', ({ status, body, code, names }) => {
    const { answeredBy, error } = judgeIap(status, body);
    expect({ answeredBy, code: error?.code }).toEqual({ answeredBy: 'iap', code });
    expect(error?.message).toMatch(new RegExp(`^IAP answered ${status}, ".+"$`));
    for (const name of names) expect(error?.hint).toContain(name);
  });

  it.each(cases)('$status $body is the app’s own without IAP’s header', ({ status, body }) => {
    const { answeredBy, error } = judge(answer(status, body), sent);
    expect(answeredBy).toBe('app');
    expect(error).toBeUndefined();
  });

  it.each(['true', 'TRUE', 'True'])('is known by its header with the value %s', (value) => {
    const headers = { 'x-goog-iap-generated-response': value };
    expect(judge(answer(401, '', headers), sent).answeredBy).toBe('iap');
  });

  it.each(['false', '', 'trueish', '1'])('is not known by its header with the value "%s"', (value) => {
    const headers = { 'x-goog-iap-generated-response': value };
    expect(judge(answer(401, 'Access denied', headers), sent)).toEqual({ answeredBy: 'app' });
  });

  it.each([
    [401, ''],
    [403, 'Something new.'],
    [200, 'Something new.'],
    [500, '<html></html>'],
  ])('in unknown words is refused: %d "%s"', (status, body) => {
    const { answeredBy, error } = judgeIap(status, body);
    expect({ answeredBy, code: error?.code, retry: error?.retry }).toEqual({
      answeredBy: 'iap',
      code: 'iap-refused',
      retry: 'wait',
    });
    expect(error?.hint).toContain(url.href);
  });

  it('is looked through no further than 64 KiB', () => {
    expect(judgeIap(403, `${' '.repeat(64 * 1024)}Access denied`).error?.code).toBe('iap-refused');
  });
});

describe('the email that IAP saw', () => {
  const denied = (body: string, change = {}) =>
    judge(answer(403, body, iapHeader), { ...sent, ...change }).error?.hint ?? '';

  it.each([
    ['Demo app: Access denied. For user ann@example.com.', 'user:ann@example.com'],
    ['Demo app: Access denied. For user ann.b+c@mail.example.co.uk.', 'user:ann.b+c@mail.example.co.uk'],
    [
      'Demo app: Access denied. For user other@p.iam.gserviceaccount.com.',
      'serviceAccount:other@p.iam.gserviceaccount.com',
    ],
    ['For user x@example.com: Access denied. For user ann@example.com.', 'user:ann@example.com'],
  ])('counts, not the one that was sent: %s', (body, member) => {
    expect(denied(body)).toContain(` --member=${member} --role=`);
  });

  it.each([
    'For user $(id)@example.com.',
    'For user $HOME@example.com.',
    'For user `id`@example.com.',
    'For user a;id;@example.com.',
    "For user a'b@example.com.",
    'For user a"b@example.com.',
    'For user a|b@example.com.',
    'For user a&b@example.com.',
    'For user a>b@example.com.',
    'For user a\nid\n@example.com.',
    'For user a@$(id).com.',
    'For user аnn@example.com.',
    'For user .',
  ])('is not taken from hostile words: %j', (words) => {
    expect(denied(`Demo app: Access denied. ${words}`)).toContain(` --member=serviceAccount:${principal} --role=`);
  });

  it.each(['; id', '`id`', '$(id)', ' && id', '\nid', '|id', '"', "'", '<b>', '..'])(
    'ends where an email ends: %j',
    (rest) => {
      expect(denied(`Access denied. For user ann@example.com${rest}`)).toContain(
        ' --member=user:ann@example.com --role=',
      );
    },
  );

  it('leaves the project open where the audience does not tell', () => {
    expect(denied('Access denied', { audience: 'https://app.example.com/*' })).toContain(' --project=PROJECT_ID ');
  });
});

describe('the client id that IAP expects', () => {
  it.each(['`id`', '$(id)', 'a b', '', '<b>x</b>', 'x"y'])('is not taken from hostile words: "%s"', (value) => {
    const hint = judgeIap(401, `${otherAudience} (${value}))`).error?.hint ?? '';
    expect(hint).toContain("Use the app's own OAuth client id");
    if (value !== '') expect(hint).not.toContain(value);
  });
});

describe('what IAP says', () => {
  it('is shown as one harmless line', () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.${'a'.repeat(50)}`;
    const { error } = judgeIap(401, `<b>JWT has expired</b>\n::error::x \u001b[31m${jwt}`);
    expect(error?.message).toBe('IAP answered 401, "JWT has expired ::error::x [31m[token]"');
  });
});

describe('a redirect to the sign-in page', () => {
  it.each([301, 302, 303, 307, 308])('of IAP with %d', (status) => {
    const { answeredBy, error } = judgeIap(status, '', signIn);
    expect({ answeredBy, code: error?.code }).toEqual({ answeredBy: 'iap', code: 'iap-sign-in-redirect' });
    expect(error?.message).toBe(`${status} to the sign-in page of accounts.google.com`);
    expect(error?.hint).toContain(url.href);
  });

  it('with IAP’s words is told by the words', () => {
    expect(judgeIap(302, 'Invalid IAP credentials: empty token', signIn).error?.code).toBe('iap-no-token');
    expect(judgeIap(302, 'Invalid GCIP ID token', signIn).error?.code).toBe('iap-identity-platform');
  });

  it.each([
    ['elsewhere', 'https://login.example.com/'],
    ['to a look-alike', 'https://accounts.google.com.example.com/'],
    ['to a name in the path', 'https://example.com/accounts.google.com'],
    ['to a name in the login', 'https://accounts.google.com@example.com/'],
    ['within the app', '/accounts.google.com'],
    ['nowhere', ''],
    ['to no URL', 'https://['],
  ])('is none when it goes %s', (_, location) => {
    expect(judge(answer(302, '', { location }), sent)).toEqual({ answeredBy: 'app' });
  });

  it('is none with a status that redirects nowhere', () => {
    expect(judge(answer(200, '', signIn), sent)).toEqual({ answeredBy: 'app' });
  });
});

describe('an answer that passes with time', () => {
  it.each([
    [429, 'rate-limited', 'app.example.com answered 429, too many requests'],
    [502, 'unavailable', 'app.example.com answered 502 each time'],
    [503, 'unavailable', 'app.example.com answered 503 each time'],
    [504, 'unavailable', 'app.example.com answered 504 each time'],
  ])('%d is %s, whoever gives it', (status, code, message) => {
    const ofIap = judge(answer(status, 'x', iapHeader, 4), sent);
    expect(ofIap.answeredBy).toBe('iap');
    for (const error of [busy(answer(status, 'x', {}, 4), sent), ofIap.error]) {
      expect({ code: error?.code, message: error?.message, retry: error?.retry }).toEqual({
        code,
        message,
        retry: 'wait',
      });
      expect(error?.hint).toContain(url.href);
    }
  });

  it('says how often it was tried', () => {
    expect(busy(answer(503, '', {}, 4), sent)?.hint).toContain('was tried 4 times');
  });
});

describe('an answer of the app', () => {
  it.each([200, 204, 301, 400, 401, 403, 404, 418, 429, 500, 501, 503])('is left to the expectations: %d', (status) => {
    expect(judge(answer(status, 'Invalid IAP credentials: empty token'), sent)).toEqual({ answeredBy: 'app' });
  });
});

describe('iapErrors', () => {
  it.each(['', '0', '007', '5', '90000'])('knows no error code "%s"', (number) => {
    expect(iapErrors(number)).toBe(`IAP's error code ${number} is not known here.`);
  });
});
