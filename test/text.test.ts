import { describe, expect, it } from '@jest/globals';
import { escapeMarkdown, fence } from '../src/report/markdown.ts';
import { excerpt, inert } from '../src/text.ts';

const jwt = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(60)}.${'b'.repeat(60)}`;

describe('excerpt', () => {
  it.each([
    ['plain text', 'Access denied.', 'Access denied.'],
    ['white space', '  two\n\n\tlines  here ', 'two lines here'],
    ['markup', '<html><h1>Error</h1>No &amp; <b>no</b></html>', 'Error No &amp; no'],
    ['scripts and styles', 'a<script>alert(1)</script>b<STYLE x>p{}</STYLE >c', 'a b c'],
    ['a tag that does not end', 'a b', 'a b'],
    ['escapes of a terminal', '\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['text that is turned round', 'abc\u202edef\u2066ghi\u200bjkl', 'abc def ghi jkl'],
    ['line breaks of every kind', 'a\u2028b\u2029c\u0085d\re', 'a b c d e'],
    ['a JWT', `sent ${jwt}.`, 'sent [token].'],
    ['the first part of a JWT', 'sent eyJhbGciOiJSUzI1NiJ9 here', 'sent [token] here'],
    ['a run of base64', `key ${'A/+b'.repeat(10)}= end`, 'key […] end'],
    ['a run that is just short enough', 'x'.repeat(39), 'x'.repeat(39)],
    ['nothing', '', ''],
  ])('shows %s', (_, text, expected) => {
    expect(excerpt(text)).toBe(expected);
  });

  it('cuts what is long', () => {
    expect(excerpt('word '.repeat(100))).toBe(`${'word '.repeat(40)}…`);
    expect(excerpt('one two three', 7)).toBe('one two…');
    expect(excerpt('one two', 7)).toBe('one two');
  });

  it.each(['<', '<script', '<script>', '</style', 'eyJ.', 'a ', '-----'])(
    'is done at once with 64 KiB of "%s"',
    (piece) => {
      const started = performance.now();
      excerpt(piece.repeat(64 * 1024));
      expect(performance.now() - started).toBeLessThan(250);
    },
  );
});

describe('inert', () => {
  it.each([
    ['plain text', 'Minted a token.', 'Minted a token.'],
    ['a command', '::error::x', ': :error::x'],
    ['a command after white space', ' \t ::add-mask::x', '   : :add-mask::x'],
    ['a command after white space of another kind', '\u00a0\u3000::error::x', '\u00a0\u3000: :error::x'],
    ['a command after what shows as nothing', '\u200b\u001b\ufeff::error::x', ' : :error::x'],
    ['a command on a later line', 'a\n::error::x', 'a\n: :error::x'],
    ['a command after a return', 'a\r::error::x', 'a\n: :error::x'],
    ['a command after other line breaks', 'a\u2028::e::\u2029::f::', 'a\n: :e::\n: :f::'],
    ['line breaks of Windows', 'a\r\nb', 'a\nb'],
    ['colons within a line', 'std::string ::x', 'std::string ::x'],
    ['an old command', 'a ##[error]x', 'a # #[error]x'],
    ['an old command with more signs', '###[group]', '## #[group]'],
    ['an old command with what shows as nothing in it', '#\u200b#[error] ##\u200b[error]', '# #[error] ## [error]'],
    ['a heading', '## x', '## x'],
    ['escapes of a terminal', 'a\u001b[2Jb', 'a [2Jb'],
    ['nothing', '', ''],
  ])('makes %s harmless', (_, text, expected) => {
    expect(inert(text)).toBe(expected);
  });
});

describe('escapeMarkdown', () => {
  it.each([
    ['plain text', '200 OK: fine, isn’t it?', '200 OK: fine, isn’t it?'],
    ['tags', '<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['entities', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['cells', 'a|b\\|c', 'a\\|b\\\\\\|c'],
    ['emphasis', '*a* _b_ ~c~', '\\*a\\* \\_b\\_ \\~c\\~'],
    ['links and images', '![a](https://x)', '\\!\\[a\\](https&#58;//x)'],
    ['code', '`a`', '\\`a\\`'],
    ['mentions and issues', '@team #1', '&#64;team \\#1'],
    ['formulas', '$x$', '\\$x\\$'],
    ['line breaks', 'a\r\n# b\u2028c', 'a \\# b c'],
    ['what turns text round', 'a\u202eb', 'a b'],
  ])('shows %s as they stand', (_, text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});

describe('fence', () => {
  it.each([
    ['plain text', 'gcloud x', '```\ngcloud x\n```'],
    ['two backticks', 'a ``b', '```\na ``b\n```'],
    ['a fence', 'a\n```\nb', '````\na\n```\nb\n````'],
    ['a long fence', '`````', '``````\n`````\n``````'],
  ])('holds %s', (_, content, expected) => {
    expect(fence(content)).toBe(expected);
  });
});
