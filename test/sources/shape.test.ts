import { describe, expect, it } from '@jest/globals';
import { malformed, textFields } from '../../src/sources/shape.ts';
import { failureOf, shownOf } from '../world.ts';

describe('malformed', () => {
  it('says what is wrong, and what to do', () => {
    const error = malformed('is broken', 'Mend it.');
    expect(error).toMatchObject({ code: 'credentials-malformed', message: 'the credential is broken' });
    expect(error.hint).toBe('Mend it. The credential itself is never shown.');
  });
});

describe('textFields', () => {
  it('gives the fields of these names, and no others', () => {
    expect(textFields({ a: 'x', b: 'y', c: 7 }, ['a', 'b'])).toEqual({ a: 'x', b: 'y' });
  });

  it.each<[Record<string, unknown>, string]>([
    [{}, 'a, b'],
    [{ a: 'x' }, 'b'],
    [{ a: '', b: 'hunter2' }, 'a'],
    [{ a: null, b: ['hunter2'] }, 'a, b'],
    [{ a: 'hunter2', b: { b: 'hunter2' } }, 'b'],
  ])('names all that %j lacks, and shows none of it', async (file, names) => {
    const error = await failureOf(() => textFields(file, ['a', 'b']));
    expect(error).toMatchObject({ code: 'credentials-malformed', message: `the credential lacks ${names}` });
    expect(shownOf(error)).not.toContain('hunter2');
  });
});
