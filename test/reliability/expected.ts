import type { Code } from '../../src/errors.ts';
import type { Failing } from './failing.ts';
import type { Cell, Limits, Outcome } from './outcome.ts';
import type { Target } from './targets.ts';

/** What must come of a cell. */
export interface Expected {
  readonly ends: 'passed' | Code;
  /** How often the request is made; `budget`: as often as retry_for allows, which is more than twice. */
  readonly tries: number | 'budget';
  readonly warns: boolean;
  readonly exported: 'nothing' | 'a good token';
  /** Milliseconds that are waited between the tries: at least, and at most. */
  readonly waits: readonly [least: number, most: number];
}

/** The transport's tries of one request. */
const wireTries = 4;
/** Milliseconds between these tries, all together; by jitter it may be half of that. */
const wireWaits = 500 + 1000 + 2000;
/** Nobody waits longer for one answer, in milliseconds. */
const longestWait = 60_000;
const good = 'a good token';

/** The rules. What lasts fails with the code of who failed; what passes is waited for; what is final is not tried again. */
export function expectedOf(cell: Cell, { retryFor }: Limits): Expected {
  const { target, fault, times } = cell;
  if (fault.kind === 'harmless') return { ends: 'passed', tries: 1, warns: false, exported: good, waits: [0, 0] };
  if (!passesWithTime(target, fault)) return givenUp(target, fault, { tries: 1, waits: [0, 0] });
  const { wait = 0 } = fault;
  const most = target.triedBy === 'smoke' ? retryFor : Math.max(wireWaits, wireTries * (wait + 1000));
  // Nobody waits for an hour because a server says so; the smoke check makes a last try when its budget ends.
  if (wait > longestWait)
    return target.triedBy === 'smoke' ? lastTry(cell, retryFor) : givenUp(target, fault, { tries: 1, waits: [0, 0] });
  if (times === Number.POSITIVE_INFINITY) {
    // The budget is used up, unless less is left of it than the answer asks to wait.
    if (target.triedBy === 'smoke') return givenUp(target, fault, { tries: 'budget', waits: [retryFor - wait, most] });
    return givenUp(target, fault, { tries: wireTries, waits: [Math.max(wireWaits / 2, wait), most] });
  }
  return { ends: 'passed', tries: times + 1, warns: false, exported: good, waits: [wait, most] };
}

function lastTry({ target, fault, times }: Cell, retryFor: number): Expected {
  const waits = [retryFor, retryFor] as const;
  if (times === 1) return { ends: 'passed', tries: 2, warns: false, exported: good, waits };
  return givenUp(target, fault, { tries: 2, waits });
}

/** Whether it is worth another try. */
function passesWithTime({ triedBy, service, isBeforeToken }: Target, { kind, status = 0 }: Failing): boolean {
  if (kind === 'silence') return triedBy !== 'probe';
  if (kind !== 'busy') return false;
  // A 500 of the app's is its answer; IAP's own is a fault of IAP's, and who is asked for a client id is IAP.
  return triedBy !== 'smoke' || status !== 500 || service === 'iap' || isBeforeToken === true;
}

/** It is not tried again: the step fails, or goes on with a warning. */
function givenUp(target: Target, fault: Failing, { tries, waits }: Pick<Expected, 'tries' | 'waits'>): Expected {
  const goesOn = target.ends === 'warning' && !fault.isKeySet;
  if (goesOn) return { ends: 'passed', tries, warns: true, exported: good, waits };
  // A smoke check comes after the export.
  const exported = target.triedBy === 'smoke' && !target.isBeforeToken ? good : 'nothing';
  return { ends: codeOf(target, fault), tries, warns: false, exported, waits };
}

function codeOf(target: Target, fault: Failing): Code {
  const { triedBy, field, refused } = target;
  const isAnyAlike = field === 'keys' || (triedBy === 'probe' && fault.kind !== 'large');
  return isAnyAlike ? refused : (fault.code ?? codeOfText(target, fault) ?? codeOfKind(target, fault));
}

/** A text may be taken for a token, until somebody looks at it. */
function codeOfText({ unsendable, opaque }: Target, { isUnsendable, isOpaque }: Failing): Code | undefined {
  if (isUnsendable) return unsendable;
  return isOpaque ? opaque : undefined;
}

function codeOfKind(target: Target, fault: Failing): Code {
  const { triedBy, refused } = target;
  const codes: Readonly<Record<Failing['kind'], Code>> = {
    silence: refused,
    busy: triedBy === 'smoke' ? busyCodeOf(target, fault) : refused,
    refusal: fault.status === 403 ? (target.forbidden ?? refused) : refused,
    redirect: target.redirect ?? refused,
    useless: target.useless ?? refused,
    large: target.large ?? 'response-too-large',
    'wrong token': refused,
    harmless: refused,
  };
  return codes[fault.kind];
}

function busyCodeOf({ refused, isBeforeToken }: Target, { status = 0 }: Failing): Code {
  if (status === 429) return 'rate-limited';
  return status === 500 && !isBeforeToken ? refused : 'unavailable';
}

/** What came of a cell, and what must: two values to compare. */
export function compare(cell: Cell, outcome: Outcome, limits: Limits): { found: object; expected: object } {
  const { ends, tries, warns, exported, waits } = expectedOf(cell, limits);
  const [least, most] = waits;
  const isBudget = tries === 'budget';
  const hanging = cell.fault.isSlow ? limits.timeout * (isBudget ? 1 : tries) : 0;
  const { took, ...rest } = outcome;
  return {
    found: {
      ...rest,
      tries: isBudget && rest.tries > 2 ? 'budget' : rest.tries,
      time:
        took < least ? `${took} ms, less than ${least}` : took > most + hanging + limits.slack ? `${took} ms` : 'right',
    },
    expected: { ends, tries, warns, exported, leaks: [], strays: 0, time: 'right' },
  };
}
