// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { makeBundle } from '../../../src/assemble/bundle.ts';
import { stringifyJson } from '../../../src/json.ts';
import { containerTerms, type ContainerFiles } from '../../../src/terms/container-terms.ts';
import { type Term, termId } from '../../../src/terms/term.ts';
import { configCorpus } from '../../support/config-corpus.ts';
import { flattenedStub } from '../../support/flattened-stub.ts';
import { randomNumbers, randomSettings } from '../../support/random-settings.ts';

const context = {
  ids: new Map(),
  profiles: new Map(),
  platform: { os: 'linux', architecture: 'amd64' },
  users: new Map(),
  volumes: new Map(),
  folders: [],
  health: new Map(),
  dependencies: { get: () => ({ after: [], waitsForOnboot: true }) },
};
const runtime = { mkdir: ['/a'], cgroups: ['b'], mounts: [{ destination: '/c', source: '/d', options: ['bind'] }] };

/** Every plain value in a document, with the way to it. */
function leaves(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
  }
  return [path];
}

/** The document with another value there. */
function altered(value: unknown, [step, ...rest]: readonly (string | number)[]): unknown {
  if (step === undefined) {
    if (typeof value === 'string') return `${value}X`;
    return typeof value === 'boolean' ? !value : Number(value) + 1;
  }
  if (Array.isArray(value)) return value.with(Number(step), altered(value[Number(step)], rest));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [step]: altered(object[step], rest) };
}

function ids(terms: readonly Term[]): string {
  return terms.map(termId).sort().join('\n');
}

/** Where a change is not seen: sets of capabilities that follow from others, options of a name that the test made up. */
function unseen(files: ContainerFiles): readonly string[] {
  const before = ids(containerTerms(files));
  return leaves(files)
    .filter((path) => ids(containerTerms(altered(files, path) as ContainerFiles)) === before)
    .map((path) => path.join('.'));
}

/** Where a container lies, and what follows from its section and its health check: no facts about it. */
const derived = new Set(['plan.bigIntegers', 'plan.bundle', 'plan.id', 'plan.unit.isService', 'plan.unit.isChecked']);

describe('no value of a container goes unsaid', () => {
  test.each(configCorpus.map((config, index) => [index, config] as const))(
    'in configuration %i of the corpus',
    (_, config) => {
      expect(unseen({ config, runtime })).toEqual([]);
    },
  );

  test('in the bundles of many entries', () => {
    const random = randomNumbers(4);
    for (let round = 0; round < 25; round += 1) {
      const entry = { name: 'web', image: 'x', command: ['/x'], ...randomSettings(random, 0.4), seccomp: 'unconfined' };
      const { config, runtime: made, plan } = makeBundle('services', 0, entry, flattenedStub(), context);
      expect(
        unseen({ config, runtime: made, plan }).filter((path) => !derived.has(path)),
        stringifyJson(entry),
      ).toEqual([]);
    }
  });
});

test('the default filter is said call by call', () => {
  const {
    config,
    runtime: made,
    plan,
  } = makeBundle('services', 0, { name: 'w', image: 'x', command: ['/x'] }, flattenedStub(), context);
  const terms = containerTerms({ config, runtime: made, plan }).filter(({ setting }) => setting === 'seccomp');
  const names = new Set(config.linux?.seccomp?.syscalls?.flatMap((rule) => rule.names));
  expect(terms.filter(({ key }) => names.has(key))).toHaveLength(names.size);
});
