/** Measures how reliable it is; writes docs/faults.md, the figures of docs/reliability.md and the count in README.md. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isDeepStrictEqual, promisify } from 'node:util';
import { limits } from '../test/reliability/cell.ts';
import { distCells, distLimits, playAllOnDist } from '../test/reliability/dist.ts';
import { compare } from '../test/reliability/expected.ts';
import { callers, failing, type LongRun, playLongRun } from '../test/reliability/longrun.ts';
import { cells, playAll, titleOf } from '../test/reliability/matrix.ts';
import type { Cell, Limits, Outcome } from '../test/reliability/outcome.ts';
import { pageOf } from '../test/reliability/page.ts';

/** One line of the table. */
interface Figure {
  readonly figure: string;
  readonly value: string;
  readonly how: string;
}

/** All figures, in their order: a new one is a function here. */
const measures: readonly (() => Promise<readonly Figure[]>)[] = [
  measureFaults,
  measureDist,
  measureLongRun,
  () => measureTests('ways to lead a secret to another origin', 'test/reliability/confinement.test.ts'),
  () => measureTests('hostile texts, in every place that takes one', 'test/reliability/injection.test.ts'),
  () => measureTests('hostile texts for the outputs of each CI system', 'test/reliability/rows.test.ts'),
  () => measureTests('wrong clocks', 'test/reliability/clock.test.ts'),
  () => measureTests('properties that hold for arbitrary input', 'properties.test.ts'),
];

const matrixTest =
  '`test/reliability/matrix.test.ts`: the whole story over real sockets, in one process; time that is waited is passed in';
const distTest = '`test/reliability/dist.test.ts`: the built action, in a process of its own, in real time';

async function measureFaults(): Promise<Figure[]> {
  const { outcomes, seconds } = await timed(() => playAll(cells));
  check(outcomes, limits);
  writeFileSync('docs/faults.md', pageOf(outcomes));
  const all = [...outcomes.values()];
  const count = (which: (outcome: Outcome) => boolean) => String(all.filter(which).length);
  return [
    { figure: 'faults that were played', value: String(all.length), how: matrixTest },
    {
      figure: 'of these, passed after another try',
      value: count(({ ends, warns, tries }) => ends === 'passed' && !warns && tries > 1),
      how: 'the same',
    },
    {
      figure: 'passed at once: nothing that matters was wrong',
      value: count(({ ends, warns, tries }) => ends === 'passed' && !warns && tries === 1),
      how: 'the same',
    },
    {
      figure: 'passed unchecked, with a warning',
      value: count(({ ends, warns }) => ends === 'passed' && warns),
      how: 'the same; only where keys could not be had',
    },
    {
      figure: 'failed, with the code that the fault stands for',
      value: count(({ ends }) => ends !== 'passed'),
      how: 'the same',
    },
    {
      figure: 'ended otherwise than the rules say',
      value: '0',
      how: 'the same; `test/reliability/expected.ts` holds the rules',
    },
    {
      figure: 'tokens exported that failed their check',
      value: count(({ exported }) => exported === 'a bad token'),
      how: 'the same',
    },
    {
      figure: 'secrets shown',
      value: String(all.flatMap(({ leaks }) => leaks).length),
      how: 'the same; looked for in log, annotations, summary, outputs and errors',
    },
    { figure: 'seconds that they took', value: seconds, how: `the same, ${process.arch}, ${process.platform}` },
  ];
}

async function measureDist(): Promise<Figure[]> {
  const { outcomes, seconds } = await timed(() => playAllOnDist(distCells));
  check(outcomes, distLimits);
  return [
    { figure: 'faults that were played on the built action', value: String(outcomes.size), how: distTest },
    { figure: 'seconds that they took', value: seconds, how: 'the same, four at a time' },
  ];
}

