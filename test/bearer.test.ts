import { describe, expect, it } from '@jest/globals';
import { type Bearer, bearersFrom, createBearers } from '../src/bearer.ts';
import { IapError } from '../src/errors.ts';
import { Token } from '../src/token.ts';
import { failureOf, fakeClock, noon } from './world.ts';

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

describe('a token that is kept', () => {
  const minute = 60_000;
  const hour = 60 * minute;

  interface Outcome {
    /** Milliseconds that the token is valid for, by the right time. */
    readonly validFor?: number;
    /** Milliseconds that the minting takes. */
    readonly takes?: number;
    readonly error?: Error;
  }

  /** A machine whose clock is wrong by so many milliseconds; its tokens expire by the right time. */
  function keep(outcomes: readonly Outcome[] = [], { wrong = 0 }: { wrong?: number } = {}) {
    let now = noon;
    let tick = 0;
    let set = wrong;
    let mints = 0;
    const lines: string[] = [];
    const clock = { now: () => now + set, sleep: () => Promise.reject(new Error('slept')), ticks: () => tick };
    const right = { ...clock, now: () => now };
    const bearers = createBearers({
      clock,
      log: { info: (line) => void lines.push(line) },
      mint: async () => {
        const { validFor = hour, takes = 0, error } = outcomes[mints] ?? {};
        const name = `token ${++mints}`;
        const expires_at = new Date(now + validFor).toISOString();
        await settled();
        now += takes;
        tick += takes;
        if (error) throw error;
        return { token: new Token(name), facts: { ...bearer('x').facts, expires_at }, clock: right };
      },
    });
    return {
      bearers,
      lines,
      mints: () => mints,
      current: async () => named(await bearers.current()),
      pass: (ms: number) => {
        now += ms;
        tick += ms;
      },
      /** The machine sleeps: its ticks stand still. */
      doze: (ms: number) => {
        now += ms;
      },
      /** Somebody sets the clock. */
      set: (ms: number) => {
        set = ms;
      },
    };
  }

  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };

  it('is minted when it is first asked for', async () => {
    const { current, mints } = keep();
    expect(mints()).toBe(0);
    expect([await current(), await current(), mints()]).toEqual(['token 1', 'token 1', 1]);
  });

  it('is minted once for all who ask', async () => {
    const { bearers, mints } = keep();
    const all = await Promise.all(Array.from({ length: 10_000 }, () => bearers.current()));
    expect(new Set(all.map(named))).toEqual(new Set(['token 1']));
    expect(mints()).toBe(1);
  });

  it('is minted again by the next who asks, after a failure', async () => {
    const { bearers, current, mints } = keep([{ error: refusal }]);
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(() => bearers.current())));
    expect(failures).toEqual([refusal, refusal, refusal]);
    expect([await current(), mints()]).toEqual(['token 2', 2]);
  });

  it('is minted ahead of its expiry, while the old one serves', async () => {
    const { current, pass, mints } = keep();
    await current();
    pass(hour - 5 * minute - 1);
    expect([await current(), mints()]).toEqual(['token 1', 1]);
    pass(1);
    expect([await current(), mints()]).toEqual(['token 1', 2]);
    expect([await current(), mints()]).toEqual(['token 1', 2]);
    await settled();
    await settled();
    expect([await current(), mints()]).toEqual(['token 2', 2]);
  });

  it('serves on where that fails, which is tried again ten seconds later', async () => {
    const { current, pass, mints, lines } = keep([{}, { error: refusal }, { error: new Error('broken') }]);
    await current();
    pass(hour - 5 * minute);
    for (const expected of [2, 2, 3, 3, 4]) {
      expect([await current(), mints()]).toEqual(['token 1', expected]);
      await settled();
      await settled();
      pass(5000);
    }
    expect(await current()).toBe('token 4');
    expect(lines).toEqual([
      'The token could not be renewed before its expiry: token-refused.',
      'The token could not be renewed before its expiry: internal.',
    ]);
  });

  it('is minted again for who came to wait for that, once for all of them', async () => {
    const { bearers, current, pass, mints } = keep([{}, { error: refusal }]);
    await current();
    pass(hour - 5 * minute);
    expect([await current(), mints()]).toEqual(['token 1', 2]);
    // It is still under way when the token is in its last minute.
    pass(4 * minute);
    const all = await Promise.all([1, 2, 3].map(() => bearers.current()));
    expect([all.map(named), mints()]).toEqual([['token 3', 'token 3', 'token 3'], 3]);
  });

  it('is minted again for who found it expired while that was under way', async () => {
    const { bearers, current, pass, mints } = keep([{}, { error: refusal }]);
    const old = await bearers.current();
    pass(hour - 5 * minute);
    await current();
    expect([named(await bearers.renew(old)), mints()]).toEqual(['token 3', 3]);
  });

  it('serves on where even the log of that fails', async () => {
    const { current, pass, lines } = keep([{}, { error: refusal }]);
    lines.push = () => {
      throw new Error('full');
    };
    await current();
    pass(hour - 5 * minute);
    expect(await current()).toBe('token 1');
    await settled();
    await new Promise((done) => setImmediate(done));
    expect(await current()).toBe('token 1');
  });

  it('is minted ahead of its expiry again where the clock was set back after a try that failed', async () => {
    const { current, pass, set, mints } = keep([{}, { error: refusal }]);
    await current();
    pass(hour - 5 * minute);
    await current();
    await settled();
    await settled();
    set(-24 * hour);
    expect([await current(), mints()]).toEqual(['token 1', 3]);
  });

  it('is waited for in its last minute, whatever was tried before', async () => {
    const { bearers, current, pass, mints } = keep([{}, { error: refusal }, { error: refusal }]);
    await current();
    pass(hour - minute - 1);
    expect(await current()).toBe('token 1');
    await settled();
    await settled();
    pass(1);
    expect(await failureOf(() => bearers.current())).toBe(refusal);
    expect([await current(), mints()]).toEqual(['token 4', 4]);
  });

  it.each([
    ['valid for a minute only', { validFor: minute }],
    ['that took too long to be minted', { takes: hour - minute }],
    ['that expired while it was minted', { takes: 2 * hour }],
  ])('is never one %s', async (_, outcome) => {
    const { bearers, current } = keep([outcome]);
    const error = await failureOf(() => bearers.current());
    expect(error.code).toBe('token-expired');
    expect(await current()).toBe('token 2');
  });

  it('is one that is valid for a little more', async () => {
    expect(await keep([{ validFor: minute + 1 }]).current()).toBe('token 1');
  });

  it.each([-30 * 24 * hour, -24 * hour, -2 * minute, 2 * minute, 24 * hour, 30 * 24 * hour])(
    'is judged by the right time on a machine that is wrong by %i ms',
    async (wrong) => {
      const { current, pass, mints } = keep([], { wrong });
      await current();
      pass(hour - 5 * minute - 1);
      expect([await current(), mints()]).toEqual(['token 1', 1]);
      pass(4 * minute + 1);
      expect(await current()).toBe('token 2');
    },
  );

  it('does not live longer on a machine whose clock is set back', async () => {
    const { current, pass, set, mints } = keep([], { wrong: 24 * hour });
    await current();
    set(0);
    pass(30 * minute);
    expect([await current(), mints()]).toEqual(['token 1', 1]);
    pass(29 * minute);
    expect(await current()).toBe('token 2');
  });

  it('is minted once more on a machine whose clock is set forward, and then kept', async () => {
    const { current, set, mints } = keep();
    await current();
    set(24 * hour);
    expect([await current(), await current(), mints()]).toEqual(['token 2', 'token 2', 2]);
  });

  it('does not live longer on a machine that sleeps', async () => {
    const { current, doze } = keep();
    await current();
    doze(hour);
    expect(await current()).toBe('token 2');
  });

  it('is not handed out where it was refused, while another is minted', async () => {
    const { bearers, current, mints } = keep();
    const old = await bearers.current();
    const all = await Promise.all([bearers.renew(old), bearers.current(), bearers.renew(old), bearers.current()]);
    expect(all.map(named)).toEqual(['token 2', 'token 2', 'token 2', 'token 2']);
    expect([await current(), mints()]).toEqual(['token 2', 2]);
  });

  it('serves again while it is replaced ahead of its expiry, though the one before it was refused', async () => {
    const { bearers, current, pass, mints } = keep();
    await bearers.renew(await bearers.current());
    pass(hour - 5 * minute);
    expect([await current(), await current(), mints()]).toEqual(['token 2', 'token 2', 3]);
  });
});
