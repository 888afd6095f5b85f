// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Sys } from '../sys.ts';
import { expectId, parseArguments } from './arguments.ts';
import { checkId } from './container-id.ts';
import { absoluteFrom, absolutePath, givenPath } from './path-option.ts';

const createTable = {
  bundle: { kind: 'text', short: 'b' },
  config: { kind: 'text', short: 'f' },
  'console-socket': { kind: 'text' },
  'pidfd-socket': { kind: 'text' },
  'pid-file': { kind: 'text' },
  'preserve-fds': { kind: 'integer' },
  'no-pivot': { kind: 'flag' },
  'no-new-keyring': { kind: 'flag' },
  'no-subreaper': { kind: 'flag' },
  'cgroup-root': { kind: 'text' },
} as const;

const runTable = {
  ...createTable,
  detach: { kind: 'flag', short: 'd' },
  keep: { kind: 'flag' },
} as const;

/** What "create" and "run" are asked for. Paths are absolute. */
export interface CreateArguments {
  readonly id: string;
  readonly bundle: string;
  /** File of the configuration. */
  readonly config: string;
  readonly consoleSocket: string | undefined;
  readonly pidfdSocket: string | undefined;
  readonly pidFile: string | undefined;
  readonly preserveFds: number;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** Mount point of the cgroup v2 hierarchy. */
  readonly cgroupRoot: string | undefined;
}

/** What "run" is asked for besides. */
export interface RunArguments extends CreateArguments {
  /** Not to wait for the container's end. */
  readonly detach: boolean;
  /** Not to become the parent of what the container's process leaves behind. */
  readonly noSubreaper: boolean;
  /** Not to delete the container when it has ended. */
  readonly keep: boolean;
}

/** Reads what follows "create". Throws UsageError, and an Error for a wrong id. */
export function parseCreateArguments(sys: Sys, words: readonly string[]): CreateArguments {
  const { options, operands } = parseArguments(words, createTable);
  return createArguments(sys, options, expectId(operands));
}

/** Reads what follows "run". Throws like parseCreateArguments. */
export function parseRunArguments(sys: Sys, words: readonly string[]): RunArguments {
  const { options, operands } = parseArguments(words, runTable);
  const { detach, keep } = options;
  const noSubreaper = options['no-subreaper'];
  return { ...createArguments(sys, options, expectId(operands)), detach, keep, noSubreaper };
}

type CreateOptionValues = ReturnType<typeof parseArguments<typeof createTable>>['options'];

function createArguments(sys: Sys, options: CreateOptionValues, id: string): CreateArguments {
  const bundle = absolutePath(sys, options.bundle ?? '.');
  return {
    id: checkId(id),
    bundle,
    config: absoluteFrom(bundle, options.config ?? 'config.json'),
    consoleSocket: givenPath(sys, options['console-socket']),
    pidfdSocket: givenPath(sys, options['pidfd-socket']),
    pidFile: givenPath(sys, options['pid-file']),
    preserveFds: options['preserve-fds'] ?? 0,
    noPivot: options['no-pivot'],
    noNewKeyring: options['no-new-keyring'],
    cgroupRoot: givenPath(sys, options['cgroup-root']),
  };
}
