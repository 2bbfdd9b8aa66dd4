/** Runs the built dist as GitHub's runner, or a shell, would: in a process of its own, with a clean environment. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { inputs as table } from '../src/config.ts';
import { linesOf } from './log.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StepEnded extends Ended {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What later steps find in their environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The log as a reader sees it: masks applied, commands shown as the runner shows them, debug lines left out. */
  readonly log: string;
}

type Variables = Readonly<Record<string, string>>;

const root = resolve(import.meta.dirname, '..');

/**
 * Runs the action's step with these inputs, and its clean-up after the job.
 *
 * @param during what later steps of the job do, in between
 */
export async function runStep(
  inputs: Variables,
  env: Variables = {},
  during: (step: StepEnded) => Promise<void> = async () => undefined,
): Promise<StepEnded> {
  const folder = mkdtempSync(join(tmpdir(), 'iap-auth-step-'));
  const file = (name: string) => join(folder, name);
  const files = {
    GITHUB_OUTPUT: file('output'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_STATE: file('state'),
    GITHUB_ENV: file('env'),
  };
  for (const path of Object.values(files)) writeFileSync(path, '');
  const base = { GITHUB_ACTIONS: 'true', RUNNER_TEMP: folder, ...files };
  try {
    const ended = await runNode('dist/action/index.js', [], { ...base, ...inputVariables(inputs), ...env });
    const step = {
      ...ended,
      outputs: parseOutputs(readFileSync(files.GITHUB_OUTPUT, 'utf8')),
      variables: parseOutputs(readFileSync(files.GITHUB_ENV, 'utf8')),
      summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
      log: linesOf(ended.stdout)
        .map(({ text }) => text)
        .join('\n'),
    };
    await during(step);
    const state = Object.entries(parseOutputs(readFileSync(files.GITHUB_STATE, 'utf8')));
    const kept = Object.fromEntries(state.map(([name, value]) => [`STATE_${name}`, value]));
    const post = await runNode('dist/post/index.js', [], { ...base, ...kept, ...env });
    if (post.code !== 0) throw new Error(`the clean-up failed: ${post.stderr}`);
    return step;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The runner sets every input of action.yml; those that the step leaves out are empty. */
export function inputVariables(inputs: Variables): Variables {
  const declared = Object.fromEntries(Object.keys(table).map((name) => [name, '']));
  const all = Object.entries<string>({ ...declared, ...inputs });
  return Object.fromEntries(all.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

/** Runs the command line. */
export function runCli(args: readonly string[], env: Variables = {}, stdin = ''): Promise<Ended> {
  return startCli(args, env, stdin).ended;
}

/** A process that runs, and how it ends. */
export interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Ended>;
}

/** Starts the command line. */
export function startCli(args: readonly string[], env: Variables = {}, stdin = ''): Running {
  return startNode('dist/cli/index.js', args, env, stdin);
}

function runNode(script: string, args: readonly string[], env: Variables): Promise<Ended> {
  return startNode(script, args, env).ended;
}

function startNode(script: string, args: readonly string[], env: Variables, stdin = ''): Running {
  // Windows finds its DLLs and its temporary folder by these.
  const { PATH = '', SYSTEMROOT = '', TEMP = '' } = process.env;
  const child = spawn(process.execPath, [join(root, script), ...args], {
    env: { PATH, SYSTEMROOT, TEMP, ...env },
    cwd: tmpdir(),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined).end(stdin);
  const ended = new Promise<Ended>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) =>
      done({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
  return { child, ended };
}

/** Reads a file of outputs: `NAME<<DELIMITER`, the value, the delimiter. */
function parseOutputs(text: string): Record<string, string> {
  const blocks = text.replaceAll('\r\n', '\n').matchAll(/^([^\n]+?)<<([^\n]+)\n(.*?)\n?^\2$/gms);
  return Object.fromEntries([...blocks].map(([, name = '', , value = '']) => [name, value]));
}
