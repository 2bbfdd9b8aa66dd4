import { decodeJwt, jwtVerify } from 'jose';
import type { Failing } from './failing.ts';
import { account, type Stage } from './stage.ts';
import type { Target } from './targets.ts';

/** One field of the matrix: who fails, how, and how many times in a row. */
export interface Cell {
  readonly target: Target;
  readonly fault: Failing;
  /** 1, 2, or for ever. */
  readonly times: number;
}

/** What came of it. */
export interface Outcome {
  /** `passed`, or the code of the failure. */
  readonly ends: string;
  /** How often the request was made. */
  readonly tries: number;
  /** Milliseconds that it took: those that were slept, and those of each timeout. */
  readonly took: number;
  /** Whether the log says that the signature was not checked. */
  readonly warns: boolean;
  /** What later steps got. */
  readonly exported: 'nothing' | 'a good token' | 'a bad token';
  /** Secrets that stood anywhere but in a mask or a token's output. */
  readonly leaks: readonly string[];
  /** Requests that followed a redirect elsewhere. */
  readonly strays: number;
}

/** How long things may take, in milliseconds. */
export interface Limits {
  /** Of one try of what hangs on purpose. */
  readonly timeout: number;
  /** The smoke check's budget. */
  readonly retryFor: number;
  /** What a busy machine may add. */
  readonly slack: number;
}

/** What a step leaves. */
export interface Left {
  /** All that people see of it. */
  readonly shown: readonly string[];
  readonly outputs: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, string>;
}

const tokenOutputs = ['token', 'id_token'];

/** What later steps get: a token that is signed by whom it should, of an account of ours, for what it was asked for. */
export async function exportedOf(
  { outputs, variables }: Left,
  { emulator, keys, now }: Stage,
): Promise<Outcome['exported']> {
  const tokens = [...tokenOutputs.map((name) => outputs.get(name)), variables.get('IAP_TOKEN')].filter(
    (token) => token !== undefined,
  );
  const [token] = tokens;
  if (token === undefined) return 'nothing';
  const audience = [emulator.clientId, 'https://app.example.com/*'];
  const isGood = await jwtVerify(token, keys, { audience, currentDate: new Date(now()) }).then(
    ({ payload: { email, iss } }) => [account, 'ada@example.com'].includes(String(email ?? iss)),
    () => false,
  );
  return isGood && tokens.every((one) => one === token) ? 'a good token' : 'a bad token';
}

/** Secrets that stand where people see them. */
export function leaksOf({ shown: texts, outputs }: Left, { emulator }: Stage): string[] {
  const others = [...outputs].filter(([name]) => !tokenOutputs.includes(name)).map(([, value]) => value);
  const shown = [...texts, ...others].join('\n');
  return [...emulator.ledger.secrets].filter((secret) => shown.includes(secret)).map(nameOf);
}

/** The secret itself stays one, even where it leaked. */
function nameOf(secret: string): string {
  try {
    return `a JWT of ${decodeJwt(secret).iss}`;
  } catch {
    return `${secret.length} characters that begin with ${secret.slice(0, 4)}`;
  }
}
