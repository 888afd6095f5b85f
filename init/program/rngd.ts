// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import {
  AT_FDCWD,
  CLOCK_MONOTONIC,
  EPOLLIN,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  RNDADDENTROPY,
  SIG_BLOCK,
  SIGINT,
  SIGTERM,
} from '../linux.ts';
import { expectOperands, parseArguments, UsageError } from '../runtime/arguments.ts';
import { createLoop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';
import { awaitDevice } from './await-device.ts';
import { Failure } from './failure.ts';
import { blockSize, whyNotRandom } from './noise-health.ts';
import type { Program } from './run.ts';
import { say } from './say.ts';

const help = `usage: rngd [-1] [--device FILE] [--interval SECONDS]

Adds random bytes of hardware to those of which the kernel makes its random numbers.

options:
  -1, --once          once, and end
  --device FILE       where they come from, /dev/hwrng unless given
  --interval SECONDS  how often, 60 unless given: the kernel takes a new key every minute
`;

const pool = '/dev/random';
/** Of struct rand_pool_info (include/uapi/linux/random.h): bits of entropy, bytes that follow. */
const headerSize = 8;
const driverSeconds = 10;
const sourceSeconds = 10;
const sourcePause = 2e6;

/** Adds bytes of a hardware generator to the kernel's pool, once or again and again. */
export const rngd: Program = {
  name: 'rngd',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const { options, operands } = parseArguments(words, {
      once: { kind: 'flag', short: '1' },
      device: { kind: 'text' },
      interval: { kind: 'integer' },
    });
    expectOperands(operands);
    const { device = '/dev/hwrng', interval = 60 } = options;
    if (interval < 1) throw new UsageError(`expected --interval of a second or more, found "${interval}"`);
    add(sys, device);
    say(sys, `rngd: added ${blockSize} bytes of ${device}${options.once ? '' : `, and does every ${interval} s`}`);
    if (!options.once) addEvery(sys, device, interval);
  },
};

/** Does not return. As PID 1 of its container it has to ask for signals: the kernel lets none through that would end it by default. */
function addEvery(sys: Sys, device: string, seconds: number): void {
  const loop = createLoop(sys);
  const ending = [SIGTERM, SIGINT];
  sys.sigprocmask(SIG_BLOCK, ending);
  loop.watch(sys.signalfd(ending), EPOLLIN, () => sys.exit(0));
  const next = (): void => {
    loop.after(seconds, () => {
      add(sys, device);
      next();
    });
  };
  next();
  for (;;) loop.turn();
}

function add(sys: Sys, device: string): void {
  const block = attempt(`reading ${device}`, readHints, () => awaitBlock(sys, device));
  const flaw = whyNotRandom(block);
  if (flaw !== undefined) {
    throw new Failure(
      `reading ${device}: expected random bytes, found ${flaw}`,
      'nothing of it was added; look at what the device is',
    );
  }
  attempt(`adding to the kernel's pool (RNDADDENTROPY)`, addHints, () => addBlock(sys, block));
}

const readHints: Readonly<Record<string, string>> = {
  ENODEV:
    'no driver has a source: QEMU has one with -device virtio-rng-pci; /sys/class/misc/hw_random/rng_available lists them',
  ENOENT: 'the container has no such device: `devices` in the spec gives it one',
  EPERM: 'the container may not use the device: `devices` in the spec lets it',
  EACCES: 'the device belongs to root',
};
const addHints: Readonly<Record<string, string>> = { EPERM: 'it needs CAP_SYS_ADMIN' };

/** Drivers that the boot itself does not need are loaded while containers start already. */
function awaitBlock(sys: Sys, device: string): Uint8Array {
  const found = awaitDevice(sys, driverSeconds, () => {
    try {
      return readBlock(sys, device);
    } catch (error) {
      if (errnoOf(error) === 'ENODEV') return undefined;
      throw error;
    }
  });
  // Whatever the reason is now, it is told.
  return found ?? readBlock(sys, device);
}

/** Never waits in the kernel for longer than it takes: a source that has run dry would hold on to the program for ever. */
function readBlock(sys: Sys, device: string): Uint8Array {
  const block = new Uint8Array(blockSize);
  const end = sys.clockGettime(CLOCK_MONOTONIC) + sourceSeconds * 1e9;
  const fd = sys.openat(AT_FDCWD, device, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  try {
    for (let done = 0; done < blockSize; ) {
      const length = readSome(sys, fd, block.subarray(done));
      if (length === undefined && sys.clockGettime(CLOCK_MONOTONIC) >= end) {
        const found = `found ${done}`;
        throw new Failure(`reading ${device}: expected ${blockSize} bytes within ${sourceSeconds} s, ${found}`);
      }
      if (length === undefined) {
        sys.nanosleep(sourcePause);
        continue;
      }
      if (length === 0) throw new Failure(`reading ${device}: expected ${blockSize} bytes, found ${done}`);
      done += length;
    }
    return block;
  } finally {
    sys.close(fd);
  }
}

/** Undefined when there is nothing yet. */
function readSome(sys: Sys, fd: number, bytes: Uint8Array): number | undefined {
  try {
    return sys.read(fd, bytes);
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Each byte counts for 8 bits, as the kernel takes a generator whose quality nobody has set. */
function addBlock(sys: Sys, block: Uint8Array): void {
  const request = new Uint8Array(headerSize + block.length);
  const view = new DataView(request.buffer);
  view.setInt32(0, block.length * 8, true);
  view.setInt32(4, block.length, true);
  request.set(block, headerSize);
  const fd = sys.openat(AT_FDCWD, pool, O_WRONLY | O_CLOEXEC, 0);
  try {
    sys.ioctlBytes(fd, RNDADDENTROPY, request);
  } finally {
    sys.close(fd);
  }
}

function attempt<T>(act: string, hints: Readonly<Record<string, string>>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new Failure(`${act}: ${describeError(error)}`, hints[errno]);
  }
}
