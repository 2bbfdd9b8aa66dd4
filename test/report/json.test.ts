import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonOf } from '../../src/report/json.ts';
import { hostile, passed, reportOf } from './values.ts';

describe('jsonOf', () => {
  it('is the report, whatever it holds', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const report = reportOf({ ...passed, name, message: `$HOME '$(id)' \`id\` <b> ##vso[x] ${name}` });
        expect(JSON.parse(jsonOf(report))).toEqual(report);
        expect(jsonOf(report)).not.toMatch(/[#$'`<>\u0085\u2028\u2029\n\r]/);
      }),
    );
  });

  it('is as JSON.stringify has it where there is nothing of the kind', () => {
    expect(jsonOf(reportOf(passed))).toBe(JSON.stringify(reportOf(passed)));
  });
});
