// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Process } from '../../contract/runtime-config.ts';

/**
 * A process for exec, with what restricts the container's own one where it says nothing: as other runtimes do, so that a
 * process.json of a program and its arguments gives nobody more than the container has.
 */
export function withDefaultsOf(own: Process, process: Process): Process {
  const capabilities = process.capabilities ?? own.capabilities;
  const rlimits = isEmpty(process.rlimits) ? own.rlimits : process.rlimits;
  const apparmorProfile = isEmpty(process.apparmorProfile) ? own.apparmorProfile : process.apparmorProfile;
  const selinuxLabel = isEmpty(process.selinuxLabel) ? own.selinuxLabel : process.selinuxLabel;
  const scheduler = process.scheduler ?? own.scheduler;
  const ioPriority = process.ioPriority ?? own.ioPriority;
  const execCPUAffinity = process.execCPUAffinity ?? own.execCPUAffinity;
  const umask = process.user.umask ?? own.user.umask;
  return {
    ...process,
    user: { ...process.user, ...(umask === undefined ? {} : { umask }) },
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(rlimits === undefined ? {} : { rlimits }),
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(selinuxLabel === undefined ? {} : { selinuxLabel }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(ioPriority === undefined ? {} : { ioPriority }),
    ...(execCPUAffinity === undefined ? {} : { execCPUAffinity }),
  };
}

function isEmpty(value: { readonly length: number } | undefined): boolean {
  return value === undefined || value.length === 0;
}
