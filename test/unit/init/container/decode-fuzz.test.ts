// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// config.json and state.json with anything in them are either read or refused with a place, whatever is in them. The checks
// of what was read come after that, and have to live with all of it.

import { describe, expect, test } from 'vitest';
import { refuseUnsupported } from '../../../../init/container/config.ts';
import { decodeConfig, decodeProcess } from '../../../../init/container/decode.ts';
import { checkHooks } from '../../../../init/container/hooks.ts';
import { checkSysctl } from '../../../../init/container/namespace/sysctl.ts';
import { type Json, JsonError, parseJson, stringifyJson } from '../../../../init/json.ts';
import { type ContainerState, decodeState, encodeState } from '../../../../init/runtime/state-file.ts';
import { ShapeError } from '../../../../init/shape.ts';
import { configCorpus } from '../../../support/config-corpus.ts';
import { mutateBytes, mutateJson, Random } from '../../../support/mutation.ts';

const long = process.env['TSKIT_TEST_LONG'] === '1';
const seeds = long ? 100_000 : 3000;

const state: ContainerState = {
  version: 1,
  id: 'fuzz',
  ociVersion: '1.3.0',
  bundle: '/bundle',
  rootfs: '/bundle/rootfs',
  created: '2026-01-01T00:00:00Z',
  annotations: { a: 'b' },
  process: { pid: 7, startTime: 12 },
  ownsPids: true,
  cgroup: { v2: '/fuzz', v1: { memory: '/fuzz' } },
  poststop: [{ path: '/bin/true', args: ['true'], timeout: 3 }],
};

/** Half of the mutants are JSON with other values in it, half are text with other bytes. */
function mutant(random: Random, document: Json): string {
  if (random.below(2) === 0) return stringifyJson(mutateJson(random, document));
  return Buffer.from(mutateBytes(random, Buffer.from(stringifyJson(document)))).toString();
}

/** Runs what reads the text; anything thrown but an Error that says where and what is a mistake of ours. */
function answers(seed: number, text: string, read: (text: string) => void): 'read' | 'refused' {
  try {
    read(text);
    return 'read';
  } catch (error) {
    const isAnswer =
      error instanceof JsonError ||
      error instanceof ShapeError ||
      (error instanceof Error && error.constructor === Error);
    if (isAnswer && /[^:]+: .+|expected .+, found .+/s.test(error.message)) return 'refused';
    throw new Error(`seed ${seed}: ${text.slice(0, 2000)}`, { cause: error });
  }
}

/** How many mutants were read, or refused, whichever is less: without both of them it tests nothing. */
function campaign(corpus: readonly [object, ...object[]], read: (text: string) => void): number {
  const documents = corpus.map((document) => parseJson(stringifyJson(document))) as [Json, ...Json[]];
  const counts = { read: 0, refused: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = new Random(seed);
    counts[answers(seed, mutant(random, random.pick(documents)), read)] += 1;
  }
  return Math.min(counts.read, counts.refused);
}

function readAndCheck(text: string): void {
  const config = decodeConfig(text);
  refuseUnsupported(config);
  checkHooks(config.hooks ?? {});
  checkSysctl(config.linux?.sysctl ?? {}, () => 'new');
}

describe('any text', () => {
  const enough = seeds / 50;

  test('is a config.json or no config.json', { timeout: 600_000 }, () => {
    expect(campaign(configCorpus, readAndCheck)).toBeGreaterThan(enough);
  });

  test('is a process.json or no process.json', { timeout: 600_000 }, () => {
    const processes = configCorpus.map((config) => config.process) as [object, ...object[]];
    expect(campaign(processes, decodeProcess)).toBeGreaterThan(enough);
  });

  test('is a state.json or no state.json, and what is read is written the same', { timeout: 600_000 }, () => {
    const readAndWrite = (text: string): void => {
      const read = decodeState(text);
      expect(decodeState(encodeState(read))).toEqual(read);
    };
    expect(campaign([state], readAndWrite)).toBeGreaterThan(enough);
  });
});
