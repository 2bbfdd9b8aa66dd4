import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { matrix } from '../scripts/matrix.ts';
import { systems } from '../src/ci/index.ts';
import { sources } from '../src/sources/index.ts';

const pages = ['README.md', 'SECURITY.md', 'CHANGELOG.md', ...globSync('{docs,integrations}/**/*.md')];

/** The anchors that GitHub gives to headings. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

describe.each(pages)('%s', (page) => {
  const text = readFileSync(page, 'utf8');

  it('links to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names files that are there', () => {
    const paths = [...text.matchAll(/`((?:src|test|scripts|docs|schema|dist|integrations|\.github)\/[\w./-]*)`/g)];
    expect(paths.map(([, path = '']) => path).filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe.each(['README.md', 'docs/ci.md'])('what %s says to set up', (page) => {
  const text = readFileSync(page, 'utf8').replaceAll(/\\\n\s*/g, '');
  const commands = text.match(/^ *gcloud (?:iam workload-identity-pools|services) .*$/gm) ?? [];

  it('names the project, whatever gcloud is set to', () => {
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter((command) => !command.includes(' --project=PROJECT_ID'))).toEqual([]);
  });
});

describe('docs/troubleshooting.md', () => {
  it('fills in every hint', () => {
    expect(readFileSync('docs/troubleshooting.md', 'utf8')).not.toMatch(/NaN|undefined|\[object/);
  });
});

describe('README.md', () => {
  it('pins the actions of others as our own workflow does', () => {
    const used = readFileSync('README.md', 'utf8').match(/uses: (?!iap-auth)\S+ # \S+/g) ?? [];
    expect(used).not.toEqual([]);
    const workflow = readFileSync('.github/workflows/ci.yml', 'utf8');
    expect(used.filter((line) => !workflow.includes(line))).toEqual([]);
  });
});

describe('the tables', () => {
  const readme = readFileSync('README.md', 'utf8');
  const [, credentials = ''] = /\n## Credentials\n(.*?)\n## /s.exec(readme) ?? [];

  it.each(sources.map(({ name }) => name))('of credentials have a row for %s', (name) => {
    expect(credentials).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|$`, 'm'));
    expect(Object.keys(matrix).join('\n')).toContain(`\`${name}\``);
  });

  it.each(systems.map(({ name }) => name).filter((name) => name !== 'github' && name !== 'shell'))(
    'of docs/ci.md and integrations/README.md have a row for %s',
    (name) => {
      for (const path of ['docs/ci.md', 'integrations/README.md'])
        expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^\\| \\[.*\\]\\(#${name}[\\w-]*\\) \\|`, 'm'));
    },
  );
});
