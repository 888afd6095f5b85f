// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import type { PackageChange, SystemDiff } from './compare.ts';
import type { ContainerChange, TermChange } from './containers.ts';
import type { FileChange } from './files.ts';
import { summariseFolders } from './folders.ts';
import type { DiffKernel } from './side.ts';

/** What happened to what a line names; a blank goes with the line above. */
export type Sign = '+' | '-' | '~' | ' ';

export interface DiffLine {
  readonly sign: Sign;
  readonly depth: 0 | 1;
  readonly text: string;
}

/** Lines about one part of the system, and how many things they are about. */
export interface DiffSection {
  readonly title: string;
  readonly summary: string;
  readonly lines: readonly DiffLine[];
}

/** So many files are named one by one; of more the folders are counted. */
const maxFiles = 40;
const maxFolders = 25;
/** So many elements of a setting are lines of their own. */
const maxElements = 6;

/** A comparison as sections of lines; parts without a difference have none. `allFiles` names every file. */
export function diffSections(diff: SystemDiff, allFiles: boolean): readonly DiffSection[] {
  const containers = (['volumes', 'onboot', 'services', 'onshutdown'] as const).map((section) => {
    const own = diff.containers.filter((container) => container.section === section);
    const order = diff.order.find((each) => each.section === section);
    const lines = own.flatMap(containerLines);
    if (order !== undefined) lines.push(line('~', `order: ${order.before.join(', ')} -> ${order.after.join(', ')}`));
    return { title: section, summary: counted(own) || 'other order', lines };
  });
  const sections: readonly DiffSection[] = [
    { title: 'kernel', summary: 'changed', lines: kernelLines(diff.kernel) },
    { title: 'command line', summary: 'changed', lines: cmdlineLines(diff.cmdline) },
    { title: 'system', summary: 'changed', lines: diff.system.map(systemLine) },
    ...containers,
    { title: 'packages', summary: counted(diff.packages.map(packageKind)), lines: packageLines(diff.packages) },
    { title: 'files', summary: counted(diff.files), lines: fileLines(diff.files, allFiles) },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

/** "108 MB -> 110 MB (+2.0 MB), 1200 -> 1201 files" */
export function totalsText({ before, after }: SystemDiff): string {
  const [left, right] = [before.totals, after.totals];
  const bytes =
    left.bytes === right.bytes
      ? formatBytes(right.bytes)
      : `${formatBytes(left.bytes)} -> ${formatBytes(right.bytes)} (${signed(right.bytes - left.bytes)})`;
  return `${bytes}, ${left.files === right.files ? '' : `${left.files} -> `}${right.files} files`;
}

/** "+1.2 MB" */
export function signed(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${formatBytes(Math.abs(bytes))}`;
}

function line(sign: Sign, text: string, depth: DiffLine['depth'] = 0): DiffLine {
  return { sign, depth, text };
}

/** "2 added, 1 changed" */
function counted(changes: readonly { readonly change: 'added' | 'removed' | 'changed' }[]): string {
  return (['added', 'removed', 'changed'] as const)
    .map((kind) => [kind, changes.filter(({ change }) => change === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function kernelLines(kernel: SystemDiff['kernel']): DiffLine[] {
  if (kernel === undefined) return [];
  const { before, after } = kernel;
  if (before === undefined || after === undefined) {
    return [line(after === undefined ? '-' : '+', kernelText((after ?? before) as DiffKernel))];
  }
  const rows: (readonly [string, string | undefined, string | undefined])[] = [
    ['image', before.image, after.image],
    ['digest', before.imageDigest, after.imageDigest],
    ['version', before.version, after.version],
    ['size', formatBytes(before.size), formatBytes(after.size)],
    ['sha256', before.sha256, after.sha256],
  ];
  return rows
    .filter(([, old, now]) => old !== now && old !== undefined && now !== undefined)
    .map(([name, old, now]) => line('~', `${name}: ${old} -> ${now}`));
}

function kernelText({ image, version, size }: DiffKernel): string {
  return [image, version, formatBytes(size)].filter((part) => part !== undefined).join(', ');
}

function cmdlineLines(cmdline: SystemDiff['cmdline']): DiffLine[] {
  if (cmdline === undefined) return [];
  if (cmdline.reordered) return [line('~', 'the same words in another order')];
  return [...cmdline.removed.map((word) => line('-', word)), ...cmdline.added.map((word) => line('+', word))];
}

function containerLines({ name, change, image, terms }: ContainerChange): DiffLine[] {
  const settings = Map.groupBy(terms, ({ setting }) => setting);
  return [
    line(signOf(change), change === 'changed' || image === '' ? name : `${name}, image ${image}`),
    ...[...settings].flatMap(([setting, own]) => settingLines(setting, own)),
  ];
}

/** Each element; of many that came, or went, how many and which are the first. */
function settingLines(setting: string, terms: readonly TermChange[]): DiffLine[] {
  return [...Map.groupBy(terms, signOfTerm)].flatMap(([sign, own]) => {
    if (own.length <= maxElements) return own.map((term) => line(sign, termText(setting, term), 1));
    const names = own.slice(0, maxElements).map(({ key }) => key);
    return [line(sign, `${setting}: ${own.length} entries: ${names.join(', ')}, …`, 1)];
  });
}

function systemLine(term: TermChange): DiffLine {
  return line(signOfTerm(term), termText(term.setting, term));
}

function signOfTerm({ before, after }: TermChange): Sign {
  if (before === undefined) return '+';
  return after === undefined ? '-' : '~';
}

function termText(setting: string, { key, before, after }: TermChange): string {
  const name = key === '' ? setting : `${setting} ${key}`;
  if (before !== undefined && after !== undefined) {
    const options = /^(binds|mounts|tmpfs)$/.test(setting) ? optionChange(before, after) : undefined;
    return `${name}: ${options ?? `${before} -> ${after}`}`;
  }
  const value = after ?? before ?? '';
  return value === '' ? name : `${name}: ${value}`;
}

/** "+ro -rw" of mounts that differ in their options only. */
function optionChange(before: string, after: string): string | undefined {
  const [left, right] = [before, after].map((text) => {
    const space = text.lastIndexOf(' ');
    return { head: text.slice(0, space), options: text.slice(space + 1).split(',') };
  });
  if (left === undefined || right === undefined || left.head !== right.head) return undefined;
  const added = right.options.filter((option) => !left.options.includes(option)).map((option) => `+${option}`);
  const removed = left.options.filter((option) => !right.options.includes(option)).map((option) => `-${option}`);
  return added.length + removed.length === 0 ? undefined : [...added, ...removed].join(' ');
}

function packageKind({ before, after }: PackageChange): { readonly change: 'added' | 'removed' | 'changed' } {
  if (before === undefined) return { change: 'added' };
  return { change: after === undefined ? 'removed' : 'changed' };
}

function packageLines(packages: readonly PackageChange[]): DiffLine[] {
  return packages.map((each) => {
    const { where, name, before, after } = each;
    const versions = [before, after].filter((version) => version !== undefined).join(' -> ');
    return line(signOf(packageKind(each).change), `${where} ${name} ${versions}`);
  });
}

function fileLines(files: readonly FileChange[], all: boolean): DiffLine[] {
  if (all || files.length <= maxFiles) return files.map((file) => line(signOf(file.change), fileText(file)));
  return summariseFolders(files, maxFolders).map(({ folder, added, removed, changed, bytes }) => {
    const counts = [
      [added, 'added'],
      [removed, 'removed'],
      [changed, 'changed'],
    ] as const;
    const text = counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ');
    const sign = changed > 0 || (added > 0 && removed > 0) ? '~' : added > 0 ? '+' : '-';
    return line(sign, `${folder}  ${text}, ${signed(bytes)}`);
  });
}

function fileText({ path, change, type, before, after, what }: FileChange): string {
  if (change === 'changed') {
    const sizes = before === after ? '' : ` (${formatBytes(before ?? 0)} -> ${formatBytes(after ?? 0)})`;
    return `${path}  ${what.join(', ')}${sizes}`;
  }
  return type === 'file' ? `${path}  ${formatBytes(after ?? before ?? 0)}` : `${path}  ${type}`;
}

function signOf(change: 'added' | 'removed' | 'changed'): Sign {
  if (change === 'added') return '+';
  return change === 'removed' ? '-' : '~';
}
