// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { createColdplug } from '../boot/coldplug.ts';
import { parseCommandLine } from '../boot/command-line.ts';
import { openModules } from '../boot/kernel-modules.ts';
import { orStop } from '../boot/or-stop.ts';
import { awaitRoot } from '../boot/await-root.ts';
import { openRoot } from '../boot/open-root.ts';
import { parseRootRequest } from '../boot/root-request.ts';
import { createSteps, type Steps } from '../boot/steps.ts';
import { switchRoot } from '../boot/switch-root.ts';
import { openUevents } from '../boot/uevents.ts';
import type { RootPlan } from '../contract/boot-plan.ts';
import { rootPlanPath } from '../contract/paths.ts';
import { makeFolder, readText } from '../files.ts';
import { MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../linux.ts';
import { rebootCommands } from '../shutdown.ts';
import { type Console, openConsole } from '../supervise/console.ts';

const mounts = [
  { type: 'proc', target: '/proc' },
  { type: 'sysfs', target: '/sys' },
  { type: 'devtmpfs', target: '/dev' },
];
const newRoot = '/root';
const init = '/init';

/**
 * PID 1 of the small initrd of a system whose root is on a disk:
 *
 * 1. modules for the disks that are there, for dm-verity and the file system are loaded;
 * 2. the root is looked for on all disks, for as long as the command line allows;
 * 3. it is verified by dm-verity, unless the command line has no root hash, and mounted read-only;
 * 4. the initramfs is emptied, the root becomes /, and its /init is executed.
 *
 * What fails stops the machine as the plan's `panic` says: there is nothing to go on with.
 */
export default function root(): never {
  const console = openConsole(sys);
  console.line(`tskit: init ${sys.version} looks for the root`);
  const steps = createSteps(sys, console);
  const plan = orStop(sys, console, 'poweroff', () =>
    steps.required('root plan', () => JSON.parse(readText(sys, rootPlanPath)) as RootPlan),
  );
  sys.setPanicAction(rebootCommands[plan.panic]);
  return orStop(sys, console, plan.panic, () => {
    steps.group('root', () => mountRoot(console, steps, plan));
    return steps.required('root', () => {
      switchRoot(
        sys,
        newRoot,
        mounts.map(({ target }) => target),
      );
      return sys.execve(init, [init, ...sys.argv.slice(1)], sys.environ());
    });
  });
}

function mountRoot(console: Console, steps: Steps, plan: RootPlan): string {
  steps.required('mounts', () => {
    for (const { type, target } of mounts) {
      makeFolder(sys, target, 0o755);
      sys.mount(type, target, type, MS_NOSUID | MS_NOEXEC, null);
    }
  });
  const commandLine = steps.required('command line', () => parseCommandLine(readText(sys, '/proc/cmdline')));
  const request = steps.required('root', () => parseRootRequest(commandLine));
  const uevents = steps.required('uevents', () => openUevents(sys));
  const modules = steps.bestEffort('modules', () => openModules(sys, commandLine, (text) => console.warn(text)));
  for (const name of plan.modules) modules?.load(name);
  const coldplug = modules && createColdplug(sys, modules);
  coldplug?.loadPresent(uevents);
  const loadFor = (modaliases: readonly string[] | 'all'): void => {
    if (modaliases === 'all') coldplug?.loadPresent(undefined);
    else for (const modalias of coldplug?.take(modaliases) ?? []) modules?.loadByAlias(modalias);
  };
  const place = steps.required('root', () => awaitRoot(sys, console, request, uevents, loadFor));
  sys.close(uevents);
  const { node, type } = steps.required('root', () => openRoot(sys, place, request.verity));
  steps.required('root', () => {
    makeFolder(sys, newRoot, 0o755);
    sys.mount(node, newRoot, type, MS_RDONLY, null);
  });
  return `${place.disk.name}${request.verity === undefined ? ', not verified' : ', verified'}, found`;
}
