import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Ended, type Running, runCli, startCli } from '../../scripts/runner.ts';
import { openBrowser, redirectOf, visit } from '../browser.ts';
import { temporaryFolder } from '../folder.ts';
import { expectNoLeak, onScene, type Scene } from './scene.ts';

jest.setTimeout(60_000);

const email = 'dev@example.com';
const cli = resolve(import.meta.dirname, '../../dist/cli/index.js');

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const at = (name: string) => join(folder, name);
const place = () => at('settings/iap-auth/credentials.json');

/** A scene with a user who may pass, and the file of the client that users sign in with. */
function onDesk<T>(play: (scene: Scene) => Promise<T>): Promise<T> {
  return onScene(async (scene) => {
    const { emulator } = scene;
    emulator.createUser(email);
    emulator.grant(email);
    const installed = { client_id: emulator.desktopClientId, client_secret: emulator.desktopClientSecret };
    writeFileSync(at('client.json'), JSON.stringify({ installed }));
    return play({ ...scene, env: { ...scene.env, XDG_CONFIG_HOME: at('settings'), APPDATA: at('settings') } });
  });
}

const desk = (...more: string[]) => ['login', '--client-file', at('client.json'), ...more];

/** Runs the command at a terminal, its stdout apart; a browser that is started leaves its address in the file `url`. */
async function runAtTerminal(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  mkdirSync(at('bin'));
  // Linux has the first, which asks BROWSER; macOS the second.
  for (const name of ['xdg-open', 'open']) {
    writeFileSync(
      at(`bin/${name}`),
      `#!/bin/sh\nprintf %s "$1" > '${at('url.part')}' && mv '${at('url.part')}' '${at('url')}'\n`,
    );
    chmodSync(at(`bin/${name}`), 0o755);
  }
  const command = `${[process.execPath, cli, ...args].map((word) => `'${word}'`).join(' ')} > '${at('stdout')}'`;
  const pty = process.platform === 'darwin' ? ['-q', '/dev/null', 'sh', '-c', command] : ['-qec', command, '/dev/null'];
  const path = `${at('bin')}${delimiter}${process.env['PATH']}`;
  const child = spawn('script', pty, { env: { ...env, PATH: path, BROWSER: at('bin/xdg-open'), SHELL: '/bin/sh' } });
  const shown: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => shown.push(chunk));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) =>
      done({ code, stdout: readFileSync(at('stdout'), 'utf8'), stderr: Buffer.concat(shown).toString() }),
    );
  });
}

/** The address that a browser was started with. @throws what the command said, where it ends without */
async function addressOpened(running: Promise<Ended>): Promise<string> {
  let isOver = false;
  const over = running.then(({ stderr }) => {
    isOver = true;
    throw new Error(stderr);
  });
  const opened = async () => {
    while (!existsSync(at('url')) && !isOver) await delay(20);
    return readFileSync(at('url'), 'utf8');
  };
  return Promise.race([opened(), over]);
}

/** The address that the command shows; its end, where it ends before. */
async function addressShown({ child, ended }: Running): Promise<URL> {
  let shown = '';
  const found = new Promise<URL>((resolve) =>
    child.stderr.on('data', (chunk: Buffer) => {
      shown += chunk;
      const [address] = /^http\S+(?=\n)/m.exec(shown) ?? [];
      if (address !== undefined) resolve(new URL(address));
    }),
  );
  const over = ended.then(({ code, stderr }): never => {
    throw new Error(`it ended with ${code}: ${stderr}`);
  });
  over.catch(() => undefined);
  return Promise.race([found, over]);
}

async function passes({ emulator }: Scene, token: string): Promise<boolean> {
  const answer = await fetch(emulator.appUrl, { headers: { authorization: `Bearer ${token}` } });
  return answer.status === 200 && !answer.headers.has('x-goog-iap-generated-response');
}

