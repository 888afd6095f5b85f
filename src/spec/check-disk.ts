// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { diskSizeBytes, diskSizeShape, mebibyte } from './disk-size.ts';
import { child, type DocumentNode, items, type Path, quote, text } from './document.ts';
import { partitionMountOptions } from './linux-names.ts';
import { nearestKey } from './nearest-key.ts';
import { longestLabel } from './schema-disk.ts';
import type { FormatPlace } from './unique-names.ts';

/** What a journal, inode tables and some data take, in MiB. */
const leastExt4 = 16;
/** GPT, alignment and both copies of it, in bytes, beside the partitions. */
const tableBytes = 2 * mebibyte;

/** Folders that are the kernel's or the build's, or in memory for a reason: neither they nor what is above them can be mounted on. */
const taken = ['/proc', '/sys', '/dev', '/run', '/tmp', '/init', '/containers', '/etc/tskit', '/lib/modules'];

/** Mistakes in the `disk` of a spec. */
export function checkDisk(root: DocumentNode, placeOf: FormatPlace): readonly Diagnostic[] {
  const disk = child(root, 'disk');
  const partitions = items(child(disk, 'partitions'));
  return [
    ...partitions.flatMap((node, index) => checkPartition(node, ['disk', 'partitions', index])),
    ...checkLast(partitions),
    ...unique(partitions, 'label', placeOf),
    ...unique(partitions, 'mount', placeOf),
    ...checkSum(disk, partitions),
  ];
}

function checkPartition(node: DocumentNode, path: Path): readonly Diagnostic[] {
  return [
    ...checkLabel(child(node, 'label'), [...path, 'label']),
    ...checkSize(node, [...path, 'size']),
    ...checkMount(child(node, 'mount'), [...path, 'mount']),
    ...needsMount(node, path),
    ...items(child(node, 'options')).flatMap((option, index) => checkOption(option, [...path, 'options', index])),
  ];
}

function checkLabel(node: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  const label = text(node);
  if (node === undefined || label === undefined || label.length <= longestLabel) return [];
  return [diagnostic(node, path, `expected a label of at most ${longestLabel} characters, found ${label.length}`)];
}

function checkSize(partition: DocumentNode, path: Path): readonly Diagnostic[] {
  const node = child(partition, 'size');
  const size = text(node);
  const bytes = size === undefined ? undefined : diskSizeBytes(size);
  if (node === undefined || size === undefined || bytes === undefined) return [];
  const isExt4 = (text(child(partition, 'filesystem')) ?? 'ext4') === 'ext4';
  if (!isExt4 || bytes >= leastExt4 * mebibyte) return [];
  return [diagnostic(node, path, `expected at least "${leastExt4}M" for a file system, found ${quote(size)}`)];
}

function checkMount(node: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  const mount = text(node);
  if (node === undefined || mount === undefined || !mount.startsWith('/')) return [];
  const steps = mount.split('/').slice(1);
  if (steps.every((step) => step === '')) {
    return [diagnostic(node, path, `expected a folder below /, found ${quote(mount)}: the root is not replaced`)];
  }
  if (steps.some((step) => step === '' || step === '.' || step === '..')) {
    return [diagnostic(node, path, `expected a path without "//", "." and "..", found ${quote(mount)}`)];
  }
  const isTaken = taken.some((folder) => `${mount}/`.startsWith(`${folder}/`) || folder.startsWith(`${mount}/`));
  if (!isTaken) return [];
  return [diagnostic(node, path, `expected a folder that is not the system's, found ${quote(mount)}`)];
}

/** What says how to mount needs something that is mounted. */
function needsMount(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const isBare = text(child(node, 'filesystem')) === 'none';
  const isMounted = node.entries.has('mount');
  const found = (key: string, message: string): readonly Diagnostic[] => {
    const entry = node.entries.get(key);
    return entry === undefined ? [] : [diagnostic(entry.key, [...path, key], message)];
  };
  if (isBare) {
    const message = 'expected a file system to mount, found filesystem "none"';
    return [...found('mount', message), ...(isMounted ? [] : found('options', message))];
  }
  return isMounted ? [] : found('options', 'expected the key "mount" beside "options", found none');
}

function checkOption(node: DocumentNode, path: Path): readonly Diagnostic[] {
  const option = text(node);
  if (option === undefined || option === '' || /[,\s]/.test(option)) return [];
  const equals = option.indexOf('=');
  const name = equals === -1 ? option : option.slice(0, equals + 1);
  if (partitionMountOptions.includes(name)) return [];
  const near = nearestKey(name, partitionMountOptions);
  const suggestion = near === undefined ? undefined : `did you mean ${quote(near)}?`;
  return [diagnostic(node, path, `expected an option of ext4, found ${quote(option)}`, suggestion)];
}

/** What takes the rest of the disk, or may take more of it later, has to come last. */
function checkLast(partitions: readonly DocumentNode[]): readonly Diagnostic[] {
  return partitions.slice(0, -1).flatMap((node, index) => {
    if (node.kind !== 'map') return [];
    const path = ['disk', 'partitions', index];
    const size = child(node, 'size');
    if (size === undefined) {
      const message = 'expected the key "size", as only the last partition can have the rest of the disk, found none';
      return [{ ...diagnostic(node, path, message), missing: ['size'] }];
    }
    if (text(size) === 'rest') {
      return [
        diagnostic(size, [...path, 'size'], 'expected "rest" for the last partition only, found another behind it'),
      ];
    }
    const grow = child(node, 'grow');
    if (grow?.kind !== 'scalar' || grow.value !== true) return [];
    return [diagnostic(grow, [...path, 'grow'], 'expected true for the last partition only, found another behind it')];
  });
}

function unique(partitions: readonly DocumentNode[], key: string, placeOf: FormatPlace): readonly Diagnostic[] {
  const first = new Map<string, DocumentNode>();
  return partitions.flatMap((partition, index) => {
    const node = child(partition, key);
    const value = text(node);
    if (node === undefined || value === undefined) return [];
    const earlier = first.get(value);
    first.set(value, earlier ?? node);
    if (earlier === undefined) return [];
    const message = `expected a ${key} of its own, found ${quote(value)} as at ${placeOf(earlier)}`;
    return [diagnostic(node, ['disk', 'partitions', index, key], message)];
  });
}

/** The size of the disk is that of an image: what is to be made on it has to fit, the system beside it not even counted. */
function checkSum(disk: DocumentNode | undefined, partitions: readonly DocumentNode[]): readonly Diagnostic[] {
  const node = child(disk, 'size');
  const size = text(node) ?? '';
  const isElsewhere = (text(child(disk, 'device')) ?? 'auto').startsWith('/');
  if (node === undefined || !diskSizeShape.test(size) || isElsewhere) return [];
  const sizes = partitions.map((partition) => diskSizeBytes(text(child(partition, 'size')) ?? '') ?? 0);
  const sum = sizes.reduce((total, bytes) => total + bytes, tableBytes);
  if (sum <= (diskSizeBytes(size) ?? 0)) return [];
  const needed = Math.ceil(sum / mebibyte);
  return [
    diagnostic(
      node,
      ['disk', 'size'],
      `expected at least "${needed}M", which the partitions need, found ${quote(size)}`,
    ),
  ];
}
