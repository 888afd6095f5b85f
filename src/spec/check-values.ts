// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bindOptions, rlimits, tmpfsOptions } from './linux-names.ts';
import { quote } from './document.ts';
import { nearestKey } from './nearest-key.ts';

// What a pattern of the schema cannot say about a string. A check passes over what does not have the shape, since the schema
// has refused that.

/** A bind: source, destination, and options if any. */
export const bindShape: RegExp = /^[^:]+:\/[^:]*(:[^:]+)?$/;
/** A tmpfs: destination, and options if any. */
export const tmpfsShape: RegExp = /^\/[^:]*(:[^:]*)?$/;
/** A resource limit: name, soft and hard limit. */
export const rlimitShape: RegExp = /^[^,]+,[^,]+,[^,]+$/;

/** The name of a volume, which becomes a folder (LinuxKit moby/config.go, nameRE). */
export const volumeNameShape: RegExp = /^[a-z0-9_-]+$/;
/** "os/architecture" or "os/architecture/variant". */
export const platformShape: RegExp = /^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9.]+)?$/;

/** Why a value is wrong; undefined when it is not. */
export interface Mistake {
  readonly message: string;
  readonly suggestion?: string | undefined;
}

/** `/source:/destination[:options]` or `volume:/destination[:options]`, LinuxKit docs/yaml.md, binds. */
export function checkBind(bind: string): Mistake | undefined {
  if (!bindShape.test(bind)) return undefined;
  const options = bind.split(':')[2];
  return options === undefined ? undefined : checkOptions(options, bindOptions, 'a bind');
}

/** "ro" and "rw", and the same of all that is mounted below. */
const access = /^r?r[ow]$/;

/** Whether options of a bind make it read-only; of several that say so the last one counts. */
export function isReadonly(options: readonly string[]): boolean {
  const last = options.findLast((option) => access.test(option));
  return last === 'ro' || last === 'rro';
}

/** The same options, but read-only. */
export function readonlyOptions(options: readonly string[]): readonly string[] {
  return [...options.filter((option) => option !== '' && !access.test(option)), 'ro'];
}

/** `/destination[:options]`, LinuxKit docs/yaml.md, tmpfs. */
export function checkTmpfs(tmpfs: string): Mistake | undefined {
  if (!tmpfsShape.test(tmpfs)) return undefined;
  const options = tmpfs.split(':')[1];
  return options === undefined || options === '' ? undefined : checkOptions(options, tmpfsOptions, 'a tmpfs');
}

/** Known options end in "=" when they take a value. */
function checkOptions(options: string, known: readonly string[], what: string): Mistake | undefined {
  for (const option of options.split(',')) {
    const equals = option.indexOf('=');
    const name = equals === -1 ? option : option.slice(0, equals + 1);
    if (known.includes(name)) continue;
    const near = nearestKey(name, known);
    return {
      message: `expected an option of ${what}, found ${quote(option)}`,
      suggestion: near === undefined ? undefined : `did you mean ${quote(near)}?`,
    };
  }
  return undefined;
}

const largestLimit = 2n ** 64n - 1n;

/** `name,soft,hard`, LinuxKit docs/yaml.md, rlimits; names with or without RLIMIT_ and in any case. */
export function checkRlimit(limit: string): Mistake | undefined {
  if (!rlimitShape.test(limit)) return undefined;
  const [name = '', soft = '', hard = ''] = limit.split(',').map((part) => part.trim());
  const bare = name.toUpperCase().replace(/^RLIMIT_/, '');
  if (!rlimits.includes(bare)) {
    const near = nearestKey(bare, rlimits);
    return {
      message: `expected a resource limit such as "nofile", found ${quote(name)}`,
      suggestion: near === undefined ? undefined : `did you mean ${quote(near.toLowerCase())}?`,
    };
  }
  const values = [soft, hard].map(parseLimit);
  const wrong = values.findIndex((value) => value === undefined);
  if (wrong !== -1) {
    const found = quote(wrong === 0 ? soft : hard);
    return {
      message: `expected a ${wrong === 0 ? 'soft' : 'hard'} limit that is a number or "unlimited", found ${found}`,
    };
  }
  const [softValue = 0n, hardValue = 0n] = values;
  return softValue <= hardValue
    ? undefined
    : { message: `expected a soft limit of at most the hard one, found ${soft} over ${hard}` };
}

function parseLimit(text: string): bigint | undefined {
  if (text.toLowerCase() === 'unlimited') return largestLimit;
  if (!/^[0-9]{1,20}$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= largestLimit ? value : undefined;
}

/** A path of `files`: from / with or without a leading slash. */
export function checkFilePath(path: string): Mistake | undefined {
  if (path.trim() === '') return undefined;
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  if (steps.includes('..')) return { message: `expected a path without "..", found ${quote(path)}` };
  return steps.length === 0 ? { message: `expected a path below /, found ${quote(path)}` } : undefined;
}
