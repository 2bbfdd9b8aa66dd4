import { afterEach, describe, expect, it } from '@jest/globals';
import type { App, Fault } from '../../src/emulator/index.ts';
import { attemptAnonymous } from '../../src/smoke/anonymous.ts';
import { openEmulator } from '../emulated.ts';
import { openTestWorld } from '../world.ts';
import { plan } from './step.ts';

const emulator = await openEmulator();

afterEach(() => {
  emulator.setIap('custom');
});

async function tryOnce(inputs: Readonly<Record<string, string>> = {}) {
  const [check] = await plan({ url: `${emulator.appUrl}/a?b=c`, ...inputs });
  if (check === undefined) throw new Error('no check');
  return attemptAnonymous(check, openTestWorld(emulator));
}

describe('a call without a token', () => {
  it.each(['custom', 'google-managed', 'identity-platform'] as const)('is refused by IAP (%s)', async (mode) => {
    emulator.setIap(mode);
    expect(await tryOnce()).toMatchObject({ status: 302, answeredBy: 'iap', error: undefined });
    expect(emulator.ledger.lines()).toEqual(['GET iap /a?b=c → 302']);
  });

  it.each<[string, Fault]>([
    ['401', { status: 401, body: 'Invalid IAP credentials: empty token' }],
    ['403', { status: 403, body: 'Access denied.' }],
  ])('is refused with %s too', async (_, fault) => {
    emulator.fail('iap', fault);
    expect(await tryOnce()).toMatchObject({ status: fault.status, answeredBy: 'iap', error: undefined });
  });

  it('is a GET with no token, no header and no body of the check', async () => {
    await tryOnce({ method: 'POST', body: 'x', headers: 'X-Key: k', token_header: 'proxy-authorization' });
    const [request] = emulator.ledger.requests;
    expect(request).toMatchObject({ method: 'GET', body: '' });
    expect(Object.keys(request?.headers ?? {})).toEqual(expect.not.arrayContaining(['x-key', 'authorization']));
    expect(request?.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each([200, 204, 302, 401, 403, 404, 500])('must not reach an app that answers %i', async (status) => {
    emulator.fail('edge', { status, ...(status === 302 ? { headers: { location: '/login' } } : {}) });
    const verdict = await tryOnce();
    expect(verdict).toMatchObject({ status, answeredBy: 'app' });
    expect(verdict.error).toMatchObject({
      code: 'app-unprotected',
      message: `called without a token, the app answered ${status}; IAP did not refuse`,
    });
    expect(verdict.error?.hint).toContain('check_protected: off');
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it.each([
    [429, 'rate-limited'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('tells nothing yet where %i comes', async (status, code) => {
    emulator.fail('edge', { status, headers: { 'retry-after': '4' } });
    const verdict = await tryOnce();
    expect(verdict).toMatchObject({ status, retryAfter: 4000 });
    expect(verdict.error).toMatchObject({ code, retry: 'wait' });
  });

  it('tells nothing yet where nobody answers', async () => {
    emulator.fail('edge', { reset: 'before-headers' });
    const verdict = await tryOnce();
    expect(verdict).toMatchObject({ status: null, answeredBy: 'none' });
    expect(verdict.error?.code).toBe('connection-reset');
    expect(emulator.ledger.requests).toHaveLength(1);
  });

  it('ends in the timeout of the check', async () => {
    emulator.fail('edge', { hang: 'before-headers' });
    expect((await tryOnce({ timeout: '80ms' })).error).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('within 80ms'),
    });
  });

  it('reads no more than 64 KiB', async () => {
    emulator.fail('edge', { status: 200, body: 'x'.repeat(100_000) });
    expect((await tryOnce()).body).toHaveLength(64 * 1024);
  });

  it('never reaches the app behind IAP', async () => {
    let calls = 0;
    const app: App = () => {
      calls++;
      return new Response('x');
    };
    emulator.setApp(app);
    await tryOnce();
    expect(calls).toBe(0);
  });
});
