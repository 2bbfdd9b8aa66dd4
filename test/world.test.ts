import { describe, expect, it } from '@jest/globals';
import { openCi } from '../src/ci/index.ts';
import { googleUniverse } from '../src/google/endpoints.ts';
import { fromEnvironment, openWorld } from '../src/world.ts';
import { failureOf } from './world.ts';

function open(host: string | undefined, universe = googleUniverse) {
  const lines: string[] = [];
  const env = host === undefined ? {} : { IAP_AUTH_EMULATOR_HOST: host };
  const world = openWorld(
    { timeout: 1000, universe },
    env,
    openCi({}, (line) => lines.push(line)),
  );
  return { world, lines };
}

describe('openWorld', () => {
  it.each([undefined, ''])('is Google, with the emulator host %j', (host) => {
    const { world, lines } = open(host);
    expect(world.endpoints.token).toBe('https://oauth2.googleapis.com/token');
    expect(lines).toEqual([]);
  });

  it('is of the universe that was asked for', () => {
    expect(open(undefined, 'example.goog').world.endpoints.sts).toBe('https://sts.example.goog/v1/token');
  });

  it.each(['127.0.0.1:8085', 'localhost:8085', '[::1]:8085'])('is the emulator at %s, and says so', (host) => {
    const { world, lines } = open(host);
    expect(world.endpoints).toMatchObject({ token: `http://${host}/token`, metadata: `http://${host}` });
    expect(lines).toEqual([expect.stringMatching(/^warning: IAP_AUTH_EMULATOR_HOST is set: .*open nothing real/)]);
  });

  it.each([
    'emulator.example.com:8085',
    '10.0.0.1:8085',
    '127.0.0.1:8085@evil.example',
    'evil.example#127.0.0.1',
    '127.0.0.1:8085/path',
    'http://127.0.0.1:8085',
    'localhost.evil.example:80',
    '0.0.0.0:80',
    '2130706433:80',
    '127.1:80',
    ' 127.0.0.1:80',
    '[::ffff:10.0.0.1]:80',
  ])('refuses the emulator at %j', async (host) => {
    const error = await failureOf(() => open(host));
    expect(error).toMatchObject({ code: 'config-invalid', message: expect.stringContaining('is not on this machine') });
  });
});

describe('fromEnvironment', () => {
  it('reads the inputs, by the names that they were written by', () => {
    const env = { IAP_AUTH_TARGET_AUDIENCE: 'id', PATH: '/bin', IAP_TOKEN: 'x', IAP_AUTH_: 'x', MY_IAP_AUTH_URL: 'x' };
    expect(fromEnvironment(env)).toEqual([
      { name: 'target_audience', writtenAs: 'IAP_AUTH_TARGET_AUDIENCE', value: 'id' },
    ]);
  });

  it('takes the emulator for no input', () => {
    expect(fromEnvironment({ IAP_AUTH_EMULATOR_HOST: '127.0.0.1:1' })).toEqual([]);
  });

  it('gives unknown names on, so that they are found out', () => {
    expect(fromEnvironment({ IAP_AUTH_URLS: 'x' })).toEqual([{ name: 'urls', writtenAs: 'IAP_AUTH_URLS', value: 'x' }]);
  });
});
