import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { runCli, runStep, type StepEnded } from '../../scripts/runner.ts';
import { temporaryFolder } from '../folder.ts';
import { account, expectNoLeak, onScene, type Scene } from './scene.ts';

const folder = temporaryFolder();
const call = promisify(execFile);

interface Checked {
  readonly name: string;
  readonly passed: boolean;
  readonly code: string | null;
  readonly status: number | null;
  readonly answered_by: string;
  readonly attempts: number;
}

function checksOf({ outputs }: StepEnded): Checked[] {
  return JSON.parse(outputs['report'] ?? '{}').checks;
}

/** Of each check: its name, and its code or its status. */
function verdictsOf(step: StepEnded): (string | number | null)[][] {
  return checksOf(step).map(({ name, code, status }) => [name.replace(/^[\d.:]+/, ''), code ?? status]);
}

function run(scene: Scene, inputs: Readonly<Record<string, string>>): Promise<StepEnded> {
  return runStep({ ...scene.inputs, check_protected: 'off', ...inputs }, scene.env);
}

describe('the gate: its checks', () => {
  it('makes one for each URL, and calls each without a token too', () =>
    onScene(async (scene) => {
      const { appUrl } = scene.emulator;
      const step = await run(scene, { url: `${appUrl}/\n${appUrl}/json\n${appUrl}/`, check_protected: 'fail' });
      expect(verdictsOf(step)).toEqual([
        ['/', 200],
        ['/, without a token', 302],
        ['/json', 200],
        ['/json, without a token', 302],
        [expect.stringMatching(/^\/.*2/), 200],
      ]);
      expect(step).toMatchObject({ code: 0, outputs: { result: 'passed', status: '200' } });
      expectNoLeak(scene, step);
    }));

  it('reads them from YAML, with every key', () =>
    onScene(async (scene) => {
      const { appUrl } = scene.emulator;
      const checks = [
        `- name: echo`,
        `  url: ${appUrl}/echo`,
        `  method: POST`,
        `  headers: { X-Probe: hello }`,
        `  body: { a: 1 }`,
        `  expect_body: /x-probe/i`,
        `  expect_header: 'content-type: /json/'`,
        `- name: json`,
        `  url: ${appUrl}/json`,
        `  expect_json: |`,
        `    $.email == "${account}"`,
        `- { name: gone, url: '${appUrl}/status/404', expect_status: [404, 410-499] }`,
        `- { name: proxy, url: '${appUrl}/', token_header: proxy-authorization, headers: { Authorization: Basic YTpi } }`,
      ].join('\n');
      const path = join(folder, 'checks.yml');
      writeFileSync(path, checks);
      for (const given of [{ checks }, { checks_file: path }]) {
        const step = await run(scene, { url: '', ...given });
        expect(verdictsOf(step)).toEqual([
          ['echo', 200],
          ['json', 200],
          ['gone', 404],
          ['proxy', 200],
        ]);
        expectNoLeak(scene, step);
      }
    }));

  it.each([
    ['app-body', { expect_body: 'nowhere to be seen' }],
    ['app-body', { expect_body: '/^nowhere$/' }],
    ['app-header', { expect_header: 'x-version: 2' }],
    ['app-json', { expect_json: '$.email == "nobody"' }],
    ['app-status', { expect_status: '204' }],
  ])('fails with %s on %j', (code, inputs) =>
    onScene(async (scene) => {
      const step = await run(scene, { url: `${scene.emulator.appUrl}/json`, ...inputs });
      expect(step).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      expect(verdictsOf(step)).toEqual([['/json', code]]);
      expect(step.log).toMatch(new RegExp(`^Error: ${code}: `, 'm'));
    }),
  );

  it('reports all that is wrong with them, by name and line, and sends nothing', () =>
    onScene(async (scene) => {
      const { appUrl } = scene.emulator;
      const checks = `- { name: a, url: '${appUrl}/', expect_jsn: x }\n- { name: b, url: 'http://example.com/' }\n- { name: c, url: 'https://u:p@example.com/', expect_body: '/(/', expect_json: '$[ == 1' }`;
      const step = await run(scene, { url: '', checks });
      expect(step).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      expect(scene.emulator.ledger.requests).toEqual([]);
      const problems = step.log.split('\n').filter((line) => line.startsWith('- '));
      expect(problems).toHaveLength(5);
      expect(problems[0]).toMatch(/line 1.*"a".*expect_jsn.*did you mean expect_json\?/);
      expect(step.log).not.toContain('u:p');
    }));

  it('is not open because there is nothing to check: an empty url is none', () =>
    onScene(async (scene) => {
      const { credentials_json = '', target_audience = '' } = scene.inputs;
      const junit_file = join(folder, 'new', 'left.xml');
      const step = await runStep(
        { credentials_json, target_audience, url: '', expect_json: '$.status == "ok"', junit_file },
        scene.env,
      );
      expect(step).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      expect(step.log).toContain('- url: missing; expect_json, junit_file are set, but there is no app to check');
      expect(readFileSync(junit_file, 'utf8')).toMatch(/<testsuites .*failures="1".*type="config-invalid"/);
      const env = {
        ...scene.env,
        IAP_AUTH_CREDENTIALS_JSON: credentials_json,
        IAP_AUTH_TARGET_AUDIENCE: target_audience,
      };
      for (const [args, words] of [
        [['smoke'], '- URL: missing; '],
        [['smoke', ''], '- URL: an address is empty; '],
      ] as const) {
        const ended = await runCli(args, env);
        expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
      }
      expect(scene.emulator.ledger.requests).toEqual([]);
    }));

  it('shows no value of a query', () =>
    onScene(async (scene) => {
      const junit_file = join(folder, 'query.xml');
      const url = `${scene.emulator.appUrl}/status/503?key=hunter2`;
      const step = await run(scene, { url, junit_file, check_protected: 'fail', check_assertion: 'fail' });
      const shown = [step.log, step.summary, step.outputs['report'], readFileSync(junit_file, 'utf8')].join('\n');
      expect(shown).toContain('/status/503?…');
      expect(shown).not.toContain('hunter2');
    }));

  it('answers for several on the command line', () =>
    onScene(async (scene) => {
      const { credentials_json = '', target_audience = '' } = scene.inputs;
      const env = {
        ...scene.env,
        IAP_AUTH_CREDENTIALS_JSON: credentials_json,
        IAP_AUTH_TARGET_AUDIENCE: target_audience,
      };
      const { appUrl } = scene.emulator;
      const ended = await runCli(['smoke', `${appUrl}/`, `${appUrl}/status/500`, '--check-protected', 'off'], env);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toContain('app-status');
      expectNoLeak(scene, ended);
    }));
});

