import { renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openCi } from '../../src/ci/index.ts';
import type { Env } from '../../src/ci/system.ts';
import { failureOf, openTestWorld, shownOf } from '../world.ts';
import { type Agent, installAgent } from './machine.ts';

let agent: Agent;

beforeEach(() => {
  agent = installAgent();
});
afterEach(() => agent.remove());

function open(env: Env = {}) {
  const lines: string[] = [];
  return { ci: openCi({ BUILDKITE: 'true', PATH: agent.path, ...env }, (line) => lines.push(line)), lines };
}

const commands = () => agent.calls().map(({ args, stdin }) => `${args.join(' ')} < ${stdin}`);

describe('masking on Buildkite', () => {
  it('hands the agent each secret once, on stdin', () => {
    const { ci, lines } = open();
    for (const secret of ['s3cret', 'other\nlines', 's3cret']) ci.mask(secret);
    expect(commands()).toEqual(['redactor add < s3cret', 'redactor add < other\nlines']);
    expect(lines).toEqual([]);
  });

  it('warns once where the agent refuses, and still offers the others', () => {
    agent.answer('redactor', 'echo "s3cret" >&2; exit 1');
    const { ci, lines } = open();
    for (const secret of ['s3cret', 'other']) ci.mask(secret);
    expect(lines).toEqual(['warning: buildkite-agent could not redact a secret in the log.']);
    expect(agent.calls()).toHaveLength(2);
    ci.info('it is s3cret');
    expect(lines.at(-1)).toBe('it is ***');
  });

  it('goes on where there is no agent', async () => {
    const { ci, lines } = open({ PATH: '/nowhere' });
    ci.mask('s3cret');
    ci.mask('other');
    ci.output('status', '200');
    ci.output('result', 'passed');
    await ci.summary('### Done');
    expect(ci.exportVariable('IAP_X', 's3cret')).toBe(false);
    expect(lines).toEqual([
      'warning: buildkite-agent could not redact a secret in the log.',
      'warning: buildkite-agent could not keep the outputs.',
      'warning: buildkite-agent could not annotate the build.',
    ]);
  });
});

describe('an agent that was not there', () => {
  it('is not asked again', () => {
    const [home = ''] = agent.path.split(delimiter);
    const [program, away] = [join(home, 'buildkite-agent'), join(home, 'away')];
    renameSync(program, away);
    // The machine may have an agent of its own.
    const { ci } = open({ PATH: home });
    ci.mask('s3cret');
    renameSync(away, program);
    ci.mask('other');
    expect(agent.calls()).toEqual([]);
  });
});

describe('outputs on Buildkite', () => {
  it('are meta-data, but for the token, a file of this machine, and what is empty', () => {
    const { ci } = open();
    for (const [name, value] of Object.entries({
      token: 'a.b.c',
      id_token: 'a.b.c',
      header_file: '/tmp/iap-auth/header',
      status: '',
      token_kind: 'id_token',
    }))
      ci.output(name, value);
    ci.output('report', '{"passed": true}');
    expect(commands()).toEqual([
      'meta-data set iap-auth-token-kind < id_token',
      'meta-data set iap-auth-report < {"passed": true}',
    ]);
  });

  it.each([
    ['exit 1', false],
    // The agent ends well even where it could not set it.
    ['echo null', false],
    [`echo '{"added":[],"updated":["IAP_X"]}'`, true],
  ])('set a variable only if the agent says so: %s', (script, worked) => {
    agent.answer('env', script);
    expect(open().ci.exportVariable('IAP_X', 'a"b')).toBe(worked);
    expect(commands()).toEqual(['env set --input-format=json --output-format=json - < {"IAP_X":"a\\"b"}']);
  });
});

