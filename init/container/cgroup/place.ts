// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Where a container's processes are accounted and limited: all that is kept of its cgroups (state.json), and all that the
 * functions beside this file need. Without any folder (a host without cgroups, a rootless container that asks for nothing)
 * there is nothing to ask and nothing to do.
 */
export interface CgroupPlace {
  /** Folder in the v2 hierarchy; absent on a host without one. */
  readonly v2?: string;
  /** Folders in the v1 hierarchies, by controller ("memory") or by the hierarchy's own name ("name=systemd"). */
  readonly v1?: Readonly<Record<string, string>>;
}

/** A container's cgroup while its first process is made. */
export interface Cgroup {
  readonly place: CgroupPlace;
  /** The folder in the v2 hierarchy, to clone into; the caller closes it. Absent on a host without v2. */
  readonly fd?: number;
  /**
   * Moves the caller into the v1 hierarchies, which nothing can be cloned into. Absent when there are none. For the new process
   * to call, as long as it is in the runtime's mount and cgroup namespaces.
   */
  readonly enter?: () => void;
  /** Restricts devices, where that is put off (CgroupOptions.lateDevices); the folder must still be open. */
  readonly restrict?: () => void;
}

/** Folders that hold the container's processes, each once: a v1 hierarchy may have several controllers. */
export function foldersOf({ v2, v1 = {} }: CgroupPlace): readonly string[] {
  return [...new Set([...(v2 === undefined ? [] : [v2]), ...Object.values(v1)])];
}

/** A folder in whose tree all of the container's processes are; undefined when it has none. */
export function processFolder(place: CgroupPlace): string | undefined {
  return place.v2 ?? place.v1?.['pids'] ?? place.v1?.['devices'] ?? foldersOf(place)[0];
}
