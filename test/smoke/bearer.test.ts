import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { type Bearer, bearersFrom } from '../../src/smoke/bearer.ts';
import { Token } from '../../src/token.ts';
import { failureOf, fakeClock, noon } from '../world.ts';

/** A token that is valid for so many milliseconds yet. */
const bearer = (name: string, validFor = 3_600_000): Bearer => ({
  token: new Token(name),
  facts: {
    kind: 'id_token',
    audience: 'client',
    principal: 'ci@project.iam.gserviceaccount.com',
    expires_at: new Date(noon + validFor).toISOString(),
  },
});

/** The bearers, and how often they minted; each mint ends in the next outcome. */
function open(first: Bearer, outcomes: readonly (Bearer | IapError)[] = [bearer('new')]) {
  const clock = fakeClock();
  let minted = 0;
  const mint = async () => {
    const outcome = outcomes[minted++];
    await Promise.resolve();
    if (outcome === undefined) throw new Error('minted too often');
    if (outcome instanceof IapError) throw outcome;
    return outcome;
  };
  return { clock, bearers: bearersFrom(first, mint, clock), minted: () => minted };
}

const named = ({ token }: Bearer) => token.reveal();
const refusal = new IapError('token-refused', 'refused', { endpoint: 'x' });

describe('current', () => {
  it.each([
    [3_600_000, 'old', 0],
    [60_001, 'old', 0],
    [60_000, 'new', 1],
    [1, 'new', 1],
    [-1, 'new', 1],
  ])('with %i ms to go gives the %s token', async (validFor, expected, times) => {
    const { bearers, minted } = open(bearer('old', validFor));
    expect(named(await bearers.current())).toBe(expected);
    expect(minted()).toBe(times);
  });

  it('goes by the clock', async () => {
    const { bearers, clock, minted } = open(bearer('old', 100_000));
    expect(named(await bearers.current())).toBe('old');
    await clock.sleep(40_000);
    expect(named(await bearers.current())).toBe('new');
    expect(named(await bearers.current())).toBe('new');
    expect(minted()).toBe(1);
  });

  it('mints once for all who ask at the same time', async () => {
    const { bearers, minted } = open(bearer('old', 0), [bearer('new'), bearer('too many'), bearer('too many')]);
    const all = await Promise.all([bearers.current(), bearers.current(), bearers.current()]);
    expect(all.map(named)).toEqual(['new', 'new', 'new']);
    expect(minted()).toBe(1);
  });

  it('mints once for who asks while it is minted', async () => {
    const { bearers, minted } = open(bearer('old', 0), [bearer('new'), bearer('too many')]);
    const first = bearers.current();
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    expect(minted()).toBe(1);
    expect(named(await bearers.current())).toBe('new');
    expect(named(await first)).toBe('new');
    expect(minted()).toBe(1);
  });
});

describe('renew', () => {
  it('mints another, which is then the current one', async () => {
    const old = bearer('old');
    const { bearers } = open(old);
    expect(named(await bearers.renew(old))).toBe('new');
    expect(named(await bearers.current())).toBe('new');
  });

  it('gives what another has minted already', async () => {
    const old = bearer('old');
    const { bearers, minted } = open(old, [bearer('new'), bearer('too many')]);
    await bearers.renew(old);
    expect(named(await bearers.renew(old))).toBe('new');
    expect(minted()).toBe(1);
  });

  it('mints once for all who found the same token expired', async () => {
    const old = bearer('old');
    const { bearers, minted } = open(old, [bearer('new'), bearer('too many'), bearer('too many')]);
    const all = await Promise.all([bearers.renew(old), bearers.renew(old), bearers.renew(old)]);
    expect(all.map(named)).toEqual(['new', 'new', 'new']);
    expect(minted()).toBe(1);
  });

  it('fails with the failure, and leaves the old token to others', async () => {
    const old = bearer('old');
    const { bearers, minted } = open(old, [refusal, bearer('new')]);
    expect(await failureOf(() => bearers.renew(old))).toBe(refusal);
    expect(named(await bearers.current())).toBe('old');
    expect(named(await bearers.renew(old))).toBe('new');
    expect(minted()).toBe(2);
  });

  it('renews a second time', async () => {
    const old = bearer('old');
    const next = bearer('next');
    const { bearers } = open(old, [next, bearer('last')]);
    await bearers.renew(old);
    expect(named(await bearers.renew(next))).toBe('last');
  });
});
