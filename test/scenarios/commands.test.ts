import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { runCli, startCli } from '../../scripts/runner.ts';
import { account, expectNoLeak, onScene, type Scene } from './scene.ts';

const run = promisify(execFile);
const cli = resolve('dist/cli/index.js');

/** The scene's inputs, as a job gives them. */
const envOf = ({ env, inputs: { credentials_json = '', target_audience = '' } }: Scene) => ({
  ...env,
  IAP_AUTH_CREDENTIALS_JSON: credentials_json,
  IAP_AUTH_TARGET_AUDIENCE: target_audience,
});

const jwt = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

describe('iap-auth token --format', () => {
  it.each([
    ['raw', [], /^(JWT)\n$/],
    ['header', [], /^Authorization: Bearer (JWT)\n$/],
    ['header', ['--token-header', 'proxy-authorization'], /^Proxy-Authorization: Bearer (JWT)\n$/],
    ['env', [], /^export IAP_TOKEN=(JWT)\n$/],
  ] as const)('%s %j', (format, more, shape) =>
    onScene(async (scene) => {
      const { code, stdout, stderr } = await runCli(['token', '--format', format, ...more], envOf(scene));
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(shape.source.replace('JWT', jwt.source)));
      expect(decodeJwt(jwt.exec(stdout)?.[0] ?? '')).toMatchObject({ email: account });
      expectNoLeak(scene, { code, stdout: '', stderr });
    }),
  );

  it('json, with the facts', () =>
    onScene(async (scene) => {
      const { stdout } = await runCli(['token', '--format', 'json'], envOf(scene));
      expect(JSON.parse(stdout)).toEqual({
        token: expect.stringMatching(jwt),
        kind: 'id_token',
        audience: scene.emulator.clientId,
        principal: account,
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
    }));

  it('needs an audience, whatever other steps are to check', () =>
    onScene(async (scene) => {
      const { IAP_AUTH_TARGET_AUDIENCE: _, ...env } = envOf(scene);
      const checks = { ...env, IAP_AUTH_CHECKS: `- url: ${scene.emulator.appUrl}/` };
      for (const args of [[], ['--token-kind', 'signed_jwt'], ['--target-audience', 'discover']]) {
        const ended = await runCli(['token', ...args], checks);
        expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('missing') });
      }
      expect(scene.emulator.ledger.lines()).toEqual([]);
    }));

  it('is refused where there is no such format', async () => {
    const ended = await runCli(['token', '--format', 'yaml']);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('raw, header, json, env') });
  });
});

const node = process.execPath;

