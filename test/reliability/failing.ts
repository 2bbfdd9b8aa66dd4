import type { Fault } from '../../src/emulator/index.ts';
import type { Code } from '../../src/errors.ts';
import type { Barrier } from './door.ts';
import type { Stage } from './stage.ts';
import type { Target } from './targets.ts';

/**
 * What goes wrong: no answer · one that says "later" · one that says no · one that nobody can use, of the right
 * status · one that sends elsewhere · one that is too large · a token that is not the one that was asked for ·
 * nothing that matters.
 */
export type Kind = 'silence' | 'busy' | 'refusal' | 'useless' | 'redirect' | 'large' | 'wrong token' | 'harmless';

/** One column of the matrix. */
export interface Failing {
  readonly name: string;
  readonly kind: Kind;
  /** What it comes to if it lasts, where that does not depend on who is asked. */
  readonly code?: Code;
  readonly status?: number;
  /** Milliseconds that the answer asks to wait. */
  readonly wait?: number;
  /** Text that cannot stand in a header. */
  readonly isUnsendable?: true;
  /** A token of one's own in place of the right one: whoever takes any text takes it. */
  readonly isOpaque?: true;
  /** Keys, but not the right one. */
  readonly isKeySet?: true;
  /** It takes a whole `timeout` of real time. */
  readonly isSlow?: true;
  readonly barrier?: Barrier;
  readonly appliesTo?: (target: Target) => boolean;
  readonly make?: (target: Target, stage: Stage) => Fault | Promise<Fault>;
}
