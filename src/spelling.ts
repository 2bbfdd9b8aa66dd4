import { type InputName, inputs } from './config.ts';
import { hasCode, IapError } from './errors.ts';

/** What people call an input here: `target_audience`, `--target-audience`, `targetAudience`. */
export type Spell = (input: InputName) => string;

/** The same error; if it is of the configuration, in the names that people know here. */
export function respelled(error: unknown, spell: Spell): unknown {
  if (!hasCode(error, 'config-invalid')) return error;
  const text = error.message
    .split('\n')
    .map((line) => respellLine(line, spell))
    .join('\n');
  return new IapError('config-invalid', text, {}, { cause: error });
}

const names = Object.keys(inputs) as InputName[];
// The others are words, too.
const plainNames = names.filter((name) => name.includes('_'));

function respellLine(line: string, spell: Spell): string {
  const [all, start, rest = ''] = /^- ([a-z_]+)(?=[:,])(.*)$/.exec(line) ?? [];
  const name = names.find((one) => one === start);
  if (all === undefined || name === undefined) return line;
  // `checks, line 3: expect_status` is a key of YAML.
  if (rest.startsWith(',')) return `- ${spell(name)}${rest}`;
  // What somebody wrote stands in quotes. `id_token` is also a word that token_kind takes.
  const others = plainNames.filter((one) => one !== 'id_token' || name === 'token_kind');
  const respell = (text: string) =>
    others.reduce((said, one) => said.replace(new RegExp(`\\b${one}\\b`, 'g'), () => spell(one)), text);
  const parts = rest.split(/("(?:[^"\\]|\\.)*")/);
  return `- ${spell(name)}${parts.map((part, index) => (index % 2 === 0 ? respell(part) : part)).join('')}`;
}