async function measureLongRun(): Promise<Figure[]> {
  const runs: LongRun[] = [];
  for (const fails of Object.values(failing)) runs.push(await playLongRun(fails));
  const sum = (of: (run: LongRun) => number) => String(runs.reduce((all, run) => all + of(run), 0));
  const least = Math.floor(Math.min(...runs.map((run) => run.least)) / 1000);
  const how = `\`test/reliability/longrun.test.ts\`: ${callers} callers of \`withIapAuth\`, twice through three hours of a clock that is passed in; a token endpoint that fails one time in three`;
  return [
    { figure: 'calls through hours of expiring tokens', value: sum(({ calls }) => calls), how },
    { figure: 'of these, lost', value: sum(({ lost }) => lost), how: 'the same' },
    {
      figure: 'tokens that were minted for them',
      value: sum(({ exchanges }) => exchanges),
      how: 'the same; one each 55 minutes, whoever asks',
    },
    { figure: 'requests for a token that failed on the way', value: sum(({ failed }) => failed), how: 'the same' },
    { figure: 'seconds that the oldest token had left when it was sent', value: String(least), how: 'the same' },
  ];
}

interface Ran {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

/** Counts the tests of some files, all of which must pass. */
async function measureTests(figure: string, files: string): Promise<Figure[]> {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const args = [...jest, '--json', '--silent', '--testPathPatterns', files];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  const { numPassedTests, numFailedTests } = JSON.parse(stdout) as Ran;
  if (numFailedTests > 0) throw new Error(`${numFailedTests} tests of ${files} failed`);
  const cases = files.startsWith('properties') ? '; 2,000 cases each, 200 and more where each crosses a socket' : '';
  return [{ figure, value: String(numPassedTests), how: `one test each, \`${files}\`${cases}` }];
}

async function timed(
  work: () => Promise<Map<Cell, Outcome>>,
): Promise<{ outcomes: Map<Cell, Outcome>; seconds: string }> {
  const started = performance.now();
  const outcomes = await work();
  return { outcomes, seconds: String(Math.round((performance.now() - started) / 1000)) };
}

/** Nothing is written of what the rules do not say. */
function check(outcomes: ReadonlyMap<Cell, Outcome>, within: Limits): void {
  const wrong = [...outcomes].flatMap(([cell, outcome]) => {
    const { found, expected } = compare(cell, outcome, within);
    return isDeepStrictEqual(found, expected)
      ? []
      : [`${titleOf(cell)}\n  ${JSON.stringify(found)}\n  ${JSON.stringify(expected)}`];
  });
  if (wrong.length > 0) throw new Error(`not as the rules say:\n${wrong.join('\n')}`);
}

const page = 'docs/reliability.md';

const start = `# Reliability

What it comes to when something goes wrong, in figures. Everybody can measure them: \`npm run reliability\` writes this table.

<!-- figures -->
<!-- /figures -->

- [faults.md](faults.md) says what comes of each fault of each service.
- The rules that every fault is held against are in \`test/reliability/expected.ts\`.
- What a wrong clock does is in \`test/reliability/clock.test.ts\`.
- \`npm run fuzz\` tries each parser with 100,000 cases of arbitrary input, and fewer where each case crosses a socket; \`npm test\` with 2,000. A failure prints the command that brings it back.
`;

function writeCount(): void {
  const text = readFileSync('README.md', 'utf8');
  const place = /plays \d+ faults/;
  if (!place.test(text)) throw new Error('README.md has no place for the number of faults');
  writeFileSync('README.md', text.replace(place, `plays ${cells.length} faults`));
}

function writeFigures(figures: readonly Figure[]): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : start;
  const place = /(<!-- figures -->\n)[\s\S]*?(<!-- \/figures -->)/;
  if (!place.test(text)) throw new Error(`${page} has no place for the figures`);
  const lines = figures.map(({ figure, value, how }) => `| ${figure} | ${value} | ${how} |`);
  const table = ['| figure | value | how measured |', '| --- | --- | --- |', ...lines, ''].join('\n');
  writeFileSync(
    page,
    text.replace(place, (_, open: string, close: string) => open + table + close),
  );
}

const figures: Figure[] = [];
for (const measure of measures) figures.push(...(await measure()));
writeFigures(figures);
writeCount();
for (const { figure, value } of figures) console.log(`${value.padStart(6)}  ${figure}`);
