// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Of the processes that the kernel killed in a cgroup for want of memory (cgroup-v2.rst, memory.events;
// cgroup-v1/memory.rst, OOM Control).

import { errnoOf, writeValue } from '../../files.ts';
import { AT_FDCWD, EPOLLIN, EPOLLPRI, O_CLOEXEC, O_RDONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import type { CgroupPlace } from './place.ts';
import { readTable } from './stats-file.ts';

/** How many were killed; 0 without an account of memory. */
export function oomKills(sys: Sys, { v1, v2 }: CgroupPlace): number {
  const memory = v1?.['memory'];
  const file = memory === undefined ? v2 && `${v2}/memory.events` : `${memory}/memory.oom_control`;
  return file === undefined ? 0 : Number(readTable(sys, file)['oom_kill'] ?? 0);
}

/** To wait with epoll for what oomKills counts. The kernel wakes for more than that, so the count has to be compared. */
export interface OomWatch {
  readonly fd: number;
  /** EPOLL* bits to wait for. */
  readonly events: number;
  /** To be called before each wait: whatever there was is forgotten. */
  readonly rearm: () => void;
  readonly close: () => void;
}

/** Undefined without an account of memory. */
export function watchOom(sys: Sys, { v1, v2 }: CgroupPlace): OomWatch | undefined {
  const memory = v1?.['memory'];
  if (memory !== undefined) return step(`watch cgroup ${memory}`, () => watchV1(sys, memory));
  return v2 === undefined ? undefined : step(`watch cgroup ${v2}`, () => watchV2(sys, v2));
}

function watchV2(sys: Sys, folder: string): OomWatch {
  const fd = sys.openat(AT_FDCWD, `${folder}/memory.events`, O_RDONLY | O_CLOEXEC, 0);
  const buffer = new Uint8Array(512);
  return { fd, events: EPOLLPRI, rearm: () => void sys.pread(fd, buffer, 0), close: () => sys.close(fd) };
}

function watchV1(sys: Sys, folder: string): OomWatch {
  const control = sys.openat(AT_FDCWD, `${folder}/memory.oom_control`, O_RDONLY | O_CLOEXEC, 0);
  const fd = sys.eventfd(0);
  const buffer = new Uint8Array(8);
  try {
    writeValue(sys, `${folder}/cgroup.event_control`, `${fd} ${control}`);
  } catch (error) {
    sys.close(fd);
    throw error;
  } finally {
    // The registration holds on by itself.
    sys.close(control);
  }
  return {
    fd,
    events: EPOLLIN,
    rearm: () => {
      try {
        sys.read(fd, buffer);
      } catch (error) {
        if (errnoOf(error) !== 'EAGAIN') throw error;
      }
    },
    close: () => sys.close(fd),
  };
}
