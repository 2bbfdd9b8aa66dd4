import { describe, expect, it } from '@jest/globals';
import { emulatorEndpoints, googleEndpoints, googleUniverse } from '../../src/google/endpoints.ts';

describe('googleEndpoints', () => {
  it('are Google’s own in the public universe', () => {
    expect(googleEndpoints(googleUniverse)).toEqual({
      universe: 'googleapis.com',
      authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
      token: 'https://oauth2.googleapis.com/token',
      certs: 'https://www.googleapis.com/oauth2/v3/certs',
      accountCerts: 'https://www.googleapis.com/service_accounts/v1/jwk/',
      sts: 'https://sts.googleapis.com/v1/token',
      iamCredentials: 'https://iamcredentials.googleapis.com/v1',
      metadata: undefined,
    });
  });

  it('are in another universe, where that is asked for, but for the page where people sign in', () => {
    const { metadata, universe, authorization, ...urls } = googleEndpoints('cloud.example.com');
    expect({ metadata, universe }).toEqual({ metadata: undefined, universe: 'cloud.example.com' });
    expect(authorization).toBe(googleEndpoints(googleUniverse).authorization);
    for (const url of Object.values(urls)) expect(url).toMatch(/^https:\/\/[a-z0-9]+\.cloud\.example\.com\//);
  });
});

describe('emulatorEndpoints', () => {
  it('have the paths of Google’s, all on one address', () => {
    const { metadata: _, ...google } = googleEndpoints('cloud.example.com');
    const { metadata, ...emulator } = emulatorEndpoints('127.0.0.1:4000', 'cloud.example.com');
    expect(metadata).toBe('http://127.0.0.1:4000');
    const moved = Object.entries(google).map(([name, url]) => [
      name,
      url.replace(/^https:\/\/[^/]+/, 'http://127.0.0.1:4000'),
    ]);
    expect(emulator).toEqual(Object.fromEntries(moved));
  });
});
