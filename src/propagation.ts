import { IapError } from './errors.ts';
import { type MintConfig, type Minted, mintToken } from './mint.ts';
import type { SourceDeps } from './sources/source.ts';
import type { Budget, Came } from './wait/budget.ts';
import { type PollDeps, poll } from './wait/poll.ts';

interface Plan<T> {
  /** What is waited for, in the words of the log. */
  readonly name: string;
  readonly work: () => Promise<T>;
  /** How long it may take, in milliseconds. */
  readonly budget: Partial<Budget>;
  /** Milliseconds that the last answer asked to wait. */
  readonly retryAfter?: () => number;
}

/**
 * Does it again while it fails in a way that may pass: while an app starts (`retryFor`), or while a grant is missing
 * that may be on its way (`propagationWait`): https://cloud.google.com/iam/docs/access-change-propagation
 */
export async function untilDone<T>({ name, work, budget, retryAfter = () => 0 }: Plan<T>, deps: PollDeps): Promise<T> {
  const attempt = (): Promise<Came & { readonly done?: T }> =>
    work().then(
      (done) => ({ ...came, done }),
      (error: unknown) => {
        if (error instanceof IapError) return { ...came, error, retryAfter: retryAfter() };
        throw error;
      },
    );
  const plan = { name, attempt, budget: { ...none, ...budget }, outcomeOf: ({ error }: Came) => error?.code ?? 'done' };
  const { verdict } = await poll(plan, deps);
  if (verdict.error !== undefined) throw verdict.error;
  return verdict.done as T;
}

const came: Came = { error: undefined, status: null, retryAfter: 0 };
const none: Budget = { retryFor: 0, retryOn: [], propagationWait: 0 };

/** Mints a token, and waits for a grant that may be on its way. For the rest see `mintToken`. */
export function mintPatiently(
  config: MintConfig & { readonly propagationWait: number },
  audience: string | undefined,
  deps: SourceDeps & PollDeps,
): Promise<Minted> {
  const work = () => mintToken(config, audience, deps);
  return untilDone({ name: 'token', work, budget: { propagationWait: config.propagationWait } }, deps);
}
