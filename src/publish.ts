import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CiSystem } from './ci/system.ts';
import type { Config } from './config.ts';
import { systemCode } from './errors.ts';
import { replaceFile } from './private.ts';
import { annotationsOf } from './report/annotations.ts';
import { junitOf } from './report/junit.ts';
import { groupOf } from './report/lines.ts';
import { type Summary, summaryOf } from './report/summary.ts';

/** A summary that cannot be written fails nothing. */
export async function writeSummary(markdown: string, ci: CiSystem): Promise<void> {
  await ci.summary(markdown).catch(() => ci.warn('The step summary could not be written.'));
}

/** Tells people of the checks: the log, annotations, the step summary, JUnit XML. A place that cannot be written fails nothing. */
export async function publish(
  summary: Summary,
  config: Pick<Config, 'summary' | 'junitFile'>,
  ci: CiSystem,
): Promise<void> {
  for (const check of summary.checks) {
    const { title, lines } = groupOf(check);
    ci.group(title, lines);
  }
  const annotations = ci.hasAnnotations ? annotationsOf(summary.checks) : [];
  for (const { level, title, text } of annotations) ci.annotate(level, title, text);
  const { junitFile } = config;
  if (config.summary) await writeSummary(summaryOf(summary), ci);
  if (junitFile !== undefined) await writeJunit(junitFile, junitOf(summary.report), ci);
}

/** Writes JUnit XML over what an earlier run left there; the folder is made. */
export async function writeJunit(path: string, xml: string, ci: CiSystem): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, xml);
  } catch (error) {
    const why = systemCode(error) ?? 'it is not a file';
    ci.warn(`junit_file: ${JSON.stringify(path)} could not be written (${why}).`);
  }
}
