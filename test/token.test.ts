import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { checkClaims, checkSelfSigned, checkSignature, maskJwt, readClaims, Token } from '../src/token.ts';
import { failureOf, noon, shownOf } from './world.ts';

describe('Token', () => {
  const secret = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl';
  const token = new Token(secret);

  it('gives its value away when asked to', () => {
    expect(token.reveal()).toBe(secret);
  });

  it.each([
    ['a template string', `${token}`],
    ['String()', String(token)],
    ['join', [token].join()],
    ['JSON', JSON.stringify({ token })],
    ['inspect', inspect(token)],
    ['inspect of what holds it', inspect({ deep: { token } }, { depth: 5, showHidden: true })],
    ['%s', format('%s', token)],
    ['%o', format('%o', token)],
    ['%O', format('%O', token)],
    ['%j', format('%j', token)],
  ])('prints as [token] by %s', (_, printed) => {
    expect(printed).toContain('[token]');
    expect(printed).not.toContain('eyJ');
  });

  it('prints as [token] on a console', () => {
    const lines: string[] = [];
    const stdout = new Writable({
      write: (chunk, _, done) => {
        lines.push(String(chunk));
        done();
      },
    });
    new Console({ stdout }).log(token, 'and %s', token, { token });
    expect(lines).toEqual(['[token] and %s [token] { token: [token] }\n']);
  });

  it.each([
    ['inspect without its own way', inspect(token, { customInspect: false, showHidden: true, depth: Infinity })],
    ['a spread', JSON.stringify({ ...token })],
    ['its properties', Reflect.ownKeys(token).join()],
  ])('holds nothing for %s', (_, printed) => {
    expect(printed).not.toContain('eyJ');
  });
});

describe('maskJwt', () => {
  const masksOf = (jwt: string) => {
    const masks: string[] = [];
    maskJwt(jwt, (secret) => masks.push(secret));
    return masks;
  };

  it('masks the whole, and the signature alone', () => {
    expect(masksOf('header.claims.signature')).toEqual(['header.claims.signature', 'signature']);
  });

  it.each(['header.claims.short', 'header.claims.', 'opaque'])('masks "%s" as a whole only', (jwt) => {
    expect(masksOf(jwt)).toEqual([jwt]);
  });
});

describe('readClaims', () => {
  it('reads the claims of a JWT', () => {
    const jwt = new UnsecuredJWT({ aud: 'x', email: 'a@example.com' }).encode();
    expect(readClaims(jwt, 'https://example.com/token')).toEqual({ aud: 'x', email: 'a@example.com' });
  });

  const encoded = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['nothing', ''],
    ['a word', 'hunter2'],
    ['an access token', 'ya29.hunter2'],
    ['two parts', `${encoded('{"alg":"RS256"}')}.${encoded('{"aud":"hunter2"}')}`],
    ['four dots', 'a.b.c.d.e'],
    ['claims that are no base64', 'eyJhbGciOiJSUzI1NiJ9.%%%.hunter2'],
    ['claims that are no JSON', `e30.${encoded('no JSON')}.hunter2`],
    ['claims that are a list', `e30.${encoded('["hunter2"]')}.sig`],
    ['a header that is no JSON', `${encoded('hunter2')}.${encoded('{}')}.sig`],
    ['a header that is a list', `${encoded('["hunter2"]')}.${encoded('{}')}.sig`],
    ['claims that are null', `e30.${encoded('null')}.sig`],
  ])('refuses %s, and does not show it', async (_, jwt) => {
    const error = await failureOf(() => readClaims(jwt, 'https://example.com/token'));
    expect(error).toMatchObject({
      code: 'token-malformed',
      message: 'https://example.com/token did not return a JWT',
    });
    expect(error.hint).toContain('https://example.com/token');
    expect(shownOf(error)).not.toContain('hunter2');
  });
});

