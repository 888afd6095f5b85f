// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLOCK_MONOTONIC, EPOLL_CTL_ADD, EPOLLIN } from '../linux.ts';
import type { Console } from '../supervise/console.ts';
import type { Sys } from '../sys.ts';
import { type RootPlace, searchRoot } from './find-root.ts';
import type { RootRequest } from './root-request.ts';
import { readUevents, type Uevent } from './uevents.ts';

/** After this long a line says what is waited for. */
const quietSeconds = 2;
/** Devices are looked through this often although the kernel tells of none: a drive may take its time with a medium. */
const lookSeconds = 1;

/**
 * The root's place, as soon as its disk is there. `load` gets the modaliases of devices that appear meanwhile, or `all` when the kernel
 * could not tell of each. Throws after the time that the request allows, with what was looked for and which disks there are.
 */
export function awaitRoot(
  sys: Sys,
  console: Console,
  request: RootRequest,
  uevents: number,
  load: (modaliases: readonly string[] | 'all') => void,
): RootPlace {
  const seconds = (): number => sys.clockGettime(CLOCK_MONOTONIC) / 1e9;
  const start = seconds();
  const epoll = sys.epollCreate();
  sys.epollCtl(epoll, EPOLL_CTL_ADD, uevents, EPOLLIN);
  try {
    for (let told = false; ; ) {
      const { found, seen } = searchRoot(sys, request);
      if (found !== undefined) return found;
      const waited = seconds() - start;
      if (waited >= request.waitSeconds) throw new Error(`expected ${nameOf(request)}, found ${listOf(seen)}`);
      if (!told && waited >= quietSeconds) {
        told = true;
        console.line(`root: waiting up to ${request.waitSeconds} s for ${nameOf(request)}; so far: ${listOf(seen)}`);
      }
      sys.epollWait(epoll, Math.ceil(Math.min(request.waitSeconds - waited, lookSeconds) * 1000));
      const events = readUevents(sys, uevents);
      load(events === 'overflow' ? 'all' : events.flatMap(addedModalias));
    }
  } finally {
    sys.close(epoll);
  }
}

function addedModalias(event: Uevent): string | readonly string[] {
  return event.get('ACTION') === 'add' ? (event.get('MODALIAS') ?? []) : [];
}

function nameOf({ partUuid, fsUuid }: RootRequest): string {
  const names = [
    ...(partUuid === undefined ? [] : [`partition ${partUuid}`]),
    ...(fsUuid === undefined ? [] : [`file system ${fsUuid}`]),
  ];
  return `the ${names.join(' or ')} on a disk`;
}

function listOf(seen: readonly string[]): string {
  return seen.length === 0 ? 'no disk at all' : seen.join('; ');
}
