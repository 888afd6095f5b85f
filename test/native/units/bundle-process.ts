// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// init/container/bundle-process.ts over the real kernel: PID 1 runs it, and no command of tsrun does.

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { prepareProcess } from '../../../init/container/bundle-process.ts';
import type { BundleInterface, BundleRuntime } from '../../../init/contract/bundle-runtime.ts';
import { isPresent, listFolder, readText } from '../../../init/files.ts';
import { AT_FDCWD, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS, SIGKILL } from '../../../init/linux.ts';
import { check, equal, failed, inChild, ok } from '../check.ts';

const top = sys.getcwd();

function message(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

/** Names of the interfaces that a process sees, without the loopback. */
function interfacesOf(pid: number | 'self'): string[] {
  const lines = readText(sys, `/proc/${pid}/net/dev`).split('\n').slice(2, -1);
  const names = lines.map((line) => line.slice(0, line.indexOf(':')).trim());
  return names.filter((name) => name !== 'lo').sort();
}

function namespaceOf(pid: number, kind: string): bigint {
  return sys.statx(AT_FDCWD, `/proc/${pid}/ns/${kind}`, 0).ino;
}

/** Runs `look` with the number of a process that waits in namespaces of its own, and ends it. Descriptors stay as they were. */
function withProcess(flags: number, look: (pid: number) => void): void {
  const before = listFolder(sys, '/proc/self/fd').length;
  const { pid } = sys.clone3({ flags, exitSignal: 17 });
  if (pid === 0) for (;;) sys.nanosleep(1e9);
  try {
    look(pid);
  } finally {
    sys.kill(pid, SIGKILL);
    sys.wait4(pid, 0);
  }
  equal(listFolder(sys, '/proc/self/fd').length, before);
}

function prepare(pid: number, runtime: BundleRuntime) {
  return prepareProcess(sys, '/b', pid, runtime);
}

const interfaces = (...list: readonly (Partial<BundleInterface> & { readonly name: string })[]): BundleRuntime => ({
  interfaces: list.map((one) => ({ createInRoot: false, ...one })),
});

/** A veth pair in the caller's namespace; gone with either end. */
function makePair(name: string, peer: string): void {
  withProcess(0, (self) => prepare(self, interfaces({ name, peer })).settle());
}

function links(): void {
  check('a veth pair has one end inside, under a name that is taken outside, and its peer outside', () =>
    withProcess(CLONE_NEWNET, (pid) => {
      makePair('eth0', 'eth1');
      prepare(pid, interfaces({ name: 'eth0', peer: 'peer0' }, { name: 'eth1', add: 'veth', peer: 'peer1' })).settle();
      equal(interfacesOf(pid), ['eth0', 'eth1']);
      equal(interfacesOf('self'), ['eth0', 'eth1', 'peer0', 'peer1']);
      prepare(pid, interfaces({ name: 'peer0' }, { name: 'peer1' })).settle();
      withProcess(CLONE_NEWNET, (other) => prepare(other, interfaces({ name: 'eth0' })).settle());
      awaitNone();
    }),
  );
  check('another type is made inside and nowhere else', () =>
    withProcess(CLONE_NEWNET, (pid) => {
      prepare(pid, interfaces({ name: 'br0', add: 'bridge' })).settle();
      equal([interfacesOf(pid), interfacesOf('self')], [['br0'], []]);
    }),
  );
  check('for who shares the namespace of the caller it is made there', () => {
    makePair('here', 'there');
    equal(interfacesOf('self'), ['here', 'there']);
    withProcess(CLONE_NEWNET, (pid) => prepare(pid, interfaces({ name: 'here' })).settle());
    awaitNone();
  });
  check('an interface that is there is moved', () =>
    withProcess(CLONE_NEWNET, (pid) => {
      makePair('moving', 'staying');
      prepare(pid, interfaces({ name: 'moving' })).settle();
      equal([interfacesOf(pid), interfacesOf('self')], [['moving'], ['staying']]);
    }),
  );
  awaitNone();
}

/** The kernel takes a namespace down some time after its last process. */
function awaitNone(): void {
  for (let rest = 500; rest > 0 && interfacesOf('self').length > 0; rest -= 1) sys.nanosleep(1e7);
  equal(interfacesOf('self'), []);
}

function failures(): void {
  const list = [{ name: 'moving' }, { name: 'eth0', peer: 'peer0' }, { name: 'br0', add: 'bridge' }];
  const cases: readonly [string, BundleRuntime, string][] = [
    [
      'a type',
      interfaces(...list, { name: 'odd', add: 'no-such' }),
      'interface odd: make it, of type "no-such": the kernel has no such type',
    ],
    [
      'a name',
      interfaces(...list, { name: 'lo', peer: 'p' }),
      'interface lo: make it, of type "veth": an interface of that name, or of its peer, is there already',
    ],
    [
      'a length',
      interfaces(...list, { name: 'way-too-long-name', add: 'bridge' }),
      'interface way-too-long-name: make it, of type "bridge": ERANGE',
    ],
    [
      'a missing one',
      interfaces(...list, { name: 'gone' }),
      "interface gone: move it to the container's network namespace: expected an interface of that name, found none",
    ],
    [
      'a bridge, which no kernel moves',
      interfaces(...list, { name: 'br1', add: 'bridge', createInRoot: true }),
      "interface br1: move it to the container's network namespace: the kernel does not move interfaces of its type",
    ],
    [
      'a namespace',
      { ...interfaces(...list), bindNS: { net: `${top}/left/net`, uts: `${top}/left` } },
      `keep the uts namespace as ${top}/left: openat: EISDIR`,
    ],
  ];
  for (const [what, runtime, says] of cases)
    check(`names interface or namespace and the step, and takes back what was done: ${what}`, () => {
      withProcess(CLONE_NEWNET, (pid) => {
        makePair('moving', 'staying');
        equal(
          message(() => prepare(pid, runtime)),
          `bundle /b: ${says}`,
        );
        equal([interfacesOf(pid), interfacesOf('self')], [[], ['moving', 'staying']]);
        prepare(pid, interfaces({ name: 'moving' })).settle();
      });
      awaitNone();
    });
  equal(listFolder(sys, `${top}/left`), []);
  check('what does not run after all has all of it taken back', () => {
    withProcess(CLONE_NEWNET, (pid) => {
      makePair('moving', 'staying');
      const bindNS = { net: `${top}/left/net` };
      const prepared = prepare(pid, { ...interfaces(...list), bindNS });
      equal(interfacesOf(pid), ['br0', 'eth0', 'moving']);
      prepared.takeBack();
      equal([interfacesOf(pid), interfacesOf('self')], [[], ['moving', 'staying']]);
      equal(listFolder(sys, `${top}/left`), []);
      prepare(pid, interfaces({ name: 'moving' })).settle();
    });
    awaitNone();
  });
  check('the caller is in its own network namespace afterwards', () => {
    const before = namespaceOf(sys.getpid(), 'net');
    withProcess(CLONE_NEWNET, (pid) => {
      message(() => prepare(pid, interfaces({ name: 'lo', add: 'bridge' })));
      equal(namespaceOf(sys.getpid(), 'net'), before);
    });
  });
}

function namespaces(): void {
  const paths = { net: `${top}/run/netns/wg`, uts: `${top}/run/utsns/wg` };
  check('namespaces are bound to files, outlive their process and can be entered', () => {
    let [net, uts] = [0n, 0n];
    withProcess(CLONE_NEWNET | CLONE_NEWUTS, (pid) => {
      [net, uts] = [namespaceOf(pid, 'net'), namespaceOf(pid, 'uts')];
      prepare(pid, { ...interfaces({ name: 'br0', add: 'bridge' }), bindNS: paths }).settle();
    });
    equal([sys.statx(AT_FDCWD, paths.net, 0).ino, sys.statx(AT_FDCWD, paths.uts, 0).ino], [net, uts]);
    const code = inChild(0, () => {
      const fd = sys.openat(AT_FDCWD, paths.net, 0, 0);
      sys.setns(fd, CLONE_NEWNET);
      return interfacesOf('self').join() === 'br0' ? 7 : 1;
    });
    equal(code, 7);
  });
  check('a later namespace takes the place of an earlier one', () =>
    withProcess(CLONE_NEWNET, (pid) => {
      prepare(pid, { bindNS: { net: paths.net } }).settle();
      equal(sys.statx(AT_FDCWD, paths.net, 0).ino, namespaceOf(pid, 'net'));
      equal(mountsAt(paths.net), 1);
    }),
  );
  check('a mount namespace can be kept where mounts are shared, as they are in a booted system', () => {
    makeOlderNamespace();
    withProcess(CLONE_NEWNS, (pid) => {
      const shared = `${top}/shared`;
      sys.mkdirat(AT_FDCWD, shared, 0o755);
      sys.mount('shared', shared, 'tmpfs', 0, null);
      sys.mount(null, shared, null, 0x100000, null);
      withProcess(CLONE_NEWNS, () => {
        const prepared = prepare(pid, { bindNS: { mnt: `${shared}/mnt` } });
        equal(sys.statx(AT_FDCWD, `${shared}/mnt`, 0).ino, namespaceOf(pid, 'mnt'));
        prepared.takeBack();
        ok(!isPresent(sys, `${shared}/mnt`), 'nothing left');
      });
      sys.umount2(shared, 0);
    });
  });
}

/**
 * A mount namespace can be bound in an older one only, and Linux 6.18 tells their age by numbers that each processor hands out
 * from a batch of its own: both have to be made on one. PID 1's has the lowest number of all.
 */
function makeOlderNamespace(): void {
  const all = sys.schedGetaffinity(0);
  const first = all.findIndex((bits) => bits !== 0);
  const one = new Uint8Array(all.length);
  one[first] = (all[first] ?? 0) & -(all[first] ?? 0);
  sys.schedSetaffinity(0, one);
  sys.unshare(CLONE_NEWNS);
}

function mountsAt(path: string): number {
  return readText(sys, '/proc/self/mountinfo')
    .split('\n')
    .filter((line) => line.split(' ')[4] === path).length;
}

export default function bundleProcess(): number {
  links();
  failures();
  namespaces();
  return failed();
}