describe('iap-auth exec', () => {
  it('gives the command the token, its streams and its exit code', () =>
    onScene(async (scene) => {
      const script = 'process.stdin.pipe(process.stderr); console.log(process.env.IAP_TOKEN); process.exitCode = 41';
      const ended = await runCli(['exec', '--', node, '-e', script], envOf(scene), 'told to the command');
      expect(ended).toMatchObject({ code: 41, stderr: expect.stringContaining('told to the command') });
      expect(decodeJwt(ended.stdout.trim())).toMatchObject({ email: account, aud: scene.emulator.clientId });
      expectNoLeak(scene, { ...ended, stdout: '' });
    }));

  it('keeps the credential from it', () =>
    onScene(async (scene) => {
      const script = 'console.log(Object.keys(process.env).sort().join())';
      const { stdout } = await runCli(['exec', '--as', 'MINE', '--', node, '-e', script], {
        ...envOf(scene),
        IAP_AUTH_ID_TOKEN: '',
        IAP_AUTH_HEADERS: 'X-Key: hunter2',
        IAP_AUTH_Credentials_json: '',
        GOOGLE_SDK_NODE_LOGGING: 'all',
      });
      const names = stdout.trim().split(',');
      expect(names).toEqual(expect.arrayContaining(['MINE', 'IAP_AUTH_TARGET_AUDIENCE', 'PATH']));
      for (const name of [
        'IAP_TOKEN',
        'IAP_AUTH_CREDENTIALS_JSON',
        'IAP_AUTH_ID_TOKEN',
        'IAP_AUTH_HEADERS',
        'IAP_AUTH_Credentials_json',
        'GOOGLE_SDK_NODE_LOGGING',
      ])
        expect(names).not.toContain(name);
    }));

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on, and what the command makes of it', (signal) =>
    onScene(async (scene) => {
      const script = `process.on('${signal}', () => { console.log('told'); process.exit(7); }); console.log('ready'); setInterval(() => 0, 1000)`;
      const { child, ended } = startCli(['exec', '--', node, '-e', script], envOf(scene));
      await once(child.stdout, 'data');
      child.kill(signal);
      expect(await ended).toMatchObject({ code: 7, stdout: 'ready\ntold\n' });
    }),
  );

  it('ends as a shell says it of a command that a signal ended', () =>
    onScene(async (scene) => {
      const { child, ended } = startCli(['exec', '--', 'sh', '-c', 'echo ready; exec sleep 60'], envOf(scene));
      await once(child.stdout, 'data');
      child.kill('SIGTERM');
      expect((await ended).code).toBe(143);
    }));

  it('says of a command that is not there', () =>
    onScene(async (scene) => {
      const ended = await runCli(['exec', '--', 'no-such-command'], envOf(scene));
      expect(ended).toMatchObject({ code: 127, stdout: '' });
      expect(ended.stderr).toContain('error: "no-such-command" could not be run: there is no such command.');
    }));

  it.each([
    ['/etc/passwd/x', 126],
    ['/etc/passwd', 126],
  ])('says of %s, which cannot be run', (name, code) =>
    onScene(async (scene) => {
      const ended = await runCli(['exec', '--', name], envOf(scene));
      expect(ended).toMatchObject({
        code,
        stdout: '',
        stderr: expect.stringContaining(`"${name}" could not be run: `),
      });
      expect(ended.stderr).not.toContain('internal');
    }),
  );

  it('waits for a grant that is on its way', () =>
    onScene(async (scene) => {
      const ended = await runCli(['exec', '--propagation-wait', 'soon', '--', 'true'], envOf(scene));
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('--propagation-wait: "soon"') });
    }));

  it('runs nothing without a token', () =>
    onScene(async (scene) => {
      scene.emulator.deleteKey(account);
      const ended = await runCli(['exec', '--', node, '-e', 'console.log("ran")'], envOf(scene));
      expect(ended).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('key-rejected') });
    }));

  it('wants a command', async () => {
    const ended = await runCli(['exec']);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("missing required argument 'command'") });
    expect(await runCli(['exec', '--', ''])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('COMMAND: empty'),
    });
    expect(await runCli(['exec', '--as', 'PATH', '--', 'true'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('in use by the system'),
    });
  });
});

describe('iap-auth discover', () => {
  it('prints the client id, and JSON', () =>
    onScene(async ({ emulator, env }) => {
      const plain = await runCli(['discover', `${emulator.appUrl}/`], env);
      expect(plain).toMatchObject({ code: 0, stdout: `${emulator.clientId}\n` });
      const { stdout } = await runCli(['discover', `${emulator.appUrl}/`, '--json'], env);
      expect(JSON.parse(stdout)).toEqual({ client_id: emulator.clientId, google_managed: false });
    }));

  it("warns of Google's own client", () =>
    onScene(async ({ emulator, env }) => {
      emulator.setIap('google-managed');
      const { stdout, stderr } = await runCli(['discover', `${emulator.appUrl}/`, '--json'], env);
      expect(JSON.parse(stdout)).toMatchObject({ google_managed: true });
      expect(stderr).toContain('--token-kind signed_jwt');
    }));

  it('says of an app that IAP does not stand before', () =>
    onScene(async ({ emulator, env }) => {
      const ended = await runCli(['discover', `${emulator.url}/`], env);
      expect(ended).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('discovery-failed') });
    }));

  it('takes a URL that the token could be sent to', async () => {
    const ended = await runCli(['discover', 'http://app.example.com']);
    expect(ended).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('URL: "http://app.example.com"'),
    });
  });
});