describe('the gate: a token for another app', () => {
  it('is told the client id that this one goes by', () =>
    onScene(async (scene) => {
      const step = await run(scene, { target_audience: '999999999999-other.apps.googleusercontent.com' });
      expect(verdictsOf(step)).toEqual([['/', 'iap-audience']]);
      expect(step.log).toContain(scene.emulator.clientId);
      expectNoLeak(scene, step);
    }));
});

describe('the gate: waiting', () => {
  it(
    'waits for an app that starts, and says what it waits for',
    () =>
      onScene(async (scene) => {
        scene.emulator.fail('edge', { status: 503, times: 2 });
        const step = await run(scene, { retry_for: '30s' });
        expect(checksOf(step)).toMatchObject([{ passed: true, attempts: 3 }]);
        expect(step.log).toMatch(/503 from .*; next try in .*, .* of retry_for left/);
      }),
    20_000,
  );

  it(
    'gives up when the time is over',
    () =>
      onScene(async (scene) => {
        scene.emulator.fail('edge', { status: 503 });
        const step = await run(scene, { retry_for: '1s' });
        expect(checksOf(step)).toMatchObject([{ passed: false, code: 'unavailable' }]);
      }),
    20_000,
  );

  it(
    'waits for a fresh grant within propagation_wait, and for no other refusal',
    () =>
      onScene(async (scene) => {
        scene.emulator.fail('iap', { status: 403, body: `Demo app: Access denied. For user ${account}.`, times: 1 });
        const step = await run(scene, { propagation_wait: '30s' });
        expect(checksOf(step)).toMatchObject([{ passed: true, attempts: 2 }]);
        expect(step.log).toContain('of propagation_wait left');
        scene.emulator.fail('iap', { status: 401, body: 'Invalid IAP credentials: Unable to parse JWT' });
        const final = await run(scene, { propagation_wait: '30s' });
        expect(checksOf(final)).toMatchObject([{ code: 'iap-not-a-jwt', attempts: 1 }]);
      }),
    20_000,
  );
});

