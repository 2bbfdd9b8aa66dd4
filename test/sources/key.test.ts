import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { emulatorEndpoints, googleEndpoints, googleUniverse } from '../../src/google/endpoints.ts';
import { openFile } from '../../src/sources/file.ts';
import type { Credential, JwtClaims } from '../../src/sources/source.ts';
import { createPem, failureOf, noon, openTestWorld, secretLines, shownOf } from '../world.ts';

const email = 'ci@project.iam.gserviceaccount.com';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const lines = secretLines(pem);
const base64 = lines.join('');
const good = { type: 'service_account', client_email: email, private_key: pem, private_key_id: 'abc123' };

/** Nothing is sent: all that a key does by itself, it does here. */
const offline = (endpoints = googleEndpoints(googleUniverse)) => ({
  ...openTestWorld({ host: '127.0.0.1:9' }),
  endpoints,
});

async function open(change: Record<string, unknown> = {}, endpoints = googleEndpoints(googleUniverse)) {
  const deps = offline(endpoints);
  return { credential: await openFile({ ...good, ...change }, deps), masks: deps.masks };
}

const signWith = async ({ signer }: Credential, claims: JwtClaims) => (await signer?.sign(claims)) ?? '';

const refusalOf = (change: Record<string, unknown>) => failureOf(() => open(change));

const words = (text: string) => text.replaceAll('\n', ' ').trim();

describe('openKey', () => {
  it('signs as the account', async () => {
    const { credential, masks } = await open();
    const claims = { iss: email, sub: email, aud: 'x', iat: 1, exp: 2, target_audience: 'y' };
    const jwt = await signWith(credential, claims);
    const { payload, protectedHeader } = await jwtVerify(jwt, publicKey, { currentDate: new Date(0) });
    expect(credential.principal).toBe(email);
    expect(payload).toEqual(claims);
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'abc123' });
    expect(masks.slice(-2)).toEqual([jwt, jwt.split('.')[2]]);
  });

  it('is its own principal and member, and prefers to sign', async () => {
    const { credential } = await open();
    expect({ ...credential, member: credential.member() }).toMatchObject({
      principal: email,
      member: `serviceAccount:${email}`,
      prefers: 'signer',
      // What is signed here needs no keys to be checked with.
      signer: { tokenUri: 'https://oauth2.googleapis.com/token' },
    });
    expect(credential.signer?.keys).toBeUndefined();
  });

  it('signs itself a bearer for the IAM Credentials API', async () => {
    const { credential, masks } = await open();
    const jwt = (await credential.accessToken?.()) ?? '';
    const { payload } = await jwtVerify(jwt, publicKey, { currentDate: new Date(noon) });
    const iat = noon / 1000;
    expect(payload).toEqual({
      iss: email,
      sub: email,
      aud: 'https://iamcredentials.googleapis.com/',
      iat,
      exp: iat + 3600,
    });
    expect(masks.slice(-2)).toEqual([jwt, jwt.split('.')[2]]);
  });

  it('masks each line of the key before anything can fail, and nothing of its armour', async () => {
    expect((await open()).masks).toEqual(lines);
  });

  it('masks a line that begins like a word of the armour', async () => {
    const deps = offline();
    const private_key = `-----BEGIN PRIVATE KEY-----\nKEYabcdefghijklmnop\nRSAabcdefghijklmnop\nENDabcdefghijklmnop\n-----END PRIVATE KEY-----\n`;
    await failureOf(() => openFile({ ...good, private_key }, deps));
    expect(deps.masks).toEqual(['KEYabcdefghijklmnop', 'RSAabcdefghijklmnop', 'ENDabcdefghijklmnop']);
  });

  it.each(['-----BEGIN', 'BEGIN', 'END', 'RSA', 'PRIVATE', 'KEY', 'KEY-----'])(
    'does not mask the word %s',
    async (word) => {
      const one = await open({ private_key: words(pem) });
      const other = await open({
        private_key: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString().replaceAll('\n', ' '),
      });
      expect([...one.masks, ...other.masks]).not.toContain(word);
    },
  );
});