describe('iap-auth inspect', () => {
  it('reads the token from standard input, in a header too', () =>
    onScene(async (scene) => {
      const token = await scene.emulator.mintIdToken({ email: account });
      for (const text of [token, `Authorization: Bearer ${token}\n`]) {
        const { code, stdout, stderr } = await runCli(['inspect'], scene.env, text);
        expect(code).toBe(0);
        expect(stdout).toContain('signature: valid, checked with the keys at ');
        expect(stdout).toContain(`"email": "${account}"`);
        expectNoLeak(scene, { code, stdout, stderr });
      }
      const { stdout } = await runCli(['inspect', '--json'], scene.env, token);
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'id_token', verified: true, problem: null });
    }));

  it('ends with 1 for a token that IAP would refuse, and says why', () =>
    onScene(async (scene) => {
      const ended = await runCli(['inspect'], scene.env, await scene.emulator.mintIdToken({}));
      expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('\ntoken-email-missing: ') });
    }));

  it('ends with 3 for what is no token', async () => {
    const ended = await runCli(['inspect'], {}, 'ya29.access-token');
    expect(ended).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('token-malformed') });
    expect(ended.stderr).not.toContain('ya29');
  });

  it('takes none from the command line, and repeats none', async () => {
    const ended = await runCli(['inspect', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln']);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('pipe the token in') });
    expect(ended.stderr).not.toContain('eyJ');
  });
});

describe('iap-auth emulator', () => {
  it('says how to be an account and a person of it, and leaves nothing behind', async () => {
    const { child, ended } = startCli(['emulator', '--port', '0', '--app-port', '0']);
    let said = '';
    for await (const chunk of child.stderr) {
      said += String(chunk);
      if (said.includes('you.json')) break;
    }
    const [, folder = ''] = /--client-file '(\S+)\/client\.json'/.exec(said) ?? [];
    expect(readdirSync(folder).sort()).toEqual(['client.json', 'key.json']);
    child.kill('SIGTERM');
    expect((await ended).stdout).toMatch(
      /^export IAP_AUTH_EMULATOR_HOST=127\.0\.0\.1:\d+\nexport IAP_AUTH_TARGET_AUDIENCE=\S+\n$/,
    );
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    ['/no/such/folder/key.json', 'the file cannot be written (ENOENT); give another path'],
    ['/etc/passwd/key.json', 'the file cannot be written (ENOTDIR); give another path'],
    ['/etc/passwd', 'the file already exists; remove it, or give another path'],
  ])('says of the key file %s alone', async (path, words) => {
    const ended = await runCli(['emulator', '--port', '0', '--app-port', '0', '--key-file', path]);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`--key-file: ${words}`) });
    expect(ended.stderr).not.toContain('--port');
  });

  it('prints a command to paste, wherever the key is', async () => {
    const home = mkdtempSync(join(tmpdir(), 'iap-auth-'));
    const key = join(home, "it's a key.json");
    const { child, ended } = startCli([
      'emulator',
      '--port',
      '0',
      '--app-port',
      '0',
      '--key-file',
      relative(tmpdir(), key),
    ]);
    let said = '';
    for await (const chunk of child.stderr) {
      said += String(chunk);
      if (said.includes('you.json')) break;
    }
    child.kill('SIGTERM');
    await ended;
    const [, word = ''] = /--credentials-json (.+)/.exec(said) ?? [];
    expect((await run('sh', ['-c', `printf %s ${word}`])).stdout).toBe(`@${key}`);
    rmSync(home, { recursive: true });
  });
});

describe('iap-auth demo', () => {
  it('shows a gate that opens and one that stays shut', async () => {
    const { code, stdout } = await runCli(['demo']);
    expect(code).toBe(0);
    expect(stdout).toContain('Passed: GET http://127.0.0.1');
    expect(stdout).toContain('iap-access-denied');
    expect(stdout).toContain('The first gate opened, the second stayed shut and said why.');
    expect(stdout).not.toMatch(jwt);
  });
});

