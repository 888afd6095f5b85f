// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Our default profile beside the one that Debian's podman uses, which is Docker's of some years ago with changes.

import { describe, expect, test } from 'vitest';
import { capabilityNames } from '../../init/contract/runtime-config.ts';
import { compileSeccomp } from '../../seccomp/compile.ts';
import { defaultProfile } from '../../seccomp/default-profile.ts';
import { syscallNumbers } from '../../seccomp/syscalls.ts';
import { runFilter } from '../support/bpf-machine.ts';
import { engineProfile } from '../support/seccomp-profiles.ts';

const enginePath = '/usr/share/containers/seccomp.json';
const natives = [
  ['x86_64', 0xc000003e],
  ['aarch64', 0xc00000b7],
] as const;
const allowed = 0x7fff0000;

/** What Docker gives containers. */
const usual =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

/** Calls that are newer than Debian's podman, and two that Docker allows and podman does not: io_pgetevents, vmsplice. */
const newer =
  'cachestat fchmodat2 futex_requeue futex_wait futex_waitv futex_wake getxattrat io_pgetevents listmount listxattrat map_shadow_stack mseal removexattrat setxattrat statmount uretprobe vmsplice'.split(
    ' ',
  );

describe.each(natives)('on %s', (native, architecture) => {
  /** Calls that are allowed whatever their arguments are. */
  function allowedBy(program: Uint8Array): readonly string[] {
    const args = [1n, 2n ** 64n - 1n, 0x7e020000n].map((value) => [value]);
    return [...syscallNumbers(native)]
      .filter(([, number]) =>
        args.every((one) => runFilter(program, { number, architecture, args: one }).action === allowed),
      )
      .map(([name]) => name);
  }

  function ours(capabilities: readonly string[]): readonly string[] {
    return allowedBy(compileSeccomp(defaultProfile(capabilities, native), native).program);
  }

  test("allows nothing that podman's does not, but what is newer", () => {
    const theirs = new Set(allowedBy(compileSeccomp(engineProfile(enginePath, usual, native), native).program));
    const more = ours(usual).filter((name) => !theirs.has(name));
    expect(more.filter((name) => !newer.includes(name))).toEqual([]);
  });

  test('lets out of a container only who has the capability', () => {
    const dangerous = {
      CAP_SYS_ADMIN: [
        'mount',
        'umount2',
        'setns',
        'unshare',
        'clone3',
        'fsopen',
        'move_mount',
        'bpf',
        'perf_event_open',
      ],
      CAP_SYS_MODULE: ['init_module', 'finit_module', 'delete_module'],
      CAP_SYS_BOOT: ['reboot'],
      CAP_DAC_READ_SEARCH: ['open_by_handle_at'],
      CAP_SYS_PTRACE: ['pidfd_getfd', 'kcmp'],
    };
    const without = new Set(ours(usual));
    for (const [capability, names] of Object.entries(dangerous)) {
      expect(names.filter((name) => without.has(name))).toEqual([]);
      expect(ours([...usual, capability])).toEqual(expect.arrayContaining(names));
    }
  });

  test('never allows io_uring, keys, userfaultfd, kexec or a change of the root', () => {
    const never = ['io_uring_setup', 'io_uring_enter', 'keyctl', 'add_key', 'userfaultfd', 'kexec_load', 'pivot_root'];
    const all = new Set(ours(capabilityNames));
    expect(never.filter((name) => all.has(name))).toEqual([]);
  });

  test('has threads and processes, but no namespaces, made by clone; clone3 is not there', () => {
    const { program } = compileSeccomp(defaultProfile(usual, native), native);
    const call = (name: string, first: bigint): number =>
      runFilter(program, { number: syscallNumbers(native).get(name) ?? -1, architecture, args: [first] }).action;
    expect([call('clone', 0x3d0f00n), call('clone', 0x1200011n)]).toEqual([allowed, allowed]);
    expect([call('clone', 0x10000000n), call('clone', 0x20011n)]).toEqual([0x50001, 0x50001]);
    expect(call('clone3', 0n)).toBe(0x50026);
  });

  test('names calls that the kernel has', () => {
    const known = new Set(
      (['x86_64', 'x86', 'x32', 'aarch64', 'arm'] as const).flatMap((one) => [...syscallNumbers(one).keys()]),
    );
    const { syscalls = [] } = defaultProfile(capabilityNames, native);
    expect(syscalls.flatMap(({ names }) => names).filter((name) => !known.has(name))).toEqual([]);
  });
});
