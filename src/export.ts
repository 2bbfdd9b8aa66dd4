import { tmpdir } from 'node:os';
import type { Config, OutputName } from './config.ts';
import { writeHeaderFile } from './header.ts';
import type { Minted } from './mint.ts';
import { tokenLine } from './report/lines.ts';
import type { World } from './world.ts';

/** What of the token is wanted where. */
type Wanted = Pick<Config, 'exportEnv' | 'headerFile' | 'tokenHeader'>;

/** Hands the token to later steps, before anything is checked with it: a failed check still leaves it. */
export async function exportToken(
  { token, facts }: Minted,
  { exportEnv, headerFile, tokenHeader }: Wanted,
  { ci, env }: World,
): Promise<void> {
  const set = (name: OutputName, value: string) => ci.output(name, value);
  ci.info(tokenLine(facts));
  set('token', token.reveal());
  if (facts.kind === 'id_token') set('id_token', token.reveal());
  set('token_kind', facts.kind);
  set('target_audience', facts.audience);
  set('principal', facts.principal);
  set('expires_at', facts.expires_at);
  if (exportEnv !== undefined && !ci.exportVariable(exportEnv, token.reveal())) {
    ci.warn(`export_env: no variable can be handed on here; ${exportEnv} was not set.`);
  }
  if (headerFile) {
    const path = await writeHeaderFile(env['RUNNER_TEMP'] || tmpdir(), headerNames[tokenHeader], token);
    ci.keep('headerFile', path);
    set('header_file', path);
  }
}

const headerNames = { authorization: 'Authorization', 'proxy-authorization': 'Proxy-Authorization' } as const;
