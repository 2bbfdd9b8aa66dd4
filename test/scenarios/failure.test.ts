import { describe, expect, it } from '@jest/globals';
import { runCli, runStep } from '../../scripts/runner.ts';
import { account, expectNoLeak, onScene, type Scene } from './scene.ts';

type Arrange = (scene: Scene) => void | Promise<void>;
type Row = readonly [code: string, arrange: Arrange, hint: string];

/** Google answers 200 with a token that is signed rightly, but says something else. */
function mintsInstead(claims: Record<string, unknown>): Arrange {
  return async ({ emulator }) => {
    const id_token = await emulator.mintIdToken({ email: account, ...claims });
    emulator.fail('token', { status: 200, body: JSON.stringify({ id_token }) });
  };
}

function tokenSays(error: string, description: string, status = 400): Arrange {
  const body = JSON.stringify({ error, error_description: description });
  return ({ emulator }) => emulator.fail('token', { status, body });
}

const noToken: readonly Row[] = [
  [
    'key-rejected',
    ({ emulator }) => emulator.deleteKey(account),
    `gcloud iam service-accounts keys list --iam-account=${account}`,
  ],
  [
    'account-unknown',
    ({ emulator }) => emulator.deleteAccount(account),
    `gcloud iam service-accounts describe ${account}`,
  ],
  [
    'audience-invalid',
    tokenSays('invalid_scope', 'Invalid OAuth scope or ID token audience provided.'),
    'looks like 123456789012-abc123.apps.googleusercontent.com',
  ],
  ['token-refused', tokenSays('invalid_grant', 'Invalid JWT: Failed audience check.'), 'Its own message is above'],
  [
    'token-refused',
    ({ emulator }) => emulator.fail('token', { status: 200, body: '<html>login</html>' }),
    'returned no token',
  ],
  [
    'token-malformed',
    ({ emulator }) => emulator.fail('token', { status: 200, body: '{"id_token":"nonsense"}' }),
    'is a proxy in between?',
  ],
  ['token-audience', mintsInstead({ aud: 'someone-else' }), 'found "someone-else"'],
  ['token-email-missing', mintsInstead({ email: undefined }), `Expected the email ${account}`],
  [
    'token-principal',
    mintsInstead({ email: 'other@demo-project.iam.gserviceaccount.com' }),
    'found "other@demo-project.iam.gserviceaccount.com"',
  ],
  ['token-issuer', mintsInstead({ iss: 'https://evil.example' }), 'found "https://evil.example"'],
  ['token-expired', mintsInstead({ exp: 1_700_000_000 }), 'It expires at 2023-11-14T22:13:20.000Z'],
  [
    'token-signature',
    ({ emulator }) => emulator.fail('certs', { status: 200, body: '{"keys":[]}' }),
    'None of the keys',
  ],
];

describe('the built action, without a token', () => {
  it.each(noToken)('fails with %s', (code, arrange, hint) =>
    onScene(async (scene) => {
      await arrange(scene);
      const step = await runStep(scene.inputs, scene.env);
      expect(step.code).toBe(1);
      expect(step.log).toMatch(new RegExp(`^Error: ${code}: .+`, 'm'));
      expect(step.log).toContain(hint);
      expect(step.summary).toContain(`**\`${code}\`**`);
      expect(step.outputs).toEqual({ result: 'failed', status: '', report: '' });
      expect(scene.emulator.ledger.lines().join()).not.toContain('app');
      expectNoLeak(scene, step);
    }),
  );

  it('sets itself right by the clock of Google, and says how wrong its own is', () =>
    onScene(
      async (scene) => {
        const step = await runStep(scene.inputs, scene.env);
        expect(step.code).toBe(0);
        const [, seconds] = /The clock of this machine is (\d+) s behind Google's/.exec(step.log) ?? [];
        expect(Math.abs(Number(seconds) - 86_400)).toBeLessThan(30);
        expect(scene.emulator.ledger.lines().filter((line) => line.startsWith('POST'))).toEqual([
          'POST token → 400',
          'POST token → 200',
        ]);
      },
      { now: () => Date.now() + 86_400_000 },
    ));

  it('fails with clock-skew if Google disagrees with its own time too', () =>
    onScene(async (scene) => {
      const description = 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
      const date = new Date(Date.now() + 3_600_000).toUTCString();
      scene.emulator.fail('token', {
        status: 400,
        headers: { date },
        body: JSON.stringify({ error: 'invalid_grant', error_description: description }),
      });
      const step = await runStep(scene.inputs, scene.env);
      expect(step.code).toBe(1);
      expect(step.log).toContain('Error: clock-skew: ');
      expect(scene.emulator.ledger.lines().filter((line) => line.startsWith('POST'))).toHaveLength(2);
    }));

  it('waits out two failures of Google, with an assertion made anew', () =>
    onScene(async (scene) => {
      scene.emulator.fail('token', { status: 503, times: 2 });
      const step = await runStep({ ...scene.inputs, verify: 'false' }, scene.env);
      expect(step.code).toBe(0);
      const posts = scene.emulator.ledger.requests.filter(({ method }) => method === 'POST');
      expect(posts.map(({ status }) => status)).toEqual([503, 503, 200]);
      expect(new Set(posts.map(({ body }) => body)).size).toBeGreaterThan(1);
    }));

  it('warns, and goes on, if the keys cannot be had', () =>
    onScene(async (scene) => {
      scene.emulator.fail('certs', { status: 404 });
      const step = await runStep(scene.inputs, scene.env);
      expect(step.code).toBe(0);
      expect(step.log).toContain('Warning: The signature of the token was not checked');
    }));

  it('does not show a secret that a server throws back', () =>
    onScene(async (scene) => {
      const line = scene.key.private_key.split('\n')[3];
      const echo = JSON.stringify({
        error: 'no',
        error_description: `you sent ${line} and ${scene.emulator.clientId}`,
      });
      scene.emulator.fail('token', { status: 400, body: echo });
      const step = await runStep(scene.inputs, scene.env);
      expect(step.log).toContain('Error: token-refused: ');
      expectNoLeak(scene, step);
    }));
});

