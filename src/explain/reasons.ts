// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stringifyJson } from '../json.ts';
import { type Term, termId, termText } from '../terms/term.ts';
import { isAbout } from './defaults.ts';
import { type Input, inputsOf, type Said, saidBy, type Voice, without } from './inputs.ts';

/** Why a term is as it is. */
export interface Reason {
  readonly term: Term;
  /** What was said that the term would not be there without; empty for a default. */
  readonly causes: readonly Input[];
}

/** The build's own way from what was said to terms. Throws for what makes no container. */
export type Build = (said: Said) => readonly Term[];

/**
 * Why each term of a container is there, learned from the build itself: each thing that was said is left out in turn, and
 * what is gone then is there because of it. So it holds whatever rules the build has. What is left when nobody says anything
 * is a default; what stays although each of two says it alone is because of both.
 */
export function reasonsFor(said: Said, build: Build): readonly Reason[] {
  const final = build(said);
  const trials = trialsOf(said, build);
  const base = idsOf(trial(saidBy(said, []), build) ?? []);
  return final.map((term) => {
    const id = termId(term);
    const { setting } = term;
    if (setting === 'name' || setting === 'image') return stated(term, setting);
    const decisive = trials.filter(({ ids }) => !ids.has(id));
    if (decisive.length > 0) return { term, causes: decisive.map(({ input }) => input) };
    return { term, causes: base.has(id) ? restating(said, term) : repeated(said, id, build) };
  });
}

interface Trial {
  readonly input: Input;
  readonly terms: readonly Term[];
  readonly ids: ReadonlySet<string>;
}

function trialsOf(said: Said, build: Build): readonly Trial[] {
  const inputs = inputsOf(said);
  return inputs.flatMap((input) => {
    const terms = trial(without(said, [input]), build);
    if (terms !== undefined) return [{ input, terms, ids: idsOf(terms) }];
    return needed(said, input, inputs, build);
  });
}

/**
 * Without this there is no container because of something else that needs it (a hostname needs its `uts: new`): both are
 * left out, and what only the other one brings does not count.
 */
function needed(said: Said, input: Input, inputs: readonly Input[], build: Build): readonly Trial[] {
  for (const other of inputs) {
    if (other === input) continue;
    const alone = trial(without(said, [other]), build);
    const both = alone && trial(without(said, [input, other]), build);
    if (both === undefined) continue;
    const lost = alone?.filter((term) => !idsOf(both).has(termId(term))) ?? [];
    const gone = idsOf(lost);
    const terms = (trial(said, build) ?? []).filter((term) => !gone.has(termId(term)));
    return [{ input, terms, ids: idsOf(terms) }];
  }
  return [];
}

/** Terms; those of a container that has a program to run if that alone is missing; undefined when there is none. */
export function trial(said: Said, build: Build): readonly Term[] | undefined {
  for (const image of [said.image, { ...(said.image as object), Cmd: ['(none)'] }]) {
    try {
      return build({ ...said, image });
    } catch {
      // Left out was what it cannot be without.
    }
  }
  return undefined;
}

/** Who says what would stand anyway (`readonly: false`): the reader looks for a default only where nobody says a word. */
function restating(said: Said, term: Term): readonly Input[] {
  const texts = new Set([term.key, term.value, termText(term)].filter((text) => text !== ''));
  return inputsOf(said).filter((input) => isAbout(input, term.setting) && texts.has(textAt(said, input)));
}

function textAt(said: Said, { voice, path }: Input): string {
  const value = path.reduce<unknown>((inner, step) => (inner as Readonly<Record<string, unknown>>)[step], said[voice]);
  return typeof value === 'string' ? value : stringifyJson(value);
}

/** Whoever says a term without the others' help. */
function repeated(said: Said, id: string, build: Build): readonly Input[] {
  const voices: readonly Voice[] = ['spec', 'label', 'image'];
  return voices.flatMap((voice) => {
    const alone = saidBy(said, [voice]);
    if (!idsOf(trial(alone, build) ?? []).has(id)) return [];
    const single = trialsOf(alone, build).filter(({ ids }) => !ids.has(id));
    // One voice may itself say it twice (`capabilities` and `capabilities.add`).
    return single.length > 0 ? single.map(({ input }) => input) : inputsOf(alone).filter((input) => last(input, id));
  });
}

function last({ path }: Input, id: string): boolean {
  const [setting] = JSON.parse(id) as [string];
  return String(path[0]).replace(/\.add$/, '') === setting;
}

function stated(term: Term, key: string): Reason {
  return { term, causes: [{ voice: 'spec', path: [key] }] };
}

function idsOf(terms: readonly Term[]): ReadonlySet<string> {
  return new Set(terms.map(termId));
}
