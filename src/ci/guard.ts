import { mapTexts } from '../json.ts';
import { escapeMarkdown } from '../report/markdown.ts';
import { inert } from '../text.ts';
import { isToken } from './output.ts';
import type { CiSystem } from './system.ts';

/** A CI system that shows no secret. */
export interface Guard extends CiSystem {
  /** The same data, with no secret in its texts: nothing that is made of it shows one, however it is escaped there. */
  redact<T>(data: T): T;
}

/**
 * What every text for people passes through, whatever the CI system: it can start no workflow command, and no secret
 * that was masked stands in it, even where the system itself cannot mask.
 */
export function guard(ci: CiSystem): Guard {
  const secrets = new Set<string>();
  // Of two secrets the longer first: the shorter may be a part of it.
  const redact = (text: string, written = (secret: string) => secret) =>
    [...secrets]
      .sort((a, b) => b.length - a.length)
      .reduce((clean, secret) => clean.replaceAll(written(secret), '***'), text);
  const clean = (text: string) => inert(redact(text));
  return {
    name: ci.name,
    folders: ci.folders,
    hasAnnotations: ci.hasAnnotations,
    redact: (data) => mapTexts(data, (text) => redact(text)),
    mask: (secret) => {
      if (secret === '' || secrets.has(secret)) return;
      secrets.add(secret);
      ci.mask(secret);
    },
    subjectToken: (audience, deps) => ci.subjectToken(audience, deps),
    ...(ci.declare === undefined ? {} : { declare: ci.declare }),
    exportVariable: (name, value) => ci.exportVariable(name, value),
    keep: (name, value) => ci.keep(name, value),
    group: (title, lines) => ci.group(clean(title), lines.map(clean)),
    // A token is what these two are for.
    output: (name, value) => ci.output(name, isToken(name) ? value : redact(value)),
    annotate: (level, title, text) => ci.annotate(level, clean(title), clean(text)),
    info: (line) => ci.info(clean(line)),
    warn: (line) => ci.warn(clean(line)),
    debug: (line) => ci.debug(clean(line)),
    summary: (markdown) => ci.summary(redact(redact(markdown), escapeMarkdown)),
  };
}
