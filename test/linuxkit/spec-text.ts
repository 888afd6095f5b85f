// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';

/** Sections that list containers, in LinuxKit's order of ids. */
export const sections = ['onboot', 'onshutdown', 'services'] as const;
export type Section = (typeof sections)[number];

/** A value of the YAML that is a text or a number, as text; '' when it is neither. */
export function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

/** An entry as the YAML has it. */
export type Entry = Readonly<Record<string, unknown>> & { readonly name: string; readonly image: string };

/** A spec as plain data. */
export interface PlainSpec {
  readonly kernel?: Readonly<Record<string, string>> | null;
  readonly init?: readonly string[] | null;
  readonly onboot?: readonly Entry[] | null;
  readonly onshutdown?: readonly Entry[] | null;
  readonly services?: readonly Entry[] | null;
  readonly volumes?: readonly { readonly name: string; readonly image?: string; readonly format?: string }[] | null;
  readonly files?: readonly Readonly<Record<string, unknown>>[] | null;
}

/** The data of a spec's text; `merge` keys work as in other YAML readers of this kind. */
export function plainSpec(text: string): PlainSpec {
  return (parseDocument(text, { merge: true }).toJS() ?? {}) as PlainSpec;
}

/** Every image reference of a spec and what it is for. */
export function referencesOf(spec: PlainSpec): readonly string[] {
  const volumes = (spec.volumes ?? []).flatMap(({ image }) => image ?? []);
  const entries = sections.flatMap((section) => (spec[section] ?? []).map(({ image }) => image));
  return [...(spec.kernel?.['image'] ? [spec.kernel['image']] : []), ...(spec.init ?? []), ...entries, ...volumes];
}

/**
 * The text with its image references and its kernel's command line changed and one entry more under `onshutdown`; every other
 * byte stays.
 */
export function changedText(
  text: string,
  change: { image: (reference: string) => string; cmdline: (cmdline: string) => string; lastEntry: string },
): string {
  const document = parseDocument(text, { merge: true });
  const edits: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const replace = (node: unknown, by: (value: string) => string): void => {
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return;
    const [from, to] = node.range;
    edits.push({ from, to, text: JSON.stringify(by(node.value)) });
  };
  replace(document.getIn(['kernel', 'image'], true), change.image);
  replace(document.getIn(['kernel', 'cmdline'], true), change.cmdline);
  const init = document.get('init');
  if (isSeq(init)) for (const item of init.items) replace(item, change.image);
  for (const section of [...sections, 'volumes']) {
    const list = document.get(section);
    if (isSeq(list)) for (const item of list.items) if (isMap(item)) replace(item.get('image', true), change.image);
  }
  const after = addition(text, document.get('onshutdown', true) as Node | undefined, change.lastEntry);
  return [...edits, after]
    .sort((a, b) => b.from - a.from)
    .reduce((changed, edit) => changed.slice(0, edit.from) + edit.text + changed.slice(edit.to), text);
}

function addition(
  text: string,
  list: Node | undefined,
  entry: string,
): { readonly from: number; readonly to: number; readonly text: string } {
  const first = isSeq(list) ? (list.items[0] as Node | undefined) : undefined;
  if (!isSeq(list) || !isMap(first) || !first.range || !list.range) {
    return { from: text.length, to: text.length, text: `\nonshutdown:\n  - ${entry}\n` };
  }
  // Where the last item ends, before comments that follow.
  const end = text.slice(0, (list.items.at(-1) as Node | undefined)?.range?.[1] ?? list.range[1]).trimEnd().length;
  const line = text.lastIndexOf('\n', first.range[0]) + 1;
  const indent = /^ */.exec(text.slice(line))?.[0] ?? '';
  return { from: end, to: end, text: `\n${indent}- ${entry}` };
}
