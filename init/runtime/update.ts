// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { updateResources } from '../container/cgroup/update.ts';
import { decodeConfig, decodeResources } from '../container/decode.ts';
import { step } from '../container/step.ts';
import type { Resources } from '../contract/resources.ts';
import { readBytes, readToEnd } from '../files.ts';
import type { Sys } from '../sys.ts';
import { expectId, type OptionValues, parseArguments, UsageError } from './arguments.ts';
import { parseByteSize } from './byte-size.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Log } from './log.ts';
import { pairedLimits, updatedPairs, withPairs } from './paired-limits.ts';
import { notRunningMessage } from './process-end.ts';
import { statusOf } from './status.ts';
import { loadConfig, loadState, saveState, withFolder } from './store.ts';

const table = {
  resources: { kind: 'text', short: 'r' },
  'blkio-weight': { kind: 'integer' },
  'cpu-burst': { kind: 'integer' },
  'cpu-idle': { kind: 'integer' },
  'cpu-period': { kind: 'integer' },
  'cpu-quota': { kind: 'integer' },
  'cpu-rt-period': { kind: 'integer' },
  'cpu-rt-runtime': { kind: 'integer' },
  'cpu-share': { kind: 'integer' },
  'cpuset-cpus': { kind: 'text' },
  'cpuset-mems': { kind: 'text' },
  memory: { kind: 'text' },
  'memory-reservation': { kind: 'text' },
  'memory-swap': { kind: 'text' },
  'kernel-memory': { kind: 'text' },
  'kernel-memory-tcp': { kind: 'text' },
  'pids-limit': { kind: 'integer' },
  'l3-cache-schema': { kind: 'text' },
  'mem-bw-schema': { kind: 'text' },
} as const;

type Options = OptionValues<typeof table>;

/** "update ID": other limits for a container, from options or from a JSON file of the shape of linux.resources. */
export function update(sys: Sys, { root }: GlobalOptions, words: readonly string[], log: Log): void {
  const { options, operands } = parseArguments(words, table);
  const id = expectId(operands);
  step(`update "${id}"`, () => {
    const resources = resourcesOf(sys, options, log);
    withFolder(sys, root, id, 'change', (folder) => {
      const state = loadState(sys, folder);
      if (statusOf(sys, folder, state) === 'stopped') throw new Error(notRunningMessage);
      const known = state.limits ?? pairedLimits(decodeConfig(loadConfig(sys, folder)).linux?.resources ?? {});
      updateResources(sys, state.cgroup ?? {}, withPairs(resources, known), (text) => log.warn(text));
      saveState(sys, folder, { ...state, limits: updatedPairs(known, resources) });
    });
  });
}

/** With a file the other options are ignored, as runc does. */
function resourcesOf(sys: Sys, options: Options, log: Log): Resources {
  if (options['l3-cache-schema'] !== undefined || options['mem-bw-schema'] !== undefined)
    throw new Error('Intel RDT (--l3-cache-schema, --mem-bw-schema) is not supported');
  if (options.resources !== undefined && options.resources !== '') return readResources(sys, options.resources);
  if (options['kernel-memory'] !== undefined || options['kernel-memory-tcp'] !== undefined)
    log.warn('limits of kernel memory are ignored: the kernel has them no more');
  return resourcesFromOptions(options);
}

function readResources(sys: Sys, file: string): Resources {
  return file === '-'
    ? step('resources of standard input', () => decodeResources(sys.decodeUtf8(readToEnd(sys, 0))))
    : step(file, () => decodeResources(sys.decodeUtf8(readBytes(sys, file))));
}

/** What the options ask for, in the shape of config-linux.md, Control groups. Throws UsageError. */
export function resourcesFromOptions(options: Partial<Options>): Resources {
  const cpu = withoutAbsent({
    shares: options['cpu-share'],
    quota: options['cpu-quota'],
    period: options['cpu-period'],
    burst: options['cpu-burst'],
    idle: options['cpu-idle'],
    realtimeRuntime: options['cpu-rt-runtime'],
    realtimePeriod: options['cpu-rt-period'],
    cpus: options['cpuset-cpus'],
    mems: options['cpuset-mems'],
  });
  const memory = withoutAbsent({
    limit: bytes('memory', options.memory),
    reservation: bytes('memory-reservation', options['memory-reservation']),
    swap: bytes('memory-swap', options['memory-swap']),
  });
  const weight = options['blkio-weight'];
  const limit = options['pids-limit'];
  return {
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(weight === undefined || weight === 0 ? {} : { blockIO: { weight } }),
    ...(limit === undefined ? {} : { pids: { limit } }),
  };
}

function bytes(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined || text === '') return undefined;
  const size = text === '-1' ? -1n : parseByteSize(text);
  if (size === undefined) throw new UsageError(`expected a size ("512m") or -1 after "--${option}", found "${text}"`);
  return size;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as Present<T>;
}
