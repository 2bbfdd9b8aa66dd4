/** Which packages a bundle holds, by webpack's own account of it, and whether the lock file names them all. */

interface Module {
  readonly nameForCondition?: string | null;
  readonly modules?: readonly Module[];
}

/** What of webpack's stats tells where the modules came from. */
export interface Stats {
  readonly modules?: readonly Module[];
}

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
}

/** The folders of the packages in a bundle, as the lock file calls them: `node_modules/a/node_modules/@b/c`. */
export function bundledPackages(stats: Stats): string[] {
  const place = /[\\/](node_modules[\\/](?:.*[\\/]node_modules[\\/])?(?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;
  const folders = filesIn(stats.modules ?? []).map((path) => place.exec(path)?.[1]);
  return folders.flatMap((folder) => (folder === undefined ? [] : [folder.replaceAll('\\', '/')]));
}

function filesIn(modules: readonly Module[]): string[] {
  return modules.flatMap(({ nameForCondition: path, modules: inner = [] }) => [
    ...(path ? [path] : []),
    ...filesIn(inner),
  ]);
}

/**
 * `name@version licence`, a line each, sorted.
 *
 * @throws if a package is not in the lock file, or there for development only
 */
export function packageList(folders: readonly string[], lock: unknown): string {
  const { packages } = lock as { packages: Readonly<Record<string, Locked>> };
  const lines = folders.map((folder) => {
    const locked = packages[folder];
    if (locked === undefined || locked.dev) throw new Error(`the bundle holds ${folder}, which is no dependency`);
    return `${folder.replace(/^.*node_modules\//, '')}@${locked.version} ${locked.license ?? 'licence not stated'}`;
  });
  return `${[...new Set(lines)].sort().join('\n')}\n`;
}
