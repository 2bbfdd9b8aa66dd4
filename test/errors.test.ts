import { globSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { asIapError, type Code, hasCode, IapError, systemCode } from '../src/errors.ts';
import { failures } from '../src/failures/index.ts';
import { version } from '../src/version.ts';

const codes = Object.keys(failures) as Code[];

/** Every code that the documentation promises; a release may know fewer, never others. */
const promised = `
  config-invalid credentials-missing credentials-conflict credentials-malformed credentials-unsupported
  oidc-unavailable oidc-refused
  sts-audience-malformed sts-provider-unknown sts-condition-rejected sts-audience-mismatch sts-issuer-mismatch
  sts-token-stale sts-refused
  iam-api-disabled iam-permission-denied iam-service-account-unknown iam-scope-insufficient iam-refused
  key-rejected account-unknown clock-skew audience-invalid refresh-token-expired client-unknown token-refused
  metadata-unavailable
  token-malformed token-audience token-email-missing token-principal token-issuer token-expired token-signature
  discovery-failed
  iap-no-token iap-not-a-jwt iap-signature iap-email-missing iap-audience iap-jwt-audience iap-token-expired
  iap-access-denied iap-identity-platform iap-setup iap-sign-in-redirect iap-refused
  cloud-run-invoker edge-not-found rate-limited unavailable app-unprotected app-trusts-assertion
  app-status app-header app-body app-json app-redirect
  dns connection-refused connection-reset tls timeout proxy-refused response-too-large internal
`
  .trim()
  .split(/\s+/);

/** Any fact that a hint asks for: words that hold its name, or a number where it counts. */
const facts = new Proxy({}, { get: (_, name) => (name === 'seconds' ? -90 : `<the fact called ${String(name)}>`) });

const account = 'ci@project.iam.gserviceaccount.com';

describe('the set of codes', () => {
  it('holds no code that is not documented', () => {
    const surprising = codes.filter((code) => !promised.includes(code));
    expect(surprising.map((code) => `${code}: add it to promised in test/errors.test.ts`)).toEqual([]);
  });

  it('holds no code that nothing throws', () => {
    const modules = globSync('src/**/*.ts', { exclude: ['src/failures/**', 'src/emulator/**'] });
    const text = modules.map((path) => readFileSync(path, 'utf8')).join('\n');
    const dead = codes.filter((code) => !text.includes(`'${code}'`));
    expect(dead.map((code) => `${code}: throw it in src, or take it out of src/failures`)).toEqual([]);
  });

  it.each(codes)('%s has a hint that is whole', (code) => {
    const { hint: write, example = facts } = failures[code];
    const hint = (write as (facts: object) => string)(example);
    expect(hint).toMatch(/^.{20,}/s);
    expect(hint).not.toMatch(/undefined|NaN|\[object/);
  });

  it.each(codes)('%s says when it is met, on one line', (code) => {
    expect(failures[code].when).toMatch(/^.{10,}$/);
  });

  it('has the retries of the documentation where something may change', () => {
    const changing = codes.filter((code) => failures[code].retry !== 'no').map((code) => [code, failures[code].retry]);
    expect(Object.fromEntries(changing)).toMatchObject({
      'oidc-refused': 'wire',
      'sts-token-stale': 'wire',
      'sts-refused': 'wire',
      'iam-api-disabled': 'grant',
      'iam-permission-denied': 'grant',
      'iam-refused': 'wire',
      'token-refused': 'wire',
      'iap-access-denied': 'grant',
      'iap-refused': 'wait',
      'rate-limited': 'wait',
      unavailable: 'wait',
      dns: 'wait',
      'connection-refused': 'wait',
      'connection-reset': 'wait',
      tls: 'wait',
      timeout: 'wait',
    });
    const final = promised.filter(
      (code) =>
        /^(config|credentials|token|discovery|app)-|^(key-rejected|account-unknown|clock-skew|audience-invalid)$/.test(
          code,
        ) ||
        /^(refresh-token-expired|client-unknown|metadata-unavailable|oidc-unavailable|internal|proxy-refused)$/.test(
          code,
        ) ||
        /^(sts-(audience|provider|condition|issuer)-|iam-(service-account-unknown|scope-insufficient))/.test(code) ||
        /^iap-(no-token|not-a-jwt|signature|email|audience|jwt|identity|setup|sign)/.test(code),
    );
    const exceptions = ['token-refused'];
    expect(Object.keys(Object.fromEntries(changing)).filter((code) => final.includes(code))).toEqual(exceptions);
  });
});

describe('a hint', () => {
  const ownToken = 'do not give it as id_token, but set workload_identity_provider';

  it.each([
    '"https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github"',
    '"https://token.actions.githubusercontent.com"',
    '"https://gitlab.com"',
  ])("knows the CI's own token by %s", (found) => {
    for (const code of ['token-audience', 'token-issuer'] as const)
      expect(new IapError(code, 'no', { expected: 'x', found }).hint).toContain(ownToken);
  });

  it.each(['"123-abc.apps.googleusercontent.com"', '"https://accounts.google.com"', '"https://app.example.com/*"'])(
    'takes %s for no token of the CI',
    (found) => {
      for (const code of ['token-audience', 'token-issuer'] as const)
        expect(new IapError(code, 'no', { expected: 'x', found }).hint).not.toContain(ownToken);
    },
  );

  it.each([
    [404, 'Is the path right'],
    [405, 'Is the path right'],
    [401, 'token_header: proxy-authorization'],
    [403, 'token_header: proxy-authorization'],
  ])("of the app's own %d says what it often means", (found, words) => {
    const all = ['Is the path right', 'token_header: proxy-authorization'];
    const hintOf = (status: number) => new IapError('app-status', 'no', { expected: '200', found: status }).hint;
    expect(all.filter((one) => hintOf(found).includes(one))).toEqual([words]);
    expect(all.filter((one) => hintOf(500).includes(one))).toEqual([]);
  });

  it('for a wrong audience says nothing of the Google-managed client where the right id is known', () => {
    const hintOf = (known: 'other' | 'nothing') =>
      new IapError('iap-audience', 'no', { sent: 'a', known, client: 'b', jwt: '' }).hint;
    expect(hintOf('nothing')).toContain('Google-managed');
    expect(hintOf('other')).toBe('The token was for a. The app expects b: use that as target_audience.');
  });
});

describe('IapError', () => {
  const cause = new Error('socket hang up');
  const error = new IapError('account-unknown', `Google refused ${account}`, { account }, { cause });

  it('has a code, a message, facts, a cause and a name', () => {
    const { code, message, facts: given, name, tries, retry } = error;
    expect({ code, message, given, name, tries, retry }).toEqual({
      code: 'account-unknown',
      message: `Google refused ${account}`,
      given: { account },
      name: 'IapError',
      tries: 1,
      retry: 'no',
    });
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
  });

  it('fills the hint in', () => {
    expect(error.hint).toBe(
      `${account} was deleted, or the email in the credential is wrong. Look for it with:\n` +
        `gcloud iam service-accounts describe ${account}`,
    );
  });

  it('is the same after some tries, but for their number', () => {
    const { code, message, hint, tries, cause: kept } = error.after(4);
    expect({ code, message, hint, tries }).toEqual({
      code: error.code,
      message: error.message,
      hint: error.hint,
      tries: 4,
    });
    expect(kept).toBe(cause);
    expect(error.tries).toBe(1);
  });

  it.each([
    [-90, 'The clock of this machine is 90 s behind.'],
    [7200, 'The clock of this machine is 7200 s ahead.'],
  ])('says which way a clock is off by %d s', (seconds, words) => {
    expect(new IapError('clock-skew', 'refused', { seconds }).hint).toContain(words);
  });
});

describe('hasCode', () => {
  const error = new IapError('account-unknown', 'refused', { account });

  it('knows its own code alone', () => {
    expect(hasCode(error, 'account-unknown')).toBe(true);
    expect(hasCode(error, 'key-rejected')).toBe(false);
  });

  it.each([[{ code: 'account-unknown' }], [new Error('account-unknown')], ['account-unknown'], [undefined]])(
    'refuses what is no IapError: %p',
    (thrown) => {
      expect(hasCode(thrown, 'account-unknown')).toBe(false);
    },
  );
});

describe('asIapError', () => {
  it('gives an IapError back as it is', () => {
    const error = new IapError('account-unknown', 'refused', { account });
    expect(asIapError(error)).toBe(error);
  });

  it('says the kind and the place of an unknown error, and keeps it as the cause', () => {
    const thrown = new TypeError('cannot read hunter2');
    const error = asIapError(thrown);
    expect(error.code).toBe('internal');
    expect(error.message).toMatch(/^unexpected TypeError at errors\.test\.ts:\d+:\d+$/);
    expect(error.cause).toBe(thrown);
    expect(error.hint).toContain(version);
  });

  const withStack = (stack: string) => Object.assign(new Error('hunter2'), { stack });

  it.each<[string, unknown]>([
    ['an error', new Error('hunter2')],
    ['words that look like a place', new Error('hunter2:1:2')],
    ['several such lines', new Error('wrong\nhunter2:3:4\n    at hunter2.ts:5:6')],
    ['a stack of words alone', withStack('Error: hunter2')],
    ['a stack that is empty', withStack('')],
    ['an error within', new Error('outer', { cause: new Error('hunter2') })],
    ['a string', 'hunter2'],
    ['an object', { message: 'hunter2', name: 'hunter2' }],
    ['nothing', undefined],
    ['null', null],
    ['a symbol', Symbol('hunter2')],
    ['a function', () => 'hunter2'],
  ])('shows no words of %s', (_, thrown) => {
    const error = asIapError(thrown);
    expect(error.code).toBe('internal');
    expect(`${error.message}\n${error.hint}`).not.toContain('hunter2');
  });

  it('prints with its cause, for whoever looks for the fault', () => {
    expect(inspect(asIapError(new Error('hunter2')))).toContain('[cause]: Error: hunter2');
  });
});

describe('systemCode', () => {
  it('is the code of what the system refused', () => {
    try {
      readFileSync('/no/such/file');
    } catch (error) {
      expect(systemCode(error)).toBe('ENOENT');
    }
    expect.assertions(1);
  });

  it.each([new Error('x'), Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' }), 'ENOENT', undefined])(
    'is none of %p',
    (error) => expect(systemCode(error)).toBeUndefined(),
  );
});

describe('redacted', () => {
  const redact = <T>(data: T): T => JSON.parse(JSON.stringify(data).replaceAll('hunter2', '***'));
  const cause = new Error('hunter2');

  it('is the error itself where it holds no secret', () => {
    const error = new IapError('dns', 'no address', { host: 'a.example' }, { cause });
    expect(error.redacted(redact)).toBe(error);
  });

  it.each([
    ['hunter2 has no address', 'a.example', '*** has no address', 'a.example'],
    ['no address', 'hunter2.example', 'no address', '***.example'],
  ])('holds none in its message, hint and cause: %s, %s', (message, host, clean, shown) => {
    const error = new IapError('dns', message, { host }, { cause, tries: 4 }).redacted(redact);
    expect(error).toMatchObject({ code: 'dns', message: clean, facts: { host: shown }, tries: 4 });
    expect(inspect(error, { depth: Infinity, showHidden: true }) + error.hint).not.toContain('hunter2');
  });
});