describe('the gate: redirects', () => {
  it('repeat a POST where they ask for that, and its pass is that of the POST', () =>
    onScene(async (scene) => {
      const seen: string[] = [];
      scene.emulator.setApp(async (request) => {
        const { pathname } = new URL(request.url);
        seen.push(`${request.method} ${pathname} ${await request.text()}`);
        if (pathname === '/signup') return new Response(null, { status: 308, headers: { location: '/signup/' } });
        return new Response('', { status: request.method === 'POST' ? 500 : 200 });
      });
      const step = await run(scene, { url: `${scene.emulator.appUrl}/signup`, method: 'POST', body: '{}' });
      expect(verdictsOf(step)).toEqual([['/signup', 'app-status']]);
      expect(seen).toEqual(['POST /signup {}', 'POST /signup/ {}']);
    }));

  it('follows them on the origin with the token, and nowhere else', () =>
    onScene(async (scene) => {
      const { appUrl } = scene.emulator;
      scene.emulator.setApp((request) => {
        const { pathname } = new URL(request.url);
        if (pathname === '/here') return new Response('', { status: 302, headers: { location: '/there' } });
        if (pathname === '/round') return new Response('', { status: 302, headers: { location: '/round' } });
        if (pathname === '/away')
          return new Response('', { status: 302, headers: { location: 'https://evil.example/' } });
        return new Response('arrived');
      });
      const step = await run(scene, { url: ['/here', '/round', '/away'].map((path) => appUrl + path).join('\n') });
      expect(verdictsOf(step)).toEqual([
        ['/here', 200],
        ['/round', 'app-redirect'],
        ['/away', 'app-redirect'],
      ]);
      expect(step.log).toContain('evil.example');
      expect(scene.emulator.ledger.lines().filter((line) => line.includes('/round'))).toHaveLength(6);
    }));
});

describe('the gate: only behind IAP', () => {
  it.each([
    ['fail', 1],
    ['warn', 0],
    ['off', 0],
  ])('finds an app that is open, with check_protected: %s', (check_protected, code) =>
    onScene(async (scene) => {
      scene.emulator.fail('edge', { status: 200, body: 'open to all' });
      const step = await run(scene, { check_protected });
      expect(step.code).toBe(code);
      const [, anonymous] = checksOf(step);
      expect(anonymous?.code).toBe(check_protected === 'off' ? undefined : 'app-unprotected');
      if (check_protected === 'warn') expect(step.log).toMatch(/^Warning: app-unprotected: /m);
    }),
  );

  it('names the broken assertions that an app trusts', () =>
    onScene(async (scene) => {
      expect((await run(scene, { check_assertion: 'fail' })).code).toBe(0);
      scene.emulator.setApp(() => new Response('whoever you are'));
      const step = await run(scene, { check_assertion: 'fail' });
      expect(step.code).toBe(1);
      expect(step.log).toMatch(/^Error: app-trusts-assertion: .*FUTURE_ISSUE.*SIGNATURE/m);
    }));

  it.each([
    [403, '<h2>Your client does not have permission to get URL</h2>', 'cloud-run-invoker'],
    [404, '<title>Error 404 (Not Found)!!1</title>', 'edge-not-found'],
    [502, '<title>502 Server Error</title>', 'unavailable'],
  ])("takes no %i of somebody before the app for the app's, though it is expected", (status, body, code) =>
    onScene(async (scene) => {
      scene.emulator.fail('edge', { status, body, headers: { 'content-type': 'text/html' } });
      const step = await run(scene, { expect_status: '200-599' });
      expect(verdictsOf(step)).toEqual([['/', code]]);
      expect(step.code).toBe(1);
    }),
  );

  it('is not fooled by the sign-in page, which curl takes for a pass', () =>
    onScene(async (scene) => {
      const { emulator } = scene;
      // The page that Google's redirect ends in: 200, and nothing of the app.
      const page = `${emulator.url}/oauth2/v3/certs`;
      const signIn = { status: 302, headers: { location: page }, body: '' };
      emulator.fail('edge', { ...signIn, times: 1 });
      const { stdout } = await call('curl', ['-fsSL', '-o', '/dev/null', '-w', '%{http_code}', `${emulator.appUrl}/`]);
      expect(stdout).toBe('200');
      emulator.fail('edge', signIn);
      expect(verdictsOf(await run(scene, {}))).toEqual([['/', 'app-redirect']]);
      emulator.clearFaults();
      emulator.fail('edge', { ...signIn, headers: { location: 'https://accounts.google.com/o/oauth2/v2/auth' } });
      expect(verdictsOf(await run(scene, {}))).toEqual([['/', 'iap-sign-in-redirect']]);
    }));
});

