// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// init/container/create.ts where its process or its runtime dies on the way, which no configuration brings about.

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { openChannel } from '../../../init/container/channel.ts';
import { runChild } from '../../../init/container/child.ts';
import { type CreatedContainer, createContainer } from '../../../init/container/create.ts';
import { prepare } from '../../../init/container/prepare.ts';
import type { NamespaceType } from '../../../init/contract/linux-config.ts';
import type { RuntimeConfig } from '../../../init/contract/runtime-config.ts';
import { listFolder, makeFolder, readTextIfPresent, writeText } from '../../../init/files.ts';
import { AT_FDCWD, EPOLL_CTL_ADD, EPOLLIN, SIG_BLOCK, SIGKILL, SIGPIPE } from '../../../init/linux.ts';
import { check, equal, failed, fails, inChild, ok } from '../check.ts';

type Namespace = { readonly type: NamespaceType; readonly path?: string };

const bundle = sys.getcwd();
const stdio = { stdin: 0, stdout: 1, stderr: 2 };
const id = `tskit-create-${sys.getpid()}`;
makeFolder(sys, `${bundle}/rootfs/dev`, 0o755);
writeText(sys, `${bundle}/rootfs/program`, 'never run', 0o755);

function configWith(...namespaces: readonly Namespace[]): RuntimeConfig {
  return {
    ociVersion: '1.3.0',
    root: { path: 'rootfs' },
    process: { cwd: '/', args: ['/program'], env: [], user: { uid: 0, gid: 0 } },
    linux: { namespaces: [{ type: 'mount' }, ...namespaces] },
  };
}

function create(...namespaces: readonly Namespace[]): CreatedContainer {
  return createContainer(sys, { id, bundle, config: configWith(...namespaces), stdio });
}

function message(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

/** The act leaves as many descriptors open as it found. */
function keepsDescriptors(act: () => void): void {
  const before = listFolder(sys, '/proc/self/fd').length;
  act();
  equal(listFolder(sys, '/proc/self/fd').length, before);
}

function awaitEnd(pidfd: number): void {
  const epoll = sys.epollCreate();
  sys.epollCtl(epoll, EPOLL_CTL_ADD, pidfd, EPOLLIN);
  sys.epollWait(epoll, -1);
  sys.close(epoll);
}

function deaths(): void {
  check('a process that is killed before its start is reaped, and nothing of it is left', () =>
    keepsDescriptors(() => {
      const container = create();
      sys.pidfdSendSignal(container.pidfd, SIGKILL);
      awaitEnd(container.pidfd);
      equal(
        message(() => container.start()),
        `container ${id}: its process died before it was ready`,
      );
      fails('ECHILD', 'wait4', () => sys.wait4(container.pid, 0));
      ok(readTextIfPresent(sys, `${container.cgroup.v2}/cgroup.procs`) === undefined, 'no cgroup');
    }),
  );
  check('a namespace that cannot be joined leaves no descriptor open', () =>
    keepsDescriptors(() => {
      const text = message(() => create({ type: 'network', path: '/proc/self/ns/uts' }));
      equal(text, `container ${id}: join network namespace /proc/self/ns/uts: setns: EINVAL`);
    }),
  );
  check('device rules that make no sense leave no descriptor open and no cgroup', () =>
    keepsDescriptors(() => {
      const config = configWith();
      const linux = { ...config.linux, resources: { devices: [{ allow: true, type: 'x' }] } };
      const text = message(() => createContainer(sys, { id, bundle, config: { ...config, linux }, stdio }));
      ok(text.includes('expected the type "a", "b" or "c", found "x"'), `a word about the type, not ${text}`);
    }),
  );
  check("a process whose runtime is gone ends, and never goes on in the runtime's code", () => {
    const preparation = prepare(sys, { id, bundle, config: configWith(), stdio, warn: () => undefined }, []);
    const broken = { ...preparation, config: { ...configWith(), hostname: '\0' } };
    equal(
      inChild(0, () => {
        const [runtime, container] = openChannel(sys);
        sys.close(runtime);
        return runChild(sys, container, broken);
      }),
      1,
    );
  });
}

/** Creates a container in new namespaces that take a process in between; `act` is done by the process in between, before it tells the pid. */
function createJoined(act: () => void): CreatedContainer {
  const disturbed: typeof sys = {
    ...sys,
    sendmsg: (fd, bytes, fds, flags) => {
      if (sys.decodeUtf8(bytes).startsWith('pid ')) act();
      return sys.sendmsg(fd, bytes, fds, flags);
    },
  };
  const ids = [{ containerID: 0, hostID: 100_000, size: 1 }];
  // Its root makes links there.
  sys.fchownat(AT_FDCWD, `${bundle}/rootfs/dev`, 100_000, 100_000, 0);
  const config = configWith({ type: 'user' }, { type: 'time' });
  const linux = { ...config.linux, uidMappings: ids, gidMappings: ids };
  return createContainer(disturbed, { id, bundle, config: { ...config, linux }, stdio });
}

function between(): void {
  check(
    'a process in namespaces that are made before it waits until the runtime knows it, however slow the one in between is',
    () => createJoined(() => sys.nanosleep(50e6)).abort(),
  );
  check('a process in between that dies leaves the container without a start, and nobody waiting', () => {
    equal(
      message(() => createJoined(() => sys.exit(9))),
      `container ${id}: the process that joins namespaces died`,
    );
    sys.wait4(-1, 0);
  });
}

function privacy(): void {
  check('before its start it cannot be looked into, not even by a process with the same user and rights', () => {
    const container = create();
    equal(
      inChild(0, () => {
        sys.capset({ effective: 0n, permitted: 0n, inheritable: 0n });
        fails(
          'EACCES',
          'readlinkat',
          () => sys.readlinkat(AT_FDCWD, `/proc/${container.pid}/exe`),
          `/proc/${container.pid}/exe`,
        );
        return 0;
      }),
      0,
    );
    container.abort();
  });
}

export default function main(): number {
  // As PID 1 does, so that a write to a process that is gone is an error.
  sys.sigprocmask(SIG_BLOCK, [SIGPIPE]);
  deaths();
  between();
  privacy();
  return failed();
}
