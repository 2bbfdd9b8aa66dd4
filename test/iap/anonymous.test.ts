import { afterEach, describe, expect, it } from '@jest/globals';
import type { IapMode } from '../../src/emulator/index.ts';
import { judgeAnonymous } from '../../src/iap/anonymous.ts';
import { openEmulator } from '../emulated.ts';
import { openTestWorld } from '../world.ts';
import {
  answer,
  clientId,
  forbiddenPage,
  html,
  iapHeader,
  json,
  robotNotFound,
  serverErrorPage,
  signInAt,
} from './literal.ts';

const emulator = await openEmulator({});

afterEach(() => {
  emulator.setIap('custom');
});

const call = async (method = 'GET') => {
  const { http } = openTestWorld(emulator);
  const url = new URL(emulator.appUrl);
  return judgeAnonymous(await http({ method, url, tries: 1 }), url);
};

const url = new URL('https://app.example.com/');
const codeOf = (status: number, body: string, headers: Readonly<Record<string, string>>) => {
  const { answeredBy, error } = judgeAnonymous(answer(status, body, headers), url);
  return { answeredBy, code: error?.code };
};

describe('IAP’s own refusal', () => {
  it.each<IapMode>(['custom', 'google-managed', 'identity-platform'])('is what is wanted: %s', async (mode) => {
    emulator.setIap(mode);
    expect(await call()).toEqual({ answeredBy: 'iap' });
    expect(await call('POST')).toEqual({ answeredBy: 'iap' });
  });

  it.each([
    [401, 'Invalid IAP credentials: empty token', {}],
    [401, 'in new words', {}],
    [403, 'Access denied', {}],
    [302, '', { location: signInAt(clientId) }],
    [303, '', { location: 'https://accounts.google.com/signin' }],
    [302, '', { location: 'https://auth.cloud.google/authorize?redirect_uri=https://iap.googleapis.com/v1/x' }],
  ])('comes in several forms: %d "%s" %j', async (status, body, headers) => {
    emulator.fail('iap', { status, body, headers });
    expect(await call()).toEqual({ answeredBy: 'iap' });
  });
});

describe('IAP out of order', () => {
  it.each([
    [500, 'Oops', 'iap-refused', 'wait'],
    [501, '', 'iap-refused', 'wait'],
    [503, 'x', 'unavailable', 'wait'],
    [500, 'The IAP service account is not provisioned.', 'iap-setup', 'no'],
    [500, 'JWT has expired', 'iap-refused', 'wait'],
  ])('is no app that answers anybody: %d "%s"', (status, body, code, retry) => {
    const { answeredBy, error } = judgeAnonymous(answer(status, body, iapHeader), url);
    expect([answeredBy, error?.code, error?.retry]).toEqual(['iap', code, retry]);
  });
});

describe('an answer that does not tell yet', () => {
  it.each([
    [429, 'rate-limited', '', {}, 'app'],
    [503, 'unavailable', '', {}, 'app'],
    [502, 'unavailable', serverErrorPage(502), html, 'load-balancer'],
    [504, 'unavailable', '', iapHeader, 'iap'],
    [429, 'rate-limited', '', iapHeader, 'iap'],
  ])('is waited for: %d is %s', async (status, code, body, headers, answeredBy) => {
    emulator.fail('edge', { status, body, headers });
    const judgement = await call();
    expect(judgement).toMatchObject({ answeredBy, error: { code, retry: 'wait' } });
  });
});

describe('an app that answers anybody', () => {
  const reached = { answeredBy: 'app', code: 'app-unprotected' };

  it.each([
    [200, html, '<h1>Welcome</h1>'],
    [204, {}, ''],
    [401, json, '{"error":"Invalid IAP credentials: empty token"}'],
    [403, json, '{"error":"forbidden"}'],
    [404, json, '{}'],
    [500, html, 'Error'],
    [501, {}, ''],
    [302, { location: '/login' }, ''],
    [302, { location: 'https://accounts.google.com/o/oauth2/auth?client_id=x' }, ''],
    [302, { location: signInAt(clientId) }, 'Invalid IAP credentials: empty token'],
    [401, { 'x-goog-iap-generated-response': 'false' }, ''],
  ])('is unprotected: %d %j', async (status, headers, body) => {
    emulator.fail('edge', { status, headers, body });
    const { answeredBy, error } = await call();
    expect({ answeredBy, code: error?.code, retry: error?.retry }).toEqual({ ...reached, retry: 'no' });
    expect(error?.message).toBe(`called without a token, the app answered ${status}; IAP did not refuse`);
  });

  it.each([
    [200, 'Welcome', {}],
    [200, 'Invalid IAP credentials: empty token', {}],
    [302, '', { location: '/login' }],
    [302, '', { location: 'https://login.example.com/' }],
    [302, '', { location: 'https://accounts.google.com.example.com/' }],
    [302, 'Invalid IAP credentials: empty token', {}],
    [200, '', { location: signInAt(clientId) }],
    [404, '', {}],
  ])('is not protected by a header that says IAP: %d "%s" %j', (status, body, headers) => {
    expect(codeOf(status, body, { ...iapHeader, ...headers })).toEqual({ answeredBy: 'iap', code: 'app-unprotected' });
    const { error } = judgeAnonymous(answer(status, body, { ...iapHeader, ...headers }), url);
    expect(error?.message).toContain(`something that calls itself IAP answered ${status};`);
  });

  it.each([
    [403, forbiddenPage, 'cloud-run', 'cloud-run-invoker', 'Cloud Run answered 403'],
    [404, robotNotFound, 'edge', 'edge-not-found', "Google's edge, not the app, answered 404"],
  ])('is not what answered if somebody before it refused: %d', (status, body, answeredBy, code, message) => {
    expect(codeOf(status, body, html)).toEqual({ answeredBy, code });
    expect(judgeAnonymous(answer(status, body, html), url).error?.message).toContain(message);
  });

  it('may have refused by itself what only seems to be refused by Cloud Run', () => {
    const bare = { 'www-authenticate': 'Bearer error="invalid_token"' };
    expect(codeOf(401, '', bare)).toEqual({ answeredBy: 'cloud-run', code: 'app-unprotected' });
  });

  it('says how to turn IAP on, and how to say that it is meant to be public', () => {
    const hint = judgeAnonymous(answer(200), new URL('https://shop-987654321098.us-central1.run.app/x')).error?.hint;
    expect(hint).toBe(
      'Anybody may be able to call https://shop-987654321098.us-central1.run.app/x. Turn IAP on:\n' +
        'gcloud run services update shop --region=us-central1 --project=987654321098 --iap\n' +
        'If this path is public on purpose, set check_protected: off.',
    );
    expect(judgeAnonymous(answer(200), url).error?.hint).toContain(
      '\ngcloud compute backend-services update BACKEND_SERVICE --global --project=PROJECT_ID --iap=enabled\n',
    );
  });
});