describe('iap-auth smoke', () => {
  it('prints the report as JSON alone', () =>
    onScene(async (scene) => {
      const ended = await runCli(
        ['smoke', scene.inputs['url'] ?? '', '--json', '--check-protected', 'off'],
        envOf(scene),
      );
      expect(ended.code).toBe(0);
      expect(JSON.parse(ended.stdout)).toMatchObject({
        passed: true,
        token: { principal: account },
        checks: [{ passed: true, status: 200, answered_by: 'app' }],
      });
      expectNoLeak(scene, ended);
    }));

  it('prints why there is none, where there is no token', () =>
    onScene(async (scene) => {
      scene.emulator.deleteKey(account);
      const ended = await runCli(['smoke', scene.inputs['url'] ?? '', '--json'], envOf(scene));
      expect(ended.code).toBe(3);
      const { passed, error } = JSON.parse(ended.stdout);
      expect({ passed, code: error.code }).toEqual({ passed: false, code: 'key-rejected' });
      expectNoLeak(scene, ended);
    }));

  it.each([false, true])('shows no secret that is sent back, where the token is minted: %p', (isMinted) =>
    onScene(async (scene) => {
      // Too short to look like a secret.
      const echo = scene.key.private_key.trim().split('\n').at(-2) ?? 'none';
      const body = JSON.stringify({ error: 'no', error_description: `you sent ${echo}` });
      if (isMinted) scene.emulator.setApp(() => new Response(body, { headers: { 'x-version': echo } }));
      else scene.emulator.fail('token', { status: 400, body });
      const folder = mkdtempSync(join(tmpdir(), 'iap-auth-'));
      const args = ['--json', '--expect-header', 'x-version: 1', '--junit-file', join(folder, 'junit.xml')];
      const ended = await runCli(['smoke', scene.inputs['url'] ?? '', ...args], envOf(scene));
      const junit = readFileSync(join(folder, 'junit.xml'), 'utf8');
      rmSync(folder, { recursive: true });
      expect(ended.code).toBe(isMinted ? 1 : 3);
      for (const shown of [ended.stdout, ended.stderr, junit]) {
        expect(shown).toContain('***');
        expect(shown).not.toContain(echo);
      }
      expectNoLeak(scene, ended);
    }),
  );

  it('prints nothing that a CI system takes for a command', () =>
    onScene(async (scene) => {
      scene.emulator.setApp(
        () => new Response('x', { headers: { 'x-version': '##vso[task.setvariable variable=PATH]evil' } }),
      );
      const args = [
        'smoke',
        scene.inputs['url'] ?? '',
        '--json',
        '--check-protected',
        'off',
        '--expect-header',
        'x-version: 1',
      ];
      const ended = await runCli(args, envOf(scene));
      expect(ended.code).toBe(1);
      expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/##(vso)?\[/);
      expect(JSON.parse(ended.stdout).checks[0].message).toContain('task.setvariable');
    }));

  it('prints it for a gate that stays shut too', () =>
    onScene(async (scene) => {
      scene.emulator.revoke(account);
      const ended = await runCli(['smoke', scene.inputs['url'] ?? '', '--json'], envOf(scene));
      expect(ended.code).toBe(1);
      expect(JSON.parse(ended.stdout)).toMatchObject({ passed: false, checks: [{ code: 'iap-access-denied' }, {}] });
    }));
});

