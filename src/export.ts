import type { Config, OutputName } from './config.ts';
import { removeHeaderFile, writeHeaderFile } from './header.ts';
import type { Minted } from './mint.ts';
import { tokenLine } from './report/lines.ts';
import type { World } from './world.ts';

/** What of the token is wanted where. */
type Wanted = Pick<Config, 'exportEnv' | 'headerFile' | 'tokenHeader'>;

/** Hands the token to later steps, before anything is checked with it: a failed check still leaves it. */
export async function exportToken(
  { token, facts }: Pick<Minted, 'token' | 'facts'>,
  { exportEnv, headerFile, tokenHeader }: Wanted,
  { ci }: Pick<World, 'ci'>,
): Promise<void> {
  // First what can fail, so that no output tells of a token whose file or variable is not there.
  const path = headerFile ? await writeHeaderFile(ci.folders, tokenHeader, token) : undefined;
  if (path !== undefined && !(await isKept(path, ci))) {
    ci.info(`The header is in ${path}. It is not removed automatically here; when you are done, run: rm '${path}'`);
  }
  if (exportEnv !== undefined && !ci.exportVariable(exportEnv, token.reveal())) {
    ci.warn(`export_env: variables cannot be passed to later steps here; ${exportEnv} was not set.`);
  }
  const set = (name: OutputName, value: string) => ci.output(name, value);
  ci.info(tokenLine(facts));
  set('token', token.reveal());
  if (facts.kind === 'id_token') set('id_token', token.reveal());
  set('token_kind', facts.kind);
  set('target_audience', facts.audience);
  set('principal', facts.principal);
  set('expires_at', facts.expires_at);
  if (path !== undefined) set('header_file', path);
}

/** Whether the CI system will see to it that the file is removed. */
async function isKept(path: string, ci: World['ci']): Promise<boolean> {
  try {
    return ci.keep('headerFile', path);
  } catch (error) {
    await removeHeaderFile(path);
    throw error;
  }
}
