import { describe, expect, it } from '@jest/globals';
import { type Guard, guard } from '../../src/ci/guard.ts';
import type { CiSystem } from '../../src/ci/system.ts';
import { escapeMarkdown } from '../../src/report/markdown.ts';

/** A guarded system, and what reached the system itself. */
function open(): { ci: Guard; calls: unknown[][] } {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const inner: CiSystem = {
    name: 'inner',
    folders: {},
    hasAnnotations: true,
    mask: note('mask'),
    subjectToken: async (...args) => {
      note('subjectToken')(...args);
      return 'subject';
    },
    output: note('output'),
    exportVariable: (...args) => {
      note('exportVariable')(...args);
      return args[0] === 'IAP_TOKEN';
    },
    keep: (...args) => {
      note('keep')(...args);
      return true;
    },
    group: note('group'),
    annotate: note('annotate'),
    info: note('info'),
    warn: note('warn'),
    debug: note('debug'),
    summary: async (markdown) => note('summary')(markdown),
  };
  return { ci: guard(inner), calls };
}

/** The same text in every place that people read. */
async function sayEverywhere(ci: CiSystem, text: string): Promise<void> {
  ci.annotate('error', text, text);
  ci.info(text);
  ci.warn(text);
  ci.debug(text);
  ci.group(text, [text]);
  await ci.summary(text);
}

describe('guard', () => {
  it('has the name of the system', () => {
    expect(open().ci.name).toBe('inner');
  });

  it('asks the system for its token, in the same words', async () => {
    const { ci, calls } = open();
    const deps = { http: () => Promise.reject(new Error('not called')), mask: () => undefined };
    expect(await ci.subjectToken('https://iam.example.com/x', deps)).toBe('subject');
    expect(calls).toEqual([['subjectToken', 'https://iam.example.com/x', deps]]);
  });

  it('passes harmless text on as it is', async () => {
    const { ci, calls } = open();
    await sayEverywhere(ci, 'two\nlines');
    expect(calls).toEqual([
      ['annotate', 'error', 'two\nlines', 'two\nlines'],
      ['info', 'two\nlines'],
      ['warn', 'two\nlines'],
      ['debug', 'two\nlines'],
      ['group', 'two\nlines', ['two\nlines']],
      ['summary', 'two\nlines'],
    ]);
  });

  it('lets no workflow command through', async () => {
    const { ci, calls } = open();
    await sayEverywhere(ci, 'a\n ::stop-commands::x\n##[error]y');
    const harmless = 'a\n : :stop-commands::x\n# #[error]y';
    expect(calls.slice(0, 5)).toEqual([
      ['annotate', 'error', harmless, harmless],
      ['info', harmless],
      ['warn', harmless],
      ['debug', harmless],
      ['group', harmless, [harmless]],
    ]);
  });

  it('masks a secret once, before anything else', () => {
    const { ci, calls } = open();
    ci.mask('s3cret');
    ci.mask('s3cret');
    ci.mask('other');
    expect(calls).toEqual([
      ['mask', 's3cret'],
      ['mask', 'other'],
    ]);
  });

  it('does not mask nothing: that would mask everything', async () => {
    const { ci, calls } = open();
    ci.mask('');
    ci.info('abc');
    expect(calls).toEqual([['info', 'abc']]);
  });

  it('redacts what is masked, everywhere, each time', async () => {
    const { ci, calls } = open();
    ci.mask('s3cret.$&');
    await sayEverywhere(ci, 'a s3cret.$& and s3cret.$&');
    const redacted = 'a *** and ***';
    expect(calls.slice(1)).toEqual([
      ['annotate', 'error', redacted, redacted],
      ['info', redacted],
      ['warn', redacted],
      ['debug', redacted],
      ['group', redacted, [redacted]],
      ['summary', redacted],
    ]);
  });

  it('redacts data, text by text: what is made of it may write a secret in another way', () => {
    const { ci } = open();
    ci.mask('<"$');
    const data = { passed: true, checks: [{ message: 'a <"$ b', ms: 7, status: null }] };
    expect(ci.redact(data)).toEqual({ passed: true, checks: [{ message: 'a *** b', ms: 7, status: null }] });
    expect(data.checks[0]?.message).toBe('a <"$ b');
  });

  it('redacts nothing that was said before', () => {
    const { ci, calls } = open();
    ci.info('s3cret');
    ci.mask('s3cret');
    expect(calls).toEqual([
      ['info', 's3cret'],
      ['mask', 's3cret'],
    ]);
  });

  it.each([[['abc', 'abcdef']], [['abcdef', 'abc']], [['def', 'abcdef']], [['cd', 'abcdef']]])(
    'leaves no rest of a secret that holds another: %p',
    (secrets) => {
      const { ci, calls } = open();
      for (const secret of secrets) ci.mask(secret);
      ci.info('x abcdef y');
      expect(calls.at(-1)).toEqual(['info', 'x *** y']);
    },
  );

  it('redacts a secret in the summary even where Markdown escapes it', async () => {
    const { ci, calls } = open();
    ci.mask('ab_cd*ef');
    await ci.summary(escapeMarkdown('x ab_cd*ef y'));
    expect(String(calls.at(-1)?.[1])).not.toMatch(/ab.*cd.*ef/);
  });

  it.each(['token', 'id_token'])('hands %s on untouched: later steps need the token itself', (name) => {
    const { ci, calls } = open();
    ci.mask('s3cret');
    ci.output(name, '::s3cret::');
    expect(calls.at(-1)).toEqual(['output', name, '::s3cret::']);
  });

  it.each(['report', 'header_file', 'TOKEN'])('redacts the output %s', (name) => {
    const { ci, calls } = open();
    ci.mask('s3cret');
    ci.output(name, '::s3cret::');
    expect(calls.at(-1)).toEqual(['output', name, '::***::']);
  });

  it.each([
    ['IAP_TOKEN', true],
    ['OTHER', false],
  ])('exports the variable %s untouched, and says whether that worked', (name, worked) => {
    const { ci, calls } = open();
    ci.mask('s3cret');
    expect(ci.exportVariable(name, '::s3cret::')).toBe(worked);
    expect(calls.at(-1)).toEqual(['exportVariable', name, '::s3cret::']);
  });

  it('keeps a value for later untouched: a path may hold what looks like a command', () => {
    const { ci, calls } = open();
    ci.keep('headerFile', '/tmp/::a');
    expect(calls).toEqual([['keep', 'headerFile', '/tmp/::a']]);
  });

  it('makes each line of a group harmless, and keeps the lines apart', () => {
    const { ci, calls } = open();
    ci.mask('s3cret');
    ci.group('::endgroup::', ['::error::a', 'b s3cret', 'c']);
    expect(calls.at(-1)).toEqual(['group', ': :endgroup::', [': :error::a', 'b ***', 'c']]);
  });
});
