import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Login, login } from '../../src/login/index.ts';
import { mintToken } from '../../src/mint.ts';
import { redirectOf, type Seen, visit } from '../browser.ts';
import { openEmulator } from '../emulated.ts';
import { temporaryFolder } from '../folder.ts';
import { failureOf, noon, openTestWorld, shownOf, sourceConfig } from '../world.ts';

const email = 'user@example.com';

const emulator = await openEmulator();
let folder: string;
beforeEach(() => {
  emulator.createUser(email);
  folder = temporaryFolder();
});

/** What a person's browser does with the address; what it gets to see is `seen`. */
type Browse = (url: URL) => Promise<Seen>;

/** Agrees, and follows the redirect. */
const agree: Browse = async (url) => visit(await redirectOf(url));

/** Comes back with other parameters than the page would send. */
const comeBack =
  (change: Readonly<Record<string, string>>): Browse =>
  (url) => {
    const back = new URL(url.searchParams.get('redirect_uri') ?? '');
    const parameters = { state: url.searchParams.get('state') ?? '', ...change };
    for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
    return visit(back);
  };

function prepare(browse: Browse, change: Partial<Login> = {}) {
  const world = openTestWorld(emulator);
  const client = { clientId: emulator.desktopClientId, clientSecret: emulator.desktopClientSecret };
  const out = join(folder, 'iap-auth', 'credentials.json');
  const opened: URL[] = [];
  const pages: Promise<Seen>[] = [];
  const open = async (url: URL) => {
    opened.push(url);
    const page = browse(url);
    page.catch(() => undefined);
    pages.push(page);
  };
  const work = () => login({ client, out, timeout: 5000, ...change }, { ...world, open });
  return { world, out, opened, work, seen: async () => pages[0] };
}

