import { problemOf, problemText } from './lines.ts';
import type { CheckReport } from './result.ts';

/** A note beside the run, where people look first. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly text: string;
}

/** GitHub shows no more of one level for one step: https://docs.github.com/actions/reference/limits */
const most = 10;

/** One for each check that failed or is warned of; at most ten of a level, of which the last counts the rest. */
export function annotationsOf(checks: readonly CheckReport[]): Annotation[] {
  return (['error', 'warning'] as const).flatMap((level) => {
    const all = checks.flatMap((check) => annotationOf(check, level));
    if (all.length <= most) return all;
    const rest = all.length - most + 1;
    const ended = level === 'error' ? 'failed' : 'passed with a warning';
    const text = `${rest} more checks ${ended}. See the log or the report output for each.`;
    return [...all.slice(0, most - 1), { level, title: `${rest} more`, text }];
  });
}

function annotationOf({ result }: CheckReport, level: Annotation['level']): Annotation[] {
  const problem = problemOf(result);
  if (problem === undefined || result.passed !== (level === 'warning')) return [];
  return [{ level, title: `${problem.code}: ${result.name}`, text: problemText(problem) }];
}
