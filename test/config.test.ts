import { describe, expect, it } from '@jest/globals';
import { type Given, type InputName, inputs, outputs } from '../src/config.ts';
import { invalid } from '../src/errors.ts';
import { camel } from '../src/inputs.ts';
import { readConfig } from '../src/reading.ts';
import { failureOf, givenOf as given, configOf as read } from './world.ts';

const audience = '123456789012-abc.apps.googleusercontent.com';
const provider = 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github';
const account = 'ci@project.iam.gserviceaccount.com';
const app = 'https://app.example.com/';

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
      subjectTokenVariable: undefined,
      idToken: undefined,
      universe: 'googleapis.com',
      targetAudience: audience,
      tokenKind: 'id_token',
      exchange: 'auto',
      verify: true,
      url: [],
      checks: undefined,
      checksFile: undefined,
      method: 'GET',
      headers: {},
      body: undefined,
      expectStatus: [[200, 299]],
      expectBody: undefined,
      expectHeader: [],
      expectJson: [],
      timeout: 10_000,
      retryFor: 60_000,
      retryOn: undefined,
      propagationWait: 0,
      concurrency: 8,
      tokenHeader: 'authorization',
      checkProtected: 'fail',
      checkAssertion: 'off',
      showResponse: 'on_failure',
      exportEnv: undefined,
      headerFile: false,
      summary: true,
      junitFile: undefined,
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
    ).toMatchObject({
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
      url: [new URL('https://app.example.com/health')],
      expectStatus: [
        [204, 204],
        [400, 404],
      ],
      timeout: 60_000,
      summary: false,
    });
  });

  it('parses what the smoke check asks for', () => {
    const config = read({
      target_audience: audience,
      url: 'https://app.example.com/a,b\n\n  https://other.example.com/\n',
      method: 'post',
      headers: 'X-Api-Key: k:1\nAccept: */*',
      body: '{"a":\n1}',
      expect_body: 'two\nlines',
      expect_header: 'content-type: text/html',
      expect_json: '$.a == 1\n$.b == "x"',
      retry_for: '5m',
      retry_on: '404,409-410',
      propagation_wait: '7m',
      concurrency: '64',
      token_header: 'proxy-authorization',
      check_protected: 'off',
      check_assertion: 'warn',
      show_response: 'never',
      export_env: 'IAP_TOKEN',
      header_file: 'true',
      junit_file: 'out/junit.xml',
    });
    expect(config).toMatchObject({
      url: [new URL('https://app.example.com/a,b'), new URL('https://other.example.com/')],
      method: 'POST',
      headers: { 'X-Api-Key': 'k:1', Accept: '*/*' },
      body: '{"a":\n1}',
      expectBody: 'two\nlines',
      expectHeader: [{ name: 'content-type', value: 'text/html' }],
      expectJson: [
        { path: '$.a', value: 1 },
        { path: '$.b', value: 'x' },
      ],
      retryFor: 300_000,
      retryOn: [
        [404, 404],
        [409, 410],
      ],
      propagationWait: 420_000,
      concurrency: 64,
      tokenHeader: 'proxy-authorization',
      checkProtected: 'off',
      checkAssertion: 'warn',
      showResponse: 'never',
      exportEnv: 'IAP_TOKEN',
      headerFile: true,
      junitFile: 'out/junit.xml',
    });
  });

  it.each([
    [
      { checks: '- url: https://a.example', checks_file: 'x' },
      'checks_file: checks is given too; leave one of them out',
    ],
    [
      { url: 'https://a.example\nhttps://b.example\nhttps://c.example', token_kind: 'signed_jwt' },
      'url: a signed_jwt is for one app, but https://a.example and https://b.example and https://c.example are several; check each in a step of its own',
    ],
    [
      { url: 'https://a.example\nhttps://b.example\nhttps://a.example/c', target_audience: 'discover' },
      'url: discover reads the client id of one app, but https://a.example and https://b.example are several; give target_audience, or URLs of one origin',
    ],
    [
      { headers: 'AUTHORIZATION: Basic x' },
      'headers: the token goes into Authorization; with token_header: proxy-authorization that header is free for your own',
    ],
    [{ url: 'https://a.example', body: 'x' }, 'body: a GET has none; set method, for example to POST'],
    [
      { url: 'https://a.example', method: 'HEAD', expect_body: 'x' },
      'expect_body: a HEAD is answered without a body; set method to GET, or leave this out',
    ],
    [
      { url: 'https://a.example', method: 'HEAD', expect_json: '$ == 1' },
      'expect_json: a HEAD is answered without a body; set method to GET, or leave this out',
    ],
  ])('refuses %j together', async (values, problem) => {
    const message = await refusalOf(...given({ target_audience: audience, ...values }));
    expect(message).toBe(`one input is wrong:\n- ${problem}`);
  });

  it.each([
    { url: 'https://a.example/x\nhttps://a.example/y', token_kind: 'signed_jwt' },
    { url: 'https://a.example', target_audience: '', id_token: 'x' },
    { headers: 'Authorization: Basic x', token_header: 'proxy-authorization' },
    { body: 'x', checks: '- url: https://a.example' },
  ])('takes %j together', (values) => {
    expect(() => read({ target_audience: audience, ...values })).not.toThrow();
  });

  it.each(['checks', 'checks_file', 'url'])('finds in %s an app to ask for the audience', (name) => {
    expect(() => read({ target_audience: 'discover', [name]: 'https://a.example' })).not.toThrow();
  });

  it('asks for an app to ask for the audience', async () => {
    expect(await refusalOf(...given({ target_audience: 'discover' }))).toBe(
      'one input is wrong:\n- url: missing; target_audience is read from its sign-in redirect',
    );
  });

  it('shows the line that is wrong, and no header', async () => {
    const message = await refusalOf(
      ...given({
        target_audience: audience,
        url: 'https://a.example\nhttp://b.example',
        headers: 'X-Api-Key: hunter2\nnothing hunter2',
        expect_header: 'a: b\nc',
      }),
    );
    expect(message).toBe(
      [
        '3 inputs are wrong:',
        '- url: "http://b.example" would send the token in the clear; give an https:// URL (http:// on loopback only)',
        '- headers: the value is not `Name: value` in line 2',
        '- expect_header: "c" is not `name: value`',
      ].join('\n'),
    );
  });

  it('trims, and takes what is blank as left out', () => {
    const config = read({ target_audience: `  ${audience}\n`, timeout: ' ', url: '', verify: '\n' });
    expect(config).toMatchObject({ targetAudience: audience, timeout: 10_000, url: [], verify: true });
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
    const message = await refusalOf(
      ...given({ verify: 'maybe', timeout: '10', expect_status: '2xx', usl: 'x', target_audience: 'x' }),
    );
    expect(message).toBe(
      [
        '4 inputs are wrong:',
        '- "usl": there is no such input; did you mean url?',
        '- verify: "maybe" is neither true nor false',
        '- expect_status: "2xx" is not a list of statuses; give codes and ranges such as 200-299,404',
        '- timeout: "10" is not a duration; give one with its unit, such as 10s or 2m',
      ].join('\n'),
    );
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
    expect(message).toContain('contains a user name or password; leave them out');
    expect(message).not.toContain('hunter2');
  });

  it('shows a wrong value on one line', async () => {
    const message = await refusalOf(...given({ target_audience: 'a\n::error::b' }));
    expect(message.split('\n')).toEqual([
      'one input is wrong:',
      '- target_audience: "a\\n::error::b" is not a valid audience; give an OAuth client id, such as 123456789012-abc123.apps.googleusercontent.com',
    ]);
  });
});

