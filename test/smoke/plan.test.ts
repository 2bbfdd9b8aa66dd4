import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../folder.ts';
import { failureOf } from '../world.ts';
import { plan } from './step.ts';

const url = 'https://app.example.com/health';

const problemsOf = async (values: Readonly<Record<string, string>>) => {
  const { code, message } = await failureOf(() => plan(values));
  expect(code).toBe('config-invalid');
  return message.split('\n').slice(1);
};

/** A check of `url` with these further keys, one a line. */
const entry = (...lines: readonly string[]) => [`- url: ${url}`, ...lines.map((line) => `  ${line}`)].join('\n');

const only = async (values: Readonly<Record<string, string>>) => {
  const [check, ...others] = await plan(values);
  if (check === undefined || others.length > 0) throw new Error(`${others.length + 1} checks`);
  return check;
};

describe('url', () => {
  it('plans nothing without one', async () => {
    expect(await plan({})).toEqual([]);
  });

  it('plans a check for each, with the inputs of the step', async () => {
    const checks = await plan({
      url: `${url}?key=x\nhttps://b.example:8443`,
      method: 'POST',
      headers: 'X-Key: k',
      body: 'b',
      timeout: '1s',
      retry_for: '2s',
      retry_on: '404',
      token_header: 'proxy-authorization',
      check_protected: 'off',
      check_assertion: 'warn',
    });
    const shared = {
      method: 'POST',
      headers: { 'X-Key': 'k' },
      body: 'b',
      tokenHeader: 'proxy-authorization',
      timeout: 1000,
      retryFor: 2000,
      retryOn: [[404, 404]],
      expectations: [expect.any(Function)],
      contents: [],
      hidesAnswer: false,
      needsBytes: 65_536,
      checkProtected: 'off',
      checkAssertion: 'warn',
    };
    expect(checks).toEqual([
      { ...shared, name: 'app.example.com/health', url: new URL(`${url}?key=x`) },
      { ...shared, name: 'b.example:8443/', url: new URL('https://b.example:8443/') },
    ]);
  });

  it.each([
    [{}, 65_536],
    [{ expect_header: 'a: b' }, 65_536],
    [{ expect_body: 'x' }, 8_388_608],
    [{ expect_json: '$ == 1' }, 8_388_608],
  ])('reads as much of the answer as %j needs', async (values, expected) => {
    expect((await only({ url, ...values })).needsBytes).toBe(expected);
  });

  it('reports an expectation once, however many URLs there are', async () => {
    expect(await problemsOf({ url: `${url}\n${url}`, expect_body: '/(/', expect_json: '$.a[ == 1\n$.b == 2' })).toEqual(
      [
        '- expect_json: "$.a[" is not a valid JSONPath (RFC 9535): unclosed bracketed selection',
        '- expect_body: "/(/" is not a valid regex in RE2 syntax: missing closing )',
      ].sort((a) => (a.includes('body') ? -1 : 1)),
    );
  });

  it.each([
    [{ expect_body: '/a/g' }, '- expect_body: "/a/g" has flags other than i, m, s and u, or one of them twice'],
    [{ expect_body: '/a/ii' }, '- expect_body: "/a/ii" has flags other than i, m, s and u, or one of them twice'],
    [
      { expect_body: '/(?=a)/' },
      '- expect_body: "/(?=a)/" is not a valid regex in RE2 syntax: invalid or unsupported Perl syntax',
    ],
    [{ expect_header: 'x: /[/' }, '- expect_header: "/[/" is not a valid regex in RE2 syntax: missing closing ]'],
    [{ expect_json: 'a == 1' }, `- expect_json: "a" is not a valid JSONPath (RFC 9535): expected '$', found 'a'`],
    [
      { expect_json: '$[?f(@)] == 1' },
      `- expect_json: "$[?f(@)]" is not a valid JSONPath (RFC 9535): no such function 'f'`,
    ],
  ])('refuses %j', async (values, problem) => {
    expect(await problemsOf({ url, ...values })).toEqual([problem]);
  });
});

