// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { checkDependencies } from './check-dependencies.ts';
import { checkDisk } from './check-disk.ts';
import { checkLogging } from './check-logging.ts';
import { checkPod } from './check-pods.ts';
import { checkRoot } from './check-root.ts';
import { checkRuntime } from './check-runtime.ts';
import { checkSecrets, checkSecretUses } from './check-secrets.ts';
import { checkSecureboot } from './check-secureboot.ts';
import { checkSupervision } from './check-supervision.ts';
import { checkBind, checkFilePath, checkRlimit, checkTmpfs, checkTreePath, type Mistake } from './check-values.ts';
import { checkSources, checkVolumes } from './check-volumes.ts';
import { checkWatchdog } from './check-watchdog.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, keysOf, type MapNode, type Path, quote, text } from './document.ts';
import { nearestKey } from './nearest-key.ts';
import { type FormatPlace, uniqueNames } from './unique-names.ts';

// What JSON Schema cannot say, or only in riddles. Every check looks at the document and passes over what the schema has
// already refused, so that both kinds of mistakes come out at once.

/** Mistakes of a spec beyond its schema. */
export function checkSpec(root: DocumentNode, placeOf: FormatPlace): readonly Diagnostic[] {
  const sections = ['onboot', 'onshutdown', 'services'];
  const containers = sections.flatMap((section) =>
    items(child(root, section)).map((node, index) => ({ node, path: [section, index] as Path })),
  );
  const names = containers.flatMap(({ node }) => text(child(node, 'name')) ?? []);
  return [
    ...checkTexts(root),
    ...containers.flatMap(({ node, path }) => [
      ...checkSettings(node, path),
      ...checkLogging(node, path),
      ...checkPod({ node, path }),
      ...checkIds(node, path, names),
    ]),
    // They run at the same time, so that their names tell them apart.
    ...uniqueNames(items(child(root, 'services')), ['services'], placeOf),
    ...checkVolumes(root, containers, placeOf),
    ...checkDependencies(root, containers, placeOf),
    ...checkSecrets(root, containers),
    ...checkRoot(root),
    ...checkWatchdog(root),
    ...checkSecureboot(root),
    ...checkDisk(root, placeOf),
    ...items(child(root, 'files')).flatMap((file, index) => checkFile(file, ['files', index], names)),
  ];
}

/** Mistakes of a label beyond its schema. */
export function checkLabel(root: DocumentNode): readonly Diagnostic[] {
  const whole = { node: root, path: [] };
  return [
    ...checkTexts(root),
    ...checkSettings(root, []),
    ...checkLogging(root, []),
    ...checkSources(whole),
    ...checkSecretUses(whole),
  ];
}

function checkSettings(node: DocumentNode, path: Path): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const key of ['capabilities', 'capabilities.add', 'ambient']) {
    found.push(...checkCapabilities(child(node, key), [...path, key]));
  }
  for (const key of ['binds', 'binds.add']) found.push(...checkStrings(child(node, key), [...path, key], checkBind));
  found.push(...checkStrings(child(node, 'tmpfs'), [...path, 'tmpfs'], checkTmpfs));
  found.push(...checkStrings(child(node, 'rlimits'), [...path, 'rlimits'], checkRlimit));
  found.push(
    ...items(child(node, 'devices')).flatMap((device, index) => checkDevice(device, [...path, 'devices', index])),
  );
  found.push(...items(child(node, 'mounts')).flatMap((mount, index) => checkMount(mount, [...path, 'mounts', index])));
  found.push(...checkRuntime(node, path), ...checkSupervision(node, path));
  return found;
}

/** Runs `check` on every string of a list. */
function checkStrings(
  list: DocumentNode | undefined,
  path: Path,
  check: (value: string) => Mistake | undefined,
): readonly Diagnostic[] {
  return items(list).flatMap((item, index) => checkString(item, [...path, index], check));
}

function checkString(
  node: DocumentNode | undefined,
  path: Path,
  check: (value: string) => Mistake | undefined,
): readonly Diagnostic[] {
  const value = text(node);
  const mistake = value === undefined ? undefined : check(value);
  if (node === undefined || mistake === undefined) return [];
  return [diagnostic(node, path, mistake.message, mistake.suggestion)];
}

function checkCapabilities(list: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  const entries = items(list);
  if (entries.length < 2) return [];
  return entries.flatMap((entry, index) => {
    const name = text(entry)?.toLowerCase();
    if (name !== 'all' && name !== 'none') return [];
    return [
      diagnostic(entry, [...path, index], `expected ${quote(name)} to stand alone, found ${entries.length} entries`),
    ];
  });
}

