// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { YamlResult } from './build-document.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, type MapEntry, quote } from './document.ts';
import { headerKey } from './header.ts';
import { withoutMark } from './read-valid.ts';
import { readYaml } from './read-yaml.ts';
import { refuseCommand } from './check-secureboot.ts';
import { refuseRelative } from './relative-paths.ts';
import type { Texts } from './texts.ts';
import { type GivenVariables, undefinedVariable, variableName, Variables } from './variables.ts';

/** One text of a spec. */
export interface SpecSource {
  readonly text: string;
  /** For messages: the path as the user gave it, a URL, "standard input". */
  readonly name: string;
  /** Absolute path of the folder that its relative paths start from; undefined where it lies in none. */
  readonly folder: string | undefined;
  /** What the text says where it is code and no YAML; offsets are those of the text. */
  readonly document?: DocumentNode;
}

/** How a source is read beyond its text. */
export interface SourceReading {
  readonly variables?: GivenVariables;
  /** The text that stands for `@pkg:PATH` in a file of an absolute folder. Throws a TskitError that says why there is none. */
  readonly template?: (path: string, folder: string) => string;
}

export interface ReadSource extends YamlResult {
  readonly source: SpecSource;
  /** Names of variables that were looked for or are declared. */
  readonly used: ReadonlySet<string>;
}

const noVariables: GivenVariables = { set: new Map(), environment: {} };

/** Reads a source, which becomes one of `texts`. */
export function readSource(source: SpecSource, texts: Texts, reading: SourceReading): ReadSource {
  const text = withoutMark(source.text);
  const given = reading.variables ?? noVariables;
  if (source.document !== undefined) return readCode(source, source.document, texts, given);
  const used = new Set<string>();
  let variables: Variables | undefined;
  const result = readYaml(text, 'a spec', {
    base: texts.add(source.name, text),
    scalars: {
      variables: (header) => {
        // Without either a dollar is a dollar: LinuxKit's files are full of shell scripts.
        if (header === undefined && given.set.size === 0) return undefined;
        variables = new Variables(given, header ?? new Map(), (name) => void used.add(name));
        return variables;
      },
      template: (path) => templateText(path, source, reading),
    },
  });
  const { root } = result;
  if (root === undefined) return { ...result, source, used };
  const problems = [
    ...result.problems,
    ...(variables === undefined ? [] : headerProblems(root, variables)),
    ...(source.folder === undefined ? [...refuseRelative(root), ...refuseCommand(root)] : []),
  ];
  return { ...result, problems, source, used };
}

const headerInCode =
  'expected no "variables" in code, found it: the default export may be a function, which is given those of --set';

/** What code says. It was given every variable, and what it looked at cannot be told. */
function readCode(source: SpecSource, document: DocumentNode, texts: Texts, given: GivenVariables): ReadSource {
  const root = moved(document, texts.add(source.name, withoutMark(source.text)));
  const header = root.kind === 'map' ? root.entries.get(headerKey) : undefined;
  const problems = header === undefined ? [] : [diagnostic(header.key, [headerKey], headerInCode)];
  return { root, problems, unread: new Set(), notes: new Map(), source, used: new Set(given.set.keys()) };
}

/** The document with all offsets further on. */
function moved(node: DocumentNode, by: number): DocumentNode {
  const span = { start: node.start + by, end: node.end + by };
  if (by === 0 || node.kind === 'scalar') return { ...node, ...span };
  if (node.kind === 'list') return { ...node, ...span, items: node.items.map((item) => moved(item, by)) };
  const entries = Array.from(node.entries, ([key, entry]): [string, MapEntry] => [
    key,
    { key: { start: entry.key.start + by, end: entry.key.end + by }, value: moved(entry.value, by) },
  ]);
  return { ...node, ...span, entries: new Map(entries) };
}

function templateText(path: string, source: SpecSource, { template }: SourceReading): string {
  const act = `the template ${quote(`@pkg:${path}`)}`;
  if (source.folder === undefined) {
    throw new TskitError('spec', `expected no template, found ${act}: a spec from a URL lies in no folder`);
  }
  if (template === undefined) throw new TskitError('spec', `expected no template here, found ${act}`);
  return template(path, source.folder);
}

/** Names that cannot be used, and variables that need a value and have none. */
function headerProblems(root: DocumentNode, variables: Variables): readonly Diagnostic[] {
  const header = child(root, headerKey);
  if (header?.kind !== 'map') return [];
  return [...header.entries].flatMap(([name, { key, value }]) => {
    const path = [headerKey, name];
    if (!variableName.test(name)) {
      const expected = 'a name of letters, digits and "_" that starts with no digit';
      return [diagnostic(key, path, `expected ${expected}, found ${quote(name)}`)];
    }
    const isRequired = value.kind === 'scalar' && value.value === null;
    if (variables.lookup(name) !== undefined || !isRequired) return [];
    return [diagnostic(key, path, undefinedVariable(name), variables.nearest(name))];
  });
}

/** A name given with --set that no source has is a slip: the variable that was meant would silently keep another value. */
export function unusedVariables(read: readonly ReadSource[], { variables = noVariables }: SourceReading): void {
  const used = new Set(read.flatMap((one) => [...one.used]));
  for (const name of variables.set.keys()) {
    if (used.has(name)) continue;
    const where = read.length === 1 ? quote(read[0]?.source.name ?? '') : 'the specs';
    const near = new Variables({ set: new Map([...used].map((one) => [one, ''])), environment: {} }, new Map());
    const suggestion = near.nearest(name);
    throw new TskitError('spec', `--set ${name}: expected a variable of ${where}, found none of that name`, {
      hint: suggestion ?? `write \${${name}} where its value is to go`,
    });
  }
}
