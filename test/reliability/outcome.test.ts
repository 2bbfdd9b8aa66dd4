import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { secretLines } from '../world.ts';
import { exportedOf, leaksOf } from './outcome.ts';
import { account, openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const left = (outputs: Readonly<Record<string, string>>, ...shown: readonly string[]) => ({
  shown,
  outputs: new Map(Object.entries(outputs)),
  variables: new Map<string, string>(),
});

describe('leaksOf', () => {
  it('finds a line of the key, a signature alone, and a token in an output that is none of its own', async () => {
    const token = await stage.emulator.mintIdToken({ email: account });
    const signature = token.split('.')[2] ?? '';
    const [line = ''] = secretLines(stage.key.private_key);
    expect(leaksOf(left({}, `x${line}x`), stage)).toHaveLength(1);
    expect(leaksOf(left({}, `x ${signature}`), stage)).toHaveLength(1);
    expect(leaksOf(left({ report: token }), stage)).toHaveLength(2);
    expect(leaksOf(left({ token }, 'nothing'), stage)).toEqual([]);
  });
});

describe('exportedOf', () => {
  it('knows a good token from one that is not', async () => {
    const good = await stage.emulator.mintIdToken({ email: account });
    const other = await stage.emulator.mintIdToken({ email: account, aud: 'other' });
    const stranger = await stage.emulator.mintIdToken({ email: 'eve@example.com' });
    const old = await stage.emulator.mintIdToken({ email: account, exp: 1_700_000_000 });
    const foreign = await stage.emulator.signCiToken({ email: account, aud: stage.emulator.clientId });
    expect(await exportedOf(left({ token: good }), stage)).toBe('a good token');
    expect(await exportedOf(left({}), stage)).toBe('nothing');
    for (const bad of [other, stranger, old, foreign, `${good}x`]) {
      expect(await exportedOf(left({ token: bad }), stage)).toBe('a bad token');
    }
    expect(await exportedOf(left({ token: good, id_token: other }), stage)).toBe('a bad token');
  });
});
