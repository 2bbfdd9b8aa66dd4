// Line breaks of every kind, control characters, what shows as nothing or turns the direction of text, halves of pairs.
const control = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
// What a terminal obeys: an escape, and what belongs to it.
const escapeSequence = /[^\P{Cc}\s](?:\[[\d;?]*[@-~]|\][^\p{Cc}]*)/gu;
// Each tag is looked for from one < to the next, so that no text makes this slow.
const tag = /<[^<>]*>/g;
const blocks = { script: /<\/script/i, style: /<\/style/i, '!--': /-->/ };
const page = /^\s*<(?:!doctype|html|head|body)\b/i;

const privateKey = /-----BEGIN [^-]{0,40}-----[^-]*(?:-----END [^-]{0,40}-----)?/g;
const jwtLike = /eyJ[\w-]+(?:\.[\w-]*){0,2}/g;
const known = /\b(?:ya29\.|1\/\/|AIza|GOCSPX-|gh[opsu]_)[\w-]{8,}/g;
const bearer = /\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi;
const keyLike = /[\w+/=-]{40,}/g;

const maxRead = 64 * 1024;
const maxLines = 20;
const maxBytes = 2048;

/** Text of unknown origin as one harmless line: no controls, no markup, nothing like a token, no longer than `max`. */
export function excerpt(text: string, max = 200): string {
  const line = hideSecrets(withoutControls(withoutMarkup(beginning(text)).replace(/[<>]/g, ' ')))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > max ? `${line.slice(0, max)}…` : line;
}

/**
 * The beginning of an app's answer, for people: at most twenty lines and 2 KiB, nothing that a terminal or a runner
 * obeys, nothing like a token; of a page its words alone.
 */
export function responseExcerpt(body: string): string {
  const text = beginning(body).replace(escapeSequence, '');
  const isPage = page.test(text);
  const words = hideSecrets(isPage ? withoutMarkup(text) : text.replace(/\t/g, '  '));
  const lines = inert(words)
    .split('\n')
    .map((line) => (isPage ? line.replace(/\s+/g, ' ').trim() : line.trimEnd()))
    .filter((line) => line !== '');
  const shown = lines.length > maxLines ? [...lines.slice(0, maxLines - 1), '…'] : lines;
  return cutBytes(shown.join('\n'));
}

function beginning(text: string): string {
  if (text.length <= maxRead) return text;
  // Of a token that would be cut through nothing is left.
  let end = maxRead;
  while (end > 0 && /[\w+/=.-]/.test(text.charAt(end - 1))) end--;
  return `${text.slice(0, end)}…`;
}

function withoutMarkup(text: string): string {
  const [first = '', ...pieces] = text.split(/<(?=(?:script|style)\b|!--)/i);
  return [first, ...pieces.map(afterBlock)].join(' ').replace(tag, ' ');
}

// Of a script, a style or a comment, what stands after it; nothing if it does not end.
function afterBlock(piece: string): string {
  const [, end = /$/] = Object.entries(blocks).find(([name]) => piece.toLowerCase().startsWith(name)) ?? [];
  const at = piece.search(end);
  return at < 0 ? '' : piece.slice(at).replace(/^-->/, '');
}

/** Whether a credential stands in the text that is known by how it begins. */
export function holdsKnownSecret(text: string): boolean {
  return text.search(known) >= 0;
}

function hideSecrets(text: string): string {
  return text
    .replace(privateKey, '[private key]')
    .replace(jwtLike, '[token]')
    .replace(known, '[…]')
    .replace(bearer, '$1 […]')
    .replace(keyLike, '[…]');
}

function cutBytes(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const mark = '…';
  // As of a stream, so that a character that was cut through is left out.
  return new TextDecoder().decode(bytes.subarray(0, maxBytes - Buffer.byteLength(mark)), { stream: true }) + mark;
}

/**
 * Text of several lines that no runner takes for a command. GitHub's reads `::name::` at the start of a line,
 * and `##[name]` anywhere in it; Azure's `##vso[name]` anywhere; GitLab's and Jenkins's want an escape, and there is none left:
 * https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 * https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Microsoft.VisualStudio.Services.Agent/Command.cs
 */
export function inert(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) =>
      line
        .replace(control, ' ')
        .replace(/^(\s*):(?=:)/, '$1: ')
        .replace(/##(?=(?:vso)?\[)/gi, '# #'),
    )
    .join('\n');
}

/** Text without what a terminal or a page would obey. */
export function withoutControls(text: string): string {
  return text.replace(control, ' ');
}

/** A text as a POSIX shell reads it back, as one word. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

/** The texts among these, to look for telling words in. */
export function saidIn(...words: unknown[]): string {
  return words.filter((word) => typeof word === 'string' && word !== '').join(': ');
}

/** What a service said of itself, harmless to show. */
export function wordsOf(status: number, ...words: unknown[]): string {
  const said = saidIn(...words);
  return said === '' ? `status ${status}` : `status ${status}, "${excerpt(said)}"`;
}
