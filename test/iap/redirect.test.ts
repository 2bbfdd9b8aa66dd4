import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { IapError } from '../../src/errors.ts';
import { judgeRedirect } from '../../src/iap/redirect.ts';
import { openTestWorld } from '../world.ts';
import { answer, iapHeader } from './literal.ts';

const app = 'https://app.example.com/a/b?c=d';

/** Where the token goes, or why not. */
const go = (location: string, from = app, status = 302) => {
  const found = judgeRedirect(answer(status, '', { location }), new URL(from));
  return found instanceof IapError ? `${found.code}: ${found.message}` : found?.href;
};
const elsewhere = (to: string) => `app-redirect: the app answered 302, to ${to}`;

describe('a redirect that is followed', () => {
  it.each([
    ['to a path', '/x?y=z', 'https://app.example.com/x?y=z'],
    ['to a page beside it', 'x', 'https://app.example.com/a/x'],
    ['to a query', '?x', 'https://app.example.com/a/b?x'],
    ['to a fragment', '#x', 'https://app.example.com/a/b?c=d#x'],
    ['up', '../../../x', 'https://app.example.com/x'],
    ['in full', 'https://app.example.com/x', 'https://app.example.com/x'],
    ['in capitals', 'HTTPS://APP.EXAMPLE.COM/x', 'https://app.example.com/x'],
    ['with the usual port', 'https://app.example.com:443/x', 'https://app.example.com/x'],
    ['without a scheme', '//app.example.com/x', 'https://app.example.com/x'],
    ['with backslashes', '\\\\app.example.com\\x', 'https://app.example.com/x'],
    ['with a scheme and a path', 'https:x', 'https://app.example.com/a/x'],
    ['with spaces around', '  /x  ', 'https://app.example.com/x'],
    ['with an empty user name', 'https://@app.example.com/x', 'https://app.example.com/x'],
    ['with an escaped host', 'https://%61pp.example.com/x', 'https://app.example.com/x'],
    ['to a path with an at sign', '/@evil.example.com', 'https://app.example.com/@evil.example.com'],
    ['to a path that looks like a host', '/.//evil.example.com', 'https://app.example.com//evil.example.com'],
  ])('%s', (_, location, target) => {
    expect(go(location)).toBe(target);
  });

  it.each([
    ['IPv6', 'https://[::1]:8443/', 'https://[0:0:0:0:0:0:0:1]:8443/x', 'https://[::1]:8443/x'],
    ['IPv4 as a number', 'http://127.0.0.1:80/', 'http://2130706433/x', 'http://127.0.0.1/x'],
    ['IDN', 'https://bücher.example/', 'https://xn--bcher-kva.example/x', 'https://xn--bcher-kva.example/x'],
    ['IDN in Unicode', 'https://xn--bcher-kva.example/', 'https://BÜCHER.example/x', 'https://xn--bcher-kva.example/x'],
    ['a port', 'https://app.example.com:8443/', 'https://app.example.com:8443/x', 'https://app.example.com:8443/x'],
    ['a dot at the end', 'https://app.example.com./', '/x', 'https://app.example.com./x'],
  ])('of a host with %s', (_, from, location, target) => {
    expect(go(location, from)).toBe(target);
  });

  it.each([301, 302, 303, 307, 308])('with %d', (status) => {
    expect(go('/x', app, status)).toBe('https://app.example.com/x');
  });
});

