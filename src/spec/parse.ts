// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname, resolve } from 'node:path';
import { builtValue } from './built-value.ts';
import { checkSpec } from './checks.ts';
import { type Diagnostic, specError, withoutConsequences } from './diagnostics.ts';
import { type DocumentNode, nodeAt, plainValue } from './document.ts';
import { specSchema } from './generated/spec-schema.js';
import { validateSpec } from './generated/validate.js';
import { mergeDocuments } from './merge-documents.ts';
import { type Origin, originOf } from './origin.ts';
import { readSource, type SourceReading, type SpecSource, unusedVariables } from './read-source.ts';
import { schemaErrors } from './read-valid.ts';
import { rebase } from './relative-paths.ts';
import type { ValidatorError } from './schema-errors.ts';
import { formatPlace, Texts } from './texts.ts';
import type { Spec } from './types.ts';

/** How specs are read beyond their texts. */
export interface ParseOptions extends SourceReading {
  /** Told of what is accepted but means nothing. */
  readonly warn?: (message: string) => void;
  /** Nothing is built of the spec: refused keys that are empty may stay in it. */
  readonly isOnlyChecked?: boolean;
}

/**
 * Parses a spec. `file` names it in messages and in the result; `text` is its content (see decode.ts for bytes).
 *
 * @throws TskitError 'spec' that lists every mistake with its place, an excerpt, and what was meant where that can be guessed
 */
export function parseSpec(text: string, file: string, options: ParseOptions = {}): Spec {
  return parseSpecs([{ text, name: file, folder: dirname(resolve(file)) }], options);
}

/**
 * Parses a spec of one or several files, merged in their order. Relative paths of all start from the folder of the first, or from the
 * current one where that has none.
 *
 * @throws TskitError 'spec' as parseSpec, with the mistakes of all files
 */
export function parseSpecs(sources: readonly SpecSource[], options: ParseOptions = {}): Spec {
  const texts = new Texts();
  const read = sources.map((source) => readSource(source, texts, options));
  const problems = read.flatMap((one) => one.problems);
  const roots = read.flatMap(({ root }) => root ?? []);
  const folder = sources[0]?.folder ?? process.cwd();
  const based = read.flatMap(({ root, source }) => {
    if (root === undefined) return [];
    return source.folder === undefined || source.folder === folder ? root : rebase(root, source.folder, folder);
  });
  const mistakes = roots.flatMap((root) => schemaErrors(root, specKind, isKernelElsewhere(roots)));
  // Names that an unreadable file may have would be missed by the checks of the others.
  const merged = roots.length === sources.length ? mergeDocuments(based) : undefined;
  const found = merged === undefined ? [] : checkSpec(merged.root, (span) => formatPlace(texts.place(span.start)));
  const checked = found.map((problem) => ({ ...problem, path: merged?.ownPath(problem.path) ?? [] }));
  const unread = new Set(read.flatMap((one) => [...one.unread]));
  const notes = new Map(read.flatMap((one) => [...one.notes]));
  const all = [
    ...problems,
    ...withoutConsequences([...mistakes, ...checked])
      .filter(({ start }) => !unread.has(start))
      .map((problem) => noted(problem, notes)),
  ];
  if (all.length > 0 || merged === undefined) throw specError(texts, all);
  unusedVariables(read, options);
  warnOfTrust(roots, texts, options);
  const value = plainValue(merged.root, 'exact');
  const built = options.isOnlyChecked === true ? value : builtValue(value, specSchema());
  return toSpec(built as Sections, sources[0]?.name ?? '', originOf(texts, folder, merged.root));
}

const specKind = {
  get schema() {
    return specSchema();
  },
  validate: validateSpec,
};

/** A kernel without image is a mistake only when no other file has one either: the keys of all are one kernel. */
function isKernelElsewhere(roots: readonly DocumentNode[]): (error: ValidatorError) => boolean {
  const isNamed = roots.length > 1 && roots.some((root) => nodeAt(root, ['kernel', 'image']) !== undefined);
  return ({ keyword, instancePath }) => isNamed && keyword === 'required' && instancePath === '/kernel';
}

/** A mistake in a value that variables made says which and what they were. */
function noted(problem: Diagnostic, notes: ReadonlyMap<number, string>): Diagnostic {
  const note = notes.get(problem.start);
  return note === undefined ? problem : { ...problem, message: `${problem.message}, where ${note}` };
}

/** Docker Content Trust is gone, and LinuxKit reads the section and does nothing. */
function warnOfTrust(roots: readonly DocumentNode[], texts: Texts, { warn }: ParseOptions): void {
  for (const root of roots) {
    const entry = root.kind === 'map' ? root.entries.get('trust') : undefined;
    if (entry?.value.kind !== 'map' || entry.value.entries.size === 0) continue;
    const place = formatPlace(texts.place(entry.key.start));
    warn?.(`${place}: "trust" is ignored: Docker Content Trust is gone; pin images by digest or with \`tskit lock\``);
  }
}

/** A valid document: null stands for an empty section. */
type Sections = { readonly [Key in keyof Omit<Spec, 'file' | 'origin'>]?: Spec[Key] | null };

function toSpec(sections: Sections, file: string, origin: Origin): Spec {
  return {
    file,
    origin,
    ...(sections.kernel ? { kernel: sections.kernel } : {}),
    init: sections.init ?? [],
    volumes: sections.volumes ?? [],
    onboot: sections.onboot ?? [],
    onshutdown: sections.onshutdown ?? [],
    services: sections.services ?? [],
    files: sections.files ?? [],
    ...(sections.root ? { root: sections.root } : {}),
    ...(sections.secrets ? { secrets: sections.secrets } : {}),
    ...(sections.watchdog ? { watchdog: sections.watchdog } : {}),
    ...(sections.secureboot ? { secureboot: sections.secureboot } : {}),
    ...(sections.disk ? { disk: sections.disk } : {}),
  };
}
