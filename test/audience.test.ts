import { afterEach, describe, expect, it } from '@jest/globals';
import { audienceFor } from '../src/audience.ts';
import { openEmulator } from './emulated.ts';
import { configOf, failureOf, openTestWorld } from './world.ts';

const given = '123456789012-given.apps.googleusercontent.com';

const emulator = await openEmulator();

afterEach(() => {
  emulator.setIap('custom');
});

function prepare(values: Readonly<Record<string, string>>) {
  const world = openTestWorld(emulator);
  const config = configOf(values);
  return { world, find: () => audienceFor(config, world) };
}

const find = (values: Readonly<Record<string, string>>) => prepare(values).find();

describe('the audience of an ID token', () => {
  it('is what is given, and nobody is asked', async () => {
    expect(await find({ target_audience: given, url: emulator.appUrl })).toBe(given);
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('is what a token that is given is for', async () => {
    expect(await find({ id_token: 'a.b.c', url: emulator.appUrl })).toBeUndefined();
    expect(await find({ id_token: 'a.b.c', target_audience: given })).toBe(given);
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('is discovered where that is asked for, and told', async () => {
    const { world, find } = prepare({ target_audience: 'discover', url: `${emulator.appUrl}/health` });
    expect(await find()).toBe(emulator.clientId);
    expect(world.lines).toEqual([
      `IAP in front of ${new URL(emulator.appUrl).host} uses the OAuth client id ${emulator.clientId}.`,
    ]);
    expect(world.warnings).toEqual([]);
    expect(emulator.ledger.lines()).toEqual(['GET iap /health → 302']);
  });

  it('is discovered for a token that is given, too: it must be for that app', async () => {
    expect(await find({ id_token: 'a.b.c', target_audience: 'discover', url: emulator.appUrl })).toBe(
      emulator.clientId,
    );
  });

  it('is of no use where the client is Google’s own: that is a warning', async () => {
    emulator.setIap('google-managed');
    const { world, find } = prepare({ target_audience: 'discover', url: emulator.appUrl });
    await find();
    expect(world.warnings).toEqual([
      "That is IAP's Google-managed client, which cannot be the audience of an ID token. Set token_kind: signed_jwt.",
    ]);
  });

  it.each(['never', 'on_failure'])('quotes what kept it from being discovered, show_response: %s', async (shown) => {
    emulator.fail('edge', { status: 500, body: 'customer 4711' });
    const values = { target_audience: 'discover', url: emulator.appUrl, retry_for: '0', show_response: shown };
    const error = await failureOf(() => find(values));
    expect(error.message.includes('customer 4711')).toBe(shown === 'on_failure');
  });

  it('waits for an app that starts, as long as retry_for', async () => {
    emulator.fail('edge', { status: 503, times: 5 });
    const { world, find } = prepare({ target_audience: 'discover', url: emulator.appUrl, retry_for: '60s' });
    expect(await find()).toBe(emulator.clientId);
    expect(emulator.ledger.requests).toHaveLength(6);
    expect(world.lines[0]).toMatch(/^target_audience: unavailable; next try in .*, 1 min of retry_for left$/);
  });

  it('waits as long as the app asks, and only after an answer that asks', async () => {
    emulator.fail('edge', { status: 429, headers: { 'retry-after': '7' }, times: 1 });
    emulator.fail('edge', { reset: 'before-headers', times: 1 });
    const { world, find } = prepare({ target_audience: 'discover', url: emulator.appUrl, retry_for: '60s' });
    expect(await find()).toBe(emulator.clientId);
    const [first, second = 0, ...others] = world.clock.slept;
    expect([first, others]).toEqual([7000, []]);
    expect(second).toBeLessThan(7000);
  });

  it.each([
    ['503', { status: 503 }, 'unavailable'],
    ['500', { status: 500 }, 'unavailable'],
    ['429', { status: 429 }, 'rate-limited'],
    ['nobody', { reset: 'before-headers' }, 'connection-reset'],
  ] as const)('fails by the name of what stays: %s', async (_, fault, code) => {
    emulator.fail('edge', fault);
    const { world, find } = prepare({ target_audience: 'discover', url: emulator.appUrl, retry_for: '3s' });
    const error = await failureOf(find);
    expect(error.code).toBe(code);
    expect(world.clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(3000);
    if (code === 'unavailable') expect(error.hint).toMatch(/was tried \d times within 3 s/);
    emulator.ledger.clear();
    await failureOf(prepare({ target_audience: 'discover', url: emulator.appUrl, retry_for: '0' }).find);
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it('is asked of nobody for two credentials', async () => {
    const two = { credentials_json: '{"type": "service_account"}', id_token: 'a.b.c' };
    const error = await failureOf(() => find({ ...two, target_audience: 'discover', url: emulator.appUrl }));
    expect(error.code).toBe('credentials-conflict');
    expect(emulator.ledger.requests).toEqual([]);
  });

  it('cannot be discovered where the app does not reveal it', async () => {
    emulator.fail('edge', { status: 200, body: 'Hello' });
    const error = await failureOf(() => find({ target_audience: 'discover', url: emulator.appUrl }));
    expect(error.code).toBe('discovery-failed');
  });
});

describe('an audience that was left out', () => {
  const advice = (words: string) =>
    `one input is wrong:\n- target_audience: missing; ${words}. Set it to IAP's OAuth client id, or to discover`;
  const refusalOf = () => failureOf(() => find({ url: emulator.appUrl }));

  it('is an error that names the id found', async () => {
    const error = await refusalOf();
    const { host } = new URL(emulator.appUrl);
    expect(error.code).toBe('config-invalid');
    expect(error.message).toBe(advice(`IAP in front of ${host} uses the OAuth client id ${emulator.clientId}`));
  });

  it('is an error all the same where none is found', async () => {
    emulator.fail('edge', { status: 200, body: 'Hello' });
    const error = await refusalOf();
    expect(error.code).toBe('config-invalid');
    expect(error.message).toBe(advice('the app does not reveal it (discovery-failed)'));
  });

  it('is an error all the same where nobody answers', async () => {
    emulator.fail('edge', { reset: 'before-headers' });
    expect((await refusalOf()).message).toBe(advice('the app does not reveal it (connection-reset)'));
  });
});

describe('the audience of a JWT of the account’s own', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com/*'],
    ['https://app.example.com/health?a=b#c', 'https://app.example.com/*'],
    ['https://app.example.com:8443/a/b', 'https://app.example.com:8443/*'],
    ['https://APP.example.com:443/', 'https://app.example.com/*'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/*'],
  ])('for %s is %s', async (url, audience) => {
    expect(await find({ token_kind: 'signed_jwt', url })).toBe(audience);
  });

  it.each(['https://app.example.com/health', 'https://other.example.com/*'])(
    'is the URL that is given: %s',
    async (url) => {
      expect(await find({ token_kind: 'signed_jwt', target_audience: url })).toBe(url);
      expect(await find({ token_kind: 'signed_jwt', target_audience: url, url: 'https://app.example.com/' })).toBe(url);
    },
  );

  it.each([
    [given, ["target_audience is not used: a signed_jwt is for the app's URL, here https://app.example.com/*."]],
    ['discover', []],
  ])('is never a client id: %s', async (target_audience, warnings) => {
    const url = 'https://app.example.com/';
    const { world, find } = prepare({ token_kind: 'signed_jwt', target_audience, url });
    expect(await find()).toBe('https://app.example.com/*');
    expect(world.warnings).toEqual(warnings);
    expect(emulator.ledger.requests).toEqual([]);
  });
});