describe('the built login', () => {
  it('starts the browser, keeps the sign-in, and tokens come of it', () =>
    onDesk(async (scene) => {
      const browser = await openBrowser();
      try {
        const running = runAtTerminal(desk(), scene.env);
        const address = await addressOpened(running);
        const page = await browser.newPage();
        await page.goto(address);
        expect(await page.innerText('main h1')).toBe('You are signed in');

        const ended = await running;
        expect(ended).toMatchObject({ code: 0, stdout: `${place()}\n` });
        expect(ended.stderr).toContain(address);
        expect(ended.stderr).toContain(`Signed in as ${email}. The sign-in is kept in ${place()}`);
        expect(ended.stderr).toContain(`iap-auth token --credentials-json @'${place()}' --target-audience`);
        expectNoLeak(scene, ended);
        expect(address).not.toMatch(/secret|verifier/);
        expect(statSync(place()).mode & 0o777).toBe(0o600);

        const audience = scene.emulator.clientId;
        const args = ['token', '--credentials-json', `@${place()}`, '--target-audience', audience];
        const { stdout } = await runCli(args, scene.env);
        expect(await passes(scene, stdout.trim())).toBe(true);
      } finally {
        await browser.close();
      }
    }));

  it('without a terminal shows the address, and with an audience prints a token alone', () =>
    onDesk(async (scene) => {
      scene.emulator.allowlist(scene.emulator.desktopClientId);
      const out = at("a folder/it's mine.json");
      const audience = scene.emulator.desktopClientId;
      const running = startCli(desk('--no-browser', '--out', out, '--target-audience', audience), scene.env);
      await visit(await redirectOf(await addressShown(running)));
      const { code, stdout, stderr } = await running.ended;
      expect(code).toBe(0);
      expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
      expect(await passes(scene, stdout.trim())).toBe(true);
      expect(stderr).toContain(`is kept in ${out}`);
      expect(stderr).toContain(`--credentials-json @'${out.replace("'", `'\\''`)}'`);
      expect(stderr).toContain(`Minted an ID token for ${email}`);
      expectNoLeak(scene, { code, stdout: '', stderr });
    }));

  it('keeps the sign-in where the token is refused', () =>
    onDesk(async (scene) => {
      const audience = '999-other.apps.googleusercontent.com';
      const running = startCli(desk('--no-browser', '--target-audience', audience), scene.env);
      await visit(await redirectOf(await addressShown(running)));
      const { code, stdout, stderr } = await running.ended;
      expect([code, stdout, existsSync(place())]).toEqual([3, '', true]);
      expect(stderr).toContain('audience-invalid');
    }));

  it('ends where the person does not agree', () =>
    onDesk(async (scene) => {
      const running = startCli(desk('--no-browser'), scene.env);
      const address = await addressShown(running);
      const back = new URL(address.searchParams.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({
        error: 'access_denied',
        state: address.searchParams.get('state') ?? '',
      }).toString();
      expect((await visit(back)).body).toContain('Not signed in');
      const { code, stdout, stderr } = await running.ended;
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toContain('token-refused: the sign-in was not granted: the browser returned "access_denied"');
      expect(existsSync(place())).toBe(false);
    }));

  it('ends with the time', () =>
    onDesk(async (scene) => {
      const { code, stdout, stderr } = await runCli(desk('--no-browser', '--timeout', '5ms'), scene.env);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toContain('timeout: nobody signed in within 5ms');
    }));

  it.each([
    ['without a terminal', [], {}, 'credentials-unsupported: login needs a person, but there is no terminal'],
    ['on GitHub', ['--no-browser'], { GITHUB_ACTIONS: 'true' }, 'login needs a person, but this is CI'],
    ['in any other CI', ['--no-browser'], { CI: 'true' }, 'login needs a person, but this is CI'],
  ])('does not begin %s', (_name, args, env, problem) =>
    onDesk(async (scene) => {
      const { code, stdout, stderr } = await runCli(desk(...args), { ...scene.env, ...env });
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain(problem);
      expect(stderr).toContain('In CI use workload identity');
      expect(stderr.split('\n').filter((line) => /^(error: |::error )/.test(line))).toHaveLength(1);
      expect(scene.emulator.ledger.requests).toEqual([]);
    }),
  );

  it.each([
    ['no file of a client', ['login'], "required option '--client-file <path>' not specified"],
    ['a file that is not there', ['login', '--no-browser', '--client-file', '/nowhere'], 'cannot be read (ENOENT)'],
    ['a duration without its unit', ['login', '--client-file', 'x', '--timeout', '5'], 'is not a duration'],
  ])('is not to be used with %s', async (_name, args, problem) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(problem);
  });

  it('says what is wrong with the audience before anybody signs in', () =>
    onDesk(async (scene) => {
      const { code, stderr } = await runCli(desk('--no-browser', '--target-audience', 'discover'), scene.env);
      expect([code, stderr]).toEqual([2, expect.stringContaining('"discover" needs an app to ask')]);
    }));

  it('does not take the client of a web application', async () => {
    writeFileSync(at('client.json'), '{"web": {"client_id": "x", "client_secret": "hunter2"}}');
    const { code, stderr } = await runCli(desk('--no-browser'));
    expect(code).toBe(2);
    expect(stderr).toContain('credentials-unsupported: the OAuth client is of type "Web application"');
    expect(stderr).not.toContain('hunter2');
  });
});