const failedChecks: readonly Row[] = [
  [
    'iap-access-denied',
    ({ emulator }) => emulator.revoke(account),
    `--member=serviceAccount:${account} --role=roles/iap.httpsResourceAccessor`,
  ],
  [
    'iap-audience',
    ({ emulator }) => emulator.fail('iap', iapSays('Invalid bearer token. Invalid JWT audience.')),
    'The token was for 123456789012-emulator.apps',
  ],
  ['iap-setup', ({ emulator }) => emulator.fail('iap', iapSays('x Error code 7')), 'client id or secret is empty'],
  ['iap-refused', ({ emulator }) => emulator.fail('iap', iapSays('Something new.')), 'IAP, not the app, answered'],
  [
    'app-status',
    ({ emulator }) => emulator.setApp(() => new Response('', { status: 500 })),
    'the app itself answered 500',
  ],
  [
    'app-redirect',
    ({ emulator }) => emulator.setApp(() => new Response('', { status: 302, headers: { location: '/' } })),
    'The token is sent to the origin of url only',
  ],
  ['iap-sign-in-redirect', ({ emulator }) => emulator.fail('iap', signIn), 'asks a person to sign in'],
  ['unavailable', ({ emulator }) => emulator.setApp(() => new Response('', { status: 503 })), 'was tried'],
  ['connection-reset', ({ emulator }) => emulator.fail('app', { reset: 'before-headers' }), 'closed the connection'],
];

function iapSays(words: string) {
  return {
    status: 401,
    headers: { 'x-goog-iap-generated-response': 'true' },
    body: `Invalid IAP credentials: ${words}`,
  };
}

