import { escapeLine, fence } from '../report/markdown.ts';
import { openAgent, requestToken, type Tell } from './agent.ts';
import { isLocal } from './output.ts';
import { plain } from './plain.ts';
import type { CiRow, CiSystem, Env, Level, Write } from './system.ts';

/**
 * Buildkite, by its agent, which is told every value on stdin.
 * https://buildkite.com/docs/agent/v3/cli-redactor and the pages beside it
 */
export const buildkite: CiRow = {
  name: 'buildkite',
  detect: (env) => env['BUILDKITE'] === 'true',
  open: (env, log) => {
    const agent = openAgent(env);
    const write: Write = (text, level) => log(withoutGroups(text), level);
    const lines = plain(env, write);
    const warned = new Set<string>();
    const tell = (aim: string, args: readonly string[], value: string) => {
      const answer = agent(args, value);
      if (answer === undefined && !warned.has(aim)) {
        warned.add(aim);
        lines.warn(`buildkite-agent could not ${aim}.`);
      }
      return answer;
    };
    return {
      ...lines,
      hasAnnotations: true,
      folders: { workspace: env['BUILDKITE_BUILD_CHECKOUT_PATH'] },
      mask: (secret) => void tell('redact a secret in the log', ['redactor', 'add'], secret),
      subjectToken: (audience, deps) => requestToken(env, audience, deps),
      // Meta-data is shown to all who see the build.
      output: (name, value) => {
        const key = `iap-auth-${name.replaceAll('_', '-')}`;
        if (!isLocal(name) && value.trim() !== '') tell('keep the outputs', ['meta-data', 'set', key], value);
      },
      exportVariable: (name, value) => setVariable(agent, name, value),
      group: (title, group) => {
        log(`--- ${title.replaceAll('\n', ' ')}`);
        for (const line of group) write(line);
      },
      ...annotations(env, { annotate: opening(lines, log) }, (args, value) => tell('annotate the build', args, value)),
    };
  },
};

/**
 * Variables change for what comes after this command: hooks and plugins, not its own later lines.
 * With other formats of its answer the agent may fail and end well all the same.
 * https://buildkite.com/docs/agent/v3/cli-env
 */
function setVariable(agent: Tell, name: string, value: string): boolean {
  const args = ['env', 'set', '--input-format=json', '--output-format=json', '-'];
  return agent(args, JSON.stringify({ [name]: value }))?.includes(`"${name}"`) === true;
}

/**
 * One annotation a step: problems as they come, until the summary, which has them all, takes their place.
 * https://buildkite.com/docs/agent/v3/cli-annotate
 */
function annotations(env: Env, { annotate }: Pick<CiSystem, 'annotate'>, tell: Tell) {
  let style: Level | 'success' = 'success';
  const context = ['iap-auth', env['BUILDKITE_STEP_ID'], env['BUILDKITE_PARALLEL_JOB']].filter(Boolean).join('-');
  const show = (markdown: string, ...more: string[]) =>
    void tell(['annotate', '--style', style, '--context', context, ...more], markdown);
  return {
    annotate: (level: Level, title: string, text: string) => {
      annotate(level, title, text);
      const more = style === 'success' ? [] : ['--append'];
      if (style !== 'error') style = level;
      show(`**${escapeLine(title)}**\n\n${fence(text)}\n`, ...more);
    },
    summary: async (markdown: string) => show(markdown),
  };
}

/** An error is seen even where it stands in a group that is closed. */
function opening({ annotate }: Pick<CiSystem, 'annotate'>, log: Write): CiSystem['annotate'] {
  return (level, title, text) => {
    if (level === 'error') log('^^^ +++');
    annotate(level, title, text);
  };
}

/** Text that opens and closes no group: https://buildkite.com/docs/pipelines/configure/managing-log-output */
function withoutGroups(text: string): string {
  return text.replace(/^(?=(?:---|\+\+\+|~~~|\^\^\^)\s)/gm, ' ');
}
