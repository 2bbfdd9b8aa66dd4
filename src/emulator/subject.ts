import type { JWTPayload } from 'jose';
import { isSignedBy, readJwt } from './jwt.ts';
import type { Provider } from './provider.ts';
import { invalidGrant, type Refusal } from './refusal.ts';
import { seconds, type World } from './world.ts';

export interface Subject {
  readonly claims: JWTPayload;
}

/** The claims of a subject token that the provider takes. unsure: the order of the checks. */
export async function readSubject(token: string, provider: Provider, world: World): Promise<Subject | Refusal> {
  const jwt = readJwt(token);
  // unsure: the text.
  if (!jwt) return invalidGrant('Unable to parse the ID Token.');
  const { claims } = jwt;
  const wrong = wrongIssuer(claims, provider) ?? (await wrongSignature(token, world));
  const unfit =
    wrong ?? wrongAudience(claims, provider) ?? wrongTimes(claims, world) ?? wrongAttributes(claims, provider);
  return unfit ?? { claims };
}

function wrongIssuer({ iss }: JWTPayload, { issuer, unreachable }: Provider): Refusal | undefined {
  if (iss !== issuer) {
    return invalidGrant(`The issuer in ID Token ${iss} does not match the expected ones: ${issuer}`);
  }
  return unreachable ? invalidGrant("Error connecting to the given credential's issuer.") : undefined;
}

/** unsure: the text. */
async function wrongSignature(token: string, { keys }: World): Promise<Refusal | undefined> {
  return (await isSignedBy(token, [keys.ci.publicKey])) ? undefined : invalidGrant('Invalid signature for ID Token.');
}

function wrongAudience({ aud }: JWTPayload, { allowedAudiences }: Provider): Refusal | undefined {
  if ([aud].flat().some((one) => one !== undefined && allowedAudiences.includes(one))) return undefined;
  return invalidGrant(`The audience in ID Token [${[aud].flat().join(', ')}] does not match the expected audience.`);
}

/** unsure: after how long a token is stale, and all the other texts. Seen is that a stale one need not have expired. */
function wrongTimes({ iat, exp }: JWTPayload, world: World): Refusal | undefined {
  const now = seconds(world);
  if (typeof iat !== 'number' || typeof exp !== 'number')
    return invalidGrant("ID Token must have 'iat' and 'exp' claims.");
  if (iat <= now - 3600) return invalidGrant(`ID Token issued at ${iat} is stale to sign-in.`);
  if (iat > now + 300) return invalidGrant(`ID Token issued at ${iat} is not yet valid.`);
  return exp <= now ? invalidGrant(`ID Token expired at ${exp}.`) : undefined;
}

function wrongAttributes(claims: JWTPayload, { condition }: Provider): Refusal | undefined {
  // unsure: the code. 127 bytes is documented for google.subject.
  if (Buffer.byteLength(claims.sub ?? '') > 127) {
    return { error: 'invalid_request', error_description: 'The size of mapped attribute exceeds the 127 bytes limit.' };
  }
  if (condition(claims)) return undefined;
  return {
    error: 'unauthorized_client',
    error_description: 'The given credential is rejected by the attribute condition.',
  };
}