describe('a key that a secret store has changed', () => {
  it.each([
    ['not at all', pem],
    ['without its last line break', pem.trimEnd()],
    ['with CRLF', pem.replaceAll('\n', '\r\n')],
    ['with CR', pem.replaceAll('\n', '\r')],
    ['with line breaks doubled as \\n', pem.replaceAll('\n', '\\n')],
    ['with line breaks doubled as \\\\n', pem.replaceAll('\n', '\\\\n')],
    ['with line breaks as \\r\\n', pem.replaceAll('\n', '\\r\\n')],
    ['with spaces', words(pem)],
    ['with indented lines', pem.replaceAll('\n', '\n    ')],
    ['with blank lines', pem.replaceAll('\n', '\n\n')],
    ['without any line breaks', pem.replaceAll('\n', '')],
    ['with text around it', `Bag Attributes\n${pem}\nend`],
    ['in PKCS#8 with the label of PKCS#1', pem.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY')],
    ['in PKCS#1', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ])('is mended: %s', async (_, private_key) => {
    const { credential } = await open({ private_key });
    const jwt = await signWith(credential, { iss: email });
    await expect(jwtVerify(jwt, publicKey)).resolves.toMatchObject({ payload: { iss: email } });
  });

  it.each([
    ['doubled', pem.replaceAll('\n', '\\n')],
    ['spaces', words(pem)],
    ['CRLF', pem.replaceAll('\n', '\r\n')],
  ])('is masked line by line: %s', async (_, private_key) => {
    expect((await open({ private_key })).masks).toEqual(lines);
  });
});

describe('a key that cannot be used', () => {
  const broken = 'the credential has a broken private_key';
  const unreadable = 'the credential has a private_key that cannot be read';
  const weak = 'the credential has a private_key that is not RSA of 2048 bits or more';
  const export8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const ed = generateKeyPairSync('ed25519').privateKey;
  const half = base64.slice(0, 800);

  it.each<[string, string, string, string]>([
    ['its header gone', pem.replace('-----BEGIN PRIVATE KEY-----\n', ''), broken, '-----BEGIN PRIVATE KEY-----'],
    ['its header cut before', pem.slice(8), broken, '-----BEGIN PRIVATE KEY-----'],
    ['its header cut within', pem.replace('KEY-----\n', 'KEY--\n'), broken, '-----BEGIN PRIVATE KEY-----'],
    ['its footer gone', pem.replace('-----END PRIVATE KEY-----\n', ''), broken, '-----END PRIVATE KEY-----'],
    ['its footer cut', pem.trimEnd().slice(0, -3), broken, '-----END PRIVATE KEY-----'],
    ['another footer', pem.replace('END PRIVATE', 'END RSA PRIVATE'), broken, '-----END PRIVATE KEY-----'],
    ['no armour', base64, broken, '-----BEGIN PRIVATE KEY-----'],
    ['half of its base64', pem.replace(/(?<=KEY-----\n)[^-]+/, `${half}\n`), unreadable, 'missing or was changed'],
    ['a changed letter', pem.replace(/(?<=KEY-----\n)M/, 'N'), unreadable, 'missing or was changed'],
    ['nothing in it', '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----', broken, 'base64'],
    ['dots in it', pem.replace(/.{10}\n-----END/, '...\n-----END'), broken, 'base64'],
    ['stars in it', pem.replace(/.{10}\n-----END/, '***\n-----END'), broken, 'base64'],
    ['a passphrase', privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString(), broken, 'encrypted'],
    [
      'a passphrase, in PKCS#1',
      privateKey.export({ type: 'pkcs1', format: 'pem', ...cipher }).toString(),
      broken,
      'encrypted',
    ],
    [
      'the public key',
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      broken,
      'a certificate or a public key',
    ],
    [
      'the public key in PKCS#1',
      publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      broken,
      'a certificate or a public key',
    ],
    ['a certificate', pem.replaceAll('PRIVATE KEY', 'CERTIFICATE'), broken, 'a certificate or a public key'],
    ['an EC key', export8(ec), weak, 'Google issues RSA keys'],
    ['an Ed25519 key', export8(ed), weak, 'Google issues RSA keys'],
    ['an RSA-PSS key', export8(pss), weak, 'Google issues RSA keys'],
    ['an RSA key of 1024 bits', export8(small), weak, 'Google issues RSA keys'],
    ['white space', ' \n ', broken, '-----BEGIN PRIVATE KEY-----'],
  ])('because it has %s', async (_, private_key, message, fix) => {
    const error = await refusalOf({ private_key });
    expect({ code: error.code, message: error.message }).toEqual({ code: 'credentials-malformed', message });
    expect(error.hint).toContain(fix);
    const shown = shownOf(error);
    for (const line of secretLines(private_key)) if (line.trim().length > 4) expect(shown).not.toContain(line);
  });

  it('because it has n for line breaks', async () => {
    const error = await refusalOf({ private_key: pem.replaceAll('\n', 'n') });
    expect(error.code).toBe('credentials-malformed');
    for (const line of lines) expect(shownOf(error)).not.toContain(line);
  });

  it('says of an EC key in its own form that it is no RSA key', async () => {
    const error = await refusalOf({ private_key: ec.export({ type: 'sec1', format: 'pem' }).toString() });
    expect(error.code).toBe('credentials-malformed');
    expect(error.hint).toContain('RSA');
    expect(error.hint).not.toContain('missing or cut');
  });
});

describe('a file that lacks something', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ client_email: undefined }, 'client_email'],
    [{ private_key: '' }, 'private_key'],
    [{ private_key_id: null }, 'private_key_id'],
    [{ private_key_id: 7, client_email: {} }, 'client_email, private_key_id'],
    [{ token_uri: 7 }, 'token_uri'],
    [{ token_uri: '' }, 'token_uri'],
  ])('is refused: %p', async (change, names) => {
    const error = await refusalOf(change);
    expect(error).toMatchObject({ code: 'credentials-malformed', message: `the credential lacks ${names}` });
    for (const line of lines) expect(shownOf(error)).not.toContain(line);
  });

  it.each([
    'ci',
    '@project.iam.gserviceaccount.com',
    'ci@',
    'ci@a@b.com',
    'c i@b.com',
    'ci@b.com; id',
    '$(id)@b.com',
    '`id`@b.com',
    "a'b@b.com",
    'a"b@b.com',
    'a|b@b.com',
    'a&b@b.com',
    'a>b@b.com',
    'a\nb@b.com',
    'a\u001b[2Jb@b.com',
    '(id)@b.com',
    'a\\b@b.com',
    '-f@b.com',
    '{a,b}@b.com',
    '*@b.com',
    pem,
  ])('has a client_email that is not a valid email: %j', async (client_email) => {
    const error = await refusalOf({ client_email });
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: 'the credential has a client_email that is not a valid email',
    });
    expect(shownOf(error)).not.toContain(lines[0]);
  });
});

