import { describe, expect, it } from '@jest/globals';
import { IapError } from '../../src/errors.ts';
import { allowedFor, type Budget, backoff } from '../../src/wait/budget.ts';

const url = 'https://app.example.com/';

const errors = {
  unavailable: new IapError('unavailable', 'x', { url, tried: 'once' }),
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
  'app-trusts-assertion': new IapError('app-trusts-assertion', 'x', { kinds: 'x' }),
  'edge-not-found': new IapError('edge-not-found', 'x', { why: 'x', fix: 'x' }),
  'cloud-run-invoker': new IapError('cloud-run-invoker', 'x', { url, commands: 'x' }),
  'proxy-refused': new IapError('proxy-refused', 'x', { host: 'x', variable: 'https_proxy' }),
  'response-too-large': new IapError('response-too-large', 'x', { host: 'x', limit: '8 MiB' }),
  'token-refused': new IapError('token-refused', 'x', { endpoint: 'x' }),
} as const;
type Name = keyof typeof errors;

const budget: Budget = { retryFor: 60_000, retryOn: [], propagationWait: 300_000 };

const allowed = (name: Name, status: number | null, change: Partial<Budget> = {}) =>
  allowedFor({ error: errors[name], status, retryAfter: 0 }, { ...budget, ...change });

const starting = { input: 'retry_for', most: 60_000 };
const granted = { input: 'propagation_wait', most: 300_000 };

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

describe('allowedFor', () => {
  it('waits for nothing after a pass', () => {
    const passed = { error: undefined, status: 503, retryAfter: 0 };
    expect(allowedFor(passed, { ...budget, retryOn: [[503, 503]] })).toBeUndefined();
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
    expect(allowed(name, status)).toEqual(starting);
    expect(allowed(name, status, { retryFor: 0 })).toBeUndefined();
  });

  it.each<[Name, number | null]>([
    ['iap-access-denied', 403],
    ['iam-permission-denied', null],
  ])('waits for %s as long as propagation_wait, whatever retry_for', (name, status) => {
    expect(allowed(name, status)).toEqual(granted);
    expect(allowed(name, status, { propagationWait: 0 })).toBeUndefined();
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
    ['edge-not-found', 404],
    ['cloud-run-invoker', 403],
    ['proxy-refused', null],
    ['response-too-large', null],
    ['token-refused', null],
  ])('takes %s (%p) as final', (name, status) => {
    expect(allowed(name, status)).toBeUndefined();
  });

  it.each<[Name, number | null, boolean]>([
    ['timeout', null, false],
    ['connection-reset', null, false],
    ['connection-refused', null, true],
    ['dns', null, true],
    ['tls', null, true],
    ['rate-limited', 429, true],
    ['unavailable', 503, true],
    ['unavailable', 502, false],
    ['unavailable', 504, false],
  ])('waits for %s (%p) of what must not happen twice: %p', (name, status, isAwaited) => {
    expect(allowed(name, status, { isOnce: true })).toEqual(isAwaited ? starting : undefined);
    expect(allowed(name, status, { isOnce: false })).toEqual(starting);
  });

  it('is over for what was done, and must not be done twice', () => {
    expect(
      allowedFor({ error: errors['unavailable'], status: 503, retryAfter: 0, isDone: true }, budget),
    ).toBeUndefined();
    expect(allowedFor({ error: errors['unavailable'], status: 503, retryAfter: 0, isDone: false }, budget)).toEqual(
      starting,
    );
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
    expect(allowed('app-status', status, { retryOn })).toEqual(isAwaited ? starting : undefined);
  });

  it.each<[Name, number]>([
    ['app-header', 202],
    ['app-body', 202],
    ['app-json', 202],
    ['app-redirect', 302],
    ['edge-not-found', 404],
    ['cloud-run-invoker', 403],
    ['iap-refused', 401],
  ])('waits for a further status that brought %s', (name, status) => {
    expect(allowed(name, status, { retryOn: [[status, status]] })).toEqual(starting);
    expect(allowed(name, status, { retryOn: [[status + 1, status + 1]] })).toBeUndefined();
  });

  it('waits for a listed status that a grant would mend by retry_for, only where propagation_wait is none', () => {
    const retryOn = [[403, 403]] as const;
    expect(allowed('iap-access-denied', 403, { retryOn })).toEqual(granted);
    expect(allowed('iap-access-denied', 403, { retryOn, propagationWait: 0 })).toEqual(starting);
  });

  it.each<[Name, number | null]>([
    ['app-unprotected', 200],
    ['app-trusts-assertion', 200],
    ['token-refused', null],
  ])('waits for no %s, further status or not', (name, status) => {
    expect(allowed(name, status, { retryOn: [[100, 599]] })).toBeUndefined();
  });
});
