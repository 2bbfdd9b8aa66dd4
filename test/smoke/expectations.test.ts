import { describe, expect, it } from '@jest/globals';
import type { IapError } from '../../src/errors.ts';
import type { HttpResponse } from '../../src/http.ts';
import { plan } from './step.ts';

const base: HttpResponse = { status: 200, headers: {}, body: '', tries: 1 };

/** What an answer lacks of what these inputs expect. */
const lacking = async (inputs: Readonly<Record<string, string>>, answer: Partial<HttpResponse>) => {
  const [check] = await plan({ url: 'https://app.example.com/', ...inputs });
  const errors = check?.expectations.map((expectation) => expectation({ ...base, ...answer }));
  return errors?.find((error) => error !== undefined);
};

const wordsOf = (error: IapError | undefined) => error && [error.code, error.message];

describe('expect_status', () => {
  it.each([
    [200, '200-299'],
    [299, '200-299'],
    [204, '204'],
    [404, '200-299,404'],
    [301, '301-302,200'],
  ])('passes %d where %s is expected', async (status, expected) => {
    expect(await lacking({ expect_status: expected }, { status })).toBeUndefined();
  });

  it.each([
    [199, '200-299', '200-299'],
    [300, '200-299', '200-299'],
    [203, '202, 204 - 206', '202,204-206'],
    [404, '200-200', '200'],
  ])('fails %d where %s is expected', async (status, expected, shown) => {
    const error = await lacking({ expect_status: expected }, { status });
    expect(error).toMatchObject({
      code: 'app-status',
      message: `the app answered ${status}, expected ${shown}`,
      facts: { expected: shown, found: status },
    });
    expect(error?.hint).toContain(`set expect_status (currently ${shown})`);
  });
});

describe('expect_header', () => {
  it.each([
    ['Content-Type: text/html', { 'content-type': ' text/html ' }],
    ['content-type: /^TEXT\\/.*utf-8$/i', { 'content-type': 'text/html; charset=utf-8' }],
    ['x-a: 1\nx-b: 2', { 'x-a': '1', 'x-b': '2' }],
  ])('passes %j', async (expected, headers) => {
    expect(await lacking({ expect_header: expected }, { headers })).toBeUndefined();
  });

  it.each([
    ['X-V: 1', {}, `the app's header X-V is missing, expected "1"`],
    ['X-V: 1', { 'x-v': '12' }, `the app's header X-V is "12", expected "1"`],
    ['x-v: ok', { 'x-v': 'OK' }, `the app's header x-v is "OK", expected "ok"`],
    ['x-v: /^1$/', { 'x-v': '12' }, `the app's header x-v is "12", expected /^1$/`],
    ['x-v: 1', { 'x-v': '<b>\u001b[31m2' }, `the app's header x-v is "[31m2", expected "1"`],
    ['x-v: 1', { 'x-v': 'y '.repeat(200) }, `the app's header x-v is "${'y '.repeat(50)}…", expected "1"`],
    ['set-cookie: a=b', { 'set-cookie': 'sid=hunter2' }, `the app's header set-cookie is different, expected "a=b"`],
    ['constructor: x', {}, `the app's header constructor is missing, expected "x"`],
    ['x-a: 1\nx-b: 2', { 'x-a': '1', 'x-b': '3' }, `the app's header x-b is "3", expected "2"`],
  ])('fails %j on %j', async (expected, headers, message) => {
    const error = await lacking({ expect_header: expected }, { headers });
    expect(wordsOf(error)).toEqual(['app-header', message]);
    expect(error?.hint).toContain('change expect_header (currently ');
  });
});