describe('the gate: what is left behind', () => {
  it('writes the token to a private file and to a variable, and removes the file after the job, even a failed one', () =>
    onScene(async (scene) => {
      let path = '';
      const inputs = {
        ...scene.inputs,
        header_file: 'true',
        export_env: 'IAP_TOKEN',
        expect_status: '299',
        check_protected: 'off',
      };
      const step = await runStep(inputs, scene.env, async ({ outputs }) => {
        path = outputs['header_file'] ?? '';
        expect(statSync(path).mode & 0o777).toBe(0o600);
        const { stdout } = await call('curl', ['-fsS', '-H', `@${path}`, `${scene.emulator.appUrl}/`]);
        expect(stdout).toContain(account);
      });
      expect(step.code).toBe(1);
      expect(step.variables).toEqual({ IAP_TOKEN: step.outputs['token'] });
      expect(existsSync(path)).toBe(false);
      expectNoLeak(scene, step);
    }));

  it('writes JUnit XML', () =>
    onScene(async (scene) => {
      const junit_file = join(folder, 'junit.xml');
      await run(scene, { junit_file, expect_status: '299' });
      expect(readFileSync(junit_file, 'utf8')).toMatch(/<testsuites .*failures="1"/);
    }));

  it('annotates ten failures at most, and counts the rest', () =>
    onScene(async (scene) => {
      const url = Array.from(
        { length: 14 },
        (_, index) => `${scene.emulator.appUrl}/status/${500 + (index % 2)}?${index}`,
      ).join('\n');
      const step = await run(scene, { url });
      expect(step.stdout.split('\n').filter((line) => line.startsWith('::error'))).toHaveLength(10);
      expect(step.log).toContain('5 more checks failed.');
      expect(checksOf(step)).toHaveLength(14);
    }));
});

describe('the gate: hostile answers', () => {
  const hostile = [
    '::add-mask::x',
    '##[error]x',
    ' ::set-output name=token::x',
    '%0A::error::x',
    '\u001b[31mred\u0007',
    '<img src=x onerror=alert(1)>',
    '</details><script>x</script>',
    '| a | b |',
    '```',
    '[a](https://evil.example)',
    'gantt : x, %%{init}%%',
    '\u202egnp.exe',
    '::group::x',
    '::endgroup::',
  ].join('\n');

  it('shows a clean excerpt, and nothing else of them takes effect', () =>
    onScene(async (scene) => {
      scene.emulator.setApp(
        () => new Response(`${hostile}\n${'line\n'.repeat(100)}`, { status: 500, statusText: '::error::x' }),
      );
      const step = await run(scene, {});
      const commands = step.stdout.split(/[\r\n]/).filter((line) => /^\s*::|##\[/.test(line));
      const ours = /^::(add-mask::(?!x$)|debug::|warning title=|error title=app-status|group::Failed|endgroup::$)/;
      expect(commands.filter((line) => !ours.test(line))).toEqual([]);
      expect(commands.filter((line) => /^::(endgroup|group)/.test(line))).toHaveLength(2);
      for (const control of ['\u001b', '\u0007', '\u202e']) expect(step.stdout).not.toContain(control);
      // In a fence, markup is text.
      expect(step.summary.replace(/^(`{3,})[^`]*?\n.*?\n\1$/gms, '')).not.toMatch(/<img|<script/);
      expect(step.log.split('\n').filter((line) => line.includes('line')).length).toBeLessThan(25);
      expect(step.outputs).toMatchObject({ result: 'failed', token: expect.stringMatching(/^eyJ/) });
      expect((await run(scene, { show_response: 'never' })).log).not.toContain('evil.example');
    }));

  it('shows no token that an app throws back', () =>
    onScene(async (scene) => {
      scene.emulator.fail('edge', { status: 200, body: 'fine' });
      let token = '';
      const first = await run(scene, {});
      token = first.outputs['token'] ?? '';
      scene.emulator.clearFaults();
      scene.emulator.setApp(() => new Response(token.match(/.{1,30}/g)?.join('\n') ?? '', { status: 500 }));
      const step = await runStep(
        { ...scene.inputs, check_protected: 'off', id_token: token, credentials_json: '' },
        scene.env,
      );
      expect(step.outputs['result']).toBe('failed');
      expectNoLeak(scene, step);
    }));

  it('reads no more than it needs of an answer that has no end', () =>
    onScene(async (scene) => {
      const endless = createServer((_, response) => {
        response.writeHead(500);
        const write = (): void => {
          if (!response.destroyed) response.write('x'.repeat(1 << 16), () => setImmediate(write));
        };
        write();
      });
      await once(endless.listen(0, '127.0.0.1'), 'listening');
      const { port } = endless.address() as AddressInfo;
      const step = await run(scene, { url: `http://127.0.0.1:${port}/`, timeout: '5s' });
      endless.close().closeAllConnections();
      expect(verdictsOf(step)).toEqual([['/', 'app-status']]);
    }));

  it('survives bytes that are no text', () =>
    onScene(async (scene) => {
      scene.emulator.setApp(() => new Response(new Uint8Array([0xff, 0xfe, 0xc0, 0x80, 0]), { status: 500 }));
      expect(verdictsOf(await run(scene, {}))).toEqual([['/', 'app-status']]);
    }));

  it(
    'does not wait for ever for a byte a second',
    () =>
      onScene(async (scene) => {
        scene.emulator.fail('app', { status: 200, body: 'x'.repeat(1000), drip: 200 });
        expect(verdictsOf(await run(scene, { timeout: '500ms', retry_for: '1ms' }))).toEqual([['/', 'timeout']]);
      }),
    20_000,
  );
});
