import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { isEmail, memberOf } from '../email.ts';
import { googleUniverse } from '../google/endpoints.ts';
import { isConfidential } from '../origin.ts';
import { type Mask, maskJwt } from '../token.ts';
import { impersonate } from './impersonation.ts';
import { malformed, textFields } from './shape.ts';
import type { Credential, CredentialFile, JwtClaims, SourceDeps } from './source.ts';

// Old key files name these; Google answers at the new one, and wants it as `aud`.
const outdated = ['https://accounts.google.com/o/oauth2/token', 'https://www.googleapis.com/oauth2/v4/token'];
const current = 'https://oauth2.googleapis.com/token';

/**
 * The key of a service account signs by itself: no network, no role.
 *
 * @throws {IapError} `credentials-malformed`
 */
export async function openKey(file: CredentialFile, deps: SourceDeps): Promise<Credential> {
  if (typeof file['private_key'] === 'string') maskPem(file['private_key'], deps.mask);
  const fields = textFields({ token_uri: current, ...file }, [
    'client_email',
    'private_key',
    'private_key_id',
    'token_uri',
  ]);
  const { client_email: email, private_key: pem, private_key_id: kid, token_uri: uri } = fields;
  if (!isEmail(email))
    throw malformed('has a client_email that is not a valid email', 'Store the file again, unchanged.');
  const key = readKey(pem);
  const sign = async (claims: JwtClaims) => {
    const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key);
    maskJwt(jwt, deps.mask);
    return jwt;
  };
  const member = () => memberOf(email);
  const accessToken = () => sign(selfSigned(email, deps));
  const asItself = impersonate({ accessToken, account: email, delegates: [], member }, deps);
  return {
    ...asItself,
    accessToken,
    signer: { sign, tokenUri: tokenUri(uri, deps) },
    // Outside googleapis.com there is no OAuth 2.0 token endpoint.
    prefers: deps.endpoints.universe === googleUniverse ? 'signer' : 'id_token',
  };
}

/** Google's APIs take a JWT of the account's own in place of an access token: https://google.aip.dev/auth/4111 */
function selfSigned(email: string, { endpoints, clock }: SourceDeps): JwtClaims {
  const iat = Math.floor(clock.now() / 1000);
  return { iss: email, sub: email, aud: `${new URL(endpoints.iamCredentials).origin}/`, iat, exp: iat + 3600 };
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
      'There is something other than base64 between its BEGIN and END lines. Store the file again, unchanged.',
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
    return 'It is not an RSA key, the kind that Google issues: store the file again as Google wrote it.';
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
