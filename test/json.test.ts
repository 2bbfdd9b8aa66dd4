import { describe, expect, it } from '@jest/globals';
import { jsonObject, mapTexts, record, textOf } from '../src/json.ts';

describe('record', () => {
  it('gives an object back as it is', () => {
    const value = { a: 1 };
    expect(record(value)).toBe(value);
  });

  it.each([[null], [undefined], ['text'], [7], [true]])('gives an empty object for %p', (value) => {
    expect(record(value)).toEqual({});
  });
});

describe('textOf', () => {
  it.each([
    ['a', 'a'],
    ['', ''],
    [7, ''],
    [null, ''],
    [undefined, ''],
    [{ toString: '' }, ''],
    [['a'], ''],
  ])('of %j is %j', (value, text) => expect(textOf(value)).toBe(text));
});

describe('jsonObject', () => {
  it('reads an object', () => {
    expect(jsonObject(' {"a": {"b": [1]}}\n')).toEqual({ a: { b: [1] } });
  });

  it.each(['', 'null', '7', '"text"', 'true', '{', '<html>', '{"a": 1} {"b": 2}', 'undefined'])(
    'gives an empty object for %p',
    (text) => {
      expect(jsonObject(text)).toEqual({});
    },
  );

  it('gives no field of a list a name', () => {
    expect(jsonObject('[{"error": "x"}]')['error']).toBeUndefined();
  });

  it('takes the name of what every object has for a field like any other', () => {
    expect(Object.hasOwn(jsonObject('{"__proto__": {"a": 1}}'), '__proto__')).toBe(true);
    expect(jsonObject('{"__proto__": {"a": 1}}')['a']).toBeUndefined();
  });
});

describe('mapTexts', () => {
  it('changes every text, and nothing else', () => {
    const data = { a: 'x', b: [1, null, true, { c: 'x' }] };
    expect(mapTexts(data, (text) => `${text}!`)).toEqual({ a: 'x!', b: [1, null, true, { c: 'x!' }] });
  });
});
