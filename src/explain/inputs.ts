// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FlattenedImage } from '../flatten.ts';
import { stringifyJson } from '../json.ts';
import type { ImageConfig } from '../oci/types.ts';
import type { Path } from '../spec/document.ts';
import { parseLabel, settingsLabel } from '../spec/label.ts';
import type { ImageSpec } from '../spec/types.ts';

/** Whose word something is: the spec's entry, the image's label, the image's own config (ENV, CMD, USER …). */
export type Voice = 'spec' | 'label' | 'image';

/** One thing that was said: a setting, an element of a list, a member of a map. */
export interface Input {
  readonly voice: Voice;
  /** In the entry, the label or the image's config. */
  readonly path: Path;
}

/** All that a container is made from, one plain value a voice. */
export type Said = Readonly<Record<Voice, unknown>>;

/** Lists whose elements mean nothing one by one. */
const whole: ReadonlySet<string | number> = new Set(['command', 'Entrypoint', 'Cmd', 'options']);
/** Without these there is no container at all. */
const essential: ReadonlySet<string | number> = new Set(['name', 'image']);
/** Members of an image's config that containers are made from; its labels are a voice of their own. */
const imageFields = [
  'User',
  'Env',
  'Entrypoint',
  'Cmd',
  'WorkingDir',
  'StopSignal',
  'Volumes',
  'ExposedPorts',
] as const;

/** What entry, label and image say. */
export function saidOf(entry: ImageSpec, image: FlattenedImage): Said {
  const config = image.config.config ?? {};
  const label = config.Labels?.[settingsLabel];
  return {
    spec: entry,
    label: label === undefined ? {} : parseLabel(label, entry.image),
    image: Object.fromEntries(imageFields.flatMap((field) => (config[field] ? [[field, config[field]]] : []))),
  };
}

/** The same as a build takes it. */
export function buildable(
  said: Said,
  image: FlattenedImage,
): { readonly entry: ImageSpec; readonly image: FlattenedImage } {
  const labels = { ...image.config.config?.Labels, [settingsLabel]: stringifyJson(said.label) };
  const config = { ...(said.image as ImageConfig['config']), Labels: labels };
  return { entry: said.spec as ImageSpec, image: { ...image, config: { ...image.config, config } } };
}

/** Everything that was said, in the smallest parts that mean something alone. */
export function inputsOf(said: Said): readonly Input[] {
  return (['spec', 'label', 'image'] as const).flatMap((voice) =>
    partsOf(said[voice], [])
      .filter((path) => !(voice === 'spec' && essential.has(path[0] ?? '')))
      .map((path) => ({ voice, path })),
  );
}

function partsOf(value: unknown, path: Path): readonly Path[] {
  if (Array.isArray(value) && value.length > 0 && !whole.has(path.at(-1) ?? '')) {
    // An element that is an object (a mount, a device) is one thing.
    return value.map((_, index) => [...path, index]);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) => partsOf(item, [...path, key]));
  }
  return [path];
}

/** What was said but for some of it. Maps that become empty go too, lists stay: an empty list is an answer of its own. */
export function without(said: Said, inputs: readonly Input[]): Said {
  // Elements of lists from the last, so that those before them keep their places.
  const ordered = inputs.toSorted((a, b) => Number(b.path.at(-1)) - Number(a.path.at(-1)) || 0);
  let rest = said;
  for (const { voice, path } of ordered) rest = Object.assign({}, rest, { [voice]: removed(rest[voice], path) ?? {} });
  return rest;
}

function removed(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return undefined;
  if (Array.isArray(value)) {
    const inner = rest.length === 0 ? undefined : removed(value[Number(step)], rest);
    return inner === undefined ? value.toSpliced(Number(step), 1) : value.toSpliced(Number(step), 1, inner);
  }
  const object = value as Readonly<Record<string, unknown>>;
  const inner = rest.length === 0 ? undefined : removed(object[step], rest);
  const { [String(step)]: _, ...others } = object;
  if (inner !== undefined) return { ...object, [step]: inner };
  return Object.keys(others).length === 0 ? undefined : others;
}

/** What was said, by some voices only; the name and the image of the entry always. */
export function saidBy(said: Said, voices: readonly Voice[]): Said {
  const { name, image } = said.spec as ImageSpec;
  return {
    spec: voices.includes('spec') ? said.spec : { name, image },
    label: voices.includes('label') ? said.label : {},
    image: voices.includes('image') ? said.image : {},
  };
}
