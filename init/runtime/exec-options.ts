// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Capabilities, Process } from '../contract/runtime-config.ts';
import type { Sys } from '../sys.ts';
import { type OptionValues, parseArguments, UsageError } from './arguments.ts';
import { givenPath } from './path-option.ts';

const table = {
  process: { kind: 'text', short: 'p' },
  tty: { kind: 'flag', short: 't' },
  cwd: { kind: 'text' },
  env: { kind: 'list', short: 'e' },
  user: { kind: 'text', short: 'u' },
  cap: { kind: 'list', short: 'c' },
  'additional-gids': { kind: 'list', short: 'g' },
  apparmor: { kind: 'text' },
  'process-label': { kind: 'text' },
  'no-new-privs': { kind: 'switch' },
  cgroup: { kind: 'list' },
  'ignore-paused': { kind: 'flag' },
  detach: { kind: 'flag', short: 'd' },
  'pid-file': { kind: 'text' },
  'console-socket': { kind: 'text' },
  'pidfd-socket': { kind: 'text' },
  'preserve-fds': { kind: 'integer' },
  'no-subreaper': { kind: 'flag' },
} as const;

type Options = OptionValues<typeof table>;

/** What "exec" is asked for. Paths are absolute. */
export interface ExecArguments {
  readonly id: string;
  /** File with a whole process; without it the process is the container's own with what the options change. */
  readonly processFile: string | undefined;
  /** Completes the container's own process (processFrom). */
  readonly change: (own: Process) => Process;
  readonly detach: boolean;
  readonly ignorePaused: boolean;
  /** Of a cgroup below the container's, as given. */
  readonly cgroups: readonly string[];
  readonly pidFile: string | undefined;
  readonly consoleSocket: string | undefined;
  readonly pidfdSocket: string | undefined;
  readonly preserveFds: number;
}

/** Reads what follows "exec": options, then the container's id, then the program with its own options. Throws UsageError. */
export function parseExecArguments(sys: Sys, words: readonly string[]): ExecArguments {
  const { options, operands } = parseArguments(words, table, { operandsLast: true });
  const [id, ...args] = operands;
  if (id === undefined) throw new UsageError('expected a container id, found none');
  const processFile = givenPath(sys, options.process);
  if (processFile === undefined && args.length === 0)
    throw new UsageError('expected a program to run, or a process by --process, found neither');
  const user = parseUser(options.user);
  const gids = options['additional-gids'].map((text) => parseId('--additional-gids', text));
  return {
    id,
    processFile,
    change: (own) => changed(own, options, args, user, gids),
    detach: options.detach,
    ignorePaused: options['ignore-paused'],
    cgroups: options.cgroup,
    pidFile: givenPath(sys, options['pid-file']),
    consoleSocket: givenPath(sys, options['console-socket']),
    pidfdSocket: givenPath(sys, options['pidfd-socket']),
    preserveFds: options['preserve-fds'] ?? 0,
  };
}

type User = { readonly uid?: number; readonly gid?: number };

/** "UID" or "UID:GID"; names are the image's matter, and callers look them up. */
function parseUser(text: string | undefined): User {
  if (text === undefined || text === '') return {};
  const [uid = '', gid] = text.split(':');
  return { uid: parseId('--user', uid), ...(gid === undefined ? {} : { gid: parseId('--user', gid) }) };
}

function parseId(option: string, text: string): number {
  const id = Number(text);
  // The highest one means "leave as it is" to the kernel: the process would stay root.
  if (!/^[0-9]+$/.test(text) || id >= 2 ** 32 - 1)
    throw new UsageError(`expected an id (0 to 4294967294) for "${option}", found "${text}"`);
  return id;
}

function changed(
  own: Process,
  options: Options,
  args: readonly string[],
  user: User,
  gids: readonly number[],
): Process {
  const noNewPrivileges = options['no-new-privs'];
  const { cwd, apparmor } = options;
  const label = options['process-label'];
  return {
    ...own,
    args,
    terminal: options.tty,
    env: [...(own.env ?? []), ...options.env],
    user: { ...own.user, ...user, additionalGids: [...(own.user.additionalGids ?? []), ...gids] },
    ...(cwd === undefined || cwd === '' ? {} : { cwd }),
    ...(noNewPrivileges === undefined ? {} : { noNewPrivileges }),
    ...(apparmor === undefined || apparmor === '' ? {} : { apparmorProfile: apparmor }),
    ...(label === undefined || label === '' ? {} : { selinuxLabel: label }),
    ...(options.cap.length === 0 ? {} : { capabilities: withCapabilities(own.capabilities, options.cap) }),
  };
}

/** As runc: an ambient capability has to be inheritable as well, so they are ambient only where the container has such. */
function withCapabilities(own: Capabilities = {}, added: readonly string[]): Capabilities {
  const { bounding = [], effective = [], permitted = [], inheritable, ambient = [] } = own;
  return {
    bounding: [...bounding, ...added],
    effective: [...effective, ...added],
    permitted: [...permitted, ...added],
    ...(inheritable === undefined ? { ambient } : { inheritable, ambient: [...ambient, ...added] }),
  };
}