describe('what one input asks of another', () => {
  const missingAudience = `target_audience: missing; ${inputs.target_audience.help}`;
  const missingAccount = 'service_account: missing; workload_identity_provider needs the account to act as';
  const missingProvider =
    'workload_identity_provider: missing; subject_token_file needs the provider that trusts its token';
  const missingIssuer =
    'workload_identity_provider: missing; subject_token_variable needs the provider that trusts its token';
  const twoTokens = 'subject_token_variable: given together with subject_token_file; leave one of them out';
  const missingLast = 'service_account: missing; delegates are the chain from the credential to that account';
  const missingUrl = 'url: missing; target_audience is read from its sign-in redirect';
  const missingSite =
    'url: missing; a signed_jwt is for the URL of the app, or for a target_audience such as https://app.example.com/*';
  const notSigned = 'token_kind: an id_token that is given cannot become a signed_jwt; leave one of them out';

  it.each<[Record<string, string>, string[]]>([
    [{ token_kind: 'signed_jwt', credentials_json: '{}' }, [missingSite]],
    [{}, [missingAudience]],
    [{ workload_identity_provider: provider, target_audience: audience }, [missingAccount]],
    [{ subject_token_file: '/run/token', target_audience: audience }, [missingProvider]],
    [{ subject_token_variable: 'IAP_OIDC', target_audience: audience }, [missingIssuer]],
    [
      {
        workload_identity_provider: provider,
        service_account: account,
        subject_token_file: '/run/token',
        subject_token_variable: 'IAP_OIDC',
        target_audience: audience,
      },
      [twoTokens],
    ],
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
      'a token of another issuer in a variable, with both',
      {
        workload_identity_provider: provider,
        service_account: account,
        subject_token_variable: 'IAP_OIDC',
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
      expect.stringMatching(/^- delegates: "nobody" is not a valid email; give one such as/),
      expect.stringMatching(/^- service_account: "my account@.*" is not a valid email; give one such as/),
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
      expect.stringMatching(/^- --service-account: "my account" is not a valid email; give one such as/),
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
    const hidden = rows.filter(([, row]) => 'isHidden' in row && row.isHidden);
    expect(hidden.map(([name]) => name)).toEqual(['subject_token_variable', 'checks', 'headers', 'body']);
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
      'header_file',
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

  it('lists fifty, and says how many more there are', () => {
    const problems = Array.from({ length: 52 }, (_, index) => `p${index}`);
    const lines = invalid(problems).message.split('\n');
    expect(lines).toEqual(['52 inputs are wrong:', ...problems.slice(0, 50).map((one) => `- ${one}`), '- and 2 more']);
    expect(invalid(problems.slice(0, 50)).message).not.toContain('more');
  });
});
