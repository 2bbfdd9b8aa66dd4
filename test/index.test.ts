import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { decodeJwt } from 'jose';
import type { KeyFile } from '../src/emulator/index.ts';
import {
  checkApp,
  createTokenSource,
  hasCode,
  IapError,
  type MintOptions,
  mintToken,
  withIapAuth,
} from '../src/index.ts';
import { openEmulator } from './emulated.ts';
import { temporaryFolder } from './folder.ts';
import { failureOf, secretLines, shownOf } from './world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const hours = 60 * 60 * 1000;
/** Milliseconds by which Google's clock is ahead of this machine's. */
let ahead = 0;
const emulator = await openEmulator({ now: () => Date.now() + ahead });
let key: KeyFile;

beforeAll(async () => {
  key = await emulator.createKey(email);
});
beforeEach(() => {
  ahead = 0;
  emulator.grant(email);
});

interface Told {
  readonly lines: string[];
  readonly warnings: string[];
  readonly secrets: string[];
}

function options(change: MintOptions = {}) {
  const told: Told = { lines: [], warnings: [], secrets: [] };
  const { lines, warnings, secrets } = told;
  return {
    told,
    credentialsJson: JSON.stringify(key),
    targetAudience: emulator.clientId,
    env: { IAP_AUTH_EMULATOR_HOST: emulator.host },
    log: {
      info: (line: string) => void lines.push(line),
      debug: (line: string) => void lines.push(line),
      warn: (line: string) => void warnings.push(line),
    },
    onSecret: (secret: string) => void secrets.push(secret),
    ...change,
  };
}

/** Options, without what the test keeps for itself. */
function given(change?: MintOptions) {
  const { told, ...rest } = options(change);
  return rest;
}

const exchanges = () => emulator.ledger.lines().filter((line) => line.startsWith('POST token')).length;
/** Too short to look like a secret: the last line of the key. */
const echoed = () => secretLines(key.private_key).at(-1) ?? 'none';
const inert = { credentialsJson: undefined, targetAudience: 'client' };

describe('mintToken', () => {
  it('gives a token that IAP takes, and what may be known of it', async () => {
    const minted = await mintToken(given());
    const claims = decodeJwt(minted.token.reveal());
    expect(claims).toMatchObject({ aud: emulator.clientId, email });
    expect(minted).toEqual({
      token: minted.token,
      kind: 'id_token',
      audience: emulator.clientId,
      principal: email,
      expiresAt: new Date((claims.exp ?? 0) * 1000),
    });
  });

  it('gives a token that does not print', async () => {
    const minted = await mintToken(given());
    const jwt = minted.token.reveal();
    const shown = [`${minted.token}`, JSON.stringify(minted), inspect(minted, { depth: Infinity, showHidden: true })];
    expect(shown[0]).toBe('[token]');
    for (const text of shown) expect(text).not.toContain(jwt.slice(-20));
  });

  it('tells of secrets as they arrive, and shows none in a line', async () => {
    const { told, ...rest } = options();
    const { token } = await mintToken(rest);
    expect(told.secrets).toEqual(expect.arrayContaining([...secretLines(key.private_key), token.reveal()]));
    expect(told.warnings).toEqual([expect.stringContaining('IAP_AUTH_EMULATOR_HOST is set')]);
    const log = [...told.lines, ...told.warnings].join('\n');
    for (const secret of told.secrets) expect(log).not.toContain(secret);
  });

  it('fails with no secret in its words, whoever sends one back', async () => {
    const error_description = `you sent ${echoed()}`;
    emulator.fail('token', { status: 400, body: JSON.stringify({ error: 'no', error_description }) });
    const error = await failureOf(() => mintToken(given()));
    expect(error.message).toContain('"no: you sent ***"');
    expect(shownOf(error)).not.toContain(echoed());
  });

  it('finds the audience out, or signs for the app itself', async () => {
    const url = new URL(emulator.appUrl);
    expect(await mintToken(given({ url, targetAudience: 'discover' }))).toMatchObject({ audience: emulator.clientId });
    const signed = await mintToken(given({ url, tokenKind: 'signed_jwt', targetAudience: undefined }));
    expect(signed).toMatchObject({ kind: 'signed_jwt', audience: `${emulator.appUrl}/*` });
  });

  it('names the options in what it finds out on the way', async () => {
    const error = await failureOf(() => mintToken(given({ url: emulator.appUrl, targetAudience: undefined })));
    expect(error.message).toContain(
      `- targetAudience: missing; IAP in front of ${new URL(emulator.appUrl).host} uses the OAuth client id`,
    );
  });

  it('looks for Application Default Credentials in the environment that it is given', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'key.json');
    writeFileSync(path, JSON.stringify(key));
    const env = { IAP_AUTH_EMULATOR_HOST: emulator.host, GOOGLE_APPLICATION_CREDENTIALS: path };
    expect(await mintToken(given({ credentialsJson: undefined, env }))).toMatchObject({ principal: email });
  });

  it('takes the token of the CI system that it runs in', async () => {
    const account = 'deployer@project.iam.gserviceaccount.com';
    emulator.allow(emulator.principalSet(), account, 'roles/iam.workloadIdentityUser');
    const env = { GITHUB_ACTIONS: 'true', IAP_AUTH_EMULATOR_HOST: emulator.host, ...emulator.githubEnv() };
    const change = {
      credentialsJson: undefined,
      workloadIdentityProvider: emulator.provider,
      serviceAccount: account,
      env,
    };
    expect(await mintToken(given(change))).toMatchObject({ principal: account });
  });

  it('does not read the inputs of the environment', async () => {
    const env = { IAP_AUTH_EMULATOR_HOST: emulator.host, IAP_AUTH_TARGET_AUDIENCE: emulator.clientId };
    const error = await failureOf(() => mintToken(given({ targetAudience: undefined, env })));
    expect(error.message).toContain('- targetAudience: missing');
  });

  it('fails with an IapError that shows nothing secret', async () => {
    const other = await emulator.createKey('other@project.iam.gserviceaccount.com');
    const wrong = JSON.stringify({ ...key, private_key: other.private_key });
    const error = await failureOf(() => mintToken(given({ credentialsJson: wrong })));
    expect([hasCode(error, 'key-rejected'), error instanceof IapError]).toEqual([true, true]);
    for (const secret of emulator.ledger.secrets) expect(shownOf(error)).not.toContain(secret);
  });

  it('rejects what is wrong with the options, and sends nothing', async () => {
    const wrong = { ...given(), targetAudience: 'no audience', verify: 'maybe' } as never;
    const pending = mintToken(wrong);
    const error = await failureOf(() => pending);
    expect(error.message).toContain('2 inputs are wrong');
    expect(
      await failureOf(() => mintToken(given({ env: { IAP_AUTH_EMULATOR_HOST: 'evil.example:80' } }))),
    ).toMatchObject({
      code: 'config-invalid',
    });
    expect(emulator.ledger.lines()).toEqual([]);
  });

  it('warns by the process, and never writes, unless told otherwise', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const out = jest.spyOn(process.stdout, 'write');
    const err = jest.spyOn(process.stderr, 'write');
    try {
      const { log, ...rest } = given();
      await mintToken(rest);
      expect(warn.mock.calls).toEqual([
        [expect.stringContaining('IAP_AUTH_EMULATOR_HOST is set'), { type: 'IapAuthWarning' }],
      ]);
      expect([...out.mock.calls, ...err.mock.calls]).toEqual([]);
    } finally {
      jest.restoreAllMocks();
    }
  });
});

