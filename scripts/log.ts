/** A step's log as GitHub's runner shows it. */

export interface Line {
  readonly kind: 'plain' | 'group' | 'inside' | 'error' | 'warning';
  readonly text: string;
}

const shownAs: Readonly<Record<string, { kind: Line['kind']; before: string }>> = {
  group: { kind: 'group', before: '' },
  error: { kind: 'error', before: 'Error: ' },
  warning: { kind: 'warning', before: 'Warning: ' },
};

/** What the runner makes of the lines of a step: commands are obeyed, masks hidden. */
export function linesOf(stdout: string): Line[] {
  const masks: string[] = [];
  const lines: Line[] = [];
  let outside: Line['kind'] = 'plain';
  for (const line of stdout.trimEnd().split('\n')) {
    const { command, text } = parseCommand(line);
    if (command === 'add-mask') masks.push(text);
    if (command === 'group') outside = 'inside';
    if (command === 'endgroup') outside = 'plain';
    const { kind, before } =
      command === undefined ? { kind: outside, before: '' } : (shownAs[command] ?? { kind: undefined, before: '' });
    if (kind !== undefined) lines.push({ kind, text: before + text });
  }
  return lines.map(({ kind, text }) => ({
    kind,
    text: masks.reduce((rest, mask) => rest.replaceAll(mask, '***'), text),
  }));
}

function parseCommand(line: string): { command: string | undefined; text: string } {
  const [, command, data = ''] = /^::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
  if (command === undefined) return { command, text: line };
  return { command, text: data.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%') };
}
