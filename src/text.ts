// Line breaks of every kind, control characters (ANSI escapes begin with one), and what turns the direction of text.
const control = /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;
const jwtLike = /eyJ[\w-]+(?:\.[\w-]*){0,2}/g;
const keyLike = /[\w+/=-]{40,}/g;

/** Text of unknown origin as one harmless line: no controls, no markup, nothing like a token, no longer than `max`. */
export function excerpt(text: string, max = 200): string {
  // Each tag is looked for from one < to the next, so that no text makes this slow.
  const line = text
    .slice(0, 64 * 1024)
    .replace(/<(script|style)\b[^<>]*>[^<]*<\/\1[^<>]*>|<[^<>]*>/gi, ' ')
    .replace(/[<>]/g, ' ')
    .replace(control, ' ')
    .replace(jwtLike, '[token]')
    .replace(keyLike, '[…]')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > max ? `${line.slice(0, max)}…` : line;
}

/**
 * Text of several lines that no runner takes for a command. GitHub's reads `::name::` at the start of a line,
 * and `##[name]` anywhere in it:
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 */
export function inert(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) =>
      line
        .replace(control, ' ')
        .replace(/^(\s*):(?=:)/, '$1: ')
        .replace(/##(?=\[)/g, '# #'),
    )
    .join('\n');
}

/** Text without what a terminal or a page would obey. */
export function withoutControls(text: string): string {
  return text.replace(control, ' ');
}
