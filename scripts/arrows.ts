/** Fails on a module that is not in this list, and on an import that does not point down this list, from the doors to the ground. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const layers = [
  ['action', 'post', 'cli', 'index'],
  ['run'],
  ['gate', 'supply'],
  ['options', 'fetch'],
  ['publish', 'export', 'step', 'spelling'],
  ['world'],
  ['audience', 'login'],
  ['propagation'],
  ['mint', 'inspection'],
  ['exchange'],
  ['reading'],
  ['rules'],
  ['config'],
  ['sources'],
  ['ci'],
  ['google'],
  ['smoke'],
  ['wait'],
  ['complaint'],
  ['inputs'],
  ['iap'],
  ['header'],
  ['bearer', 'date'],
  ['token'],
  ['report'],
  ['http'],
  ['ask'],
  ['network'],
  ['log', 'private', 'clock', 'origin', 'email', 'json', 'text'],
  ['errors'],
  ['failures', 'version'],
];

// The emulator stands beside the core: it knows the type Endpoints, and only the command `emulator` and index know it.
const allowed = [
  /^src\/emulator\/.* -> src\/google\/endpoints\.ts$/,
  /^src\/cli\/(emulator|demo)\.ts -> src\/emulator\/index\.ts$/,
];

// It has an order of its own.
const beside = 'src/emulator/';

function layerOf(path: string): number {
  const name = path.replace(/^src\//, '').replace(/\/.*|\.ts$/, '');
  return layers.findIndex((names) => names.includes(name));
}

function importsOf(path: string): string[] {
  const specifiers = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => normalize(join(dirname(path), specifier)).replaceAll('\\', '/'));
}

function isDown(from: string, to: string): boolean {
  if (dirname(from) === dirname(to) && dirname(from) !== 'src') return true;
  if (allowed.some((arrow) => arrow.test(`${from} -> ${to}`))) return true;
  return layerOf(from) >= 0 && layerOf(to) > layerOf(from);
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => `src/${name.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts'));
const unlisted = files.filter((path) => !path.startsWith(beside) && layerOf(path) < 0);
for (const path of unlisted) console.error(`${path} is not in the layers of scripts/arrows.ts: add it`);

const listed = files.filter((path) => !unlisted.includes(path));
const wrong = listed.flatMap((from) =>
  importsOf(from)
    .filter((to) => !unlisted.includes(to) && !isDown(from, to))
    .map((to) => `${from} -> ${to}`),
);
if (wrong.length > 0)
  console.error(`imports that do not point down the layers of scripts/arrows.ts:\n${wrong.join('\n')}`);
if (unlisted.length + wrong.length > 0) process.exitCode = 1;
