// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { CommandLine } from './command-line.ts';
import { type ModuleIndex, normalise } from './module-index.ts';

/** Loads kernel modules with what they depend on, each once. */
export interface Modules {
  /** By name. False when neither a module nor anything compiled in has that name. */
  load(name: string): boolean;
  /** All modules for a device's modalias or a name that the kernel asks for. False when there is none. */
  loadByAlias(alias: string): boolean;
}

/** Errors that say that a module has nothing to do here, as when its device is missing or another driver has it. */
const idle = new Set(['EEXIST', 'ENODEV', 'EBUSY', 'EOPNOTSUPP']);

/**
 * Modules over an index. `commandLine` gives parameters ("virtio_net.napi_tx=0") and modules not to be loaded by alias
 * (modprobe.blacklist=a,b), as modprobe takes them. Failures are told to `warn` and stop nothing.
 */
export function createModules(
  sys: Sys,
  index: ModuleIndex,
  commandLine: CommandLine,
  warn: (message: string) => void,
): Modules {
  const tried = new Set<string>();
  const blacklist = new Set(
    valuesOf(commandLine, 'modprobe.blacklist')
      .flatMap((names) => names.split(','))
      .map(normalise),
  );

  function insert(path: string, name: string): void {
    try {
      const fd = sys.openat(AT_FDCWD, `${index.folder}/${path}`, O_RDONLY | O_CLOEXEC, 0);
      try {
        sys.finitModule(fd, parametersOf(commandLine, name), 0);
      } finally {
        sys.close(fd);
      }
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (!idle.has(errno)) warn(`module ${name}: ${describeError(error)}`);
    }
  }

  function load(name: string): boolean {
    if (tried.has(name)) return true;
    const record = index.find(name);
    if (record === undefined) return false;
    tried.add(name);
    if (record.path === '') return true;
    // Everything that is needed is listed, so that nothing is looked up through several levels.
    for (const needed of record.before) loadAlone(needed);
    insert(record.path, name);
    for (const wanted of record.after) load(wanted);
    return true;
  }

  function loadAlone(name: string): void {
    if (tried.has(name)) return;
    tried.add(name);
    const path = index.find(name)?.path ?? '';
    if (path !== '') insert(path, name);
  }

  return {
    load: (name) => load(normalise(name)),
    loadByAlias(alias) {
      const names = index.matchAlias(alias).filter((name) => !blacklist.has(name));
      for (const name of names) load(name);
      return names.length > 0;
    },
  };
}

/** "napi_tx=0 gso=1" for a module with such options on the kernel's command line. */
function parametersOf(commandLine: CommandLine, name: string): string {
  const parameters: string[] = [];
  for (const [option, value] of commandLine) {
    const dot = option.indexOf('.');
    if (dot < 0 || normalise(option.slice(0, dot)) !== name) continue;
    const parameter = option.slice(dot + 1);
    parameters.push(value === '' ? parameter : `${parameter}=${value.includes(' ') ? `"${value}"` : value}`);
  }
  return parameters.join(' ');
}

function valuesOf(commandLine: CommandLine, name: string): string[] {
  return commandLine.filter(([key]) => key === name).map(([, value]) => value);
}
