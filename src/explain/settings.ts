// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Container } from '../assemble/users.ts';
import { formatPath } from '../spec/document.ts';
import { settingsLabel } from '../spec/label.ts';
import type { Place } from '../spec/texts.ts';
import type { Spec } from '../spec/types.ts';
import { type Term, termId } from '../terms/term.ts';
import { defaultOf, isAbout } from './defaults.ts';
import { type Input, type Said, saidOf, without } from './inputs.ts';
import { type Build, type Reason, reasonsFor, trial } from './reasons.ts';

/** Where something was said, for the reader. */
export interface Source {
  readonly voice: 'spec' | 'label' | 'image';
  /** "services[0].capabilities[1]" of the spec; "capabilities[0]" of the label; "Env[2]" of the image's config. */
  readonly path: string;
  /** Of a spec's: its line. */
  readonly place?: Place;
  /** The image whose label or config it is. */
  readonly image?: string;
}

/** One element of a setting and its reason. */
export interface ExplainedTerm {
  readonly key: string;
  readonly value: string;
  /** What says just that. Empty for a default. */
  readonly from: readonly Source[];
  /** What else it would not be so without ("readonly: true" for the `ro` of /dev). */
  readonly because: readonly Source[];
  /** For a default: which. */
  readonly default?: string;
}

export interface ExplainedSetting {
  readonly setting: string;
  readonly terms: readonly ExplainedTerm[];
  /** What the spec's entry replaced: the setting's terms without it. */
  readonly replaces: readonly Term[];
}

/** Every setting of a container with the reason of each element, in the order of the container's own terms. */
export function explainContainer(spec: Spec, container: Container, build: Build): readonly ExplainedSetting[] {
  const said = saidOf(container.entry, container.image);
  const reasons = reasonsFor(said, build);
  const settings = [...new Set(reasons.map(({ term }) => term.setting))];
  const final = new Set(reasons.map(({ term }) => termId(term)));
  return settings.map((setting) => {
    const own = reasons.filter(({ term }) => term.setting === setting);
    return {
      setting,
      terms: own.map((reason) => explainTerm(reason, spec, container)),
      replaces: replacedBy(setting, own, said, build).filter((term) => !final.has(termId(term))),
    };
  });
}

function explainTerm({ term, causes }: Reason, spec: Spec, container: Container): ExplainedTerm {
  const { setting, key, value } = term;
  const sourceOf = (input: Input): Source => sourceFor(input, spec, container);
  const direct = causes.filter((input) => isAbout(input, setting));
  const others = causes.filter((input) => !isAbout(input, setting));
  return {
    key,
    value,
    from: direct.map(sourceOf),
    because: others.map(sourceOf),
    ...(direct.length === 0 ? { default: defaultOf(term, container.section) } : {}),
  };
}

function sourceFor({ voice, path }: Input, spec: Spec, { section, index, entry }: Container): Source {
  if (voice !== 'spec') return { voice, path: formatPath(path), image: entry.image };
  const full = [section, index, ...path];
  const place = spec.origin.place(full);
  return { voice, path: formatPath(full), ...(place === undefined ? {} : { place }) };
}

/** Terms of a setting as they would be without the keys of the spec that are about it. */
function replacedBy(setting: string, reasons: readonly Reason[], said: Said, build: Build): readonly Term[] {
  const keys = reasons
    .flatMap(({ causes }) => causes)
    .filter((input) => input.voice === 'spec' && input.path.length > 0 && isAbout(input, setting))
    .map(({ path }) => String(path[0]));
  if (keys.length === 0 || setting === 'name' || setting === 'image') return [];
  const inputs = [...new Set(keys)].map((key): Input => ({ voice: 'spec', path: [key] }));
  const terms = trial(without(said, inputs), build) ?? [];
  return terms.filter((term) => term.setting === setting && term.value !== '["(none)"]');
}

/** "label org.mobyproject.config of nginx:1.29, capabilities[0]": a source that is no line of a spec. */
export function sourceText({ voice, path, place, image }: Source): string {
  if (voice === 'spec') return place === undefined ? path : `${place.file}:${place.line}`;
  return voice === 'label'
    ? `label ${settingsLabel} of ${image}`
    : `${imageWords[path.split('[')[0] ?? ''] ?? path} of ${image}`;
}

/** Members of an image's config by the instruction that makes them. */
const imageWords: Readonly<Record<string, string>> = {
  Env: 'ENV',
  Cmd: 'CMD',
  Entrypoint: 'ENTRYPOINT',
  User: 'USER',
  WorkingDir: 'WORKDIR',
  StopSignal: 'STOPSIGNAL',
};
