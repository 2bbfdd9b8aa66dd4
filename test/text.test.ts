import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clip, escapeLine, escapeMarkdown, fence, table, tableRow } from '../src/report/markdown.ts';
import { excerpt, inert, responseExcerpt, saidIn, shellWord, wordsOf } from '../src/text.ts';
import { expectLinear } from './pace.ts';
import { hostile } from './report/values.ts';

const jwt = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(60)}.${'b'.repeat(60)}`;

const secrets: readonly [string, string, string][] = [
  ['a private key', 'a -----BEGIN RSA PRIVATE KEY-----\\nMII\\n-----END RSA PRIVATE KEY----- b', 'a [private key] b'],
  ['a private key that was cut', 'a -----BEGIN PRIVATE KEY-----\\nMII', 'a [private key]'],
  ['an access token', 'a "ya29.a0AfH6-x_y" b', 'a "[…]" b'],
  ['a refresh token', 'a 1//0gabcdefgh b', 'a […] b'],
  ['an API key', 'a AIzaSyDdI0hCZtE6vySjMm-WEfRq3CPzq b', 'a […] b'],
  ['a client secret', 'a GOCSPX-abcdefgh b', 'a […] b'],
  ['a token of GitHub', 'a ghs_abcdefgh b', 'a […] b'],
  ['a bearer token', 'Authorization: bearer  abc.def~123', 'Authorization: bearer […]'],
  ['basic credentials', 'Basic dXNlcjpwYXNz', 'Basic […]'],
  ['words about bearers', 'Bearer token', 'Bearer token'],
];

describe('excerpt', () => {
  it.each([
    ['plain text', 'Access denied.', 'Access denied.'],
    ['white space', '  two\n\n\tlines  here ', 'two lines here'],
    ['markup', '<html><h1>Error</h1>No &amp; <b>no</b></html>', 'Error No &amp; no'],
    ['scripts and styles', 'a<script>alert(1)</script>b<STYLE x>p{}</STYLE >c', 'a b c'],
    ['a script with signs of less', 'a<script>if (1<2) x("</b>")</script>b', 'a b'],
    ['a script that does not end', 'a<script>secret', 'a'],
    ['a comment', 'a<!-- <b> -- > -->b', 'a b'],
    ['a comment that does not end', 'a<!-- b', 'a'],
    ['a tag whose name begins as a script does', 'a<scripted>b', 'a b'],
    ['a tag that does not end', 'a <b', 'a b'],
    ['escapes of a terminal', '\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['text that is turned round', 'abc\u202edef\u2066ghi\u200bjkl', 'abc def ghi jkl'],
    ['line breaks of every kind', 'a\u2028b\u2029c\u0085d\re', 'a b c d e'],
    ['a JWT', `sent ${jwt}.`, 'sent [token].'],
    ['the first part of a JWT', 'sent eyJhbGciOiJSUzI1NiJ9 here', 'sent [token] here'],
    ['a run of base64', `key ${'A/+b'.repeat(10)}= end`, 'key […] end'],
    ['a run that is just short enough', 'x'.repeat(39), 'x'.repeat(39)],
    ...secrets,
    ['nothing', '', ''],
  ])('shows %s', (_, text, expected) => {
    expect(excerpt(text)).toBe(expected);
  });

  it('cuts what is long', () => {
    expect(excerpt('word '.repeat(100))).toBe(`${'word '.repeat(40)}…`);
    expect(excerpt('one two three', 7)).toBe('one two…');
    expect(excerpt('one two', 7)).toBe('one two');
  });

  it('shows nothing of a token that was cut through', () => {
    const filler = `${' '.repeat(64 * 1024 - 20)}`;
    expect(excerpt(`a${filler}eyJhbGciOiJSUzI1NiJ9abc`)).toBe('a …');
    expect(excerpt(`a${filler}${'x'.repeat(50)}`)).toBe('a …');
    expect(excerpt(`a${filler}eyJhbGci`)).toBe('a [token]');
  });
});

describe('responseExcerpt', () => {
  it.each([
    ['plain text', 'Access denied.', 'Access denied.'],
    ['several lines, without the empty ones', 'a\r\n\n  b  \n\t\nc\n', 'a\n  b\nc'],
    ['tabs', '{\n\t"a": 1\n}', '{\n  "a": 1\n}'],
    [
      'a page as its words',
      '\n<!DOCTYPE html><title>Error  403</title>\n<p>No &amp; <b>no</b>\n',
      'Error 403\nNo &amp; no',
    ],
    ['a page without its scripts', '<html><script>a\n<b\n</script>\n<style>c</style><!-- d\n-->e', 'e'],
    ['markup that is no page', '<error code="1">no</error>', '<error code="1">no</error>'],
    ['what only mentions a page', 'x <html>', 'x <html>'],
    ['a command', '::error::x\n  ::add-mask::y', ': :error::x\n  : :add-mask::y'],
    ['a command in a page', '<html>\n<p> ::error::x ##[error]y', ': :error::x # #[error]y'],
    ['an old command', 'a ##[error]x', 'a # #[error]x'],
    ['a command of Azure', 'a ##vso[task.complete]x', 'a # #vso[task.complete]x'],
    ['colours', '\u001b[1;31mred\u001b[0m \u009b\u001b[2K!', 'red  !'],
    ['the title of a terminal', '\u001b]0;title\u0007x\u001b]8;;https://evil.example\u001b\\y', ' x \\y'],
    ['brackets', '[\n[1m]\n\t[2]', '[\n[1m]\n  [2]'],
    ['what turns text round', 'a\u202eb\u2066c\u200bd\u00ade\u{e0041}f', 'a b c d e f'],
    ['half a pair', 'a\ud800b', 'a b'],
    ['what was no UTF-8', 'a\ufffdb', 'a\ufffdb'],
    ['line breaks of every kind', 'a\u2028b\u2029c\u0085d\re', 'a\nb\nc d\ne'],
    ['a JWT', `sent ${jwt}.`, 'sent [token].'],
    ['a JWT with colours in it', jwt.replace('a.', 'a\u001b[0m.'), '[token]'],
    ...secrets,
    ['nothing', ' \n ', ''],
  ])('shows %s', (_, body, expected) => {
    expect(responseExcerpt(body)).toBe(expected);
  });

  it('shows twenty lines', () => {
    const lines = Array.from({ length: 21 }, (_, index) => `line ${index + 1}`);
    expect(responseExcerpt(lines.slice(0, 20).join('\n'))).toBe(lines.slice(0, 20).join('\n'));
    expect(responseExcerpt(lines.join('\n'))).toBe([...lines.slice(0, 19), '…'].join('\n'));
  });

  it.each(['a ', 'é ', '€ ', '😀 '])('shows 2 KiB of "%s", without cutting a character', (piece) => {
    const size = Buffer.byteLength(piece);
    const text = responseExcerpt(piece.repeat(2048));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
    expect(Buffer.byteLength(text)).toBeGreaterThan(2048 - size);
    expect(text.replaceAll(piece, '')).toMatch(/^(a|é|€|😀)?…$/u);
    expect(responseExcerpt('x y '.repeat(512).trim())).toBe('x y '.repeat(512).trim());
  });

  it('is harmless, whatever it is of', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('', '<html>', ' '.repeat(64 * 1024 - 9)), (body, before) => {
        const lines = responseExcerpt(before + body).split('\n');
        expect(lines.length).toBeLessThanOrEqual(20);
        for (const line of lines) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^\s*::|##(vso)?\[/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('an excerpt', () => {
  const pieces = [
    '<',
    '<script',
    '<script>',
    '</style',
    '<!--',
    '-->',
    'eyJ',
    'eyJ.',
    'a',
    'a ',
    ' ',
    '\n',
    '\t',
    '-----',
  ];
  const more = [
    '-----BEGIN ',
    '-----BEGIN a-----',
    'Bearer ',
    'Bearer a',
    'Basic  ',
    '1//',
    'ya29.',
    '\u001b[',
    '\u001b]0;',
    '::',
  ];
  const bodies = [...pieces, ...more].flatMap((piece) => [piece, `<html>${piece}`]);

  it.each(bodies)('of up to 1 MiB of %j is made in linear time', (piece) => {
    const whole = `${piece.startsWith('<html>') ? '<html>' : ''}${piece.repeat(1024 * 1024)}`;
    const make = (length: number) => {
      const body = whole.slice(0, length);
      excerpt(body);
      responseExcerpt(body);
    };
    // As much as is read; and more.
    expectLinear(make, 8 * 1024);
    expectLinear(make, 128 * 1024);
  });
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
    ['a command of Azure', 'a ##vso[task.setvariable variable=PATH]x', 'a # #vso[task.setvariable variable=PATH]x'],
    ['a command of Azure, in other letters', '##VSO[task.complete]', '# #VSO[task.complete]'],
    ['a section of GitLab', 'a\u001b[0Ksection_start:1:x\r\u001b[0Kb', 'a [0Ksection_start:1:x\n [0Kb'],
    ['a note of Jenkins', '\u001b[8mha:AAAA\u001b[0mx', ' [8mha:AAAA [0mx'],
    ['what only names Azure', '##vso x', '##vso x'],
    ['a heading', '## x', '## x'],
    ['escapes of a terminal', 'a\u001b[2Jb', 'a [2Jb'],
    ['nothing', '', ''],
    ['what shows as nothing but is no space', 'a\u{e0041}\u00ad\ud800b', 'a b'],
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

describe('escapeLine', () => {
  it.each([
    ['plain text', 'a - b = 1. c', 'a - b = 1. c'],
    ['lists', '- a', '\\- a'],
    ['lists with other signs', '+ a', '\\+ a'],
    ['lists with numbers', '12. a', '12\\. a'],
    ['lists with brackets', '1) a', '1\\) a'],
    ['underlines', '===', '\\==='],
    ['rules', '---', '\\---'],
    ['indented code', '    a', 'a'],
    ['forced breaks', 'a  ', 'a'],
    ['headings', '# a', '\\# a'],
    ['quotes', '> a', '&gt; a'],
  ])('shows %s as they stand', (_, text, expected) => {
    expect(escapeLine(text)).toBe(expected);
  });
});

describe('table', () => {
  it('keeps each text in its cell', () => {
    expect(table(['a', ''], [tableRow(['b|c\nd', 'e'.repeat(301)])])).toBe(
      `| a |  |\n| --- | --- |\n| b\\|c d | ${'e'.repeat(300)}… |`,
    );
  });
});

describe('clip', () => {
  it.each([
    ['abc', 'abc'],
    ['abcd', 'abc…'],
  ])('%s', (text, expected) => {
    expect(clip(text, 3)).toBe(expected);
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

  it('names its language', () => {
    expect(fence('a', 'mermaid')).toBe('```mermaid\na\n```');
  });
});

describe('shellWord', () => {
  it.each([
    ['plain/path-1.json', "'plain/path-1.json'"],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$(id) `id` "x" \\', '\'$(id) `id` "x" \\\''],
    ['a\nb', "'a\nb'"],
  ])('writes %j as %s', (text, word) => expect(shellWord(text)).toBe(word));

  it('is read back by a shell as it was', () => {
    for (const text of ["a'b", '$HOME', '`id`', '"', '\\', 'a\nb', '*', '~', '#x', '!']) {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
    }
  });
});

describe('saidIn', () => {
  it.each<[unknown[], string]>([
    [['invalid_grant', 'Bad Request'], 'invalid_grant: Bad Request'],
    [['invalid_grant', undefined], 'invalid_grant'],
    [[undefined, 'Bad Request'], 'Bad Request'],
    [['', 'Bad Request'], 'Bad Request'],
    [[{ toString: 1 }, null, 7, ['x']], ''],
    [[], ''],
  ])('of %p is %p', (words, said) => {
    expect(saidIn(...words)).toBe(said);
  });
});

describe('wordsOf', () => {
  it('quotes what was said', () => {
    expect(wordsOf(400, 'invalid_grant', 'Bad Request')).toBe('status 400, "invalid_grant: Bad Request"');
  });

  it.each([[undefined], [''], [null], [{ error: 'x' }]])('is the status alone where nothing was said: %p', (word) => {
    expect(wordsOf(502, word)).toBe('status 502');
  });

  it('is one harmless line, without a token', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl';
    expect(wordsOf(500, 'a\n::error::b', `<b>${jwt}</b> ${'k'.repeat(50)}`)).toBe(
      'status 500, "a ::error::b: [token] […]"',
    );
  });
});
