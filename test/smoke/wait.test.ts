import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { type Budget, backoff, leftFor } from '../../src/smoke/wait.ts';

const url = 'https://app.example.com/';

const errors = {
  unavailable: new IapError('unavailable', 'x', { url, tries: 1 }),
  'rate-limited': new IapError('rate-limited', 'x', { url }),
  timeout: new IapError('timeout', 'x', { host: 'x', timeout: '1s' }),
  dns: new IapError('dns', 'x', { host: 'x' }),
  'connection-refused': new IapError('connection-refused', 'x', { host: 'x' }),
  'connection-reset': new IapError('connection-reset', 'x', { host: 'x' }),
  tls: new IapError('tls', 'x', { host: 'x', problem: 'x' }),
  'iap-refused': new IapError('iap-refused', 'x', { url }),
  'iap-access-denied': new IapError('iap-access-denied', 'x', { email: 'a@b.c', commands: 'x' }),
  'iam-permission-denied': new IapError('iam-permission-denied', 'x', { permission: 'p', account: 'a', commands: 'x' }),
  'iap-token-expired': new IapError('iap-token-expired', 'x', { expiry: 'x' }),
  'iap-not-a-jwt': new IapError('iap-not-a-jwt', 'x', {}),
  'app-status': new IapError('app-status', 'x', { expected: '200', found: 404 }),
  'app-header': new IapError('app-header', 'x', { name: 'a', expected: 'b' }),
  'app-body': new IapError('app-body', 'x', { expected: 'b' }),
  'app-json': new IapError('app-json', 'x', { expected: 'b' }),
  'app-unprotected': new IapError('app-unprotected', 'x', { url, commands: 'x' }),
  'app-redirect': new IapError('app-redirect', 'x', { to: url }),
  'proxy-refused': new IapError('proxy-refused', 'x', { host: 'x', variable: 'https_proxy' }),
  'response-too-large': new IapError('response-too-large', 'x', { host: 'x', limit: '8 MiB' }),
  'token-refused': new IapError('token-refused', 'x', { endpoint: 'x' }),
} as const;
type Name = keyof typeof errors;

const budget: Budget = { retryFor: 60_000, retryOn: [], propagationWait: 300_000 };

const left = (name: Name, status: number | null, change: Partial<Budget> = {}, elapsed = 1000) =>
  leftFor({ error: errors[name], status, retryAfter: 0 }, { ...budget, ...change }, elapsed);

describe('backoff', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [4, 8000],
    [5, 10_000],
    [2000, 10_000],
  ])('after %i tries is from half of %i ms to all of it', (tries, most) => {
    expect(backoff(tries, () => 0)).toBe(most / 2);
    expect(backoff(tries, () => 0.5)).toBe(most * 0.75);
    expect(backoff(tries, () => 1)).toBe(most);
  });
});

describe('leftFor', () => {
  it('waits for nothing after a pass', () => {
    expect(leftFor({ error: undefined, status: 503, retryAfter: 0 }, { ...budget, retryOn: [[503, 503]] }, 0)).toBe(0);
  });

  it.each<[Name, number | null]>([
    ['unavailable', 503],
    ['rate-limited', 429],
    ['timeout', null],
    ['dns', null],
    ['connection-refused', null],
    ['connection-reset', null],
    ['tls', null],
    ['iap-refused', 500],
  ])('waits for %s (%p) as long as retry_for', (name, status) => {
    expect(left(name, status)).toBe(59_000);
    expect(left(name, status, {}, 60_000)).toBe(0);
    expect(left(name, status, {}, 61_000)).toBeLessThan(0);
    expect(left(name, status, { retryFor: 0 }, 0)).toBe(0);
  });

  it.each<[Name, number | null]>([
    ['iap-access-denied', 403],
    ['iam-permission-denied', null],
  ])('waits for %s as long as propagation_wait, whatever retry_for', (name, status) => {
    expect(left(name, status)).toBe(299_000);
    expect(left(name, status, { propagationWait: 0 }, 0)).toBe(0);
  });

  it.each<[Name, number | null]>([
    ['iap-refused', 401],
    ['iap-refused', 403],
    ['iap-token-expired', 401],
    ['iap-not-a-jwt', 401],
    ['app-status', 404],
    ['app-status', 500],
    ['app-header', 200],
    ['app-body', 200],
    ['app-json', 200],
    ['app-unprotected', 200],
    ['app-redirect', 302],
    ['proxy-refused', null],
    ['response-too-large', null],
    ['token-refused', null],
  ])('takes %s (%p) as final', (name, status) => {
    expect(left(name, status)).toBeLessThanOrEqual(0);
  });

  it.each([
    [403, false],
    [404, true],
    [405, false],
    [499, false],
    [500, true],
    [501, true],
    [502, false],
  ])('waits for further statuses: %i %p', (status, isAwaited) => {
    const retryOn = [
      [404, 404],
      [500, 501],
    ] as const;
    expect(left('app-status', status, { retryOn })).toBe(isAwaited ? 59_000 : 0);
  });

  it.each<Name>(['app-header', 'app-body', 'app-json'])('waits for a further status that brought %s', (name) => {
    expect(left(name, 202, { retryOn: [[202, 202]] })).toBe(59_000);
    expect(left(name, 200, { retryOn: [[202, 202]] })).toBe(0);
  });

  it.each<[Name, number]>([
    ['iap-token-expired', 401],
    ['iap-refused', 401],
    ['app-unprotected', 200],
    ['app-redirect', 302],
  ])('waits for no %s, further status or not', (name, status) => {
    expect(left(name, status, { retryOn: [[100, 599]] })).toBeLessThanOrEqual(0);
  });
});