/** The error that a sign-in ends in, with nothing kept and nobody listening. */
async function refusalOf(browse: Browse, change?: Partial<Login>) {
  const { work, opened, out, seen, ...rest } = prepare(browse, change);
  const error = await failureOf(work);
  expect(readdirSync(join(out, '..'))).toEqual([]);
  await expectClosed(opened[0]);
  const shown = shownOf(error);
  expect([...emulator.ledger.secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  return { error, seen: await seen(), ...rest };
}

async function expectClosed(url: URL | undefined) {
  await expect(visit(url?.searchParams.get('redirect_uri') ?? '')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}

describe('login', () => {
  it('signs the person in and keeps the sign-in', async () => {
    const { work, opened, out, seen } = prepare(agree);
    const { email: who, file } = await work();
    expect(who).toBe(email);
    expect(file).toEqual({
      type: 'authorized_user',
      client_id: emulator.desktopClientId,
      client_secret: emulator.desktopClientSecret,
      refresh_token: expect.stringMatching(/^1\/\/0/),
    });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(file);
    expect([statSync(out).mode & 0o777, statSync(join(out, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect((await seen())?.body).toContain('<h1>You are signed in</h1>');
    await expectClosed(opened[0]);
    expect(emulator.ledger.lines()).toEqual(['GET consent → 302', 'POST token → 200']);
  });

  it('gives a file that IAP’s tokens are minted from', async () => {
    const { world, work } = prepare(agree);
    const { file } = await work();
    emulator.grant(email);
    const config = {
      ...sourceConfig({ credentialsJson: JSON.stringify(file) }),
      tokenKind: 'id_token',
      exchange: 'auto',
      verify: true,
    } as const;
    const { token } = await mintToken(config, emulator.clientId, world);
    const answer = await fetch(emulator.appUrl, { headers: { authorization: `Bearer ${token.reveal()}` } });
    expect([answer.status, answer.headers.has('x-goog-iap-generated-response')]).toEqual([200, false]);
  });

  it('masks each secret, and shows the browser’s address none', async () => {
    const { world, work, opened } = prepare(agree);
    const { file } = await work();
    const form = new URLSearchParams(emulator.ledger.requests.at(-1)?.body);
    expect(world.masks).toEqual(
      expect.arrayContaining([form.get('code_verifier'), form.get('code'), file.refresh_token]),
    );
    expect(world.masks).toHaveLength(6);
    expect(world.masks.filter((secret) => opened[0]?.href.includes(secret))).toEqual([]);
    expect(form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
    expect(opened[0]?.searchParams.get('state')).toMatch(/^[\w-]{43}$/);
  });

  it('uses each secret once', async () => {
    const [one, other] = [prepare(agree), prepare(agree)];
    await one.work();
    await other.work();
    for (const name of ['state', 'code_challenge'])
      expect(one.opened[0]?.searchParams.get(name)).not.toBe(other.opened[0]?.searchParams.get(name));
  });

  it('goes on waiting after an answer without the state, and one for another host', async () => {
    const refused: number[] = [];
    const { work } = prepare(async (url) => {
      const back = await redirectOf(url);
      refused.push((await comeBack({ state: 'x', code: 'stolen' })(url)).status);
      refused.push((await visit(back, { headers: { host: 'evil.example' } })).status);
      return visit(back);
    });
    expect((await work()).email).toBe(email);
    expect(refused).toEqual([400, 421]);
  });

  it('takes no second answer', async () => {
    let second: Promise<Seen> | undefined;
    emulator.fail('token', { delayMs: 50 });
    const { work } = prepare(async (url) => {
      const back = await redirectOf(url);
      const first = visit(back);
      second = visit(back);
      // Whichever comes second.
      const [a, b] = await Promise.all([first, second]);
      expect([a.status, b.status].sort()).toEqual([200, 410]);
      return a;
    });
    await work();
    expect(emulator.ledger.lines()).toEqual(['GET consent → 302', 'POST token → 200']);
    expect(second).toBeDefined();
  });

  it('replaces an older sign-in', async () => {
    await prepare(agree).work();
    emulator.createUser('else@example.com');
    const { work, out } = prepare(agree);
    const { email: who, file } = await work();
    expect(who).toBe('else@example.com');
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(file);
  });
});

describe('a sign-in that fails', () => {
  it('says that it was not granted', async () => {
    const { error, seen } = await refusalOf(comeBack({ error: 'access_denied' }));
    expect(error).toMatchObject({
      code: 'token-refused',
      message: 'the sign-in was not granted: the browser returned "access_denied"',
    });
    expect(error.hint).toMatch(/^Sign in again, and allow what is asked for\./);
    expect(seen?.body).toContain('<h1>Not signed in</h1>');
    expect(seen?.body).not.toContain('access_denied');
    expect(emulator.ledger.lines()).toEqual([]);
  });

  it('trusts no code beside an error, and hides it', async () => {
    const { error, world } = await refusalOf(comeBack({ error: '<b>::error::x', code: 'a-code' }));
    expect(error.message).toBe('the sign-in was not granted: the browser returned "::error::x"');
    expect(world.masks).toContain('a-code');
  });

  it.each([{}, { code: '' }])('says where there is neither a code nor an error: %j', async (parameters) => {
    const { error } = await refusalOf(comeBack(parameters));
    expect(error.message).toContain('returned neither a code nor an error');
  });

  it('ends with the time', async () => {
    const { error } = await refusalOf(async () => ({ status: 0, headers: {}, body: '' }), { timeout: 1 });
    expect(error).toMatchObject({ code: 'timeout', message: 'nobody signed in within 1ms' });
    expect(error.hint).toContain('open the address that it shows');
  });

  it('ends with what Google says of the code', async () => {
    const { error, seen } = await refusalOf(comeBack({ code: '4/0another' }));
    expect(error).toMatchObject({ code: 'token-refused' });
    expect(error.message).toContain('Malformed auth code.');
    expect(seen?.body).toContain('<h1>Not signed in</h1>');
  });

  it('is bound to the verifier', async () => {
    const { error } = await refusalOf(async (url) => {
      url.searchParams.set('code_challenge', 'x'.repeat(43));
      return agree(url);
    });
    expect(error.message).toContain('Invalid code verifier.');
  });

  it.each([
    ['no JWT', async () => 'x', 'token-malformed'],
    ['one for another client', async () => emulator.mintIdToken({ aud: emulator.clientId, email }), 'token-audience'],
    [
      'one without an email',
      async () => emulator.mintIdToken({ aud: emulator.desktopClientId }),
      'token-email-missing',
    ],
    [
      'one of another issuer',
      async () => emulator.mintIdToken({ aud: emulator.desktopClientId, email, iss: 'https://evil.example' }),
      'token-issuer',
    ],
    [
      'one that has expired',
      async () => emulator.mintIdToken({ aud: emulator.desktopClientId, email, exp: noon / 1000 - 1 }),
      'token-expired',
    ],
  ])('keeps nothing of a sign-in whose token is %s', async (_name, mint, code) => {
    const body = JSON.stringify({ id_token: await mint(), refresh_token: '1//0refresh-refresh-refresh' });
    emulator.fail('token', { status: 200, body });
    const { error, world } = await refusalOf(agree);
    expect(error.code).toBe(code);
    expect(world.masks).toContain('1//0refresh-refresh-refresh');
  });

  it('does not begin where it could not be kept', async () => {
    const out = join(folder, 'key.json');
    writeFileSync(out, '{"type": "service_account"}');
    const { work, opened } = prepare(agree, { out });
    expect((await failureOf(work)).code).toBe('config-invalid');
    expect(opened).toEqual([]);
    expect(readFileSync(out, 'utf8')).toBe('{"type": "service_account"}');
  });

  it('stops listening where the address could not be shown', async () => {
    const world = openTestWorld(emulator);
    const client = { clientId: 'x', clientSecret: 'x' };
    let shown: URL | undefined;
    const open = async (url: URL) => {
      shown = url;
      throw new Error('no terminal');
    };
    const out = join(folder, 'user.json');
    await expect(login({ client, out, timeout: 5000 }, { ...world, open })).rejects.toThrow('no terminal');
    await expectClosed(shown);
    expect(existsSync(out)).toBe(false);
  });
});