describe('createTokenSource', () => {
  it('sends nothing before a token is asked for', async () => {
    const source = createTokenSource({ ...given(), url: [`${emulator.appUrl}/a`, `${emulator.appUrl}/b`] });
    expect([source.origins, source.tokenHeader]).toEqual([[emulator.appUrl], 'authorization']);
    expect(emulator.ledger.lines()).toEqual([]);
    await source.getToken();
    expect(exchanges()).toBe(1);
  });

  it('throws at once what is wrong with the options', async () => {
    expect(await failureOf(() => createTokenSource({ ...inert, tokenKind: 'x' } as never))).toMatchObject({
      code: 'config-invalid',
    });
    const two = { ...given(), idToken: 'eyJhbGciOiJub25lIn0.e30.' };
    expect(await failureOf(() => createTokenSource(two))).toMatchObject({ code: 'credentials-conflict' });
    const foreign = { ...inert, env: { IAP_AUTH_EMULATOR_HOST: 'evil.example:80' } };
    expect(await failureOf(() => createTokenSource(foreign))).toMatchObject({ code: 'config-invalid' });
  });

  it('makes one exchange for any number who ask', async () => {
    const source = createTokenSource(given());
    const tokens = await Promise.all(Array.from({ length: 10_000 }, () => source.getToken()));
    expect(new Set(tokens.map(({ token }) => token.reveal())).size).toBe(1);
    expect(emulator.ledger.lines().sort()).toEqual(['GET certs → 200', 'POST token → 200']);
  });

  it('makes another after a failure', async () => {
    const source = createTokenSource(given());
    emulator.fail('token', {
      status: 400,
      body: '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}',
      times: 1,
    });
    expect((await failureOf(() => source.getToken())).code).toBe('key-rejected');
    expect(await source.getToken()).toMatchObject({ principal: email });
  });

  it('mints another for one that was refused, once', async () => {
    const source = createTokenSource(given());
    const old = await source.getToken();
    const renewed = await Promise.all([1, 2, 3].map(() => source.getToken(old)));
    expect(new Set(renewed.map(({ token }) => token)).size).toBe(1);
    expect(renewed[0]?.token).not.toBe(old.token);
    expect((await source.getToken()).token).toBe(renewed[0]?.token);
    expect(exchanges()).toBe(2);
  });

  it.each([-30 * 24, -2, 2, 30 * 24])('keeps its token on a machine that is %i hours behind Google', async (offset) => {
    ahead = offset * hours;
    const { told, ...rest } = options();
    const source = createTokenSource(rest);
    const first = await source.getToken();
    expect((await source.getToken()).token).toBe(first.token);
    expect(Math.abs(first.expiresAt.getTime() - Date.now() - ahead - hours)).toBeLessThan(60_000);
    expect(told.warnings).toEqual([
      expect.stringContaining('is set'),
      expect.stringContaining("Trying once more with Google's time"),
    ]);
    expect(exchanges()).toBe(2);
  });

  it('never gives a token that is about to expire', async () => {
    const exp = Math.floor(Date.now() / 1000) + 50;
    const idToken = await emulator.mintIdToken({ email, exp });
    const source = createTokenSource(given({ credentialsJson: undefined, idToken }));
    expect((await failureOf(() => source.getToken())).code).toBe('token-expired');
  });
});

