// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bold, dim, type Line } from '../styled-line.ts';
import { termText } from '../terms/term.ts';
import type { Container } from '../assemble/users.ts';
import { type ExplainedSetting, type ExplainedTerm, type Source, sourceText } from './settings.ts';

/** So many elements with one reason are counted when all settings are shown. */
const maxAlike = 4;
/** The same when one setting is asked for: a filter has hundreds of system calls. */
const maxOfOne = 50;
const maxColumn = 56;

/** Settings of which one is asked for: each element with its reason. */
export function settingText(container: Container, setting: ExplainedSetting): readonly Line[] {
  const { section, entry } = container;
  return [[bold(`${section}.${entry.name}.${setting.setting}`)], ...rowsOf(setting, grouped(setting, maxOfOne))];
}

/** All settings of a container. */
export function containerText(container: Container, settings: readonly ExplainedSetting[]): readonly Line[] {
  const { section, index, entry } = container;
  const lines: Line[] = [[bold(`${section}[${index}] "${entry.name}"`), ', image ', entry.image]];
  for (const setting of settings) {
    lines.push([], [dim(setting.setting)], ...rowsOf(setting, summarised(setting)));
  }
  return lines;
}

interface Row {
  readonly text: string;
  readonly reason: string;
}

function rowOf(setting: string, term: ExplainedTerm): Row {
  return { text: termText({ ...term, setting }) || '(empty)', reason: reasonText(term) };
}

/** Elements with one reason in one row, when there are many. */
function summarised(setting: ExplainedSetting): readonly Row[] {
  const { terms } = setting;
  if (setting.setting === 'seccomp' && terms.length > maxAlike) {
    const [first] = terms.map((term) => rowOf(setting.setting, term));
    return [{ text: `${first?.text}; rules for ${terms.length - 1} system calls`, reason: first?.reason ?? '' }];
  }
  return grouped(setting, /^(capabilities|binds)$/.test(setting.setting) ? maxOfOne : maxAlike);
}

/** More than `most` elements with one reason in one row, behind those that are rows of their own. */
function grouped({ setting, terms }: ExplainedSetting, most: number): readonly Row[] {
  const groups = [
    ...Map.groupBy(
      terms.map((term) => rowOf(setting, term)),
      ({ reason }) => reason,
    ),
  ];
  const few = groups.flatMap(([, rows]) => (rows.length <= most ? rows : []));
  const many = groups.flatMap(([reason, rows]) =>
    rows.length <= most ? [] : [{ text: `${rows.length} entries, such as ${rows[0]?.text}`, reason }],
  );
  return [...few, ...many];
}

function rowsOf(setting: ExplainedSetting, rows: readonly Row[]): readonly Line[] {
  const width = Math.min(maxColumn, Math.max(0, ...rows.map(({ text }) => text.length)));
  return [
    ...rows.map(({ text, reason }): Line => ['  ', text.padEnd(width), '  ', dim(reason)]),
    ...(setting.replaces.length === 0
      ? []
      : [
          [
            dim(`  without the spec's: ${setting.replaces.map((term) => termText(term) || '(empty)').join(', ')}`),
          ] as Line,
        ]),
  ];
}

/** "os.yml:12", "label … of nginx; and os.yml:9", "default: root". */
function reasonText({ from, because, default: byDefault }: ExplainedTerm): string {
  const said = [...new Set(from.map(sourceText))].join(' and ');
  const given = groupedText(because);
  const first = byDefault === undefined ? said : `default: ${byDefault}`;
  return given === '' ? first : `${first}; because of ${given}`;
}

/** What has an effect beside, with the setting that it is about: "readonly at os.yml:9". */
function groupedText(sources: readonly Source[]): string {
  const texts = sources.map((source) => {
    const key = source.path.replace(/^(services|onboot|onshutdown)\[\d+\]\./, '').replace(/\[\d+\]$/, '');
    return `${key} at ${sourceText(source)}`;
  });
  const distinct = [...new Set(texts)];
  return distinct.length > 3
    ? `${distinct.slice(0, 3).join(', ')} and ${distinct.length - 3} more`
    : distinct.join(', ');
}
