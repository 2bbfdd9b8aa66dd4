import { describe, expect, it } from '@jest/globals';
import { camel, type Given, type InputName, inputs, invalid, outputs, readConfig } from '../src/config.ts';
import { failureOf } from './world.ts';

const audience = '123456789012-abc.apps.googleusercontent.com';
const provider = 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github';
const account = 'ci@project.iam.gserviceaccount.com';
const app = 'https://app.example.com/';

/** Inputs as the action gives them: by their own names. */
const given = (values: Readonly<Record<string, string>>): Given[] =>
  Object.entries(values).map(([name, value]) => ({ name, writtenAs: name, value }));

const read = (values: Readonly<Record<string, string>>) => readConfig(given(values));

const refusalOf = async (...all: Given[]) => {
  const error = await failureOf(() => readConfig(all));
  expect(error.code).toBe('config-invalid');
  return error.message;
};

describe('readConfig', () => {
  it('has the documented defaults', () => {
    expect(read({ target_audience: audience })).toEqual({
      credentialsJson: undefined,
      workloadIdentityProvider: undefined,
      serviceAccount: undefined,
      delegates: [],
      audience: undefined,
      subjectTokenFile: undefined,
      idToken: undefined,
      universe: 'googleapis.com',
      targetAudience: audience,
      tokenKind: 'id_token',
      exchange: 'auto',
      verify: true,
      url: undefined,
      expectStatus: [[200, 299]],
      timeout: 10_000,
      summary: true,
    });
  });

  it('parses what is given', () => {
    expect(
      read({
        credentials_json: '{"type": "service_account"}',
        workload_identity_provider: `//iam.googleapis.com/${provider}`,
        service_account: account,
        delegates: 'a@example.com, b@example.com',
        audience: 'https://sts.example.com',
        subject_token_file: '/run/token',
        id_token: 'a.b.c',
        universe: 'cloud.example.com',
        target_audience: audience,
        token_kind: 'id_token',
        exchange: 'token_uri',
        verify: 'false',
        url: 'https://app.example.com/health',
        expect_status: '204,400-404',
        timeout: '1m',
        summary: 'FALSE',
      }),
    ).toEqual({
      credentialsJson: '{"type": "service_account"}',
      workloadIdentityProvider: provider,
      serviceAccount: account,
      delegates: ['a@example.com', 'b@example.com'],
      audience: 'https://sts.example.com',
      subjectTokenFile: '/run/token',
      idToken: 'a.b.c',
      universe: 'cloud.example.com',
      targetAudience: audience,
      tokenKind: 'id_token',
      exchange: 'token_uri',
      verify: false,
      url: new URL('https://app.example.com/health'),
      expectStatus: [
        [204, 204],
        [400, 404],
      ],
      timeout: 60_000,
      summary: false,
    });
  });

  it('trims, and takes what is blank as left out', () => {
    const config = read({ target_audience: `  ${audience}\n`, timeout: ' ', url: '', verify: '\n' });
    expect(config).toMatchObject({ targetAudience: audience, timeout: 10_000, url: undefined, verify: true });
  });

  it('takes the first of two values', () => {
    const config = readConfig([
      ...given({ target_audience: audience, timeout: '1s' }),
      { name: 'timeout', writtenAs: 'IAP_AUTH_TIMEOUT', value: '2s' },
    ]);
    expect(config.timeout).toBe(1000);
  });

  it('takes the second where the first is blank', () => {
    const config = readConfig([
      ...given({ target_audience: audience, timeout: ' ' }),
      { name: 'timeout', writtenAs: 'IAP_AUTH_TIMEOUT', value: '2s' },
    ]);
    expect(config.timeout).toBe(2000);
  });

  it('reports all problems at once', async () => {
    const message = await refusalOf(...given({ verify: 'maybe', timeout: '10', expect_status: '2xx', usl: 'x' }));
    const [count, ...problems] = message.split('\n');
    expect(count).toBe('5 inputs are wrong:');
    expect(problems.sort()).toEqual([
      '- "usl": there is no such input; did you mean url?',
      '- expect_status: "2xx" is not a list of statuses; give codes and ranges such as 200-299,404',
      `- target_audience: missing; ${inputs.target_audience.help}`,
      '- timeout: "10" is not a duration; give one with its unit, such as 10s or 2m',
      '- verify: "maybe" is neither true nor false',
    ]);
  });

  it('names an input as the user wrote it', async () => {
    const message = await refusalOf(
      { name: 'target_audience', writtenAs: '--target-audience', value: audience },
      { name: 'timeout', writtenAs: '--timeout', value: 'soon' },
      { name: 'verifi', writtenAs: 'IAP_AUTH_VERIFI', value: 'true' },
    );
    expect(message).toBe(
      [
        '2 inputs are wrong:',
        '- "IAP_AUTH_VERIFI": there is no such input; did you mean verify?',
        '- --timeout: "soon" is not a duration; give one with its unit, such as 10s or 2m',
      ].join('\n'),
    );
  });

  it.each([
    ['target_audiance', '; did you mean target_audience?'],
    ['credential_json', '; did you mean credentials_json?'],
    ['time_out', '; did you mean timeout?'],
    ['something_else_entirely', ''],
    ['constructor', ''],
    ['__proto__', ''],
    ['TIMEOUT', ''],
  ])('knows no input %s', async (name, guess) => {
    const one = { name, writtenAs: name, value: 'x' };
    expect(await refusalOf(...given({ target_audience: audience }), one)).toBe(
      `one input is wrong:\n- "${name}": there is no such input${guess}`,
    );
  });

  it.each([
    ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln'],
    ['JSON', '{"private_key": "x"}'],
    ['a PEM', '-----BEGIN PRIVATE KEY-----'],
    ['a run of base64', 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xt'],
    ['base64 with slashes in it', 'MIIEvQIBADANBgkqhkiG9w0BA/EFAASCBKcwggSjAgEAAo/BAQCxfc9L3Filahwi'],
    ['a long text', 'so long '.repeat(30)],
  ])('does not show %s in the wrong place', async (_, value) => {
    const wrongValue = await refusalOf(...given({ target_audience: audience, timeout: value }));
    expect(wrongValue).toContain('- timeout: a value that may be secret is not a duration');
    const wrongName = await refusalOf(...given({ target_audience: audience, [value]: 'x' }));
    expect(wrongName).toContain('- a value that may be secret: there is no such input');
    expect(`${wrongValue}${wrongName}`).not.toContain(value);
  });

  it('does not show the password of a URL', async () => {
    const message = await refusalOf(
      ...given({ target_audience: audience, url: 'https://user:hunter2@app.example.com/' }),
    );
    expect(message).toContain('holds a user name or password; leave them out');
    expect(message).not.toContain('hunter2');
  });

  it('shows a wrong value on one line', async () => {
    const message = await refusalOf(...given({ target_audience: 'a\n::error::b' }));
    expect(message.split('\n')).toEqual([
      'one input is wrong:',
      '- target_audience: "a\\n::error::b" is no audience; give an OAuth client id, such as 123456789012-abc123.apps.googleusercontent.com',
    ]);
  });
});

describe('what one input asks of another', () => {
  const missingAudience = `target_audience: missing; ${inputs.target_audience.help}`;
  const missingAccount = 'service_account: missing; workload_identity_provider needs the account to act as';
  const missingProvider =
    'workload_identity_provider: missing; subject_token_file needs the provider that trusts its token';
  const missingLast = 'service_account: missing; delegates stand between the credential and that account';
  const missingUrl = 'url: missing; target_audience is read from its sign-in redirect';
  const missingSite =
    'url: missing; a signed_jwt is for the URL of the app, or for a target_audience such as https://app.example.com/*';
  const notSigned = 'token_kind: an id_token that is given cannot become a signed_jwt; leave one of them out';

  it.each<[Record<string, string>, string[]]>([
    [{}, [missingAudience]],
    [{ workload_identity_provider: provider, target_audience: audience }, [missingAccount]],
    [{ subject_token_file: '/run/token', target_audience: audience }, [missingProvider]],
    [{ delegates: 'a@example.com', target_audience: audience }, [missingLast]],
    [{ target_audience: 'discover' }, [missingUrl]],
    [{ token_kind: 'signed_jwt', target_audience: audience }, [missingSite]],
    [{ token_kind: 'signed_jwt', id_token: 'a.b.c', url: app }, [notSigned]],
    // All that apply, at once.
    [{ workload_identity_provider: provider }, [missingAccount, missingAudience]],
    [{ subject_token_file: '/run/token', delegates: 'a@example.com' }, [missingProvider, missingLast, missingAudience]],
    [{ token_kind: 'signed_jwt', target_audience: 'discover' }, [missingUrl, missingSite]],
  ])('is missing in %j', async (values, problems) => {
    expect(await refusalOf(...given(values))).toBe(invalid(problems).message);
  });

  it.each<[string, Record<string, string>]>([
    [
      'a provider and its account',
      { workload_identity_provider: provider, service_account: account, target_audience: audience },
    ],
    [
      'a token of another issuer, with both',
      {
        workload_identity_provider: provider,
        service_account: account,
        subject_token_file: 'x',
        target_audience: audience,
      },
    ],
    [
      'delegates and the account after them',
      { delegates: 'a@example.com', service_account: account, target_audience: audience },
    ],
    ['an app that tells its client id', { target_audience: 'discover', url: app }],
    ['an app that may tell its client id, later', { url: app }],
    ['a token that tells what it is for', { id_token: 'a.b.c' }],
    ['a JWT for the app', { token_kind: 'signed_jwt', url: app }],
    ['a JWT for a URL that is given', { token_kind: 'signed_jwt', target_audience: 'https://app.example.com/*' }],
    ['an account to act as, and nothing else', { service_account: account, target_audience: audience }],
  ])('is there: %s', (_, values) => {
    expect(read(values).verify).toBe(true);
  });

  const wrong: Record<string, string> = {
    workload_identity_provider: provider.replace('123456789012', 'my-project'),
    service_account: 'my account@project.iam.gserviceaccount.com',
    delegates: 'a@example.com,nobody',
    audience,
  };

  it('is told together with what is wrong by itself', async () => {
    const message = await refusalOf(...given({ ...wrong, timeout: '10', subject_token_file: '/run/token' }));
    const [count, ...problems] = message.split('\n');
    expect(count).toBe('6 inputs are wrong:');
    expect(problems.sort()).toEqual([
      expect.stringMatching(/^- audience: .* is an OAuth client id: that is target_audience; audience is of the CI's/),
      expect.stringMatching(/^- delegates: "a@example.com,nobody" is no email; give one such as/),
      expect.stringMatching(/^- service_account: "my account@.*" is no email; give one such as/),
      `- ${missingAudience}`,
      expect.stringMatching(/^- timeout: "10" is not a duration/),
      expect.stringMatching(/^- workload_identity_provider: .* names the project by its id; give its number/),
    ]);
  });

  it('is not said to be missing where it is wrong', async () => {
    const { audience: _, ...others } = wrong;
    const message = await refusalOf(...given({ ...others, target_audience: audience }));
    expect(message.split('\n')[0]).toBe('3 inputs are wrong:');
    expect(message).not.toContain('missing');
  });

  it('is not said to be missing where it is wrong, by whatever name it was written', async () => {
    const message = await refusalOf(...given({ workload_identity_provider: provider, target_audience: audience }), {
      name: 'service_account',
      writtenAs: '--service-account',
      value: 'my account',
    });
    expect(message.split('\n')).toEqual([
      'one input is wrong:',
      expect.stringMatching(/^- --service-account: "my account" is no email/),
    ]);
  });

  it.each<[Record<string, string>]>([[{ target_audience: audience }], [{ id_token: 'a.b.c' }]])(
    'is not asked for by a kind of token that is none: %j',
    async (values) => {
      expect(await refusalOf(...given({ ...values, token_kind: 'jwt' }))).toBe(
        'one input is wrong:\n- token_kind: "jwt" is not one of id_token, signed_jwt',
      );
    },
  );

  it('shows a name that is wrong, as it is no secret', async () => {
    const message = await refusalOf(...given({ ...wrong, target_audience: audience }));
    expect(message).toContain(
      `- workload_identity_provider: "${wrong['workload_identity_provider']}" names the project`,
    );
    expect(message).toContain(`- audience: "${audience}" is an OAuth client id`);
  });
});

describe('the table of inputs', () => {
  const rows = Object.entries(inputs) as [InputName, (typeof inputs)[InputName]][];

  it.each(rows)('%s is described', (name, row) => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(row.help).toMatch(/^[A-Z].*\.$/);
    expect(row.takes).not.toBe('');
  });

  it('hides what opens something, and nothing else', () => {
    const secrets = rows.filter(([, row]) => 'secret' in row && row.secret === true);
    expect(secrets.map(([name]) => name)).toEqual(['credentials_json', 'id_token']);
  });
});

describe('the table of outputs', () => {
  it('is the documented one', () => {
    expect(Object.keys(outputs)).toEqual([
      'token',
      'id_token',
      'token_kind',
      'target_audience',
      'principal',
      'expires_at',
      'result',
      'status',
      'report',
    ]);
  });
});

describe('camel', () => {
  it.each([
    ['url', 'url'],
    ['target_audience', 'targetAudience'],
    ['workload_identity_provider', 'workloadIdentityProvider'],
  ])('%s becomes %s', (name, expected) => {
    expect(camel(name)).toBe(expected);
  });
});

describe('invalid', () => {
  it('counts the problems', () => {
    expect(invalid(['a']).message).toBe('one input is wrong:\n- a');
    expect(invalid(['a', 'b']).message).toBe('2 inputs are wrong:\n- a\n- b');
  });
});
