import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { isConfidential } from '../origin.ts';
import { type Mask, maskJwt } from '../token.ts';
import { malformed } from './malformed.ts';
import type { Credential, SourceDeps } from './source.ts';

// Old key files name these; Google answers at the new one, and wants it as `aud`.
const outdated = ['https://accounts.google.com/o/oauth2/token', 'https://www.googleapis.com/oauth2/v4/token'];
const current = 'https://oauth2.googleapis.com/token';

/**
 * The key of a service account signs by itself: no network, no role.
 *
 * @throws {IapError} `credentials-malformed`
 */
export async function openKey(file: Readonly<Record<string, unknown>>, deps: SourceDeps): Promise<Credential> {
  if (typeof file['private_key'] === 'string') maskPem(file['private_key'], deps.mask);
  const { client_email: email, private_key: pem, private_key_id: keyId, token_uri: uri = current } = file;
  const fields = { client_email: email, private_key: pem, private_key_id: keyId, token_uri: uri };
  const absent = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [] : [name],
  );
  if (
    typeof email !== 'string' ||
    typeof pem !== 'string' ||
    typeof keyId !== 'string' ||
    typeof uri !== 'string' ||
    absent.length > 0
  ) {
    throw malformed(`lacks ${absent.join(', ')}`, 'Give the whole file as Google wrote it.');
  }
  if (!/^\w[\w.+-]*@[\w.-]+$/.test(email))
    throw malformed('has a client_email that is no email', 'Store the file again, unchanged.');
  const key = readKey(pem);
  return {
    principal: email,
    tokenUri: tokenUri(uri, deps),
    sign: async (claims) => {
      const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: keyId }).sign(key);
      maskJwt(jwt, deps.mask);
      return jwt;
    },
  };
}

// The lines of a key, whether its line breaks are real or the two characters \n: a runner masks line by line.
function maskPem(pem: string, mask: Mask): void {
  for (const line of pem.split(/(?:\\+[rn]|\s)+/)) {
    if (line.length >= 4 && !line.includes('-----') && !/^(BEGIN|END|RSA|PRIVATE|KEY)$/.test(line)) mask(line);
  }
}

const armour = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----(.*)-----END \1-----/s;

/** Reads a PEM key, and mends what secret stores do to it: line breaks doubled, made CRLF, or turned into spaces. */
function readKey(pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem))
    throw malformed('has a broken private_key', 'It is encrypted; Google issues keys without a passphrase.');
  const [, label, content] = armour.exec(pem) ?? [];
  if (label === undefined || content === undefined) throw malformed('has a broken private_key', armourProblem(pem));
  const base64 = content.replace(/\\+[rn]|\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw malformed(
      'has a broken private_key',
      'Something else than base64 stands between its BEGIN and END lines. Store the file again, unchanged.',
    );
  }
  const key = importKey(`-----BEGIN ${label}-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`);
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw malformed(
      'has a private_key that is not RSA of 2048 bits or more',
      'Google issues RSA keys: store the file again as Google wrote it.',
    );
  }
  return key;
}

function armourProblem(pem: string): string {
  if (/-----BEGIN (CERTIFICATE|(RSA )?PUBLIC KEY)/.test(pem))
    return 'It is a certificate or a public key; the private one is needed.';
  if (/-----BEGIN (EC|DSA|OPENSSH) /.test(pem))
    return 'It is of another kind than RSA, which Google issues: store the file again as Google wrote it.';
  const line = /-----BEGIN [A-Z ]*-----/.test(pem) ? 'END' : 'BEGIN';
  return `Its line -----${line} PRIVATE KEY----- is missing or cut. Store the file again, unchanged.`;
}

function importKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // Without a cause: what OpenSSL says of a key tells nobody more, and may quote it.
    throw malformed(
      'has a private_key that cannot be read',
      'Part of it is missing or was changed. Store the file again, unchanged.',
    );
  }
}

function tokenUri(uri: string, { endpoints }: SourceDeps): string {
  if (uri === current || outdated.includes(uri)) return endpoints.token;
  if (URL.canParse(uri) && isConfidential(new URL(uri))) return uri;
  throw malformed(
    'has a token_uri that is not https',
    `It must be an https:// URL (http:// on loopback only). Google's is ${current}.`,
  );
}