describe('token_uri', () => {
  const current = 'https://oauth2.googleapis.com/token';
  const tokenUri = async (token_uri?: string) =>
    (await open(token_uri === undefined ? {} : { token_uri })).credential.signer?.tokenUri;

  it.each([
    undefined,
    current,
    'https://accounts.google.com/o/oauth2/token',
    'https://www.googleapis.com/oauth2/v4/token',
  ])('%s means the endpoint of today', async (uri) => {
    expect(await tokenUri(uri)).toBe(current);
  });

  it('means the endpoint that is played, where one is', async () => {
    const { credential } = await open({ token_uri: current }, emulatorEndpoints('127.0.0.1:4000', googleUniverse));
    expect(credential.signer?.tokenUri).toBe('http://127.0.0.1:4000/token');
  });

  it.each(['https://sts.example.com/token', 'http://127.0.0.1:4000/token', 'http://localhost/token', 'http://[::1]/t'])(
    '%s is called as it stands',
    async (uri) => {
      expect(await tokenUri(uri)).toBe(uri);
    },
  );

  it.each([
    'http://oauth2.googleapis.com/token',
    'http://10.0.0.1/token',
    'http://localhost.example.com/',
    'ftp://localhost/',
    'token',
    '//x',
  ])('%s is refused, and not shown', async (uri) => {
    const error = await refusalOf({ token_uri: uri });
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: 'the credential has a token_uri that is not https',
    });
    expect(error.hint).toContain(current);
    expect(shownOf(error)).not.toContain(`${uri}"`);
  });
});

describe('universe_domain', () => {
  const endpoints = googleEndpoints('cloud.example.com');

  it.each([
    [undefined, googleEndpoints(googleUniverse), 'signer'],
    ['googleapis.com', googleEndpoints(googleUniverse), 'signer'],
    // Outside of Google's own there is no token endpoint to take an assertion to.
    ['cloud.example.com', endpoints, 'id_token'],
  ])('%s is that of the endpoints', async (universe_domain, of, prefers) => {
    expect((await open({ universe_domain }, of)).credential.prefers).toBe(prefers);
  });

  it.each([
    [
      'cloud.example.com',
      googleEndpoints(googleUniverse),
      '"cloud.example.com", and the input universe is googleapis.com',
    ],
    [undefined, endpoints, '"googleapis.com", and the input universe is cloud.example.com'],
  ])('%s is another than that of the endpoints', async (universe_domain, of, words) => {
    const error = await failureOf(() => open({ universe_domain }, of));
    expect(error).toMatchObject({
      code: 'credentials-malformed',
      message: `the credential is of the universe ${words}`,
    });
    expect(error.hint).toContain('Set the input universe');
  });

  it('is not shown where it holds something else', async () => {
    const error = await refusalOf({ universe_domain: pem });
    expect(error.code).toBe('credentials-malformed');
    expect(lines.filter((line) => shownOf(error).includes(line))).toEqual([]);
  });
});

describe('each key', () => {
  let other: { pem: string; lines: string[] };
  beforeAll(() => {
    other = createPem();
  });

  it('signs for itself', async () => {
    const { credential } = await open({ private_key: other.pem, private_key_id: 'other' });
    const jwt = await signWith(credential, { iss: email });
    expect(decodeProtectedHeader(jwt).kid).toBe('other');
    await expect(jwtVerify(jwt, publicKey)).rejects.toThrow('signature verification failed');
  });
});