describe('checks', () => {
  it('follow the URLs, and differ from them by what they say', async () => {
    const checks = await plan({
      url,
      checks: entry(
        'name: sign-up',
        'method: post',
        'headers: {X-Version: 1.10, accept: "*/*"}',
        'body: {a: [1, null]}',
        'expect_status: [201, 204-205]',
        'expect_header: {x-a: b}',
        'expect_json: ["$.a == 1", "$.b == 2"]',
        'timeout: 1s',
        'retry_for: 0',
        'retry_on: 404',
        'token_header: proxy-authorization',
        'check_protected: off',
        'check_assertion: warn',
      ),
    });
    expect(checks.map(({ name }) => name)).toEqual(['app.example.com/health', 'sign-up']);
    expect(checks[1]).toEqual({
      name: 'sign-up',
      url: new URL(url),
      method: 'POST',
      headers: { 'X-Version': '1.10', accept: '*/*', 'content-type': 'application/json' },
      body: '{"a":[1,null]}',
      tokenHeader: 'proxy-authorization',
      timeout: 1000,
      retryFor: 0,
      retryOn: [[404, 404]],
      expectations: Array(4).fill(expect.any(Function)),
      contents: Array(3).fill(expect.any(Function)),
      hidesAnswer: false,
      needsBytes: 8_388_608,
      checkProtected: 'off',
      checkAssertion: 'warn',
    });
  });

  it('take what they do not say from the step', async () => {
    const check = await only({ checks: entry(), timeout: '3s', headers: 'A: b', expect_status: '404', body: 'x' });
    expect(check).toMatchObject({ timeout: 3000, headers: { A: 'b' }, method: 'GET', body: undefined });
    const answer = { status: 404, headers: {}, body: '', tries: 1 };
    expect(check.expectations.map((expectation) => expectation(answer))).toEqual([undefined]);
  });

  it('take the body of the step where they send one', async () => {
    expect(await only({ checks: entry('method: PUT'), body: 'x' })).toMatchObject({ method: 'PUT', body: 'x' });
  });

  it('replace the expectations of the step, each by its name', async () => {
    const check = await only({ checks: entry('expect_body: own'), expect_body: 'shared', expect_header: 'a: b' });
    const errors = check.expectations.map((expectation) =>
      expectation({ status: 200, headers: {}, body: 'own', tries: 1 }),
    );
    expect(errors.map((error) => error?.code)).toEqual([undefined, 'app-header', undefined]);
  });

  it.each([
    ['text', 'body: "x=1"', 'x=1', {}],
    ['text of several lines', 'body: "a\\n b\\n"', 'a\n b\n', {}],
    ['a number, as it was written', 'body: 1.10', '1.10', {}],
    ['a list', 'body: [1, {a: b}]', '[1,{"a":"b"}]', { 'content-type': 'application/json' }],
    ['an empty map', 'body: {}', '{}', { 'content-type': 'application/json' }],
  ])('send %s', async (_, line, body, headers) => {
    expect(await only({ checks: entry('method: POST', line) })).toMatchObject({ body, headers });
  });

  it('keep a content type of their own', async () => {
    const check = await only({ checks: entry('method: POST', 'body: [1]', 'headers: "Content-Type: application/x"') });
    expect(check.headers).toEqual({ 'Content-Type': 'application/x' });
  });

  it.each([
    ['lines', 'headers: "A: b\\nC: d"'],
    ['a list', 'headers: ["A: b", "C: d"]'],
    ['a map', 'headers: {A: b, C: d}'],
  ])('take headers as %s', async (_, line) => {
    expect((await only({ checks: entry(line) })).headers).toEqual({ A: 'b', C: 'd' });
  });

  // A template that renders to nothing must not open the gate.
  it.each([
    ['name', 'name:'],
    ['timeout', 'timeout: ""'],
    ['headers', 'headers: {}'],
    ['body', 'body: " "'],
    ['expect_status', 'expect_status: []'],
    ['expect_body', 'expect_body: |+\n\n'],
    ['expect_json', 'expect_json: ~'],
    ['check_protected', 'check_protected: # off'],
    ['url', 'url:', ''],
  ])('refuse a %s that is blank', async (key, line, first = `url: ${url}\n  `) => {
    expect(await problemsOf({ checks: `- ${first}${line}`, expect_body: 'of the step' })).toEqual([
      `- checks, line ${first === '' ? 1 : 2}: ${key}: is empty; give a value, or leave the key out`,
    ]);
  });

  it.each([
    ['expect_json', 'expect_json: ["$.a == 1", ""]'],
    ['expect_json', 'expect_json: [~, "$.a == 1"]'],
    ['expect_header', 'expect_header: ["a: b", " "]'],
    ['expect_status', 'expect_status: [200, ""]'],
  ])('refuse a list of %s with a blank item: %s', async (key, line) => {
    expect(await problemsOf({ checks: entry(line) })).toEqual([
      `- checks, line 2: ${key}: has an empty item; give a value, or leave it out`,
    ]);
  });

  it.each(['9007199254740993', '{a: [1, -9007199254740992]}', '{a: 1e300}'])(
    'refuse a body with a number that would be rounded: %s',
    async (body) => {
      expect(await problemsOf({ checks: entry('method: PUT', `body: {n: ${body}}`) })).toEqual([
        '- checks, line 3: body: contains a number from 2^53 on, which would be rounded; write the body as text',
      ]);
    },
  );

  it.each(['expect_status', 'expect_body', 'expect_header', 'expect_json', 'check_protected', 'timeout', 'url'])(
    'refuse an alias of nothing: %s',
    async (key) => {
      const lines = key === 'url' ? ['- url: *nope'] : [`- url: ${url}`, `  ${key}: *nope`];
      expect(await problemsOf({ checks: lines.join('\n'), check_protected: 'off' })).toEqual([
        `- checks, line ${lines.length}: ${key}: is an alias without an anchor; define the anchor before it`,
      ]);
    },
  );

  it('may repeat each other by aliases', async () => {
    const checks = await plan({
      checks: [
        `- &first {url: "${url}", headers: &auth {x-key: &key k}}`,
        '- *first',
        `- {url: "${url}", headers: *auth}`,
        `- {url: "${url}", headers: {other: *key}}`,
      ].join('\n'),
    });
    expect(checks.map(({ headers }) => headers)).toEqual([
      { 'x-key': 'k' },
      { 'x-key': 'k' },
      { 'x-key': 'k' },
      { other: 'k' },
    ]);
  });

  it('get a number where they have one name', async () => {
    const checks = await plan({
      url: `${url}\n${url}`,
      checks: ['a', 'a (2)', 'a', 'a'].map((name) => entry(`name: ${name}`)).join('\n'),
    });
    expect(checks.map(({ name }) => name)).toEqual([
      'app.example.com/health',
      'app.example.com/health (2)',
      'a',
      'a (2)',
      'a (3)',
      'a (4)',
    ]);
  });

  it('have names of a hundred characters at most', async () => {
    const check = await only({ checks: `- url: https://app.example.com/${'x'.repeat(200)}` });
    expect(check.name).toBe(`app.example.com/${'x'.repeat(84)}`);
    expect(await problemsOf({ checks: entry(`name: ${'a '.repeat(51)}b`) })).toEqual([
      `- checks, line 2, "${'a '.repeat(51)}b": name: "${'a '.repeat(51)}b" is longer than 100 characters`,
    ]);
  });

  it('report every problem, with its line and check', async () => {
    const checks = [
      '- name: health',
      `  url: ${url}`,
      '  timeout: 10',
      '  expect_jsn: $.a == 1',
      '- url: http://app.example.com',
      '  something else: x',
      '- name: third',
      '  expect_status: 2xx',
      '- just text',
      `- url: ${url}`,
      '  method: HEAD',
      '  expect_body: /(/',
      '  headers: {Authorization: hunter2}',
      '  body: hunter2',
      '- url: https://user:hunter2@app.example.com/',
      '  timeout: {a: b}',
      '  headers: {a: {b: c}}',
    ].join('\n');
    expect(await problemsOf({ checks, timeout: '1s' })).toEqual([
      '- checks, line 9: is not a check; give its keys, such as url:',
      '- checks, line 3, "health": timeout: "10" is not a duration; give one with its unit, such as 10s or 2m',
      '- checks, line 4, "health": expect_jsn: there is no such key; did you mean expect_json?',
      '- checks, line 5: url: "http://app.example.com" would send the token in the clear; give an https:// URL (http:// on loopback only)',
      '- checks, line 6: "something else": there is no such key',
      '- checks, line 8, "third": expect_status: "2xx" is not a list of statuses; give codes and ranges such as 200-299,404',
      '- checks, line 7, "third": url: missing; give the address to call',
      '- checks, line 15: url: a value that may be secret contains a user name or password; leave them out',
      '- checks, line 16: timeout: takes text only',
      '- checks, line 17: headers: is nested; give text',
      '- checks, line 12: expect_body: "/(/" is not a valid regex in RE2 syntax: missing closing )',
      '- checks, line 13: headers: the token goes into Authorization; with token_header: proxy-authorization that header is free for your own',
      '- checks, line 14: body: a HEAD has none; set method, for example to POST',
      '- checks, line 12: expect_body: a HEAD is answered without a body; set method to GET, or leave this out',
    ]);
  });

  it.each([
    ['a map', 'checks: []', '- checks: is not a list of checks; begin each with "- url:"'],
    ['text', 'x', '- checks: is not a list of checks; begin each with "- url:"'],
    ['nothing but a comment', '# x', '- checks: is not a list of checks; begin each with "- url:"'],
    ['an empty list', '[]', '- checks: has no checks'],
    ['broken YAML', '- url: x\n- {a: hunter2', '- checks, line 2: is not YAML (bad indent)'],
    ['a key twice', `${entry('timeout: 1s', 'timeout: 2s')}`, '- checks, line 3: is not YAML (duplicate key)'],
    ['an unknown tag', entry('name: !secret hunter2'), '- checks, line 2: is not YAML (tag resolve failed)'],
    ['two documents', `${entry()}\n---\n${entry()}`, '- checks, line 2: is not YAML (multiple docs)'],
    ['a map for a key', `${entry('? {a: b}', ': x')}`, '- checks, line 2: is not YAML (non string key)'],
    ['an unknown alias', '- *x', '- checks, line 1: is not a check; give its keys, such as url:'],
    [
      'an unknown alias in a body',
      entry('method: PUT', 'body: [*x]'),
      '- checks, line 3: body: cannot be written as JSON: look at its aliases',
    ],
    [
      'an endless body',
      entry('method: PUT', 'body: &a [*a]'),
      '- checks, line 3: body: cannot be written as JSON: look at its aliases',
    ],
    [
      'a line break in a header',
      entry('headers: {a: "b\\nc: d"}'),
      '- checks, line 2: headers: contains a line break in one of its parts',
    ],
    ['far too much', `# ${'x'.repeat(1024 * 1024)}`, '- checks: is longer than 1 MiB'],
    ['too many', `${entry()}\n`.repeat(1001), '- checks: has 1001 checks; at most 1000 are allowed'],
    ['what is too deep', '['.repeat(50_000), '- checks, line 1: is not YAML (resource exhaustion)'],
  ])('refuse %s', async (_, checks, problem) => {
    expect(await problemsOf({ checks })).toEqual([problem]);
  });

  it('refuse a body that aliases blow up', async () => {
    const lists = [...'abcdef'].map((name, index, all) => `${name}: &${name} [${Array(9).fill(`*${all[index - 1]}`)}]`);
    lists[0] = 'a: &a [x]';
    const checks = entry('method: PUT', `body: {${lists.join(', ')}}`);
    expect(await problemsOf({ checks })).toEqual([
      '- checks, line 3: body: cannot be written as JSON: look at its aliases',
    ]);
  });

  it('are, with the URLs, a thousand at most', async () => {
    const checks = `${entry()}\n`.repeat(1000);
    expect(await plan({ checks })).toHaveLength(1000);
    expect(await problemsOf({ url, checks })).toEqual(['- url: 1001 checks are asked for; at most 1000 are allowed']);
  });

  it.each([
    ['a POST alone', entry('method: POST'), [url]],
    ['a POST that asks for it and a GET of another URL', `${entry('method: POST')}\n- url: ${url}other`, [url]],
    ['a PUT and a DELETE', `${entry('method: PUT')}\n${entry('method: DELETE')}`, [url]],
    ['a POST and a GET', `${entry('method: POST')}\n${entry()}`, []],
    ['a HEAD', entry('method: HEAD'), []],
    ['a POST that is only to warn', entry('method: POST', 'check_assertion: warn'), []],
  ])('must have a GET for the broken assertions: %s', async (_, checks, without) => {
    const values = { checks, check_assertion: 'fail' };
    const words = (at: string) =>
      `- check_assertion: needs a check of that URL with GET; ${at} has none: add one, or leave check_assertion off there`;
    if (without.length === 0) expect(await plan(values)).not.toHaveLength(0);
    else expect(await problemsOf(values)).toEqual(without.map(words));
  });

  it('are of one app where its client id is discovered', async () => {
    const values = { target_audience: 'discover', url };
    expect(await plan({ ...values, checks: entry() })).toHaveLength(2);
    expect(await problemsOf({ ...values, checks: '- url: https://b.example' })).toEqual([
      '- checks: discover reads the client id of one app, but https://app.example.com and https://b.example are several; give target_audience, or URLs of one origin',
    ]);
  });

  it('are of one app where the token is a JWT of its own', async () => {
    const signed = { token_kind: 'signed_jwt', url };
    expect(await plan({ ...signed, checks: entry() })).toHaveLength(2);
    expect(await problemsOf({ ...signed, checks: '- url: https://b.example' })).toEqual([
      '- checks: a signed_jwt is for one app, but https://app.example.com and https://b.example are several; check each in a step of its own',
    ]);
  });
});

describe('checks_file', () => {
  it('holds the checks', async () => {
    const path = join(temporaryFolder(), 'checks.yml');
    writeFileSync(path, entry('name: from the file'));
    expect((await plan({ checks_file: path })).map(({ name }) => name)).toEqual(['from the file']);
  });

  it('is told of where it is wrong, or not there', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'checks.yml'), `\ufeff${entry('nme: x')}\r\n`);
    expect(await problemsOf({ checks_file: join(folder, 'checks.yml') })).toEqual([
      '- checks_file, line 2: nme: there is no such key; did you mean name?',
    ]);
    expect(await problemsOf({ checks_file: join(folder, 'none.yml') })).toEqual([
      `- checks_file: ${JSON.stringify(join(folder, 'none.yml'))} cannot be read (ENOENT)`,
    ]);
  });
});
