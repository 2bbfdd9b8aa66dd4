import { describe, expect, it } from '@jest/globals';
import { camel, type Given, type InputName, inputs, invalid, outputs, readConfig } from '../src/config.ts';
import { failureOf } from './world.ts';

const audience = '123456789012-abc.apps.googleusercontent.com';

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
      targetAudience: audience,
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
        target_audience: audience,
        verify: 'false',
        url: 'https://app.example.com/health',
        expect_status: '204,400-404',
        timeout: '1m',
        summary: 'FALSE',
      }),
    ).toEqual({
      credentialsJson: '{"type": "service_account"}',
      targetAudience: audience,
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
    expect(message).toBe(
      [
        '5 inputs are wrong:',
        '- "usl": there is no such input; did you mean url?',
        `- target_audience: missing; ${inputs.target_audience.help}`,
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

describe('the table of inputs', () => {
  const rows = Object.entries(inputs) as [InputName, (typeof inputs)[InputName]][];

  it.each(rows)('%s is described', (name, row) => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(row.help).toMatch(/^[A-Z].*\.$/);
    expect(row.takes).not.toBe('');
  });

  it('hides the credential, and nothing else', () => {
    const secrets = rows.filter(([, row]) => 'secret' in row && row.secret === true);
    expect(secrets.map(([name]) => name)).toEqual(['credentials_json']);
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