describe('a redirect that is not followed', () => {
  it.each([
    ['to another host', 'https://evil.example.com/x?y=secret', 'https://evil.example.com'],
    ['without a scheme', '//evil.example.com/x', 'https://evil.example.com'],
    ['with backslashes', '\\\\evil.example.com/x', 'https://evil.example.com'],
    ['with a slash and a backslash', '/\\evil.example.com/x', 'https://evil.example.com'],
    ['with many slashes', 'https:////evil.example.com/x', 'https://evil.example.com'],
    ['to another port', 'https://app.example.com:8443/', 'https://app.example.com:8443'],
    ['to a host below', 'https://x.app.example.com/', 'https://x.app.example.com'],
    ['to a host above', 'https://example.com/', 'https://example.com'],
    ['to a host that begins alike', 'https://app.example.com.evil.com/', 'https://app.example.com.evil.com'],
    ['to the host with a dot at the end', 'https://app.example.com./', 'https://app.example.com.'],
    ['out of https', 'http://app.example.com/', 'http://app.example.com'],
    ['out of https by the port', 'http://app.example.com:443/', 'http://app.example.com:443'],
    ['out of https without slashes', 'http:x', 'http://x'],
    [
      'to the host as a user name',
      'https://app.example.com@evil.com/',
      'https://evil.com, with a user name in the address',
    ],
    ['with a user name', 'https://me@app.example.com/', 'https://app.example.com, with a user name in the address'],
    ['with a password', 'https://:secret@app.example.com/', 'https://app.example.com, with a user name in the address'],
    ['to a look-alike in Unicode', 'https://аpp.example.com/', 'https://xn--pp-6kc.example.com'],
    ['to a script', 'javascript:alert(1)', 'javascript:'],
    ['to data', 'data:text/html,x', 'data:'],
    ['to a file', 'file:///etc/passwd', 'file:'],
    ['to a blob of its own', 'blob:https://app.example.com/x', 'blob:'],
    ['to an app', 'myapp://app.example.com/x', 'myapp://app.example.com'],
    ['to no URL', 'https://[', 'an address that cannot be read'],
    ['to no port', 'https://app.example.com:99999/', 'an address that cannot be read'],
    ['over two lines', '/x\r\nset-cookie: y', 'an address that cannot be read'],
    ['through a tab', '/\t/evil.example.com', 'an address that cannot be read'],
    ['through a line break', 'java\nscript:alert(1)', 'an address that cannot be read'],
    ['past a NUL', 'https://app.example.com\0.evil.com/', 'an address that cannot be read'],
  ])('%s', (_, location, to) => {
    expect(go(location)).toBe(elsewhere(to));
  });

  it.each([
    ['IPv6', 'https://[::1]:8443/', 'https://[::2]:8443/', 'https://[::2]:8443'],
    ['loopback by name', 'http://127.0.0.1:8080/', 'http://localhost:8080/', 'http://localhost:8080'],
    ['into https', 'http://127.0.0.1/', 'https://127.0.0.1/', 'https://127.0.0.1'],
    ['without a dot at the end', 'https://app.example.com./', 'https://app.example.com/', 'https://app.example.com'],
  ])('to another host: %s', (_, from, location, to) => {
    expect(go(location, from)).toBe(elsewhere(to));
  });

  it('says where it would have gone, and nothing else of it', () => {
    const found = judgeRedirect(
      answer(302, '', { location: 'https://evil.example.com/p?token=hunter2#hunter3' }),
      new URL(app),
    );
    expect(found).toMatchObject({ code: 'app-redirect', retry: 'no', facts: { to: 'https://evil.example.com' } });
    const shown = found instanceof IapError ? `${found.message}\n${found.hint}` : '';
    expect(shown).toContain('It redirects to https://evil.example.com. The token is sent to the origin of url only');
    expect(shown).not.toContain('hunter');
  });

  it('shows no token that was put into a host', () => {
    const jwt = `${'eyJhbGciOiJSUzI1NiJ9'}.eyJhdWQiOiJ4In0`;
    expect(go(`https://${'a'.repeat(50)}.example.com/`)).toMatch(/302, to https:.*…[^a]*example\.com$/);
    expect(go(`x-${jwt}:y`)).not.toContain('eyJhdWQ');
  });
});

describe('a redirect to Google’s sign-in page', () => {
  it.each([
    'https://accounts.google.com/o/oauth2/v2/auth?client_id=x',
    '//accounts.google.com/x',
    'HTTPS://ACCOUNTS.GOOGLE.COM./x',
    'http://accounts.google.com/',
  ])('is told as that: %s', (location) => {
    expect(go(location)).toBe('iap-sign-in-redirect: 302 to the sign-in page of accounts.google.com');
  });

  it.each(['https://accounts.google.com.evil.com/', 'https://accounts-google.com/', 'https://x.accounts.google.com/'])(
    'is not what only looks like it: %s',
    (location) => {
      expect(go(location)).toBe(elsewhere(location.slice(0, -1)));
    },
  );
});

describe('what is no redirect', () => {
  it.each([200, 201, 300, 304, 305, 306, 310, 404])('is a status that redirects nowhere: %d', (status) => {
    expect(go('https://evil.example.com/', app, status)).toBeUndefined();
  });

  it('is an answer without a Location, or with an empty one', () => {
    expect(judgeRedirect(answer(302, '', iapHeader), new URL(app))).toBeUndefined();
    expect(go('')).toBeUndefined();
  });
});

describe('over the wire', () => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.close());
  afterEach(() => emulator.clearFaults());

  const ask = async (location: string) => {
    emulator.fail('edge', { status: 302, headers: { location } });
    const url = new URL('/a/b', emulator.appUrl);
    return judgeRedirect(await openTestWorld(emulator).http({ method: 'GET', url }), url);
  };

  it('the app’s own pages are followed', async () => {
    expect((await ask('../x'))?.toString()).toBe(`${emulator.appUrl}/x`);
  });

  it.each([
    '//evil.example.com',
    'http://localhost:1/',
    'javascript:alert(1)',
    '/\\evil.example.com',
    '/\t/evil.example.com',
  ])('others are not: %j', async (location) => {
    expect(await ask(location)).toMatchObject({ code: 'app-redirect' });
  });
});
