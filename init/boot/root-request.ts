// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rootOption, rootWaitOption, verityActionOption, verityOption } from '../contract/paths.ts';
import type { CommandLine } from './command-line.ts';

/** What the command line of the kernel says of the root. */
export interface RootRequest {
  /** GUID of its partition, and UUID of its file system; either will do. In lower case. */
  readonly partUuid?: string;
  readonly fsUuid?: string;
  /** Absent when the root is not verified. */
  readonly verity?: VerityRequest;
  /** How long its disk may take to appear. */
  readonly waitSeconds: number;
}

export interface VerityRequest {
  /** SHA-256 in hex, in lower case. */
  readonly rootHash: string;
  /** What the kernel does about a block that is not what was built. */
  readonly action: 'panic' | 'restart';
}

const defaultWait = 30;
const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads the options. The last of each counts, but what is run is said once: who can only append to a signed command line is not to
 * choose another root. One that is not as it should be is an error and no reason to go on without it: a hash that was cut off must
 * not make an unverified root.
 */
export function parseRootRequest(commandLine: CommandLine): RootRequest {
  const waitText = valueOf(commandLine, rootWaitOption) ?? String(defaultWait);
  if (!/^\d{1,5}$/.test(waitText)) throw malformed(rootWaitOption, 'a number of seconds', waitText);
  return { ...parseWhere(commandLine), ...parseVerity(commandLine), waitSeconds: Number(waitText) };
}

function parseWhere(commandLine: CommandLine): Pick<RootRequest, 'partUuid' | 'fsUuid'> {
  const text = onlyValueOf(commandLine, rootOption) ?? '';
  const found: { partUuid?: string; fsUuid?: string } = {};
  for (const part of text.toLowerCase().split(',')) {
    const [kind, uuid = ''] = part.split('=');
    if (!uuidShape.test(uuid) || (kind !== 'partuuid' && kind !== 'uuid')) {
      throw malformed(rootOption, 'PARTUUID=UUID or UUID=UUID, or both with a comma', text);
    }
    found[kind === 'uuid' ? 'fsUuid' : 'partUuid'] = uuid;
  }
  return found;
}

function parseVerity(commandLine: CommandLine): Pick<RootRequest, 'verity'> {
  const hash = onlyValueOf(commandLine, verityOption);
  if (hash === undefined) return {};
  const rootHash = hash.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(rootHash)) throw malformed(verityOption, '64 hex digits', hash);
  const action = valueOf(commandLine, verityActionOption) ?? 'panic';
  if (action !== 'panic' && action !== 'restart') throw malformed(verityActionOption, 'panic or restart', action);
  return { verity: { rootHash, action } };
}

function valueOf(commandLine: CommandLine, name: string): string | undefined {
  return commandLine.findLast(([key]) => key === name)?.[1];
}

function onlyValueOf(commandLine: CommandLine, name: string): string | undefined {
  const [value, other] = new Set(commandLine.flatMap(([key, each]) => (key === name ? [each] : [])));
  if (other !== undefined) throw malformed(name, 'one value', `${value}" and "${other}`);
  return value;
}

function malformed(option: string, expected: string, found: string): Error {
  return new Error(`the kernel's command line: ${option}: expected ${expected}, found "${found}"`);
}
