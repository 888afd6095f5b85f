// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerSection, RootContainer } from '../terms/read-containers.ts';
import type { Term } from '../terms/term.ts';

/** One element of a setting that is not the same. */
export interface TermChange {
  readonly setting: string;
  readonly key: string;
  /** Absent where there was none; empty for an element that has no value of its own. */
  readonly before?: string;
  readonly after?: string;
}

/** A container that came, went or changed. */
export interface ContainerChange {
  readonly section: ContainerSection;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly image: string;
  readonly terms: readonly TermChange[];
}

/** A section whose containers run in another order, by their names. */
export interface OrderChange {
  readonly section: ContainerSection;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Compares the containers of two systems by section and name; of several with one name the first with the first. */
export function compareContainers(
  before: readonly RootContainer[],
  after: readonly RootContainer[],
): { readonly containers: readonly ContainerChange[]; readonly order: readonly OrderChange[] } {
  const left = keyed(before);
  const right = keyed(after);
  const containers: ContainerChange[] = [];
  for (const [key, container] of right) {
    const old = left.get(key);
    if (old === undefined) containers.push(whole(container, 'added'));
    else {
      const terms = withoutImplied(compareTerms(termsOf(old), termsOf(container)));
      if (terms.length > 0) containers.push({ ...whole(container, 'changed'), terms });
    }
  }
  for (const [key, container] of left) if (!right.has(key)) containers.push(whole(container, 'removed'));
  return { containers, order: compareOrder(left, right) };
}

function keyed(containers: readonly RootContainer[]): ReadonlyMap<string, RootContainer> {
  const seen = new Map<string, number>();
  return new Map(
    containers.map((container) => {
      const key = `${container.section} ${container.name}`;
      const number = (seen.get(key) ?? 0) + 1;
      seen.set(key, number);
      return [`${key} ${number}`, container];
    }),
  );
}

function whole({ section, name, terms }: RootContainer, change: ContainerChange['change']): ContainerChange {
  const image = terms.find(({ setting }) => setting === 'image')?.value ?? '';
  return { section, name, change, image, terms: [] };
}

/** Its own folder moves with its place in the section, its image's with the image: both are said elsewhere. */
function termsOf({ terms, folder, imageFolder }: RootContainer): readonly Term[] {
  const neutral = (text: string): string => {
    const bundle = text.replaceAll(`/${folder}`, 'BUNDLE');
    return imageFolder === undefined ? bundle : bundle.replaceAll(`/${imageFolder}`, 'IMAGE');
  };
  const own = terms.map(({ setting, key, value }) => ({ setting, key: neutral(key), value: neutral(value) }));
  if (imageFolder === undefined) return own;
  const digest = imageFolder.slice(imageFolder.lastIndexOf('/') + 1);
  return [...own, { setting: 'image', key: 'digest', value: `sha256:${digest}…` }];
}

/** How a root is mounted follows from whether it can be written. */
function withoutImplied(changes: readonly TermChange[]): readonly TermChange[] {
  if (!changes.some(({ setting }) => setting === 'readonly')) return changes;
  return changes.filter(({ setting, key }) => setting !== 'runtime.mounts' || !key.startsWith('BUNDLE/'));
}

/** Compares terms by setting and key. */
export function compareTerms(before: readonly Term[], after: readonly Term[]): readonly TermChange[] {
  const id = ({ setting, key }: Term): string => JSON.stringify([setting, key]);
  const left = new Map(before.map((term) => [id(term), term]));
  const right = new Map(after.map((term) => [id(term), term]));
  const changes: TermChange[] = [];
  for (const [key, term] of left) {
    const other = right.get(key);
    if (other?.value === term.value) continue;
    changes.push({
      setting: term.setting,
      key: term.key,
      before: term.value,
      ...(other === undefined ? {} : { after: other.value }),
    });
  }
  for (const [key, { setting, key: name, value }] of right) {
    if (!left.has(key)) changes.push({ setting, key: name, after: value });
  }
  return changes.sort((a, b) => (`${a.setting} ${a.key}` < `${b.setting} ${b.key}` ? -1 : 1));
}

/** Of those that both have: what came or went is said already. Services have no order. */
function compareOrder(
  left: ReadonlyMap<string, RootContainer>,
  right: ReadonlyMap<string, RootContainer>,
): readonly OrderChange[] {
  return (['onboot', 'onshutdown'] as const).flatMap((section) => {
    const order = (own: ReadonlyMap<string, RootContainer>, other: ReadonlyMap<string, RootContainer>): string[] =>
      [...own]
        .filter(([key, container]) => container.section === section && other.has(key))
        .map(([, { name }]) => name);
    const [before, after] = [order(left, right), order(right, left)];
    return before.join('\n') === after.join('\n') ? [] : [{ section, before, after }];
  });
}
