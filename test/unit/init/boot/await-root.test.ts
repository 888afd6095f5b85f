// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitRoot } from '../../../../init/boot/await-root.ts';
import type { Console } from '../../../../init/supervise/console.ts';
import type { Sys } from '../../../../init/sys.ts';
import { type FakeDisk, withDisks } from '../../../support/fake-disks.ts';
import { FakeSys, FakeSysError } from '../../../support/fake-sys.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { makeVerifiedImage, type VerifiedImage } from '../../../support/verified-image.ts';

let folder: ReturnType<typeof temporaryFolder>;
let image: VerifiedImage;
beforeAll(() => {
  folder = temporaryFolder();
  image = makeVerifiedImage(folder.path);
});
afterAll(() => folder[Symbol.dispose]());

const uevents = 3;

/** A machine whose disks come when the clock has reached `at` seconds, told of by an event of a bus that needs a driver. */
function machine(disks: Readonly<Record<string, FakeDisk>>, at: number) {
  const fake = new FakeSys();
  fake.now = 0;
  const before = new FakeSys();
  const later = withDisks(fake, disks).sys;
  const messages: string[] = [];
  let told = false;
  const overrides: Partial<Sys> = {
    epollCreate: () => 4,
    epollCtl: () => undefined,
    close: () => undefined,
    epollWait: (_fd, timeout) => {
      fake.now += timeout * 1e6;
      if (!told && fake.now >= at * 1e9) {
        told = true;
        messages.push('add@/devices/x\0ACTION=add\0MODALIAS=pci:v1\0SUBSYSTEM=pci');
      }
      return [];
    },
    recvmsg: (_fd, buffer) => {
      const message = messages.shift();
      if (message === undefined) throw new FakeSysError('recvmsg', String(uevents), 'EAGAIN');
      buffer.set(Buffer.from(message));
      return { length: message.length, fds: [], truncated: false, netlinkPort: 0 };
    },
  };
  const sys = new Proxy(later, {
    get: (target, name: keyof Sys) =>
      overrides[name] ?? (name === 'openat' && fake.now < at * 1e9 ? before.sys.openat : target[name]),
  });
  const lines: string[] = [];
  const console = { line: (text: string) => lines.push(text) } as Partial<Console> as Console;
  return { sys, lines, console };
}

describe('waiting for the root', () => {
  it('ends when its disk is there, whose driver was loaded meanwhile, and says what it waits for', () => {
    const { sys, lines, console } = machine({ sda: { content: image.bytes, number: '8:0' } }, 5);
    const loaded: unknown[] = [];
    const request = { fsUuid: image.fsUuid, waitSeconds: 30 };
    const place = awaitRoot(sys, console, request, uevents, (modaliases) => loaded.push(modaliases));
    expect(place).toMatchObject({ disk: { name: 'sda' }, offset: 0 });
    expect(loaded.filter((modaliases) => String(modaliases) !== '')).toEqual([['pci:v1']]);
    expect(lines).toEqual([
      `root: waiting up to 30 s for the file system ${image.fsUuid} on a disk; so far: no disk at all`,
    ]);
  });

  it('ends after the time that is allowed, with what there is instead', () => {
    const { sys, console } = machine({ vda: { content: Buffer.alloc(1 << 20), number: '254:0' } }, 1);
    expect(() => awaitRoot(sys, console, { partUuid: 'p', fsUuid: 'f', waitSeconds: 3 }, uevents, () => {})).toThrow(
      'expected the partition p or file system f on a disk, found vda (1.0 MiB, no partition table)',
    );
  });

  it('has all devices looked through when the kernel could not tell of each', () => {
    const { sys, console } = machine({}, 100);
    let messages = 0;
    const lossy = new Proxy(sys, {
      get: (target, name: keyof Sys) =>
        name === 'recvmsg'
          ? () => {
              throw new FakeSysError('recvmsg', 'uevents', (messages += 1) === 1 ? 'ENOBUFS' : 'EAGAIN');
            }
          : target[name],
    });
    const loaded: unknown[] = [];
    const request = { fsUuid: image.fsUuid, waitSeconds: 2 };
    expect(() => awaitRoot(lossy, console, request, uevents, (modaliases) => loaded.push(modaliases))).toThrow(
      'found no disk at all',
    );
    expect(loaded).toEqual(['all', []]);
  });

  it('does not wait at all when it may not', () => {
    const { sys, lines, console } = machine({}, 0);
    const request = { fsUuid: image.fsUuid, waitSeconds: 0 };
    expect(() => awaitRoot(sys, console, request, uevents, () => {})).toThrow('found no disk at all');
    expect(lines).toEqual([]);
  });
});
