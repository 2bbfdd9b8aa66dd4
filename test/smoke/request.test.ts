import { describe, expect, it } from '@jest/globals';
import { Unfit } from '../../src/inputs.ts';
import { expectedHeader, expectedJson, headers, method } from '../../src/smoke/request.ts';

const unfit = (words: string) => new Unfit(words);

describe('method', () => {
  it.each([
    ['GET', 'GET'],
    ['post', 'POST'],
    ['PROPFIND', 'PROPFIND'],
  ])('reads %s', (value, expected) => {
    expect(method.parse(value)).toBe(expected);
  });

  it.each(['', 'GE', 'G T', 'GET\r\nX: y', 'G3T', 'X'.repeat(21)])('refuses %p', (value) => {
    expect(() => method.parse(value)).toThrow(unfit('is not a valid HTTP method; give one such as GET or POST'));
  });

  it.each(['CONNECT', 'trace'])('refuses %s', (value) => {
    expect(() => method.parse(value)).toThrow(unfit('is a method that no app answers; give GET or POST'));
  });
});

describe('headers', () => {
  it('keeps names and values as they were written', () => {
    expect(headers.parse('X-Api-Key: a:b \r\n\r\n  accept:*/*\nEmpty:\nX-Latin: é')).toEqual({
      'X-Api-Key': 'a:b',
      accept: '*/*',
      Empty: '',
      'X-Latin': 'é',
    });
  });

  it('keeps a name that every object has', () => {
    expect(Object.entries(headers.parse('__proto__: x\nconstructor: y'))).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'TE',
    'Upgrade',
    'Expect',
    'User-Agent',
    'Proxy-Authorization',
    'X-Goog-IAP-JWT-Assertion',
    'x-goog-authenticated-user-email',
  ])('refuses %s', (name) => {
    expect(() => headers.parse(`Accept: x\n${name}: secret`)).toThrow(
      unfit(`sets ${name}, which iap-auth or IAP sets itself; leave it out`),
    );
  });

  it.each([
    ['a line without a colon', 'A: b\nsecret', 'is not `Name: value` in line 2'],
    ['a space in the name', 'A B: secret', 'is not `Name: value` in line 1'],
    ['no name', ': secret', 'is not `Name: value` in line 1'],
    ['a control character', 'A: secret\0', 'contains, in line 1, a character that no header can carry'],
    ['a carriage return inside', 'A: b\rC: d', 'is not `Name: value` in line 1'],
    ['an emoji', 'A: 🎉', 'contains, in line 1, a character that no header can carry'],
    ['a header twice', 'A: b\nC: d\na: e', 'sets a twice; join its values with a comma'],
  ])('refuses %s', (_, value, words) => {
    expect(() => headers.parse(value)).toThrow(unfit(words));
  });
});

describe('expectedHeader', () => {
  it.each([
    ['Content-Type: text/html; charset=utf-8', { name: 'Content-Type', value: 'text/html; charset=utf-8' }],
    ['x-version:/^1:/i', { name: 'x-version', value: '/^1:/i' }],
  ])('reads %s', (line, expected) => {
    expect(expectedHeader.parse(line)).toEqual(expected);
  });

  it.each(['', 'x', 'x:', ': y', 'a b: c'])('refuses %p', (line) => {
    expect(() => expectedHeader.parse(line)).toThrow(unfit('is not `name: value`'));
  });
});

describe('expectedJson', () => {
  it.each([
    ['$.status == "ok"', '$.status', 'ok'],
    ['$.n==1', '$.n', 1],
    ['$ == null', '$', null],
    ['$.a == {"b": [1, true]}', '$.a', { b: [1, true] }],
    ['$[?@.a == 1].b == 2', '$[?@.a == 1].b', 2],
    ['$[?@.a == "x"].b == "y == 1"', '$[?@.a == "x"].b', 'y == 1'],
    ['$["a == 1"] == 1', '$["a == 1"]', 1],
  ])('reads %s', (line, path, value) => {
    expect(expectedJson.parse(line)).toEqual({ path, value });
  });

  it.each(['', '$.status', '$.status == ok', '$.status = "ok"', '$.a ==', '$[?@.a == "x"]'])('refuses %p', (line) => {
    expect(() => expectedJson.parse(line)).toThrow(
      unfit('is not a JSONPath, ==, and a JSON value; text needs its quotes, such as $.status == "ok"'),
    );
  });

  it.each(['10000000000000001', '-9007199254740992', '{"a": [1e300]}'])(
    'refuses a number that is rounded: %s',
    (json) => {
      expect(() => expectedJson.parse(`$.a == ${json}`)).toThrow(
        unfit('contains a number from 2^53 on, which JSON readers round; compare another field'),
      );
    },
  );
});
