import { describe, expect, it } from '@jest/globals';
import { judge } from '../../src/iap/answer.ts';
import type { Sent } from '../../src/iap/sent.ts';
import { iapErrors } from '../../src/iap/setup.ts';
import { answer, clientId, iapHeader, principal, sentTo, signInAt } from './literal.ts';

const sent = sentTo('https://app.example.com/health?a=b');

/** What is made of an answer of IAP's own. */
const judgeIap = (status: number, body: string, change: Partial<Sent> = {}) =>
  judge(answer(status, body, iapHeader), { ...sent, ...change });

describe('an answer of IAP', () => {
  it.each(['true', 'TRUE', 'True', 'true, true'])('is known by its header with the value %s', (value) => {
    const { answeredBy, error } = judge(answer(401, '', { 'x-goog-iap-generated-response': value }), sent);
    expect({ answeredBy, code: error?.code }).toEqual({ answeredBy: 'iap', code: 'iap-refused' });
  });

  it.each(['false', '', 'trueish', '1'])('is not known by its header with the value "%s"', (value) => {
    const headers = { 'x-goog-iap-generated-response': value };
    expect(judge(answer(401, 'Access denied', headers), sent)).toEqual({ answeredBy: 'app' });
  });

  it.each([
    [401, ''],
    [402, 'Something new.'],
    [200, 'Something new.'],
    [500, '<html></html>'],
  ])('in unknown words is refused, whatever was expected: %d "%s"', (status, body) => {
    const { answeredBy, error, ifUnexpected } = judgeIap(status, body);
    expect({ answeredBy, code: error?.code, ifUnexpected }).toEqual({ answeredBy: 'iap', code: 'iap-refused' });
    expect(error?.hint).toContain('https://app.example.com/health?…');
  });

  it.each([
    [429, 'rate-limited'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('may pass with time: %d', (status, code) => {
    const { answeredBy, error, ifUnexpected } = judgeIap(status, 'x');
    expect({ answeredBy, code: error?.code, ifUnexpected }).toEqual({ answeredBy: 'iap', code });
  });

  it('in words that it knows is told by them, whatever its status', () => {
    expect(judgeIap(503, 'The IAP service account is not provisioned').error?.code).toBe('iap-setup');
  });

  it('is looked through no further than 64 KiB', () => {
    expect(judgeIap(401, `${' '.repeat(64 * 1024)}Access denied`).error?.code).toBe('iap-refused');
    expect(judgeIap(401, `${' '.repeat(60 * 1024)}Access denied`).error?.code).toBe('iap-access-denied');
  });

  it.each([
    ['&#39;', 'iap-email-missing', "JWT 'email' claim isn't a string"],
    ["'", 'iap-email-missing', "JWT 'email' claim isn't a string"],
  ])('may write its apostrophes as HTML: %s', (sign, code, words) => {
    const { error } = judgeIap(401, `JWT ${sign}email${sign} claim isn${sign}t a string`);
    expect([error?.code, error?.message]).toEqual([code, `IAP answered 401, "${words}"`]);
  });

  it('is shown as one harmless line', () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.${'a'.repeat(50)}`;
    const message = judgeIap(401, `<b>JWT has expired</b>\n::error::x \u001b[31m${jwt}`).error?.message ?? '';
    expect(message).toMatch(/^IAP answered 401, "JWT has expired ::error::x /);
    expect(message).not.toMatch(/[\p{Cc}<>]|eyJ|aaaa/u);
  });
});

describe('a 403 of IAP', () => {
  it.each(['Something new.', ''])(
    'is a missing role of the principal that was sent, in other words too: "%s"',
    (body) => {
      const { answeredBy, error } = judgeIap(403, body);
      expect({ answeredBy, code: error?.code, retry: error?.retry }).toEqual({
        answeredBy: 'iap',
        code: 'iap-access-denied',
        retry: 'grant',
      });
      expect(error?.hint).toContain(` --member=serviceAccount:${principal} --role=`);
    },
  );

  it('is told by its words where they are known', () => {
    expect(judgeIap(403, 'IAP for Cloud Run app is not set up correctly').error?.code).toBe('iap-setup');
  });
});

describe('the email that IAP saw', () => {
  const denied = (body: string, change = {}) => judgeIap(403, body, change).error?.hint ?? '';

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
    'For user --quiet@example.com.',
    'For user .',
  ])('is not taken from hostile words: %j', (words) => {
    const hint = denied(`Demo app: Access denied. ${words}`);
    expect(hint).toContain(` --member=serviceAccount:${principal} --role=`);
    expect(hint).not.toMatch(/id\)|`|HOME|quiet/);
  });

  it.each(['; id', '`id`', '$(id)', ' && id', '\nid', '|id', '"', "'", '<b>', '..'])(
    'ends where an email ends: %j',
    (rest) => {
      expect(denied(`Access denied. For user ann@example.com${rest}`)).toContain(
        ' --member=user:ann@example.com --role=',
      );
    },
  );

  it('is the one that was sent, where IAP does not say; and only if it is one', () => {
    expect(denied('Access denied')).toContain(` --member=serviceAccount:${principal} --role=`);
    expect(denied('Access denied', { principal: '$(id)@example.com' })).toContain(' --member=user:EMAIL --');
  });
});

describe('the client id that IAP expects', () => {
  const older = "JWT audience doesn't match this application ('aud' claim (x) doesn't match expected value";

  it.each([
    '`id`',
    '$(id)',
    'a b',
    '<b>x</b>',
    'x"y',
    '987-right.apps.googleusercontent.com.evil.com',
    '987.example.com',
  ])('is not taken from hostile words: "%s"', (value) => {
    const hint = judgeIap(401, `${older} (${value}))`).error?.hint ?? '';
    expect(hint).toContain("Use the app's own OAuth client id");
    expect(hint).not.toContain(value);
  });

  it('is not taken from a redirect that names none', () => {
    const hint = judgeIap(401, 'Invalid JWT audience', { expectedClient: '$(id)' }).error?.hint ?? '';
    expect(hint).toContain("Use the app's own OAuth client id");
    expect(hint).not.toContain('$(id)');
  });
});

describe('a redirect to the sign-in page', () => {
  const signIn = { location: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=x' };

  it.each([301, 302, 303, 307, 308])('of IAP with %d', (status) => {
    const { answeredBy, error } = judge(answer(status, '', { ...iapHeader, ...signIn }), sent);
    expect({ answeredBy, code: error?.code }).toEqual({ answeredBy: 'iap', code: 'iap-sign-in-redirect' });
    expect(error?.message).toBe(`${status} to the sign-in page of accounts.google.com`);
    expect(error?.hint).toContain('https://app.example.com/health ');
  });

  it('with IAP’s words is told by the words', () => {
    const withWords = (body: string) => judge(answer(302, body, { ...iapHeader, ...signIn }), sent).error?.code;
    expect(withWords('Invalid IAP credentials: empty token')).toBe('iap-no-token');
    expect(withWords('Invalid GCIP ID token')).toBe('iap-identity-platform');
  });

  it.each([302, 307])('that comes back to IAP is IAP’s, even where a proxy took its header: %d', (status) => {
    const { answeredBy, error } = judge(answer(status, '', { location: signInAt(clientId) }), sent);
    expect({ answeredBy, code: error?.code }).toEqual({ answeredBy: 'iap', code: 'iap-sign-in-redirect' });
  });

  it.each([
    ['to a sign-in of the app’s own', signIn.location],
    ['elsewhere', 'https://login.example.com/?redirect_uri=https://iap.googleapis.com/x'],
    ['to a look-alike', signInAt(clientId).replace('.com/', '.com.example.com/')],
    ['to a name in the path', `https://example.com/${signInAt(clientId).slice(8)}`],
    ['to a name in the login', signInAt(clientId).replace('.com/', '.com@example.com/')],
    ['to a look-alike of IAP', signInAt(clientId).replaceAll('iap.googleapis.com', 'iap.googleapis.com.example.com')],
    ['within the app', '/accounts.google.com?https://iap.googleapis.com/'],
    ['nowhere', ''],
    ['to no URL', 'https://['],
  ])('without IAP’s header is none when it goes %s', (_, location) => {
    expect(judge(answer(302, '', { location }), sent)).toEqual({ answeredBy: 'app' });
  });

  it.each([200, 300, 304, 401])('is none with a status that redirects nowhere: %d', (status) => {
    expect(judge(answer(status, '', { location: signInAt(clientId) }), sent)).toEqual({ answeredBy: 'app' });
  });
});

describe('an answer that passes with time', () => {
  it.each([
    [429, 'rate-limited', 'app.example.com answered 429, too many requests'],
    [502, 'unavailable', 'app.example.com last answered 502'],
    [503, 'unavailable', 'app.example.com last answered 503'],
    [504, 'unavailable', 'app.example.com last answered 504'],
  ])('%d is %s of the app, unless it is expected', (status, code, message) => {
    const { answeredBy, error, ifUnexpected } = judge(answer(status, 'x'), sent);
    expect({ answeredBy, error, code: ifUnexpected?.code, message: ifUnexpected?.message }).toEqual({
      answeredBy: 'app',
      code,
      message,
    });
    expect(ifUnexpected?.hint).toContain('https://app.example.com/health?…');
  });

  it('says how often it was tried', () => {
    expect(judge(answer(503, '', {}, 4), sent).ifUnexpected?.hint).toContain('was tried 4 times');
  });
});

describe('an answer of the app', () => {
  it.each([200, 204, 301, 400, 401, 403, 404, 418, 500, 501])('is left to the expectations: %d', (status) => {
    expect(judge(answer(status, 'Invalid IAP credentials: empty token'), sent)).toEqual({ answeredBy: 'app' });
  });
});

describe('iapErrors', () => {
  it.each(['', '0', '007', '5', '90000'])('knows no error code "%s"', (number) => {
    expect(iapErrors(number)).toBe(`iap-auth does not know IAP's error code ${number}.`);
  });
});