/** OCI runtime-spec config-linux.md, Devices; "all" is LinuxKit's way to allow a class. */
function checkDevice(node: DocumentNode, path: Path): readonly Diagnostic[] {
  const [devicePath, type] = [text(child(node, 'path')), text(child(node, 'type'))];
  if (node.kind !== 'map' || devicePath === undefined || type === undefined || devicePath === 'all') return [];
  if (type === 'a') {
    const at = child(node, 'type') ?? node;
    return [diagnostic(at, [...path, 'type'], 'expected "c", "b", "u" or "p" for one device, found "a"')];
  }
  const needed = type === 'p' ? ['mode'] : ['major', 'minor', 'mode'];
  const missing = needed.filter((key) => !node.entries.has(key));
  if (missing.length === 0) return [];
  return [
    missingKeys(node, path, missing, `expected the keys ${missing.map(quote).join(', ')} too, found ${keysOf(node)}`),
  ];
}

function missingKeys(node: MapNode, path: Path, missing: readonly string[], message: string): Diagnostic {
  return { ...diagnostic(node, path, message), missing };
}

const mountpoints: ReadonlySet<string> = new Set(['proc', 'devpts', 'sysfs', 'cgroup', 'mqueue']);

/** LinuxKit infers the type from the source or destination and the destination from the type, where one follows from the other. */
function checkMount(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const isRefused = ['type', 'source', 'destination'].some(
    (key) => node.entries.has(key) && text(child(node, key)) === undefined,
  );
  if (isRefused) return [];
  const [given, source, destination] = ['type', 'source', 'destination'].map((key) => text(child(node, key)) ?? '');
  const type = given || (mountpoints.has(source ?? '') ? source : destination === '/dev' ? 'tmpfs' : '');
  if (!type) return [missingKeys(node, path, ['type'], `expected the key "type", found ${keysOf(node)}`)];
  if (!destination && !mountpoints.has(type)) {
    return [missingKeys(node, path, ['destination'], `expected the key "destination", found ${keysOf(node)}`)];
  }
  return [];
}

/** Names stand for the ids that are allocated to containers of this spec. */
function checkIds(node: DocumentNode, path: Path, names: readonly string[]): readonly Diagnostic[] {
  const groups = items(child(node, 'additionalGids'));
  return [
    ...['uid', 'gid'].flatMap((key) => checkId(child(node, key), [...path, key], names)),
    ...groups.flatMap((group, index) => checkId(group, [...path, 'additionalGids', index], names)),
  ];
}

function checkId(node: DocumentNode | undefined, path: Path, names: readonly string[]): readonly Diagnostic[] {
  const id = text(node);
  if (node === undefined || id === undefined || id === '' || id === 'root' || names.includes(id)) return [];
  const near = /^[0-9]+$/.test(id) ? `${id}, without quotes` : quoted(nearestKey(id, [...names, 'root']));
  const message = `expected a number, "root" or the name of a container, found ${quote(id)}`;
  return [diagnostic(node, path, message, near === undefined ? undefined : `did you mean ${near}?`)];
}

function quoted(word: string | undefined): string | undefined {
  return word === undefined ? undefined : quote(word);
}

const contentKeys = ['contents', 'source', 'metadata', 'symlink', 'directory'];

function checkFile(node: DocumentNode, path: Path, names: readonly string[]): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const tree = node.entries.has('source');
  return [
    ...(tree ? [] : onlyWithSource(node, path)),
    ...checkString(child(node, 'path'), [...path, 'path'], tree ? checkTreePath : checkFilePath),
    ...['uid', 'gid'].flatMap((key) => checkId(child(node, key), [...path, key], names)),
    ...checkContent(node, path),
  ];
}

/** Keys that say something of a folder or a glob. */
function onlyWithSource(node: MapNode, path: Path): readonly Diagnostic[] {
  return ['exclude', 'dirMode'].flatMap((key) => {
    const entry = node.entries.get(key);
    if (entry === undefined) return [];
    return [diagnostic(entry.key, [...path, key], `expected a source with ${quote(key)}, found ${keysOf(node)}`)];
  });
}

function checkContent(node: MapNode, path: Path): readonly Diagnostic[] {
  const present = contentKeys.filter((key) => node.entries.has(key) && !isFalse(child(node, key)));
  if (present.length === 1) return [];
  const wanted = 'exactly one of contents, source, metadata, symlink and directory';
  const extra = present[1];
  if (extra === undefined) return [missingKeys(node, path, contentKeys, `expected ${wanted}, found none`)];
  const at = node.entries.get(extra)?.key ?? node;
  return [diagnostic(at, [...path, extra], `expected ${wanted}, found ${present.join(' and ')}`)];
}

function isFalse(node: DocumentNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value === false;
}

/** Characters that no string of a spec may have, wherever it stands. */
function checkTexts(root: DocumentNode): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const visited = new Set<DocumentNode>();
  const visit = (node: DocumentNode, path: Path): void => {
    if (visited.has(node)) return;
    visited.add(node);
    if (node.kind === 'list') for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    if (node.kind === 'map') for (const [key, { value }] of node.entries) visit(value, [...path, key]);
    if (path.at(-1) !== 'contents') found.push(...checkString(node, path, checkText));
  };
  visit(root, []);
  return found;
}

/** Strings become arguments, variables and paths of the kernel's, which end at a NUL. */
function checkText(value: string): Mistake | undefined {
  return value.includes('\0') ? { message: `expected text without NUL characters, found ${quote(value)}` } : undefined;
}