describe('checkClaims', () => {
  const audience = '123456789012-abc.apps.googleusercontent.com';
  const principal = 'ci@project.iam.gserviceaccount.com';
  const issuers = ['https://accounts.google.com', 'accounts.google.com'];
  const exp = noon / 1000 + 3600;
  const good = { aud: audience, email: principal, iss: 'https://accounts.google.com', exp };
  const check = (change: Record<string, unknown> = {}) =>
    checkClaims({ ...good, ...change } as JWTPayload, { audience, principal, issuers, now: noon });

  it.each(issuers)('passes a token of %s', (iss) => {
    expect(check({ iss })).toEqual({ aud: audience, email: principal, exp });
  });

  it('passes until the last moment', () => {
    expect(check({ exp: noon / 1000 + 1 }).exp).toBe(noon / 1000 + 1);
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['another audience', { aud: 'other' }, 'token-audience', 'the token is for "other"'],
    ['no audience', { aud: undefined }, 'token-audience', 'the token is for nothing'],
    ['a list of audiences', { aud: [audience] }, 'token-audience', `the token is for ["${audience}"]`],
    [
      'an audience in other case',
      { aud: audience.toUpperCase() },
      'token-audience',
      `the token is for "${audience.toUpperCase()}"`,
    ],
    ['no email', { email: undefined }, 'token-email-missing', 'the token has no email'],
    ['an empty email', { email: '' }, 'token-email-missing', 'the token has no email'],
    ['an email that is no text', { email: [principal] }, 'token-email-missing', 'the token has no email'],
    ['another account', { email: 'x@example.com' }, 'token-principal', 'the token is for "x@example.com"'],
    [
      'another issuer',
      { iss: 'https://accounts.google.com.example.com' },
      'token-issuer',
      'the token was issued by "https://accounts.google.com.example.com"',
    ],
    ['no issuer', { iss: undefined }, 'token-issuer', 'the token was issued by nothing'],
    ['an issuer that is no text', { iss: {} }, 'token-issuer', 'the token was issued by {}'],
    ['an expiry of now', { exp: noon / 1000 }, 'token-expired', 'the token expires at 2026-03-01T12:00:00.000Z'],
    [
      'an expiry of yesterday',
      { exp: noon / 1000 - 86_400 },
      'token-expired',
      'the token expires at 2026-02-28T12:00:00.000Z',
    ],
    ['no expiry', { exp: undefined }, 'token-expired', 'the token expires at nothing'],
    ['an expiry that is text', { exp: String(exp) }, 'token-expired', `the token expires at "${exp}"`],
    [
      'an expiry in milliseconds',
      { exp: exp * 1000 },
      'token-expired',
      'the token expires at +058134-03-03T16:00:00.000Z',
    ],
    ['an expiry beyond all dates', { exp: 1e300 }, 'token-expired', 'the token expires at 1e+300'],
  ])('refuses %s', async (_, change, code, message) => {
    const error = await failureOf(() => check(change));
    expect({ code: error.code, message: error.message }).toEqual({ code, message });
    expect(error.hint).toContain('The token was not exported.');
  });

  const checkAny = (change: Record<string, unknown> = {}) =>
    checkClaims({ ...good, ...change } as JWTPayload, {
      audience: undefined,
      principal: undefined,
      issuers,
      now: noon,
    });

  it('passes any audience and any email, where only the token itself tells', () => {
    expect(checkAny({ aud: 'x', email: 'a@example.com' })).toEqual({ aud: 'x', email: 'a@example.com', exp });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no audience', { aud: undefined }, 'token-audience', 'Expected one audience, found nothing.'],
    ['an empty audience', { aud: '' }, 'token-audience', 'Expected one audience, found "".'],
    ['several audiences', { aud: ['a', 'b'] }, 'token-audience', 'Expected one audience, found ["a","b"].'],
    ['no email', { email: undefined }, 'token-email-missing', 'Expected the email of the account.'],
  ])('wants one of each all the same: %s', async (_, change, code, words) => {
    const error = await failureOf(() => checkAny(change));
    expect(error.code).toBe(code);
    expect(error.hint).toContain(words);
  });

  it('says what it expected and what it found', async () => {
    const error = await failureOf(() => check({ iss: 'https://example.com' }));
    expect(error.hint).toBe(
      'Expected https://accounts.google.com or accounts.google.com, found "https://example.com". The token was not exported.',
    );
  });

  it('looks at the email before the issuer and the expiry, as IAP does', async () => {
    const error = await failureOf(() => check({ email: 'x@example.com', iss: 'x', exp: 0 }));
    expect(error.code).toBe('token-principal');
  });
});

