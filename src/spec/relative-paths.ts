// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isAbsolute, relative, resolve } from 'node:path';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { type DocumentNode, type MapNode, type Path, quote, type ScalarNode } from './document.ts';

// Paths of a spec start from the folder of its file. When several files are merged, those of the others are rewritten to start
// from the first one's: later stages then know one folder, and the same text always means the same path.

/** What a text of a spec names in the file system, relative to its file; `path` is a part of the text. */
interface RelativePath {
  readonly before: string;
  readonly path: string;
  readonly after: string;
}

/** Finds the relative path in a text of a kind. */
type Reader = (text: string) => RelativePath | undefined;

const whole: Reader = (text) =>
  isAbsolute(text) || text === '~' || text.startsWith('~/') ? undefined : { before: '', path: text, after: '' };

const profile: Reader = (text) => (text === 'default' || text === 'unconfined' ? undefined : whole(text));

/** `oci:DIR[:TAG]` and the like, as src/oci/reference.ts reads them; a recipe is a path when it looks like one. */
const image: Reader = (text) => {
  const [, before, path, after] =
    /^((?:oci|oci-archive|docker-archive):)([^:]+)(.*)$/s.exec(text) ?? /^(pkg:)(\.\.?\/.*)()$/s.exec(text) ?? [];
  if (before === undefined || path === undefined || isAbsolute(path)) return undefined;
  return { before, path, after: after ?? '' };
};

const entryPaths: Readonly<Record<string, Reader>> = { image, seccomp: profile };

/** Texts of each section that may have paths: of the entry itself when it is a text, else by key. */
const sections: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  kernel: { image },
  init: { '': image },
  onboot: entryPaths,
  onshutdown: entryPaths,
  services: entryPaths,
  volumes: { image },
  files: { source: whole },
  secureboot: { keyset: whole, certificate: whole, key: whole },
};

/** What becomes of a text with a relative path. */
type Change = (node: ScalarNode, found: RelativePath, path: Path) => ScalarNode;

/** The document with its relative paths, which start from `folder`, rewritten to start from `target`. */
export function rebase(root: DocumentNode, folder: string, target: string): DocumentNode {
  return changePaths(root, (node, { before, path, after }, [section]) => {
    // In a glob the names of folders must not become wildcards.
    const named = section === 'files' && /[*?[]/.test(path) ? literal : (name: string): string => name;
    const moved = relative(named(target), resolve(named(folder), path));
    const value = `${before}${moved.startsWith('../') || moved === '..' ? moved : `./${moved}`}${after}`;
    return { ...node, value, source: value };
  });
}

function literal(path: string): string {
  return path.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}

/** A mistake for each relative path of a document that lies in no folder. */
export function refuseRelative(root: DocumentNode): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  changePaths(root, (node, _found, path) => {
    const message = `expected an absolute path, found ${quote(node.source)}: a spec from a URL lies in no folder that it could start from`;
    found.push(diagnostic(node, path, message));
    return node;
  });
  return found;
}

function changePaths(root: DocumentNode, change: Change): DocumentNode {
  return changeEntries(root, [], (section, path, key) => {
    const readers = sections[key];
    if (readers === undefined) return section;
    if (section.kind !== 'list') return changeTexts(section, path, readers, change);
    const items = section.items.map((item, index) => changeTexts(item, [...path, index], readers, change));
    return { ...section, items };
  });
}

function changeTexts(
  node: DocumentNode,
  path: Path,
  readers: Readonly<Record<string, Reader>>,
  change: Change,
): DocumentNode {
  if (node.kind === 'scalar') return changeText(node, path, readers[''], change);
  return changeEntries(node, path, (value, at, key) =>
    value.kind === 'scalar' ? changeText(value, at, readers[key], change) : value,
  );
}

function changeText(node: ScalarNode, path: Path, reader: Reader | undefined, change: Change): ScalarNode {
  const found = typeof node.value === 'string' ? reader?.(node.value) : undefined;
  return found === undefined ? node : change(node, found, path);
}

function changeEntries(
  node: DocumentNode,
  path: Path,
  change: (value: DocumentNode, path: Path, key: string) => DocumentNode,
): DocumentNode {
  if (node.kind !== 'map') return node;
  const entries: MapNode['entries'] = new Map(
    Array.from(node.entries, ([key, entry]) => [key, { ...entry, value: change(entry.value, [...path, key], key) }]),
  );
  return { ...node, entries };
}
