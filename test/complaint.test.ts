import { describe, expect, it } from '@jest/globals';
import { type Complaint, parse, quote, unknown } from '../src/complaint.ts';
import { flag, secret, Unfit } from '../src/inputs.ts';

const hidden = 'a value that may be secret';
const provider = 'projects/1234/locations/global/workloadIdentityPools/a-pool-with-a-long-name/providers/github';

describe('quote', () => {
  it.each([
    ['10', '"10"'],
    ['a "b"\nc', '"a \\"b\\"\\nc"'],
    [provider, `"${provider}"`],
    ['htps://app.example.com/health', '"htps://app.example.com/health"'],
    ['htps://app.example.com/health?key=s3cret', '"htps://app.example.com/health?..."'],
    ['//app.example.com/?key=s3cret', '"//app.example.com/?..."'],
    ['http://a.example/?a=s3cret http://b.example/#s3cret', '"http://a.example/?... http://b.example/#..."'],
    ['{"private_key": 1}', hidden],
    ['-----BEGIN', hidden],
    ['eyJhbGciOiJSUzI1NiJ9', hidden],
    ['A'.repeat(40), hidden],
    ['https://me:s3cret@app.example.com/', hidden],
    ['x '.repeat(101), hidden],
    ['GOCSPX-0123456789', hidden],
    ['ya29.a0AfB_by', hidden],
    ['AIzaSyD-0123', hidden],
    ['1//0gAbCdEf', hidden],
    ['ghp_0123456789', hidden],
    ['projects/1/locations/ya29.a0AfB_by', hidden],
  ])('%j as %s', (value, shown) => {
    expect(quote(value)).toBe(shown);
  });
});

describe('unknown', () => {
  it.each([
    ['targt_audience', 'there is no such input; did you mean target_audience?'],
    ['colour', 'there is no such input'],
  ])('%s: %s', (name, complaint) => {
    expect(unknown('input', name, ['target_audience', 'url'])).toBe(complaint);
  });
});

describe('parse', () => {
  const complaintOf = (text: string, kind: Parameters<typeof parse>[1]): readonly Complaint[] => {
    const problems: Complaint[] = [];
    expect(parse(text, kind, 'here', problems)).toBeUndefined();
    return problems;
  };

  it('gives the value of a good text', () => {
    const problems: Complaint[] = [];
    expect(parse('true', flag, 'here', problems)).toBe(true);
    expect(problems).toEqual([]);
  });

  it('says where a bad one is, and shows it', () => {
    expect(complaintOf('maybe', flag)).toEqual(['here: "maybe" is neither true nor false']);
  });

  it('shows the part that is wrong, and nothing of a secret', () => {
    const fail = (error: Error) => () => {
      throw error;
    };
    expect(complaintOf('a,b', { takes: 'x', parse: fail(new Unfit('is wrong', 'b')) })).toEqual(['here: "b" is wrong']);
    expect(complaintOf('s3cret', { ...secret('x'), parse: fail(new Unfit('is wrong')) })).toEqual([
      'here: the value is wrong',
    ]);
    expect(() => complaintOf('a', { takes: 'x', parse: fail(new TypeError('a bug')) })).toThrow('a bug');
  });
});
