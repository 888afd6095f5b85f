// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isRootless } from '../container/cgroup/rootless.ts';
import type { Sys } from '../sys.ts';
import { type OptionValues, parseArguments, UsageError } from './arguments.ts';
import { environment } from './environment.ts';

const table = {
  root: { kind: 'text' },
  log: { kind: 'text' },
  'log-format': { kind: 'text' },
  debug: { kind: 'flag' },
  'systemd-cgroup': { kind: 'flag' },
  'cgroup-manager': { kind: 'text' },
  rootless: { kind: 'text' },
  criu: { kind: 'text' },
  version: { kind: 'flag', short: 'v' },
  help: { kind: 'flag', short: 'h' },
} as const;

/** What stands before the command and holds for all of them. */
export interface GlobalOptions {
  /** Folder of the containers' states, absolute. */
  readonly root: string;
  /** Whether --root named it. */
  readonly isRootGiven: boolean;
  /** File that messages are appended to; standard error only when absent. */
  readonly log: string | undefined;
  readonly logFormat: 'text' | 'json';
  readonly debug: boolean;
  /** Who makes cgroups: "systemd" is an error once a container is to be made. */
  readonly cgroupManager: 'cgroupfs' | 'systemd' | 'disabled';
  /** Whether cgroups that may not be had are done without: undefined is "auto", when the runtime is not the host's root. */
  readonly rootless: boolean | undefined;
}

/** A command line up to the command, read. */
export interface CommandLine {
  readonly global: GlobalOptions;
  readonly version: boolean;
  readonly help: boolean;
  /** Undefined when there is none. */
  readonly command: string | undefined;
  /** What follows the command. */
  readonly words: readonly string[];
}

/** Reads everything up to the command. Throws UsageError. */
export function parseCommandLine(sys: Sys, words: readonly string[]): CommandLine {
  const { options, operands } = parseArguments(words, table, { operandsLast: true });
  const [command, ...rest] = operands;
  return {
    global: {
      root: options.root === undefined ? defaultRoot(sys) : rootFolder(sys, options.root),
      isRootGiven: options.root !== undefined,
      log: logFile(options.log),
      logFormat: oneOf('--log-format', options['log-format'] ?? 'text', ['text', 'json']),
      debug: options.debug,
      cgroupManager: cgroupManager(options),
      rootless: rootless(options.rootless),
    },
    version: options.version,
    help: options.help,
    command,
    words: rest,
  };
}

/** Crun's callers write "file:PATH" as well. */
function logFile(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.startsWith('journald:') || text.startsWith('syslog:'))
    throw new UsageError(`expected a file after "--log", found "${text}": other places are not supported`);
  return text.replace(/^file:/, '');
}

function cgroupManager(options: OptionValues<typeof table>): GlobalOptions['cgroupManager'] {
  if (options['systemd-cgroup']) return 'systemd';
  return oneOf('--cgroup-manager', options['cgroup-manager'] ?? 'cgroupfs', ['cgroupfs', 'systemd', 'disabled']);
}

function rootless(text: string | undefined): boolean | undefined {
  if (text === undefined || text === '' || text.toLowerCase() === 'auto') return undefined;
  return oneOf('--rootless', text, ['true', 'false']) === 'true';
}

function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new UsageError(`expected one of ${words.join(', ')} after "${option}", found "${text}"`);
  return found;
}

/** Every folder below it is taken for a container, so "/" cannot be meant. */
function rootFolder(sys: Sys, path: string): string {
  const folder = (path.startsWith('/') ? path : `${sys.getcwd()}/${path}`).replace(/\/+$/, '');
  if (path === '' || folder === '')
    throw new UsageError(`expected a folder other than / after "--root", found "${path}"`);
  return folder;
}

function defaultRoot(sys: Sys): string {
  const own = environment(sys, 'XDG_RUNTIME_DIR');
  return own !== undefined && own !== '' && hasOwnRoot(sys) ? `${own}/tsrun` : '/run/tsrun';
}

/** As runc: not for root, and not for root of a user namespace who is called so. */
function hasOwnRoot(sys: Sys): boolean {
  return isRootless(sys) && (sys.geteuid() !== 0 || environment(sys, 'USER') !== 'root');
}
