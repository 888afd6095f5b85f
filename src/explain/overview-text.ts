// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import { amountsText } from '../assemble/module-report.ts';
import { bold, dim, type Line, wrapWords } from '../styled-line.ts';
import type { NamedImage, Overview, OverviewContainer } from './overview.ts';
import { type PlacedEntry, placeText } from './places.ts';

const sections = ['onboot', 'services', 'onshutdown'] as const;
const indent = 4;
const maxWord = 60;
/** Formats without a disk have it in memory in any case. */
const rootNames = { initramfs: 'in memory', erofs: 'on a disk, where the format has one' } as const;

/** The system in one screen of `width` columns. */
export function overviewText(overview: Overview, title: string, width: number): readonly Line[] {
  const { kernel, modules, root, init, boots, containers, files } = overview;
  const names = [
    'kernel',
    'cmdline',
    'modules',
    ...containers.map(({ name }) => name),
    ...init.map(({ image }) => image),
  ];
  const column = Math.min(24, Math.max(...names.map(({ length }) => length))) + 2;
  const lines: Line[] = [[bold(title), `, ${overview.platform}`]];
  if (kernel !== undefined) {
    lines.push([], [bold('kernel')]);
    lines.push(imageLine('image', kernel, column, formatBytes(kernel.bytes)));
    lines.push(['  ', 'cmdline'.padEnd(column), kernel.cmdline]);
    if (modules !== undefined) {
      lines.push(['  ', 'modules'.padEnd(column), amountsText(modules), '  ', dim(modules.reason)]);
    }
    if (root !== undefined) lines.push(['  ', 'root'.padEnd(column), rootNames[root.kind], '  ', dim(root.reason)]);
  }
  lines.push([], [bold('init')], ['  ', 'boots'.padEnd(column), boots === 'tskit' ? "tskit's own" : boots]);
  for (const image of init) lines.push(imageLine('image', image, column));
  for (const section of sections) {
    const own = containers.filter((container) => container.section === section);
    if (own.length > 0) lines.push([], [bold(section)], ...own.flatMap((each) => containerLines(each, column, width)));
  }
  if (files.length > 0) {
    const longest = Math.min(40, Math.max(...files.map(({ path }) => path.length))) + 2;
    lines.push([], [bold('files')]);
    for (const file of files) lines.push(['  ', file.path.padEnd(longest), file.what, '  ', place(file)]);
  }
  return [...lines, [], ...sizeLines(overview)];
}

function imageLine(label: string, image: NamedImage, column: number, more = ''): Line {
  const digest = image.digest.slice(0, 'sha256:'.length + 12);
  return [
    '  ',
    label.padEnd(column),
    `${image.image}  `,
    dim(digest),
    more === '' ? '' : `  ${more}`,
    '  ',
    place(image),
  ];
}

function containerLines(container: OverviewContainer, column: number, width: number): readonly Line[] {
  const { name, command, user, capabilities, binds } = container;
  const detail = (label: string, words: readonly string[]): readonly Line[] => {
    const start = indent + label.length + 1;
    return words.length === 0
      ? []
      : wrapWords(words, width, start).map(
          (text, index): Line => (index === 0 ? [' '.repeat(indent), dim(label), ' ', text] : [text]),
        );
  };
  return [
    imageLine(name, container, column),
    ...detail('runs', command.map(shortened)),
    ...(user === '0:0' ? [] : detail('user', [user])),
    ...detail('capabilities', capabilities),
    ...detail('binds', binds),
  ];
}

/** A word may be a whole script. */
function shortened(word: string): string {
  return word.length > maxWord ? `${word.slice(0, maxWord)}…` : word;
}

function sizeLines({ sizes, total }: Overview): readonly Line[] {
  const rows = [
    ...sizes.map(({ kind, name, files, bytes }) => [sizeName(kind, name), files, bytes] as const),
    ['total', total.files, total.bytes] as const,
  ];
  const longest = Math.min(60, Math.max(...rows.map(([name]) => name.length))) + 2;
  return [
    [bold('unpacked size'.padEnd(longest + 2)), dim('files'.padStart(7)), dim('bytes'.padStart(11))],
    ...rows.map(([name, files, bytes]): Line => {
      return ['  ', name.padEnd(longest), String(files).padStart(7), formatBytes(bytes).padStart(11)];
    }),
  ];
}

function place(entry: PlacedEntry): { text: string; style: 'dim' } {
  return { text: placeText(entry), style: 'dim' };
}

function sizeName(kind: Overview['sizes'][number]['kind'], name: string): string {
  if (kind === 'kernel') return `kernel files of ${name}`;
  return kind === 'tskit' || kind === 'files' ? name : `${kind} ${name}`;
}
