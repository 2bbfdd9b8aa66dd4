import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Try } from '../../src/report/result.ts';
import { extentOf, timelineOf } from '../../src/report/timeline.ts';
import { hostile, tryOf } from './values.ts';

interface Task {
  readonly section: string;
  readonly task: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly crit?: boolean;
}

interface Mermaid {
  parse(text: string): Promise<unknown>;
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{ type: string; db: { getTasks(): Task[]; getLinks?(): unknown } }>;
  };
}

// Its own types are of a browser's world.
const name = 'mermaid';
const { default: mermaid } = (await import(name)) as { default: Mermaid };

const checked = new Set(['app.example.com:8443']);
const start = tryOf().started;
const app = new URL('https://app.example.com:8443/health?key=secret');

async function tasksOf(markdown: string): Promise<Task[]> {
  const [, chart = ''] = /^```mermaid\n([^`]*)\n```/.exec(markdown) ?? [];
  await mermaid.parse(chart);
  const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(chart);
  expect(type).toBe('gantt');
  return db.getTasks();
}

describe('timelineOf', () => {
  it('is nothing where nothing was sent', () => {
    expect(timelineOf([], checked)).toBe('');
  });

  it('shows each request as a bar, in the section of its host', () => {
    const tries = [
      tryOf({ method: 'GET', url: app, started: start + 900, ended: start + 900, outcome: '200' }),
      tryOf(),
      tryOf({ method: 'GET', url: app, started: start + 150, ended: start + 450.4, outcome: '503' }),
      tryOf({ method: 'GET', url: app, started: start + 500, ended: start + 600, outcome: 'timeout' }),
      tryOf({ method: 'GET', url: app, started: start + 700, ended: start + 800, outcome: '429' }),
      tryOf({ method: 'GET', url: app, started: start + 850, ended: start + 860, outcome: '403' }),
    ];
    expect(timelineOf(tries, checked).split('\n')).toEqual([
      '```mermaid',
      '---',
      'config:',
      '  gantt:',
      '    leftPadding: 160',
      '---',
      'gantt',
      '  dateFormat x',
      '  axisFormat %S.%L',
      '  todayMarker off',
      '  section Token',
      '  1 POST /token 200 :t1, 0, 120',
      '  section app.example.com 8443',
      '  2 GET /health 503 :crit, t2, 150, 450',
      '  3 GET /health timeout :crit, t3, 500, 600',
      '  4 GET /health 429 :crit, t4, 700, 800',
      '  5 GET /health 403 :t5, 850, 860',
      '  6 GET /health 200 :t6, 900, 901',
      '```',
    ]);
  });

  it('is read by Mermaid as it was written', async () => {
    const tries = [tryOf(), tryOf({ url: app, started: start + 150, ended: start + 450, outcome: 'dns' })];
    const tasks = await tasksOf(timelineOf(tries, checked));
    expect(
      tasks.map(({ section, task, crit, startTime, endTime }) => [
        section,
        task.trim(),
        crit ?? false,
        +startTime,
        +endTime,
      ]),
    ).toEqual([
      ['Token', '1 POST /token 200', false, 0, 120],
      ['app.example.com 8443', '2 POST /health dns', true, 150, 450],
    ]);
  });

  it('shows the time of day where it took a minute', () => {
    const lines = timelineOf([tryOf({ ended: start + 60_000 })], checked).split('\n');
    expect(lines).toContain('    leftPadding: 75');
    expect(lines).toContain('  axisFormat %H:%M:%S');
    expect(lines).toContain(`  1 POST /token 200 :t1, ${start}, ${start + 60_000}`);
  });

  it('shows the end of a long path', () => {
    const url = new URL(`https://iam.example.com/v1/${'x'.repeat(40)}/serviceAccounts/a@b.c:signJwt`);
    expect(timelineOf([tryOf({ url })], checked)).toContain(
      '  1 POST xxxxxxxxxx/serviceAccounts/a b.c signJwt 200 :t1,',
    );
  });

  it('shows the beginning of a long name', () => {
    const url = new URL(`https://${'a'.repeat(60)}.${'b'.repeat(60)}.example/`);
    const markdown = timelineOf([tryOf({ url })], new Set([url.host]));
    expect(markdown).toContain(`  section ${'a'.repeat(60)}.${'b'.repeat(19)}\n`);
  });

  it('shows a hundred bars, and counts the others', async () => {
    const tries = Array.from({ length: 130 }, (_, index) => tryOf({ started: start + index, outcome: String(index) }));
    const markdown = timelineOf(tries, checked);
    const tasks = await tasksOf(markdown);
    expect(tasks).toHaveLength(100);
    expect(tasks[49]?.task.trim()).toBe('50 POST /token 49');
    expect(tasks[50]?.task.trim()).toBe('81 POST /token 80');
    expect(markdown.split('\n').at(-1)).toBe('Of 130 requests, the 30 in the middle are not shown.');
    expect(await tasksOf(timelineOf(tries.slice(0, 100), checked))).toHaveLength(100);
    expect(timelineOf(tries.slice(0, 100), checked)).not.toContain('not shown');
  });

  it('is a chart of as many bars, whatever is in them', async () => {
    const url = hostile.map((path) => new URL(`https://app.example.com:8443/${path}`));
    const one: fc.Arbitrary<Try> = fc
      .record({ method: hostile, url, outcome: hostile, after: fc.nat(1e6), took: fc.nat(1e5) })
      .map(({ after, took, ...rest }) => ({ ...rest, started: start + after, ended: start + after + took }));
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 5 }), fc.boolean(), async (tries, isChecked) => {
        const tasks = await tasksOf(timelineOf(tries, isChecked ? checked : new Set()));
        expect(tasks.map(({ task }) => Number.parseInt(task, 10)).sort()).toEqual(tries.map((_, index) => index + 1));
        for (const { section } of tasks) expect(section).toBe(isChecked ? 'app.example.com 8443' : 'Token');
      }),
    );
  });
});

describe('extentOf', () => {
  it('is from the first start to the last end', () => {
    const tries = [tryOf({ started: 5, ended: 7 }), tryOf({ started: 3, ended: 20 }), tryOf({ started: 9, ended: 10 })];
    expect(extentOf(tries)).toEqual({ start: 3, span: 17 });
  });
});
