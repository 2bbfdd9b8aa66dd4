import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { assertionTests, brokenAssertions, judgeAssertions } from '../../src/iap/assertion.ts';
import { openTestWorld } from '../world.ts';

const mode = 'gcp-iap-mode=SECURE_TOKEN_TEST&iap-secure-token-test-type=';

describe('assertionTests', () => {
  it('asks for every kind', () => {
    const { control, broken } = assertionTests(new URL('https://app.example.com/'));
    expect(control.href).toBe(`https://app.example.com/?${mode}NOT_SET`);
    expect(broken.map(({ kind, url }) => [kind, url.href])).toEqual(
      ['FUTURE_ISSUE', 'PAST_EXPIRATION', 'ISSUER', 'AUDIENCE', 'SIGNATURE'].map((kind) => [
        kind,
        `https://app.example.com/?${mode}${kind}`,
      ]),
    );
  });

  it.each([
    ['/a', '/a?', ''],
    ['/a?', '/a?', ''],
    ['/a?b=c', '/a?b=c&', ''],
    ['/a?b=%20c+d&e&f=%26', '/a?b=%20c+d&e&f=%26&', ''],
    ['/a?b=c&&d=e&', '/a?b=c&d=e&', ''],
    ['/a?gcp-iap-mode=CLEAR_LOGIN_COOKIE&b=c&iap-secure-token-test-type=ISSUER', '/a?b=c&', ''],
    ['/a?xgcp-iap-mode=1', '/a?xgcp-iap-mode=1&', ''],
    ['/a?gcp-iap-modes=1&gcp-iap-mode', '/a?gcp-iap-modes=1&', ''],
    ['/a?b#c', '/a?b&', '#c'],
  ])('leaves the rest of %s as it is', (path, before, after) => {
    const url = new URL(path, 'https://app.example.com:8443');
    const written = url.href;
    expect(assertionTests(url).control.href).toBe(`https://app.example.com:8443${before}${mode}NOT_SET${after}`);
    expect(url.href).toBe(written);
  });

  describe('over the wire', () => {
    const email = 'ci@project.iam.gserviceaccount.com';
    let emulator: Emulator;

    beforeAll(async () => {
      emulator = await startEmulator();
      emulator.grant(email);
    });
    afterAll(() => emulator.close());

    it('has IAP send an assertion of each kind, each another', async () => {
      const seen: string[] = [];
      emulator.setApp(({ headers }) => {
        seen.push(headers.get('x-goog-iap-jwt-assertion') ?? '');
        return new Response('ok');
      });
      const authorization = `Bearer ${await emulator.mintIdToken({ email, sub: '1' })}`;
      const { control, broken } = assertionTests(new URL('/x?y=z', emulator.appUrl));
      const { http } = openTestWorld(emulator);
      for (const url of [control, ...broken.map((test) => test.url)]) {
        expect((await http({ method: 'GET', url, headers: { authorization } })).status).toBe(200);
      }
      const claims = seen.map((jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()));
      const [good, future, past, issuer, audience] = claims;
      expect(future.iat).toBeGreaterThan(good.iat + 60);
      expect(past.exp).toBeLessThan(good.iat);
      expect(issuer.iss).not.toBe(good.iss);
      expect(audience.aud).not.toBe(good.aud);
      expect(seen).toHaveLength(6);
    });
  });
});

describe('judgeAssertions', () => {
  it('finds nothing wrong with an app that took none', () => {
    expect(judgeAssertions([])).toBeUndefined();
  });

  it('names what was taken, in one order', () => {
    const error = judgeAssertions(['SIGNATURE', 'ISSUER']);
    expect(error).toMatchObject({
      code: 'app-trusts-assertion',
      retry: 'no',
      message: 'the app accepted a broken assertion: ISSUER, SIGNATURE',
    });
    expect(error?.hint).toContain('x-goog-iap-jwt-assertion was invalid (ISSUER, SIGNATURE)');
    expect(error?.hint).toContain('https://cloud.google.com/iap/docs/signed-headers-howto');
    expect(error?.hint).toContain('give the page it leads to as its own url');
    expect(judgeAssertions(brokenAssertions)?.message).toContain(brokenAssertions.join(', '));
  });
});
