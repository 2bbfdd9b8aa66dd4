import { IapError } from '../errors.ts';
import { credentialsJson } from './file.ts';
import type { Source, SourceConfig } from './source.ts';

/** The table of credential sources. A new one is a file here, and its row. */
export const sources: readonly Source[] = [credentialsJson];

/**
 * The source that the inputs choose.
 *
 * @throws {IapError} `credentials-missing`
 */
export function chooseSource(config: SourceConfig): Source {
  const chosen = sources.find((source) => source.chosenBy(config));
  if (chosen !== undefined) return chosen;
  const looked = sources.map(({ looksFor }) => `Looked for ${looksFor}: not there.`).join('\n');
  throw new IapError('credentials-missing', 'no credential was given', { looked });
}
