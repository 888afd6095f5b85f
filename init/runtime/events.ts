// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { oomKills, watchOom } from '../container/cgroup/oom.ts';
import type { CgroupPlace } from '../container/cgroup/place.ts';
import { cgroupStats } from '../container/cgroup/read-stats.ts';
import { step } from '../container/step.ts';
import { stringifyJson } from '../json.ts';
import { CLOCK_MONOTONIC, EPOLL_CTL_ADD, EPOLLIN } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { expectId, parseArguments, UsageError } from './arguments.ts';
import { parseDuration } from './duration.ts';
import type { GlobalOptions } from './global-options.ts';
import { print } from './log.ts';
import { openProcess } from './process-end.ts';
import { statusOf } from './status.ts';
import { loadState, withFolder } from './store.ts';

const table = {
  interval: { kind: 'text' },
  stats: { kind: 'flag' },
} as const;

/** A container that is watched. */
interface Watched {
  readonly id: string;
  readonly place: CgroupPlace;
  /** Readable when its process has ended. */
  readonly pidfd: number;
}

/**
 * "events ID": prints a line of JSON with what the container uses at each interval, and one whenever a process of it was killed
 * for want of memory, until its own process ends; with --stats what it uses once.
 */
export function events(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const { options, operands } = parseArguments(words, table);
  const id = expectId(operands);
  const { interval: text = '5s' } = options;
  const interval = parseDuration(text);
  if (interval === undefined)
    throw new UsageError(`expected a duration ("500ms", "5s") after "--interval", found "${text}"`);
  step(`events of "${id}"`, () => {
    const watched = openWatched(sys, root, id);
    if (options.stats) printStats(sys, watched);
    else watch(sys, watched, interval);
  });
}

function openWatched(sys: Sys, root: string, id: string): Watched {
  return withFolder(sys, root, id, 'read', (folder) => {
    const state = loadState(sys, folder);
    const pidfd = statusOf(sys, folder, state) === 'stopped' ? undefined : openProcess(sys, state.process);
    if (pidfd === undefined) throw new Error(`container with id ${id} is not running`);
    return { id, place: state.cgroup ?? {}, pidfd };
  });
}

function watch(sys: Sys, watched: Watched, interval: number): void {
  const { place, pidfd } = watched;
  const timer = sys.timerfdCreate(CLOCK_MONOTONIC);
  const oom = watchOom(sys, place);
  const epoll = sys.epollCreate();
  sys.timerfdSettime(timer, interval, interval);
  for (const fd of [pidfd, timer]) sys.epollCtl(epoll, EPOLL_CTL_ADD, fd, EPOLLIN);
  if (oom !== undefined) sys.epollCtl(epoll, EPOLL_CTL_ADD, oom.fd, oom.events);
  const expirations = new Uint8Array(8);
  let told = oomKills(sys, place);
  for (let isOver = false; !isOver; ) {
    oom?.rearm();
    const ready = new Set(sys.epollWait(epoll, -1).map(({ fd }) => fd));
    // The last kill may have been that of the process itself.
    const kills = oomKills(sys, place);
    for (; told < kills; told += 1) printEvent(sys, { type: 'oom', id: watched.id });
    isOver = ready.has(pidfd);
    if (isOver || !ready.has(timer)) continue;
    sys.read(timer, expirations);
    printStats(sys, watched);
  }
}

/** In the shape of "runc events". */
function printStats(sys: Sys, { id, place }: Watched): void {
  const data = { ...cgroupStats(sys, place), intel_rdt: {}, network_interfaces: [] };
  printEvent(sys, { type: 'stats', id, data });
}

function printEvent(sys: Sys, event: object): void {
  print(sys, 1, `${stringifyJson(event)}\n`);
}