describe('checkSelfSigned', () => {
  const audience = 'https://app.example.com/*';
  const principal = 'ci@project.iam.gserviceaccount.com';
  const exp = noon / 1000 + 3600;
  const check = (change: Record<string, unknown> = {}) =>
    checkSelfSigned({ iss: principal, sub: principal, aud: audience, exp, ...change } as JWTPayload, {
      audience,
      principal,
      now: noon,
    });

  it('passes a JWT of the account’s own, which needs no email', () => {
    expect(check()).toEqual({ aud: audience, email: principal, exp });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'another URL',
      { aud: 'https://app.example.com/' },
      'token-audience',
      'the token is for "https://app.example.com/"',
    ],
    ['no audience', { aud: undefined }, 'token-audience', 'the token is for nothing'],
    [
      'another issuer',
      { iss: 'https://accounts.google.com' },
      'token-principal',
      'the token is for "https://accounts.google.com"',
    ],
    ['no issuer', { iss: undefined }, 'token-principal', 'the token is for nothing'],
    ['another subject', { sub: 'x@example.com' }, 'token-principal', 'the token is for "x@example.com"'],
    ['no subject', { sub: undefined }, 'token-principal', 'the token is for nothing'],
    ['an expiry of now', { exp: noon / 1000 }, 'token-expired', 'the token expires at 2026-03-01T12:00:00.000Z'],
    ['no expiry', { exp: undefined }, 'token-expired', 'the token expires at nothing'],
  ])('refuses %s', async (_, change, code, message) => {
    const error = await failureOf(() => check(change));
    expect({ code: error.code, message: error.message }).toEqual({ code, message });
  });
});

describe('checkSignature', () => {
  const keysUrl = 'https://keys.example.com/certs';
  const claims = { aud: 'x', email: 'a@example.com' };
  let privateKey: CryptoKey;
  let publicKey: CryptoKey;
  let key: JWK;
  let next: JWK;
  let stranger: CryptoKey;

  beforeAll(async () => {
    const [own, coming, other] = await Promise.all([
      generateKeyPair('RS256', { extractable: true }),
      generateKeyPair('RS256'),
      generateKeyPair('RS256'),
    ]);
    ({ privateKey, publicKey } = own);
    key = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' };
    next = { ...(await exportJWK(coming.publicKey)), kid: 'next', alg: 'RS256', use: 'sig' };
    stranger = other.privateKey;
  });

  const sign = (header: { alg: string; kid?: string }, by: CryptoKey | Uint8Array = privateKey) =>
    new SignJWT(claims).setProtectedHeader(header).sign(by);

  const refusalOf = async (jwt: string, keys: unknown[] = [next, key]) => {
    const error = await failureOf(() => checkSignature(jwt, { keys: keys as JWK[] }, keysUrl));
    expect(error).toMatchObject({ code: 'token-signature', facts: { keys: keysUrl } });
    expect(error.hint).toContain(keysUrl);
    expect(error.cause).toBeDefined();
    for (const part of jwt.split('.').filter((part) => part.length > 8)) expect(shownOf(error)).not.toContain(part);
    return error;
  };

  it('passes a signature of one of the keys', async () => {
    const jwt = await sign({ alg: 'RS256', kid: 'own' });
    await expect(checkSignature(jwt, { keys: [next, key] }, keysUrl)).resolves.toBeUndefined();
  });

  it('refuses a key that is not among them, under the id of one that is', async () => {
    await refusalOf(await sign({ alg: 'RS256', kid: 'own' }, stranger));
  });

  it('refuses a right signature under the id of another key', async () => {
    await refusalOf(await sign({ alg: 'RS256', kid: 'next' }));
  });

  it('refuses an unknown id', async () => {
    await refusalOf(await sign({ alg: 'RS256', kid: 'gone' }));
  });

  it('refuses a token without an id where there are several keys', async () => {
    await refusalOf(await sign({ alg: 'RS256' }));
  });

  it('refuses changed claims', async () => {
    const [header, , signature] = (await sign({ alg: 'RS256', kid: 'own' })).split('.');
    const changed = Buffer.from('{"aud":"x","email":"b@example.com"}').toString('base64url');
    await refusalOf(`${header}.${changed}.${signature}`);
  });

  it('refuses alg none', async () => {
    await refusalOf(new UnsecuredJWT(claims).encode());
  });

  it('refuses HS256 with the public key as the secret', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    await refusalOf(await sign({ alg: 'HS256', kid: 'own' }, secret));
  });

  it('refuses another RSA algorithm with the right key', async () => {
    const pss = await crypto.subtle.importKey(
      'pkcs8',
      await crypto.subtle.exportKey('pkcs8', privateKey),
      { name: 'RSA-PSS', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    // A key that does not say its own algorithm would do for this one too.
    const { alg: _, ...anyAlgorithm } = key;
    await refusalOf(await sign({ alg: 'PS256', kid: 'own' }, pss), [anyAlgorithm]);
  });

  it.each<[string, unknown[]]>([
    ['no keys', []],
    ['things that are no keys', [1, null, 'x']],
    ['a key without its modulus', [{ kty: 'RSA', kid: 'own', alg: 'RS256', e: 'AQAB' }]],
  ])('refuses when there are %s', async (_, keys) => {
    await refusalOf(await sign({ alg: 'RS256', kid: 'own' }), keys);
  });
});