describe('the command line', () => {
  it.each([
    [['tokne'], "unknown command 'tokne' (Did you mean token?) Run iap-auth --help"],
    [['token', '--target-audiense', 'x'], '(Did you mean --target-audience?) Run iap-auth token --help'],
    [['smoke', '--jsno'], '(Did you mean --json?) Run iap-auth smoke --help'],
    [['discover'], "missing required argument 'url'. Run iap-auth discover --help"],
  ] as const)('says in one line what is wrong with %j', async (args, words) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^error: [^\n]+\n$/);
    expect(ended.stderr).toContain(words);
  });

  it.each([
    [['inspect', 'Bearer', 'eyJhbGciOiJSUzI1NiJ9.e30.s3cret'], 'too many arguments'],
    [['token', '{"private_key":"s3cret"}'], 'too many arguments'],
    [['token', '--credential-json={"private_key":"s3cret"}'], "unknown option '--credential-json'. Run"],
    [['token', '--{s3cret}'], 'unknown option whose name may be secret'],
    [['eyJhbGciOiJSUzI1NiJ9.e30.s3cret'], 'unknown command whose name may be secret'],
    [['token', '--format', 's3cret'], "option '--format <format>' argument is invalid. Allowed choices"],
    [['emulator', '--port', 's3cret'], "option '--port <number>' argument is invalid. Give a port"],
  ] as const)('repeats nothing of %j that may be secret', async (args, words) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
    expect(ended.stderr).not.toContain('s3cret');
    expect(ended.stderr).toMatch(/^error: [^\n]+\n$/);
  });

  it.each([
    [['token', '--credentials-json', '@-'], '--credentials-json'],
    [['smoke', 'https://app.example.com/', '--expect-body', ''], '--expect-body'],
    [['smoke', 'https://app.example.com/', '--checks-file', ' '], '--checks-file'],
  ])('takes no empty option for one that was left out: %j', async (args, flag) => {
    const env = { IAP_AUTH_TARGET_AUDIENCE: 'client', IAP_AUTH_EXPECT_BODY: 'Hello' };
    expect(await runCli(args, env)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`${flag}: is empty; give a value, or leave the option out`),
    });
  });

  it('says where the path of a list of checks belongs', async () => {
    const ended = await runCli(['smoke', '--checks', '@checks.yml'], { IAP_AUTH_TARGET_AUDIENCE: 'client' });
    expect(ended).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--checks: takes the list itself; give the path to --checks-file'),
    });
  });

  it('takes no empty URL for one that was left out', async () => {
    expect(
      await runCli(['smoke', 'https://app.example.com/', ''], { IAP_AUTH_TARGET_AUDIENCE: 'client' }),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('URL: an address is empty'),
    });
  });

  it('reads standard input for one secret alone', async () => {
    const ended = await runCli(['token', '--credentials-json', '@-', '--id-token', '@-'], {}, 's3cret');
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--id-token: standard input can be read only once'),
    });
    expect(ended.stderr).toContain('--credentials-json: standard input can be read only once');
  });

  it('keeps its verdict where nobody reads its stderr', () =>
    onScene(async (scene) => {
      const script = `"$0" "$1" smoke "$2" --check-protected off 2> >(exec true); echo "exit $?"`;
      const args = ['-c', script, node, cli, `${scene.emulator.appUrl}/`];
      const { stdout } = await run('bash', args, { env: { ...process.env, ...envOf(scene) } });
      expect(stdout).toBe('exit 0\n');
    }));

  it('says of two credentials', async () => {
    const ended = await runCli(['token', '--target-audience', 'x'], {
      IAP_AUTH_CREDENTIALS_JSON: '{"type":"service_account"}',
      IAP_AUTH_ID_TOKEN: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    });
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('credentials-conflict') });
    expect(ended.stderr).toMatch(/^error: [^\n]+\n$/);
  });

  it.each(['token', 'smoke', 'exec', 'discover', 'inspect', 'login', 'emulator', 'demo'])(
    '%s has a --help of its own',
    async (name) => {
      const { code, stdout, stderr } = await runCli([name, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: iap-auth ${name} `));
    },
  );

  it('promises nothing that the action alone does', async () => {
    const { stdout } = await runCli(['smoke', '--help']);
    expect(stdout.replace(/\s+/g, ' ')).toContain('The action removes it when the job ends.');
  });

  it('lists its commands', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const name of ['token', 'smoke', 'exec', 'discover', 'inspect', 'login', 'emulator', 'demo']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('ends in one line where its stdout was closed', () =>
    onScene(async (scene) => {
      const script = `{ sleep 0.1; "$0" "$1" token; echo "exit $?" >&2; } | true`;
      const { stderr } = await run('bash', ['-c', script, node, cli], { env: { ...process.env, ...envOf(scene) } });
      const lines = stderr.trim().split('\n');
      expect(lines.at(-1)).toBe('exit 2');
      expect(lines.at(-2)).toBe('error: stdout was closed before the result was written.');
      expect(stderr).not.toMatch(/^\s+at |EPIPE/m);
    }));

  it('is red on a terminal alone, and where NO_COLOR is not set', async () => {
    const onTerminal = async (env: Record<string, string>) => {
      const { PATH = '' } = process.env;
      const line = `'${node}' '${cli}' tokne`;
      return (await run('script', ['-qec', `${line} || true`, '/dev/null'], { env: { PATH, TERM: 'xterm', ...env } }))
        .stdout;
    };
    expect(await onTerminal({})).toContain('\u001b[31merror: unknown command');
    expect(await onTerminal({ NO_COLOR: '1' })).toMatch(/^error: unknown command/);
    expect((await runCli(['tokne'])).stderr).toMatch(/^error: unknown command/);
  });
});
