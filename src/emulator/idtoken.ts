import type { JWTPayload } from 'jose';
import { sign } from './jwt.ts';
import { seconds, type World } from './world.ts';

/** Signs as Google. `claims` win over what an ID token for IAP has by default; `undefined` leaves one out. */
export async function mintIdToken(claims: JWTPayload, world: World): Promise<string> {
  const iat = seconds(world);
  const defaults = { iss: 'https://accounts.google.com', aud: world.clientId, iat, exp: iat + 3600 };
  const token = await sign({ ...defaults, ...claims }, world.keys.google);
  world.ledger.keep(token);
  return token;
}
