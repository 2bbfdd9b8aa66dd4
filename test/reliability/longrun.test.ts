import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withIapAuth } from '../../src/index.ts';
import { callers, type Fails, failing, hour, minute, playLongRun, type Run, startRun } from './longrun.ts';

jest.setTimeout(120_000);

const warnings: Error[] = [];
// Other tests of this process may warn of other things.
const note = (warning: Error) => {
  if (warning.name === 'MaxListenersExceededWarning') warnings.push(warning);
};
process.on('warning', note);
afterAll(() => void process.off('warning', note));
beforeEach(() => {
  warnings.length = 0;
});

let run: Run | undefined;
afterEach(async () => {
  await run?.close();
  run = undefined;
});
const start = async (fails: Fails) => {
  run = await startRun(fails);
  return run;
};

describe('200 callers through three hours, with a token endpoint that fails one time in three', () => {
  it.each(Object.entries(failing))(
    '%s: nothing is lost, nothing is stale, one exchange serves all',
    async (_, fails) => {
      const { calls, lost, passed, exchanges, failed, tokens, least, atOnce, refused } = await playLongRun(fails);
      expect(calls).toBeGreaterThan(20 * callers);
      expect(lost).toBe(0);
      expect(least).toBeGreaterThan(minute);
      expect(refused).toBe(0);
      // One that lives an hour is replaced when it has five minutes left, or less.
      expect(tokens).toBe(exchanges);
      expect(exchanges).toBeGreaterThanOrEqual(Math.floor(passed / hour));
      expect(exchanges).toBeLessThanOrEqual(1 + Math.floor(passed / (55 * minute)));
      expect(failed).toBeGreaterThan(0);
      expect(atOnce).toBe(1);
      expect(warnings).toEqual([]);
    },
  );

  it('whose token expires on its way is sent again, all with the one token that is minted for them', async () => {
    const { time, front, emulator, source } = await start((count) => count === 1);
    const waiting: (() => void)[] = [];
    const late: typeof fetch = async (input, init) => {
      // The first of each caller is held up for an hour, until all of them are.
      if (waiting.length < callers) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length < callers) return;
          time.pass(hour);
          for (const send of waiting) send();
        });
      }
      return fetch(input, init);
    };
    const fetchApp = withIapAuth(late, source);
    const responses = await Promise.all(Array.from({ length: callers }, () => fetchApp(emulator.appUrl)));
    expect(responses.filter(({ status }) => status !== 200)).toEqual([]);
    const answers = emulator.ledger.requests.filter(({ path }) => path === '/').map(({ status }) => status);
    expect(answers.filter((status) => status === 401).length).toBe(callers);
    expect(answers.filter((status) => status === 200).length).toBe(callers);
    expect(front.tokens.filter((end) => end === 200).length).toBe(2);
    expect(front.atOnce).toBe(1);
  });
});

describe('10,000 calls through one source', () => {
  const calls = 10_000;
  let app: Server;
  let url: string;
  beforeEach(async () => {
    app = createServer((_, response) => response.end('ok'));
    await once(app.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/`;
  });
  afterEach(() => app.close().closeAllConnections());

  /** Bytes in use, once what nobody holds is gone: what is left of a connection goes a turn later. */
  async function used(): Promise<number> {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let turn = 0; turn < 4; turn++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process.memoryUsage().heapUsed;
  }

  it('leave nothing behind: no listeners, no growth', async () => {
    const { time, front, source } = await start(() => false);
    const { signal } = new AbortController();
    const fetchApp = withIapAuth(fetch, { ...source, origins: [new URL(url).origin] });
    const call = async () => {
      const response = await fetchApp(url, { signal });
      expect(await response.text()).toBe('ok');
    };
    const some = async (count: number) => {
      for (let made = 0; made < count; made += 50) {
        await Promise.all(Array.from({ length: 50 }, call));
        // The token is replaced while they call.
        time.pass(minute);
      }
    };
    await some(1000);
    const before = await used();
    await some(calls);
    // 400 bytes a call.
    expect((await used()) - before).toBeLessThan(4_000_000);
    expect(warnings).toEqual([]);
    expect(front.atOnce).toBe(1);
    expect(front.tokens.length).toBeGreaterThan(2);
    expect(front.tokens.length).toBeLessThanOrEqual(2 + Math.floor((calls + 1000) / 50 / 55));
  });
});