describe('an annotation on Buildkite', () => {
  it('has problems as they come, and the summary in their place', async () => {
    const { ci, lines } = open({ BUILDKITE_STEP_ID: 'step', BUILDKITE_PARALLEL_JOB: '0' });
    ci.annotate('warning', 'w: a', 'careful');
    ci.annotate('error', 'e: *b*', '<b>no</b>\n```\nx');
    ci.annotate('warning', 'w: c', 'careful');
    await ci.summary('### Done');
    const of = (style: string) => `annotate --style ${style} --context iap-auth-step-0`;
    expect(commands()).toEqual([
      `${of('warning')} < **w: a**\n\n\`\`\`\ncareful\n\`\`\`\n`,
      `${of('error')} --append < **e: \\*b\\***\n\n\`\`\`\`\n<b>no</b>\n\`\`\`\nx\n\`\`\`\`\n`,
      `${of('error')} --append < **w: c**\n\n\`\`\`\ncareful\n\`\`\`\n`,
      `${of('error')} < ### Done`,
    ]);
    expect(lines).toEqual(['warning: careful', '^^^ +++', 'error: <b>no</b>\n```\nx', 'warning: careful']);
  });
});

describe('the log on Buildkite', () => {
  it('has no groups but its own', () => {
    const { ci, lines } = open();
    ci.info('--- a\n+++ b\n~~~ c\n^^^ +++\n---d');
    ci.group('--- title\n+++ x', ['--- a']);
    expect(lines).toEqual([' --- a\n +++ b\n ~~~ c\n ^^^ +++\n---d', '--- --- title +++ x', ' --- a']);
  });
});

describe('the OIDC token on Buildkite', () => {
  const ask = (env?: Env) => {
    const world = openTestWorld({ host: '127.0.0.1:9' });
    return { world, work: () => open(env).ci.subjectToken('https://iam.example.com/x y', world) };
  };

  it('is asked of the agent', async () => {
    agent.answer('oidc', 'echo aaaaaaaa.bbbbbbbb.cccccccc');
    const { world, work } = ask();
    expect(await work()).toBe('aaaaaaaa.bbbbbbbb.cccccccc');
    expect(agent.calls()[0]?.args).toEqual(['oidc', 'request-token', '--audience', 'https://iam.example.com/x y']);
    expect(world.masks).toEqual(['aaaaaaaa.bbbbbbbb.cccccccc', 'cccccccc']);
  });

  it.each([
    ['a refusal', 'echo "fatal: status 422 eyJhbGciOi.x.y" >&2; exit 1', 'status 1, "fatal: status 422 [token]"'],
    ['a refusal without words', 'exit 3', 'status 3'],
    ['nothing', 'true', 'it printed no token'],
    ['words', 'echo not a token', 'it printed no token'],
  ])('is refused with %s', async (_, script, words) => {
    agent.answer('oidc', script);
    const error = await failureOf(ask().work);
    expect(error).toMatchObject({ code: 'oidc-refused', message: `buildkite-agent refused: ${words}` });
    for (const name of ['BUILDKITE_AGENT_JOB_API_SOCKET', 'BUILDKITE_AGENT_JOB_API_TOKEN', 'subject_token_variable'])
      expect(error.hint).toContain(name);
    expect(shownOf(error)).not.toContain('eyJhbGciOi');
  });

  it('is not there without an agent', async () => {
    const error = await failureOf(ask({ PATH: '/nowhere' }).work);
    expect(error).toMatchObject({ code: 'oidc-unavailable', message: 'Buildkite gives this job no OIDC token' });
    expect(error.hint).toContain('subject_token_variable');
  });
});

describe('an agent that ends without a status', () => {
  it('refused, in the log and for a token', async () => {
    const killed = 'kill -KILL $$';
    agent.answer('oidc', killed);
    agent.answer('redactor', killed);
    const { ci, lines } = open();
    const error = await failureOf(() => ci.subjectToken('x', openTestWorld({ host: '127.0.0.1:9' })));
    expect(error).toMatchObject({ code: 'oidc-refused', message: 'buildkite-agent refused: it did not answer' });
    ci.mask('s3cret');
    expect(lines).toEqual(['warning: buildkite-agent could not redact a secret in the log.']);
  });
});