describe('expect_body', () => {
  it.each([
    ['ok', 'it is ok.'],
    ['<h1>Hi</h1>', '<body><h1>Hi</h1>'],
    ['/usr/bin', 'in /usr/bin it is'],
    ['/x', 'a/x'],
    ['//', 'http://x'],
    ['/version \\d+\\.\\d+/', 'version 12.5'],
    ['/OK/i', 'ok'],
    ['/^b$/m', 'a\nb\nc'],
    ['/a.b/s', 'a\nb'],
    ['/^.$/u', '🎉'],
    ['/a\\/b/', 'a/b'],
    ['two\nlines', 'x two\nlines x'],
  ])('passes %j in %j', async (expected, body) => {
    expect(await lacking({ expect_body: expected }, { body })).toBeUndefined();
  });

  it.each([
    ['ok', 'OK', `the app's body does not contain "ok"; it begins "OK"`],
    ['ok', ' \n', `the app's body does not contain "ok"; it is empty`],
    ['/OK/', 'ok', `the app's body does not match /OK/; it begins "ok"`],
    ['/^b$/', 'a\nb', `the app's body does not match /^b$/; it begins "a b"`],
    ['/a.b/', 'a\nb', `the app's body does not match /a.b/; it begins "a b"`],
    ['ok', '<script>::error::x</script>no', `the app's body does not contain "ok"; it begins "no"`],
    ['a\u0085\u009bb', 'ok', `the app's body does not contain "a b"; it begins "ok"`],
    ['/a\u009b\u2028b/', 'ok', `the app's body does not match /a b/; it begins "ok"`],
    ['ok', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', `the app's body does not contain "ok"; it begins "[token]"`],
  ])('fails %j in %j', async (expected, body, message) => {
    const error = await lacking({ expect_body: expected }, { body });
    expect(wordsOf(error)).toEqual(['app-body', message]);
    expect(error?.hint).toContain('change expect_body (currently ');
  });
});

describe('expect_json', () => {
  it.each([
    ['$.status == "ok"', '{"status": "ok"}'],
    ['$ == {"a": [1, {"b": null}], "c": true}', '{"c": true, "a": [1.0, {"b": null}]}'],
    ['$[*].ok == true', '[{"ok": true}, {"ok": true}]'],
    ['$..id == 1', '{"a": {"id": 1}, "id": 1}'],
    ['$[?@.name == "db"].up == true', '[{"name": "db", "up": true}, {"name": "x", "up": false}]'],
    ['$[?match(@.v, "1[.].")].v == "1.2"', '[{"v": "1.2"}, {"v": "1.2.3"}]'],
    ['$[?search(@.v, "b+")].v == "abc"', '[{"v": "abc"}, {"v": "ac"}]'],
    ['$[?search(@.v, @.p)].v == "b"', '[{"v": "a", "p": "x"}, {"v": "b", "p": "b"}]'],
    ['$ == 0', '-0'],
    ['$ == 1', '\ufeff1'],
    ['$ == {"__proto__": 1}', '{"__proto__": 1}'],
    ['$.a == 1\n$.b == 2', '{"a": 1, "b": 2}'],
  ])('passes %s in %s', async (expected, body) => {
    expect(await lacking({ expect_json: expected }, { body })).toBeUndefined();
  });

  it.each([
    ['$.status == "ok"', '{"status": "down"}', 'has "down" there'],
    ['$.status == "ok"', '{"status": ["ok"]}', 'has ["ok"] there'],
    ['$.n == 1', '{"n": "1"}', 'has "1" there'],
    ['$.n == null', '{}', 'has nothing there'],
    ['$.n == 1', 'null', 'has nothing there'],
    ['$ == []', '{}', 'has {} there'],
    ['$ == {}', '[]', 'has [] there'],
    ['$ == {}', 'null', 'has null there'],
    ['$ == [1, 2]', '[2, 1]', 'has [2,1] there', '$ == [1,2]'],
    ['$ == {"a": 1}', '{"a": 1, "b": 2}', 'has {"a":1,"b":2} there', '$ == {"a":1}'],
    ['$ == {"a": 1}', '{"b": 1}', 'has {"b":1} there', '$ == {"a":1}'],
    ['$[*].ok == true', '[{"ok": true}, {"ok": false}]', 'has false there'],
    ['$.__proto__ == {}', '{}', 'has nothing there'],
    ['$ == {"__proto__": 1}', '{"toString": 1}', 'has {"toString":1} there', '$ == {"__proto__":1}'],
    ['$.a == 1', '<html>Sign in</html>', 'is not JSON; it begins "Sign in"'],
    ['$.a == 1', '', 'is not JSON; it is empty'],
    ['$.a == 1\n$.b == 2', '{"a": 1, "b": 3}', 'has 3 there', '$.b == 2'],
    ['$[?match(@, "(")] == 1', '["x"]', 'has nothing there'],
  ])('fails %s in %s', async (expected, body, words, shown = expected) => {
    const error = await lacking({ expect_json: expected }, { body });
    expect(wordsOf(error)).toEqual(['app-json', `the app's body ${words}, expected ${shown}`]);
    expect(error?.hint).toContain('change expect_json (currently ');
  });
});

describe('an app that means ill', () => {
  const mib8 = 8 * 1024 * 1024;
  const tooLong = "the app's body is too long, or nested too deeply, to be checked";

  it.each([
    ['a regex that others choke on', { expect_body: '/(a+)+[bc]/' }, 'a'.repeat(100_000), /does not match/],
    ['a regex with much to count', { expect_body: '/(a?){200}[xy]/' }, 'a'.repeat(mib8), tooLong],
    [
      'a regex in a path',
      { expect_json: '$[?search(@, "(a+)+b")] == 1' },
      `["${'a'.repeat(100_000)}"]`,
      /nothing there/,
    ],
    ['deep JSON', { expect_json: '$ == 1' }, '['.repeat(mib8 / 2) + ']'.repeat(mib8 / 2), /too long|too deeply/],
    ['deep JSON, looked through', { expect_json: '$..a == 1' }, '['.repeat(5000) + ']'.repeat(5000), tooLong],
    ['long JSON', { expect_json: '$[*] == 1' }, `[${'1,'.repeat(500_000)}2]`, 'has 2 there'],
    ['broken UTF-8', { expect_body: 'ok' }, Buffer.from([0xff, 0xfe, 0x00]).toString('utf8'), /does not contain/],
    [
      'JSON that a path goes through again for each of its values',
      { expect_json: '$.a[?$.a[?@.b.c == -1]] == 1' },
      JSON.stringify({ a: Array.from({ length: 100_000 }, (_, c) => ({ b: { c } })) }),
      /takes too long to check/,
    ],
  ])(
    'does not get far with %s',
    async (_, inputs, body, message) => {
      const started = performance.now();
      const error = await lacking(inputs, { body });
      expect(error?.message).toMatch(message);
      expect(error?.message.length).toBeLessThan(600);
      expect(performance.now() - started).toBeLessThan(30_000);
    },
    60_000,
  );
});

describe('a header', () => {
  it('of a healthy page of megabytes is found out in time', async () => {
    const body = `${'<p>words of a page</p>'.repeat(100_000)}build 1.2.3`;
    expect(await lacking({ expect_body: '/build 1\\.2\\.3/' }, { body })).toBeUndefined();
  });

  it('that a regex would take too long for is told as one', async () => {
    const error = await lacking(
      { expect_header: 'x-v: /(a?){500}(b?){500}[xy]/' },
      { headers: { 'x-v': 'a'.repeat(300_000) } },
    );
    expect(error?.message).toMatch(
      /^the app's header x-v (is too long, or nested too deeply, to be checked|takes too long to check), expected/,
    );
  });
});

describe('an encoded answer', () => {
  const gzip = { headers: { 'content-encoding': 'gzip' }, body: '\u001f\ufffd\b' };

  it.each([
    [{ expect_body: 'ok' }, 'app-body', 'does not contain "ok"; it is encoded (gzip), which is not read'],
    [{ expect_json: '$ == 1' }, 'app-json', 'is not JSON; it is encoded (gzip), which is not read, expected $ == 1'],
  ])('is named: %j', async (inputs, code, words) => {
    expect(wordsOf(await lacking(inputs, gzip))).toEqual([code, `the app's body ${words}`]);
  });
});

describe('show_response: never', () => {
  it.each([
    [{ expect_header: 'x-v: 1' }, { headers: { 'x-v': 'hunter2' } }, `the app's header x-v is different, expected "1"`],
    [{ expect_body: 'ok' }, { body: 'hunter2' }, `the app's body does not contain "ok"`],
    [{ expect_json: '$ == 1' }, { body: '"hunter2"' }, `the app's body has a different value there, expected $ == 1`],
    [{ expect_json: '$ == 1' }, { body: 'hunter2' }, `the app's body is not JSON, expected $ == 1`],
    [
      { expect_body: 'ok' },
      { headers: { 'content-encoding': 'hunter2' }, body: 'x' },
      `the app's body does not contain "ok"; it is encoded, which is not read`,
    ],
  ])('shows nothing of the answer: %j', async (inputs, answer, message) => {
    expect((await lacking({ ...inputs, show_response: 'never' }, answer))?.message).toBe(message);
  });
});

describe('the order', () => {
  it('is status, header, body, JSON', async () => {
    const all = { expect_json: '$ == 1', expect_body: 'b', expect_header: 'x: y', expect_status: '200' };
    const codeOf = async (answer: Partial<HttpResponse>) => (await lacking(all, answer))?.code;
    expect([
      await codeOf({ status: 500 }),
      await codeOf({}),
      await codeOf({ headers: { x: 'y' } }),
      await codeOf({ headers: { x: 'y' }, body: 'b' }),
    ]).toEqual(['app-status', 'app-header', 'app-body', 'app-json']);
  });
});
