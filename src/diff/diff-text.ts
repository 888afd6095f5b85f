// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bold, dim, type Line, type Span, type Style } from '../styled-line.ts';
import { isEmpty, type SystemDiff } from './compare.ts';
import { type DiffLine, diffSections, type Sign, totalsText } from './diff-lines.ts';

const styles: Readonly<Partial<Record<Sign, Style>>> = { '+': 'green', '-': 'red', '~': 'yellow' };

/** A comparison for a reader. */
export function diffText(diff: SystemDiff, allFiles: boolean): readonly Line[] {
  const { before, after } = diff;
  const head: Line = [bold(before.label), dim(` (${before.kind}) -> `), bold(after.label), dim(` (${after.kind})`)];
  if (isEmpty(diff)) return [head, ['no difference']];
  const sections = diffSections(diff, allFiles);
  const lines = sections.flatMap(({ title, summary, lines: own }): readonly Line[] => [
    [],
    [bold(title), dim(`  ${summary}`)],
    ...own.map(styled),
  ]);
  return [head, ...lines, [], [bold('unpacked size'), `  ${totalsText(diff)}`]];
}

function styled({ sign, depth, text }: DiffLine): Line {
  const style = styles[sign];
  const span = (part: string): Span => (style === undefined ? part : { text: part, style });
  return [`  ${'    '.repeat(depth)}`, span(`${sign} ${text}`)];
}
