import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { inputs } from '../../src/config.ts';
import { install, root, version } from './job.ts';
import { named, read } from './piece.ts';
import { pieces } from './pieces.ts';

const folder = join(root, 'integrations');
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) =>
    join(parentPath, name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/'),
  );

/** What a piece takes for itself, and not for iap-auth. */
const ofItsOwn: Readonly<Record<string, readonly string[]>> = {
  gitlab: ['job_name', 'stage', 'image'],
  azure: ['service_connection_id', 'node_version'],
};

const main = [
  'url',
  'checks_file',
  'workload_identity_provider',
  'service_account',
  'target_audience',
  'token_kind',
  'expect_status',
  'retry_for',
];

describe.each(pieces)('the piece for $name', (piece) => {
  const own = ofItsOwn[piece.name] ?? [];

  it('declares the inputs that a gate needs, and no other than iap-auth has', () => {
    const declared = piece.declared().filter((name) => !own.includes(name));
    expect(declared).toEqual(expect.arrayContaining(main));
    expect(declared.filter((name) => !Object.hasOwn(inputs, name))).toEqual([]);
  });

  it('uses each input that it declares', () => {
    const used = piece.files.map(read).join('\n');
    const use = (name: string) =>
      // By its parameter, by its variable, in the hook's list, or in the list that Groovy goes through.
      new RegExp(
        `(inputs|parameters)\\.${name}\\b|IAP_AUTH_${name.toUpperCase()}\\b|^ +${name.toUpperCase()}$|'${name}',`,
        'm',
      );
    expect(piece.declared().filter((name) => !use(name).test(used))).toEqual([]);
  });

  it('runs the published command line of this version, once', () => {
    const lines = piece.files.flatMap((path) => read(path).split('\n'));
    const bare = lines.map((line) => line.replace(/^[\s-]*'?|'$/g, '')).filter((line) => !/^(#|\/\/)/.test(line));
    const runs = bare.filter((line) => /\bnp[mx]\b|\$dir/.test(line));
    expect(runs).toEqual([`trap 'rm -rf "$dir"' EXIT`, install, '"$dir/node_modules/.bin/iap-auth" smoke']);
  });
});

// Of what they splice in, only what was quoted by hand would be safe.
it.each([
  ['gitlab/templates/iap-gate/template.yml', 2],
  ['circleci/orb.yml', 1],
  ['azure/iap-gate.yml', 1],
  ['bitbucket/iap-gate.yml', 12],
])('%s splices nothing into its commands', (path, count) => {
  const commands = trees(path).flatMap((tree) => commandsIn(tree));
  expect(commands).toHaveLength(count);
  for (const command of commands) expect(command).not.toMatch(/\$\[\[|<<|\$\{\{|\$\((?!printf |mktemp -d\))/);
});

function trees(path: string): unknown[] {
  return [...parseAllDocuments(read(path))].map((one) => ('toJS' in one ? one.toJS() : undefined));
}

/** The shell text of a YAML file: what stands under the keys that CI systems run. */
function commandsIn(node: unknown, key = ''): string[] {
  if (typeof node === 'string') return ['script', 'command', 'bash', 'run'].includes(key) ? [node] : [];
  if (Array.isArray(node)) return node.flatMap((child) => commandsIn(child, key));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, child]) => commandsIn(child, name));
}

describe('integrations/', () => {
  it.each(files.filter((path) => path.endsWith('.yml')))('%s is YAML', (path) => {
    const documents = parseAllDocuments(read(path), { uniqueKeys: true });
    expect([...documents].flatMap((one) => ('errors' in one ? [...one.errors, ...one.warnings] : []))).toEqual([]);
    expect(documents).toHaveLength(path.startsWith('gitlab/') ? 2 : 1);
  });

  it.each(files)('%s names no variable that iap-auth does not read, and no other version', (path) => {
    const text = read(path);
    expect(named(text).filter((name) => !Object.hasOwn(inputs, name))).toEqual([]);
    const versions = text.match(/(?<=iap-auth[@/#]v?)\d+\.\d+\.\d+|(?<=buildkite#v|tags\/v)\d+\.\d+\.\d+/g) ?? [];
    expect(versions.filter((one) => one !== version)).toEqual([]);
  });

  it('shows nowhere a program that the checkout chooses', () => {
    const pages = ['README.md', 'docs/ci.md', ...files.map((path) => join('integrations', path))];
    expect(pages.filter((path) => /npx .*iap-auth/.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });

  it('has lines to paste that are sound', () => {
    const pages = ['README.md', 'gitlab/README.md'].map(read).join('\n');
    const blocks = [...pages.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
    expect(blocks).toHaveLength(7);
    // One names what stands in the file that it is pasted beside.
    for (const block of blocks) parse(block.includes('*') ? read('bitbucket/iap-gate.yml') + block : block);
  });

  it('has the keys that GitLab asks for', () => {
    const [head, body] = trees('gitlab/templates/iap-gate/template.yml');
    expect(head).toEqual({ spec: { inputs: expect.any(Object) } });
    expect(Object.entries(body as object)).toEqual([
      [
        '$[[ inputs.job_name ]]',
        expect.objectContaining({
          stage: expect.any(String),
          image: expect.any(String),
          id_tokens: { GITLAB_OIDC_TOKEN: { aud: expect.stringMatching(/^https:\/\/iam\.googleapis\.com\/\$/) } },
          script: expect.any(Array),
          artifacts: expect.objectContaining({
            when: 'always',
            reports: { dotenv: 'iap-auth.env', junit: 'iap-auth.xml' },
          }),
        }),
      ],
    ]);
  });

  it('has the keys that CircleCI asks for, and a job that hands all to its command', () => {
    const orb = parse(read('circleci/orb.yml'));
    expect(Object.keys(orb)).toEqual([
      'version',
      'description',
      'display',
      'executors',
      'commands',
      'jobs',
      'examples',
    ]);
    const { parameters, steps } = orb.jobs.gate;
    expect(Object.keys(steps.at(-1).gate)).toEqual(Object.keys(parameters));
    expect(Object.keys(orb.executors)).toContain(orb.jobs.gate.executor);
    for (const { type, description } of Object.values<Record<string, string>>(parameters))
      expect([type, description]).toEqual(['string', expect.any(String)]);
    for (const { usage } of Object.values<{ usage: object }>(orb.examples))
      expect(usage).toMatchObject({ version: 2.1 });
  });

  it('has the keys that Buildkite asks for', () => {
    const plugin = parse(read('buildkite/plugin.yml'));
    expect(plugin).toMatchObject({ name: 'iap-auth', author: expect.any(String), requirements: ['bash', 'npm'] });
    expect(plugin.configuration.additionalProperties).toBe(false);
  });

  it('maps the access token where Azure keeps it from scripts', () => {
    const { steps } = parse(read('azure/iap-gate.yml'));
    const [step] = steps.filter((one: { bash?: string }) => one.bash !== undefined);
    expect(step.env).toHaveProperty('SYSTEM_ACCESSTOKEN', '$(System.AccessToken)');
    expect(steps.map((one: { task?: string }) => one.task)).toEqual(['UseNode@1', undefined, 'PublishTestResults@2']);
  });

  it('asks Bitbucket for a token, in the step and in the pipeline that is shared', () => {
    const { export: isShared, definitions } = parse(read('bitbucket/iap-gate.yml'));
    expect(isShared).toBe(true);
    const audience = expect.stringMatching(/^https:\/\/iam\.googleapis\.com\/projects\/[\w/]+\/providers\/\w+$/);
    expect(definitions.steps[0].step).toMatchObject({ oidc: { audiences: [audience] }, image: expect.any(String) });
    expect(definitions.pipelines['iap-gate']).toEqual(definitions.steps);
  });

  it('lets Groovy put nothing into the shell', () => {
    const text = read('jenkins/vars/iapGate.groovy');
    expect(text.match(/\bsh\b.*/g)).toEqual(["sh '''"]);
    expect(text).toContain(
      "withCredentials([string(credentialsId: options.credentialsId, variable: 'IAP_SUBJECT_TOKEN')])",
    );
    for (const [open, close] of ['()', '[]', '{}'].map((pair) => [...pair]))
      expect(text.split(open ?? '').length).toBe(text.split(close ?? '').length);
  });

  it('has a hook that is sound shell, and may be run', async () => {
    if (process.platform === 'win32') return;
    const hook = join(folder, 'buildkite/hooks/post-command');
    await expect(promisify(execFile)('bash', ['-n', hook])).resolves.toMatchObject({ stderr: '' });
    await expect(promisify(execFile)('test', ['-x', hook])).resolves.toBeDefined();
    expect(readFileSync(hook, 'utf8')).toMatch(/^#!\/usr\/bin\/env bash\nset -euo pipefail\n/);
  });
});
