import { afterEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/emulator/index.ts';
import { discoverClientId, isGoogleManaged } from '../../src/iap/discovery.ts';
import { openEmulator } from '../emulated.ts';
import { failureOf, openTestWorld } from '../world.ts';
import { iapHeader, signInAt } from './literal.ts';

const emulator = await openEmulator();

afterEach(() => {
  emulator.setIap('custom');
});

const discover = (path = '/health?a=b') =>
  discoverClientId(new URL(path, emulator.appUrl), openTestWorld(emulator).http);

const refusalOf = () => failureOf(() => discover());

describe('discoverClientId', () => {
  it('finds the id in the sign-in redirect, which it does not follow', async () => {
    expect(await discover()).toBe(emulator.clientId);
    expect(emulator.ledger.lines()).toEqual(['GET iap /health?a=b → 302']);
  });

  it('brings no token along', async () => {
    await discover();
    const [request] = emulator.ledger.requests;
    expect(Object.keys(request?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie/)]),
    );
  });

  it('finds Google’s own client, and knows it', async () => {
    emulator.setIap('google-managed');
    const id = await discover();
    expect(id).toMatch(/\.apps\.googleusercontent\.com$/);
    expect([isGoogleManaged(id), isGoogleManaged(emulator.clientId)]).toEqual([true, false]);
  });

  it.each<[string, Fault, string]>([
    [
      'an app that anybody may call',
      { status: 200, body: 'Hello' },
      'not IAP, but the app or something in front of it, answered 200',
    ],
    [
      'a page that is not there',
      { status: 404, body: '' },
      'not IAP, but the app or something in front of it, answered 404',
    ],
    [
      'a redirect within the app',
      { status: 302, headers: { location: '/login' } },
      'not IAP, but the app or something in front of it, answered 302',
    ],
    ['a redirect to nowhere', { status: 302 }, 'not IAP, but the app or something in front of it, answered 302'],
    ['IAP without a client', { status: 302, headers: { ...iapHeader, location: signInAt('') } }, 'IAP answered 302'],
    [
      'an id of another kind',
      { status: 302, headers: { ...iapHeader, location: signInAt('abc') } },
      'IAP answered 302',
    ],
    [
      'an id that begins like one',
      { status: 302, headers: { ...iapHeader, location: signInAt('1-a.apps.googleusercontent.com.evil.example') } },
      'IAP answered 302',
    ],
    [
      'an id with a command in it',
      { status: 302, headers: { ...iapHeader, location: signInAt('1-$(id).apps.googleusercontent.com') } },
      'IAP answered 302',
    ],
  ])('fails at %s', async (_, fault, words) => {
    emulator.fail('edge', fault);
    const error = await refusalOf();
    expect(error).toMatchObject({ code: 'discovery-failed', retry: 'no' });
    expect(error.message).toBe(`no IAP client id found at ${emulator.appUrl}/health?…: status ${fault.status}`);
    expect(error.hint).toContain(
      `${emulator.appUrl}/health?… was called without a token; ${words} without a client id.`,
    );
    expect(error.hint).toContain('set target_audience to it');
  });

  it.each([
    [500, 'unavailable', 'last answered 500, "Empty Google Account OAuth client ID(s)/secret(s)."'],
    [503, 'unavailable', 'last answered 503'],
    [429, 'rate-limited', 'answered 429'],
  ])('cannot tell yet where %i comes', async (status, code, words) => {
    emulator.fail('edge', { status, headers: iapHeader, body: 'Empty Google Account OAuth client ID(s)/secret(s).' });
    const error = await refusalOf();
    expect(error).toMatchObject({ code, retry: 'wait', message: expect.stringContaining(words) });
    expect(error.hint).not.toContain('a=b');
  });

  it('fails at Identity Platform', async () => {
    emulator.setIap('identity-platform');
    expect((await refusalOf()).hint).toContain('IAP answered 302 without a client id');
  });

  it.each<[string, Fault]>([
    [
      'the app’s own sign-in with Google',
      { status: 302, headers: { location: signInAt('1-app.apps.googleusercontent.com') } },
    ],
    [
      'another address',
      {
        status: 302,
        headers: {
          ...iapHeader,
          location: signInAt('1-app.apps.googleusercontent.com').replace('accounts.google.com', 'evil.example'),
        },
      },
    ],
    [
      'a sign-in that comes back elsewhere',
      {
        status: 302,
        headers: {
          ...iapHeader,
          location: signInAt('1-app.apps.googleusercontent.com').replace('iap.googleapis.com', 'evil.example'),
        },
      },
    ],
    [
      'a sign-in that comes back to another client',
      {
        status: 302,
        headers: {
          ...iapHeader,
          location: signInAt('1-app.apps.googleusercontent.com').replace('clientIds/1-app', 'clientIds/2-app'),
        },
      },
    ],
  ])('takes no id from %s: a token for it would be sent there', async (_, fault) => {
    emulator.fail('edge', fault);
    expect((await refusalOf()).code).toBe('discovery-failed');
  });

  it('waits for an app that is not ready yet', async () => {
    emulator.fail('edge', { status: 503, times: 2 });
    expect(await discover()).toBe(emulator.clientId);
  });

  it('tells of a connection that breaks', async () => {
    emulator.fail('edge', { reset: 'before-headers' });
    expect((await refusalOf()).code).toBe('connection-reset');
  });
});
