// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { UsageError } from '../runtime/arguments.ts';
import { networkProviders } from './network/providers.ts';

/** Who is asked. */
export interface Request {
  /** Names of network providers, in the order in which they count. */
  readonly network: readonly string[];
  /** Discs, file systems with a label, and the like, in this order. */
  readonly local: readonly LocalSource[];
  /** Paths of files and folders; they come last. */
  readonly files: readonly string[];
  /** Whether the command line named anyone. */
  readonly isNamed: boolean;
  /** Seconds that the network has. */
  readonly seconds: number;
  readonly isVerbose: boolean;
}

/** Where data may be that someone put beside the machine. */
export type LocalSource = 'fw_cfg' | 'cdrom' | 'configdrive' | 'ovf';

const localNames: ReadonlyMap<string, readonly LocalSource[]> = new Map<string, readonly LocalSource[]>([
  ['cdrom', ['cdrom']],
  ['nocloud', ['cdrom']],
  ['configdrive', ['configdrive']],
  ['ovf', ['ovf']],
  ['fw_cfg', ['fw_cfg']],
  // LinuxKit's reads VMware's own channel, which its image for x86-64 is built without.
  ['vmware', ['ovf']],
]);
const aliases: ReadonlyMap<string, string> = new Map([['equinix', 'equinixmetal']]);
const defaultSeconds = 10;

/** The command line of LinuxKit's metadata: providers, `file=PATH`, `-v`; and `-timeout SECONDS`. Throws when it is wrong. */
export function parseArguments(args: readonly string[]): Request {
  const request = {
    network: new Set<string>(),
    local: new Set<LocalSource>(),
    files: [] as string[],
    seconds: defaultSeconds,
    isVerbose: false,
  };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, option, given] = /^--?([a-z]+)(?:=(.*))?$/.exec(word) ?? [];
    if (option === 'v') request.isVerbose = true;
    else if (option === 'timeout') request.seconds = parseSeconds(given ?? rest.shift());
    else addProvider(request, word);
  }
  const { network, local, files, seconds, isVerbose } = request;
  const isNamed = network.size + local.size + files.length > 0;
  return {
    network: [...network],
    local: isNamed ? [...local] : ['fw_cfg', 'cdrom', 'configdrive', 'ovf'],
    files,
    isNamed,
    seconds,
    isVerbose,
  };
}

function addProvider(
  request: { readonly network: Set<string>; readonly local: Set<LocalSource>; readonly files: string[] },
  word: string,
): void {
  const name = aliases.get(word) ?? word;
  const sources = localNames.get(name);
  if (word.startsWith('file=')) request.files.push(word.slice('file='.length));
  else if (sources !== undefined) for (const source of sources) request.local.add(source);
  else if (networkProviders.has(name)) request.network.add(name);
  else if (word.startsWith('-')) throw new UsageError(`unknown option ${JSON.stringify(word)}`);
  else {
    const names = [...networkProviders.keys(), ...localNames.keys(), 'file=PATH'].join(', ');
    throw new UsageError(`expected one of ${names}, found ${JSON.stringify(word)}`);
  }
}

function parseSeconds(text: string | undefined): number {
  if (text !== undefined && /^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`-timeout: expected a number of seconds, found ${JSON.stringify(text ?? '')}`);
}