describe('checkApp', () => {
  const url = () => `${emulator.appUrl}/`;

  it('reports an app that answers behind IAP, by the schema', async () => {
    const report = await checkApp(url(), given());
    expect(report).toMatchObject({ passed: true, token: { kind: 'id_token', principal: email } });
    expect(report.checks.map(({ passed, status, answered_by }) => [passed, status, answered_by])).toEqual([
      [true, 200, 'app'],
      [true, 302, 'iap'],
    ]);
    const schema = JSON.parse(readFileSync('schema/report.schema.json', 'utf8'));
    const validate = new Ajv2020({ strictTypes: false, allowUnionTypes: true }).compile(schema);
    expect(validate(JSON.parse(JSON.stringify(report)))).toBe(true);
  });

  it('reports no secret that an app shows', async () => {
    emulator.fail('app', { status: 200, headers: { 'x-version': echoed() } });
    const report = await checkApp(url(), { ...given(), checkProtected: 'off', expectHeader: 'x-version: 1' });
    expect(report.checks[0]?.message).toContain(`x-version is "***"`);
    expect(JSON.stringify(report)).not.toContain(echoed());
  });

  it('reports a check that fails as a result', async () => {
    emulator.revoke(email);
    const report = await checkApp(url(), { ...given(), checkProtected: 'off' });
    expect(report).toMatchObject({
      passed: false,
      checks: [{ code: 'iap-access-denied', status: 403, answered_by: 'iap' }],
    });
  });

  it('takes several addresses, expectations and more checks', async () => {
    const checks = `- name: third\n  url: ${url()}json\n  expect_status: 200`;
    const report = await checkApp([url(), new URL('/a', url())], {
      ...given(),
      checks,
      checkProtected: 'off',
      expectStatus: '200-299,404',
    });
    expect(report.checks).toHaveLength(3);
    expect(report.checks[2]?.name).toBe('third');
  });

  it('waits for a grant that is on its way', async () => {
    emulator.fail('iap', {
      status: 403,
      headers: { 'x-goog-iap-generated-response': 'true' },
      body: `Demo app: Access denied. For user ${email}.`,
      times: 1,
    });
    const report = await checkApp(url(), { ...given(), checkProtected: 'off', propagationWait: '1m' });
    expect(report).toMatchObject({ passed: true, checks: [{ attempts: 2 }] });
  });

  it('throws where there is no token, or the options are wrong', async () => {
    emulator.fail('token', {
      status: 400,
      body: '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}',
    });
    expect((await failureOf(() => checkApp(url(), given()))).code).toBe('key-rejected');
    const wrong = await failureOf(() => checkApp('ftp://x/', { ...given(), expectStatus: '1', url: 'x' } as never));
    expect(wrong.message).toContain('- url: "ftp://x/" is not an https:// URL');
    expect(wrong.message).toContain('- expectStatus: ');
    for (const nothing of ['', ' ', []]) {
      const none = await failureOf(() => checkApp(nothing, given()));
      expect(none.message).toContain('- url: missing');
    }
    const text = await failureOf(() => checkApp(url(), { ...given(), expectBody: '/(/' }));
    expect(text.message).toContain('- expectBody: ');
  });
});

describe('withIapAuth', () => {
  it('reaches the app with a token that is minted once', async () => {
    const fetchApp = withIapAuth(fetch, createTokenSource({ ...given(), url: emulator.appUrl }));
    const all = await Promise.all(Array.from({ length: 50 }, () => fetchApp(emulator.appUrl)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(exchanges()).toBe(1);
  });

  it('mints one other for all whose token IAP finds expired', async () => {
    const fetchApp = withIapAuth(fetch, createTokenSource({ ...given(), url: emulator.appUrl }));
    await fetchApp(emulator.appUrl);
    // An hour later, as far as Google goes; its own clock was right when the first token was minted.
    ahead = 2 * hours;
    const all = await Promise.all(Array.from({ length: 20 }, () => fetchApp(emulator.appUrl)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    // The one that is refused for this machine's clock, and the one with Google's time.
    expect(exchanges()).toBe(1 + 2);
  });

  it('is refused for a source that names no app', async () => {
    const error = await failureOf(() => withIapAuth(fetch, createTokenSource(given())));
    expect(error.message).toContain('url: missing; give the address of the app to createTokenSource');
  });
});
