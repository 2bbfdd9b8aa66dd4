import type { Folders } from '../header.ts';
import type { Http } from '../http.ts';
import type { Log } from '../log.ts';
import type { Mask } from '../token.ts';

export interface OidcDeps {
  readonly http: Http;
  readonly mask: Mask;
}

export type Level = 'error' | 'warning';

/** What a CI system does for a step. */
export interface CiSystem extends Log {
  readonly name: string;
  readonly folders: Folders;
  /** Whether an annotation stands elsewhere than in the log, where the lines of its group stand already. */
  readonly hasAnnotations: boolean;
  /** Hides a value from the log, from here on. */
  readonly mask: Mask;
  /**
   * An OIDC token of the CI's own, for this audience.
   *
   * @throws {IapError} `oidc-unavailable`, `oidc-refused`
   */
  subjectToken(audience: string, deps: OidcDeps): Promise<string>;
  /** How a job says what its token is for, where `subjectToken` cannot ask for an audience; '' where nobody can say. */
  readonly declare?: (audience: string) => string;
  /** Hands a value to later steps. */
  output(name: string, value: string): void;
  /** Sets a variable in the environment of later steps. False where the system cannot. */
  exportVariable(name: string, value: string): boolean;
  /** Keeps a value for this step's clean-up after the job. False where there is none. */
  keep(name: string, value: string): boolean;
  /** Lines that belong together, under a title. */
  group(title: string, lines: readonly string[]): void;
  /** Shows a problem where people look first. */
  annotate(level: Level, title: string, text: string): void;
  /** Adds to the page that the run ends with. */
  summary(markdown: string): Promise<void>;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** Writes one line to the log; of a line that the system does not mark itself, how grave it is. */
export type Write = (line: string, level?: Level) => void;

/** One row of the table of CI systems. */
export interface CiRow {
  readonly name: string;
  readonly detect: (env: Env) => boolean;
  readonly open: (env: Env, write: Write) => Omit<CiSystem, 'name'>;
}
