// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Where things lie in the image and on the machine, for those who write them and those who read them.

/** The boot plan, a BootPlan as JSON. */
export const bootPlanPath = '/etc/tskit/boot.json';
/** Last entry of the last initramfs segment: when it is missing the kernel ran out of memory while unpacking. */
export const sentinelPath = '/etc/tskit/complete';
/** In the small initrd of a system whose root is on a disk: how it is found, a RootPlan as JSON. */
export const rootPlanPath = '/etc/tskit/root.json';
/** Options of the kernel's command line about such a root: where it is, the root hash of dm-verity, what a wrong block does, how long to wait for the disk. */
export const rootOption = 'tskit.root';
export const verityOption = 'tskit.verity';
export const verityActionOption = 'tskit.verity_action';
export const rootWaitOption = 'tskit.root_wait';
/** Where containers and their images lie. */
export const containersDir = '/containers';
/** Image trees, each under the first 16 hex digits of its manifest digest; shared by all containers of that image. */
export const imagesDir = '/containers/images';
export const onbootDir = '/containers/onboot';
export const onshutdownDir = '/containers/onshutdown';
export const servicesDir = '/containers/services';
/** Each folder in it is a volume: `lower` is what it holds at boot, `merged` where it is mounted, `tmp` where writes go. */
export const volumesDir = '/containers/volumes';
/** Each file in it is what a file system starts with, see FilesystemSeed. */
export const seedsDir = '/etc/tskit/seeds';
/** In the first initramfs segment: the size of everything that is unpacked, an UnpackedSize as JSON. */
export const unpackedPath = '/etc/tskit/unpacked.json';
/** Each folder in it is one kernel release (uname -r). */
export const modulesDir = '/lib/modules';
/** modulesDir/RELEASE/moduleListName: the list of modules, see ModuleRecord. */
export const moduleListName = 'tskit/modules';
/** modulesDir/RELEASE/moduleNodesName: device nodes of modules, as depmod writes it: lines "MODULE PATH c10:229" or "... b7:0". */
export const moduleNodesName = 'modules.devname';
/** modulesDir/RELEASE/moduleAliasDir/BUS: the aliases of one bus, see moduleBus. */
export const moduleAliasDir = 'tskit/alias';
/** Where PID 1 answers tsctl: HTTP/1.1 with JSON. */
export const apiSocket = '/run/tskit/api.sock';
/** Virtio-serial ports whose names start so are for the same (docs/control-api.md); a number follows. */
export const controlPortPrefix = 'org.tskit.control.';
/** Exit codes and times of onboot entries and services, as JSON, rewritten soon after each change. */
export const statusPath = '/run/tskit/status.json';
/** resolv.conf target: made empty before onboot, written in place by the DHCP client. */
export const resolvConfPath = '/run/resolvconf/resolv.conf';
export const logDir = '/var/log';
/** A file system of its own with the secrets of containers. */
export const secretsDir = '/run/tskit/secrets';
/** Where a secret lies for its container, into which init binds it. */
export function secretPath(id: string, name: string): string {
  return `${secretsDir}/${id}/${name}`;
}
/**
 * Where a container finds the socket that it tells of itself by, and NOTIFY_SOCKET says so (sd_notify(3)): /dev is a tmpfs of the
 * container's own, also where its root is read-only.
 */
export const notifySocket = '/dev/notify';
/** What is bound there. */
export function notifyPath(id: string): string {
  return `/run/tskit/notify/${id}`;
}
/** A namespace that the services of a pod join, which init makes. */
export function podNamespacePath(pod: string, kind: 'net' | 'ipc' | 'uts' | 'pid'): string {
  return `/run/tskit/pods/${pod}/${kind}`;
}