const signIn = {
  status: 302,
  headers: { location: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=1' },
  body: '',
};

describe('the built action, with a failed check', () => {
  it.each(failedChecks)(
    'fails with %s',
    (code, arrange, hint) =>
      onScene(async (scene) => {
        await arrange(scene);
        const step = await runStep(scene.inputs, scene.env);
        expect(step.code).toBe(1);
        expect(step.log).toMatch(new RegExp(`^Error: ${code}: .+`, 'm'));
        expect(step.log).toContain(hint);
        expect(step.summary).toContain(`**\`${code}\`**`);
        expect(step.outputs).toMatchObject({ result: 'failed', token: expect.stringMatching(/^eyJ/) });
        const { passed, checks } = JSON.parse(step.outputs['report'] ?? '');
        expect({ passed, checks }).toMatchObject({
          passed: false,
          checks: [{ passed: false, code, hint: expect.stringContaining(hint) }],
        });
        expectNoLeak(scene, step);
      }),
    20_000,
  );

  it('starts no command and renders no markup that an app wants', () =>
    onScene(async (scene) => {
      const body = '\n::add-mask::x\n##[error]x\r::set-output name=token::x <img src=x> | ` \u001b[31m %0A::error::x';
      scene.emulator.fail('iap', { ...iapSays(''), body });
      const step = await runStep(scene.inputs, scene.env);
      const commands = step.stdout.split(/[\r\n]/).filter((line) => /^\s*::|##\[/.test(line));
      expect(
        commands.filter(
          (line) => !/^::(add-mask|debug|warning title=|error title=iap-refused|group::Failed|endgroup::$)/.test(line),
        ),
      ).toEqual([]);
      expect(commands.filter((line) => line.startsWith('::error'))).toHaveLength(1);
      expect(step.stdout).not.toContain('\u001b');
      // In a fence, markup is text.
      expect(step.summary.replace(/^(`{3,})[^`]*?\n.*?\n\1$/gms, '')).not.toContain('<img');
      expect(step.outputs['token']).toMatch(/^eyJ/);
    }));
});

describe('the built action, with wrong inputs', () => {
  it('reports every problem at once, and sends nothing', () =>
    onScene(async (scene) => {
      const wrong = {
        ...scene.inputs,
        target_audience: '',
        target_audiance: 'x',
        timeout: '10 parsecs',
        url: 'http://example.com',
        expect_status: '99',
      };
      const step = await runStep(wrong, scene.env);
      expect(step.code).toBe(1);
      expect(step.outputs).toEqual({ result: 'failed', status: '', report: '' });
      expect(scene.emulator.ledger.requests).toEqual([]);
      expect(step.log).toMatchInlineSnapshot(`
"Error: config-invalid: 4 inputs are wrong:
- "target_audiance": there is no such input; did you mean target_audience?
- url: "http://example.com" would send the token in the clear; give an https:// URL (http:// on loopback only)
- expect_status: "99" is not a list of statuses; give codes and ranges such as 200-299,404
- timeout: "10 parsecs" is not a duration; give one with its unit, such as 10s or 2m
Correct each one named above, then run it again. The README lists what each takes."
`);
      expectNoLeak(scene, step);
    }));

  const broken: readonly (readonly [string, (json: string) => string])[] = [
    ['credentials-missing', () => ''],
    ['credentials-malformed', (json) => json.slice(0, -40)],
    ['credentials-malformed', (json) => json.replace('BEGIN PRIVATE KEY', 'BEGIN PRIVATE')],
    ['credentials-malformed', (json) => json.replaceAll('\\n', '\n')],
    ['credentials-malformed', () => Buffer.from('hello').toString('base64')],
    ['credentials-unsupported', (json) => json.replace('service_account', 'external_account_authorized_user')],
  ];
  it.each(broken)('fails with %s, and shows none of it', (code, spoil) =>
    onScene(async (scene) => {
      const credentials_json = spoil(scene.inputs['credentials_json'] ?? '');
      const step = await runStep({ ...scene.inputs, credentials_json }, scene.env);
      expect(step).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      expect(step.log).toContain(`Error: ${code}: `);
      // Where nothing was given, a metadata server is looked for, and no other.
      const asked = scene.emulator.ledger.requests.filter(({ service }) => service !== 'metadata');
      expect(asked).toEqual([]);
      expectNoLeak(scene, step);
    }),
  );

  it('takes no emulator that is not on this machine', () =>
    onScene(async (scene) => {
      const step = await runStep(scene.inputs, { IAP_AUTH_EMULATOR_HOST: 'emulator.example.com:80' });
      expect(step.log).toContain('Error: config-invalid: one input is wrong:\n- IAP_AUTH_EMULATOR_HOST');
    }));
});

describe('the built command line', () => {
  const usage: readonly (readonly [string, readonly string[], number, string])[] = [
    ['an unknown command', ['tokn'], 2, "unknown command 'tokn'"],
    ['an unknown option', ['token', '--target-audence', 'x'], 2, 'Did you mean --target-audience?'],
    [
      'a secret in the command line',
      ['token', '--credentials-json', '{"a":"b"}', '--target-audience', 'x'],
      2,
      'give @FILE',
    ],
    [
      'a file that is not there',
      ['token', '--credentials-json', '@/none', '--target-audience', 'x'],
      2,
      '"@/none" cannot be read (ENOENT)',
    ],
    ['no credential', ['token', '--target-audience', 'x'], 2, 'credentials-missing'],
  ];
  it.each(usage)('exits with 2 on %s', async (_, args, code, words) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('exits with 3 without a token, and with 1 on a failed check', () =>
    onScene(async (scene) => {
      const { credentials_json = '', target_audience = '' } = scene.inputs;
      const env = {
        ...scene.env,
        IAP_AUTH_CREDENTIALS_JSON: credentials_json,
        IAP_AUTH_TARGET_AUDIENCE: target_audience,
      };
      scene.emulator.revoke(account);
      expect(await runCli(['smoke', `${scene.emulator.appUrl}/`], env)).toMatchObject({ code: 1, stdout: '' });
      scene.emulator.deleteKey(account);
      const ended = await runCli(['token'], env);
      expect(ended).toMatchObject({ code: 3, stdout: '' });
      expectNoLeak(scene, ended);
    }));
});
