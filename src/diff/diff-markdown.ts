// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { printableLine } from '../printable.ts';
import { isEmpty, type SystemDiff } from './compare.ts';
import { type DiffLine, diffSections, totalsText } from './diff-lines.ts';

/** How GitHub colours the lines of a `diff` block; what neither came nor went is set apart by "!". */
const signs = { '+': '+', '-': '-', '~': '!', ' ': ' ' } as const;

/** A comparison for a pull request: a table of what is different, and the details folded below. */
export function diffMarkdown(diff: SystemDiff, allFiles: boolean): readonly string[] {
  const title = `### ${code(diff.before.label)} → ${code(diff.after.label)}`;
  if (isEmpty(diff)) return [title, '', 'No difference.'];
  const sections = diffSections(diff, allFiles);
  return [
    title,
    '',
    '| part | change |',
    '|---|---|',
    ...sections.map(({ title: name, summary, lines }) => `| ${name} | ${cell(summary, lines)} |`),
    `| unpacked size | ${escaped(totalsText(diff))} |`,
    ...sections.flatMap(({ title: name, summary, lines }) => [
      '',
      '<details>',
      `<summary>${name}: ${escaped(summary)}</summary>`,
      '',
      ...block(lines),
      '',
      '</details>',
    ]),
  ];
}

/** One line says itself what the summary counts. */
function cell(summary: string, lines: readonly DiffLine[]): string {
  const [only, ...others] = lines;
  return only === undefined || others.length > 0 ? escaped(summary) : code(`${only.sign} ${only.text}`);
}

function block(lines: readonly DiffLine[]): readonly string[] {
  const texts = lines.map(({ sign, depth, text }) => `${signs[sign]} ${'    '.repeat(depth)}${printableLine(text)}`);
  const longest = Math.max(0, ...texts.flatMap((text) => (text.match(/`+/g) ?? []).map(({ length }) => length)));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}diff`, ...texts, fence];
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/** Names come from strangers: in a table and in HTML none of their characters may mean anything. */
function escaped(text: string): string {
  return printableLine(text).replaceAll(/[&<>|`*_[\]@#\\~]/g, (character) => `&#${character.charCodeAt(0)};`);
}
