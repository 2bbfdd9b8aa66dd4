/** Where lines for people go. Every implementation makes a line harmless before it shows it. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
  /** Shown only where the user asked for it. */
  debug(line: string): void;
}
