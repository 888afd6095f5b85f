// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Everything that the build writes and the booted system reads, and what that tells of itself: on-image paths and JSON shapes, so
// that each is typed once.

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

/** Integers above 2^53 - 1 are bigint on both sides: JSON is read and written with all digits. */
export type Integer = number | bigint;

/**
 * What init runs, all of it decided at build time. A version is one build's: init takes its own only, and says so of another.
 */
export interface BootPlan {
  readonly version: typeof bootPlanVersion;
  /** Mounted before the first entry runs. */
  readonly volumes: readonly VolumePlan[];
  readonly onboot: readonly ContainerPlan[];
  readonly services: readonly ContainerPlan[];
  /** One after the other, whatever they say of others. */
  readonly onshutdown: readonly ContainerPlan[];
  /** What a crash of PID 1 itself does. */
  readonly panic: 'reboot' | 'poweroff' | 'halt';
  /**
   * Seconds that stopping all onboot entries and services takes at most: the sum of what was promised along the longest chain of
   * dependencies, each entry with its grace period and afterKillSeconds.
   */
  readonly stopSeconds: number;
  readonly watchdog?: WatchdogPlan;
  readonly disk?: DiskPlan;
}

/** Of BootPlan. */
export const bootPlanVersion = 2;

/** Bytes of a SquashFS superblock, and where in it the four numbers of 32 bits are that stand for a UUID: inodes, size, two tables. */
export const squashfsSuperblockSize = 96;
export const squashfsUuidFields: readonly number[] = [4, 40, 64, 72];

/** In the first volume descriptor of our ISO 9660 file systems: who wrote it, and where its UUID is (ECMA-119, 8.4.20 and 8.4.32). */
export const isoApplication = 'TSKIT';
export const isoApplicationOffset = 574;
export const isoUuidOffset = 883;

/** How the root on a disk is found; the options above say which one it is. */
export interface RootPlan {
  /** Modules that no device asks for, in the order in which they are loaded; those that the kernel does not have are passed over. */
  readonly modules: readonly string[];
  readonly panic: BootPlan['panic'];
}

/** Partitions that keep data: they are made at the first boot, and mounted before volumes. */
export interface DiskPlan {
  /** A path, "root" for the disk that the system was started from, or "auto". */
  readonly device: string;
  /** In their order on the disk. */
  readonly partitions: readonly PartitionPlan[];
  /** What it does to the system that one of them cannot be made or mounted. */
  readonly onFailure: FailureAction;
}

export interface PartitionPlan {
  /** Its name in the partition table, ASCII. */
  readonly label: string;
  /** GUID in lower case. */
  readonly type: string;
  /** Bytes; absent for what is left. With `grow` that is the least. */
  readonly size?: number;
  /** Bytes that it has at least where no size is given. */
  readonly least: number;
  /** It takes what is free behind it, at each boot. */
  readonly grow: boolean;
  /** Absent for a partition without file system. */
  readonly filesystem?: 'ext4';
  /** Name in seedsDir. */
  readonly seed?: string;
  readonly mount?: { readonly path: string; readonly options: readonly string[] };
}

/** Offset and length in bytes, multiples of 4096. */
export type Extent = readonly [offset: number, length: number];

/**
 * What a seed starts with, as JSON in one line. `data` are the extents of the file system whose bytes follow behind the line, one
 * after the other; `zeros` are those that have to be zero. What is in the others means nothing.
 */
export interface FilesystemSeed {
  readonly size: number;
  readonly data: readonly Extent[];
  readonly zeros: readonly Extent[];
}

/** A folder that containers share. */
export interface VolumePlan {
  readonly name: string;
  readonly folder: string;
  /** In order; upper and work folders of overlays are made. */
  readonly mounts: readonly Mount[];
}

/** What `tskit run` chooses --mem by, and what init names when the root did not fit. */
export interface UnpackedSize {
  readonly bytes: number;
  /** MiB of guest memory that the unpacked image and its containers need. */
  readonly memoryMiB: number;
}

export interface ContainerPlan {
  /** Its bundle's path below /containers ("onboot/000-dhcp", "services/nginx"): no other entry of the plan has it. */
  readonly id: string;
  readonly name: string;
  /** Folder with config.json (RuntimeConfig) and runtime.json (BundleRuntime). */
  readonly bundle: string;
  /** Reference of the image, for messages. */
  readonly image: string;
  /** What it waits for, all of it; free of cycles, the barrier of `waitsForOnboot` included. */
  readonly after: readonly DependencyPlan[];
  /** It waits until every onboot entry has come to its end, whatever that was: a service that names nothing to wait for. */
  readonly waitsForOnboot: boolean;
  readonly unit: UnitPlan;
  /** Names of the volumes that it mounts; absent for none. */
  readonly volumes?: readonly string[];
  /** Labels of the partitions that it finds something of; absent for none. */
  readonly partitions?: readonly string[];
  /** "SIGQUIT", "QUIT", "3", "SIGRTMIN+3"; default "SIGTERM". */
  readonly stopSignal?: string;
  /** Present where unit.isChecked. */
  readonly health?: HealthPlan;
  /** The watchdog is kept alive only while this service is well. */
  readonly critical: boolean;
  /** Services of one pod join its namespaces (podNamespacePath), and are started and stopped together by who asks for one. */
  readonly pod?: string;
  /** It joins the pod's PID namespace too. */
  readonly sharesProcesses?: true;
  readonly log: LogPlan;
  readonly secrets?: readonly SecretPlan[];
}

/** Something that an entry waits for. */
export interface DependencyPlan {
  /** Id of an onboot entry or a service. */
  readonly on: string;
  /**
   * `started`: it runs, or has run. `healthy`: its health check passed. `completed`: it ended well. `finished`: it has come to its
   * end, whatever that was: ended, failed or never started. All but the last can become impossible, when it failed or was skipped;
   * then the entry that waits is skipped too, unless the dependency is `optional`.
   */
  readonly condition: 'started' | 'healthy' | 'completed' | 'finished';
  /** Once it can no longer hold, it is waited for no longer. */
  readonly optional?: true;
  /** The entry that waits is restarted when somebody has restarted the other; not when that failed and came back by itself. */
  readonly restart?: true;
}

/** When a container that ended is started again, and what it means when that does not help. Seconds throughout. */
export interface RestartPlan {
  readonly condition: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  readonly delay: number;
  /** Each further failure multiplies the delay by `backoff`, up to `maxDelay`. */
  readonly backoff: number;
  readonly maxDelay: number;
  /** One that ran for so long has recovered: its next failure counts as the first. */
  readonly window: number;
  /** Restarts after failures in a row; absent: as many as it takes. */
  readonly maxAttempts?: number;
  readonly onGiveUp: 'leave' | 'reboot' | 'poweroff';
}

/** What a failed onboot entry does to the system. */
export type FailureAction = 'continue' | 'halt' | 'reboot' | 'poweroff' | 'emergency';

/** The part of an entry's plan that decides what happens to it. */
export interface UnitPlan {
  /** Services run on; the others run once. */
  readonly isService: boolean;
  readonly restart: RestartPlan;
  /** Seconds from the stop signal to SIGKILL. */
  readonly stopGrace: number;
  /** Seconds that one that runs once has. */
  readonly timeout?: number;
  readonly onFailure: FailureAction;
  readonly onUnhealthy: 'restart' | 'ignore' | 'reboot';
  /** It has a health check: until that has passed it is `starting`. */
  readonly isChecked: boolean;
}

/** Seconds that the kernel gets to end what was killed; a process in an uninterruptible call may not go at all. */
export const afterKillSeconds = 2;

/**
 * How to see that a service works, as Compose and Docker mean it: a probe every `interval` after the one before has ended, and
 * every `startInterval` during `startPeriod`, in which failures do not count until one has passed. `retries` failures in a row
 * are unhealthy. Seconds.
 */
export interface HealthPlan {
  readonly probe: Probe;
  readonly interval: number;
  /** A probe that takes longer has failed. */
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
  readonly startInterval: number;
}

/**
 * `exec`: a program in the container, as its process runs; exit code 0. `http`: a GET that is answered by a status from 200 to 399.
 * `tcp`: a connection that is accepted. Both are made in the container's network; `address` is an IPv4 or IPv6 address.
 * `file`: a path in the container that is there. `notify`: nothing is asked, the service itself says READY=1 (sd_notify(3)) on
 * NOTIFY_SOCKET; within startPeriod where that is not 0, else whenever. With `watchdog` it also has to say WATCHDOG=1 that often
 * (WATCHDOG_USEC). `interval`, `timeout`, `retries` and `startInterval` mean nothing then.
 */
export type Probe =
  | { readonly kind: 'exec'; readonly args: readonly string[] }
  | {
      readonly kind: 'http';
      readonly address: string;
      readonly port: number;
      /** The Host header. */
      readonly host: string;
      /** With its query. */
      readonly path: string;
    }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'notify'; readonly watchdog?: number };

/** Where the output of a container goes. */
export interface LogPlan {
  readonly driver: 'memory' | 'file' | 'kmsg' | 'syslog';
  /** Bytes of the ring (`memory`) or of one file (`file`). */
  readonly maxSize: number;
  /** Files (`file`), the one that is written included. */
  readonly maxFiles: number;
  /** Where datagrams go (`syslog`, RFC 5424 over UDP). */
  readonly address?: string;
  readonly port?: number;
  /** Lines that are let through within `seconds`; what is beyond is counted and told. Absent: all, of `kmsg` 100 a second. */
  readonly rate?: { readonly lines: number; readonly seconds: number };
  /** Each line as a JSON object: time, stream, service, text. */
  readonly json: boolean;
}

/** A file in memory that a container finds at `path`: init binds it there, config.json says nothing of it. */
export interface SecretPlan {
  /** A file's name, in one container only once. */
  readonly name: string;
  readonly from:
    | { readonly kind: 'fw_cfg'; readonly name: string }
    /** Of the booted system. */
    | { readonly kind: 'file'; readonly path: string };
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** The hardware's, or softdog where there is none: fed only while PID 1 and all critical services are well. */
export interface WatchdogPlan {
  readonly device: string;
  /** Seconds. */
  readonly timeout: number;
}

/** What PID 1 knows of the system: the content of statusPath, and what `tsctl status --json` prints. */
export interface SystemStatus {
  readonly version: 1;
  /**
   * `degraded`: as running, but an entry failed, is unhealthy or still waits. `halted`: an onboot entry with onFailure "halt" or
   * "emergency" failed, nothing further is started. `stopping`: on the way to power-off, reboot or halt.
   */
  readonly state: 'booting' | 'running' | 'degraded' | 'halted' | 'stopping';
  /**
   * Seconds from the start of PID 1 until no entry was on its way any more (docs/supervision.md), to the millisecond; absent before.
   */
  readonly bootSeconds?: number;
  readonly onboot: readonly ContainerStatus[];
  readonly services: readonly ContainerStatus[];
  readonly onshutdown: readonly ContainerStatus[];
  /** Of a system with a `disk`, in its order. */
  readonly partitions?: readonly PartitionStatus[];
}

/** A partition that keeps data. */
export interface PartitionStatus {
  readonly label: string;
  /** `made`: it was, at this boot. `failed`: it could not be made or mounted, see `error`. */
  readonly state: 'made' | 'present' | 'failed';
  /** Absent where there is none. */
  readonly device?: string;
  readonly bytes?: number;
  /** Where it is mounted. */
  readonly mount?: string;
  readonly error?: string;
}

export interface ContainerStatus {
  /** Unlike the name only once in the system ("services/web"). */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /**
   * `restarting`: it ended and is started again after a delay. `exited`: it ran and ended, however that was. `failed`: it could not
   * be started, see `error`. `stopped`: somebody asked for that. `skipped`: it never will be started, see `error`.
   */
  readonly state: 'waiting' | 'running' | 'stopping' | 'restarting' | 'exited' | 'failed' | 'stopped' | 'skipped';
  readonly pid?: number;
  /** Seconds since the kernel started, of the last run. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Of one that ended: its code, or the name of the signal that killed it ("SIGKILL"). */
  readonly exitCode?: number;
  readonly signal?: string;
  /** Why it could not be started; of one that ended: that a process of it was killed as it was out of memory. */
  readonly error?: string;
  /** Of one that runs and is checked. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** How often it was started again; absent for never. */
  readonly restarts?: number;
  /** Of one that is `exited` or `failed`: it is not started again because it was too often (restart_policy.max_attempts). */
  readonly givenUp?: true;
  /** What the service says of itself (sd_notify(3), STATUS). */
  readonly says?: string;
}

/** An entry in GET /v1/units. */
export interface UnitSummary extends ContainerStatus {
  readonly section: 'onboot' | 'services' | 'onshutdown';
  /** Of one that runs: since when, in seconds; bytes of memory; seconds of CPU time. */
  readonly uptime?: number;
  readonly memory?: number;
  readonly cpu?: number;
}

/** GET /v1/units/NAME. */
export interface UnitDetails extends UnitSummary {
  /** Where the log is: a path, or what shows it. */
  readonly log: string;
  readonly plan: ContainerPlan;
  /** Those of the entry that are remembered, the oldest first. */
  readonly events: readonly SystemEvent[];
}

/** GET /v1/boot: what the boot took, in seconds since the kernel started. */
export interface BootTimes {
  readonly version: 1;
  /** PID 1 starts, and has the kernel, devices and mounts ready for entries. */
  readonly initAt: number;
  readonly entriesAt: number;
  /** No entry is on its way any more; absent before. */
  readonly bootedAt?: number;
  /** Onboot entries, then services. */
  readonly units: readonly UnitTimes[];
}

/** The first run of an entry. What has not happened is absent. */
export interface UnitTimes extends Pick<ContainerPlan, 'id' | 'after' | 'waitsForOnboot'> {
  readonly isService: boolean;
  readonly isChecked: boolean;
  /** PID 1 sets about starting it. */
  readonly startedAt?: number;
  /** Its program runs. */
  readonly runningAt?: number;
  readonly healthyAt?: number;
  /** Its end, also where it could not be started or was skipped. */
  readonly endedAt?: number;
}

/** Something that happened to an entry, as `tsctl events` tells it. */
export interface SystemEvent {
  /** They are numbered from 1 on. */
  readonly number: number;
  /** Seconds since the kernel started. */
  readonly at: number;
  /** Of the entry. */
  readonly id: string;
  /** `failed`: it could not be started. `killed`: it did not end within its grace. */
  readonly kind:
    | 'started'
    | 'ended'
    | 'failed'
    | 'skipped'
    | 'gave up'
    | 'healthy'
    | 'unhealthy'
    | 'stopping'
    | 'killed';
  readonly text: string;
}

/**
 * LinuxKit's runtime.json: what is done in the root namespaces before the container is created, and for its process once there
 * is one. `mounts` come in order and include those that make `rootfs` (bind of the image tree, or tmpfs plus overlay), so that
 * LinuxKit's own init can boot the same root. Relative destinations are relative to the bundle's rootfs.
 */
export interface BundleRuntime {
  readonly cgroups?: readonly string[];
  readonly mounts?: readonly Mount[];
  readonly mkdir?: readonly string[];
  readonly interfaces?: readonly BundleInterface[];
  /** Where each of the container's namespaces is kept, by the kernel's names. */
  readonly bindNS?: Readonly<Partial<Record<BoundNamespace, string>>>;
  /** containerd's, for LinuxKit's init; ours has no containerd. */
  readonly namespace?: string;
}

/** A network interface that is made for the container, or without `add` taken from the system's namespace. */
export interface BundleInterface {
  readonly name: string;
  /** Type of link ("veth", "wireguard"). */
  readonly add?: string;
  /** The other end of a veth pair, which stays in the system's namespace. */
  readonly peer?: string;
  /** It is made in the system's namespace first and moved then. */
  readonly createInRoot: boolean;
}

/** Kinds of namespaces that can be kept, as /proc/PID/ns calls them. */
export const boundNamespaces = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;
export type BoundNamespace = (typeof boundNamespaces)[number];

// The module index is text that is looked into, not parsed: the build sorts the lines bytewise and drops repeated ones, so
// that a lookup is a binary search in the file's text and costs the same for 100 modules as for 4000. ASCII, each line ends
// in a newline. Names are normalised ('-' is '_'), as the kernel and modprobe compare them.

/**
 * One line of the module list: four fields separated by tabs, `NAME PATH BEFORE AFTER`, the last two separated by spaces inside.
 * Modules that are compiled into the kernel are listed with an empty PATH: asking for one succeeds and does nothing.
 */
export interface ModuleRecord {
  readonly name: string;
  /** Relative to modulesDir/RELEASE, never compressed. */
  readonly path: string;
  /**
   * Modules to load first, in this order: `depends` and soft dependencies ("pre"), all the way down. One that does not load
   * is not an error yet: it may be a soft one, and of a hard one the kernel says so when the module itself is loaded.
   */
  readonly before: readonly string[];
  /** Modules to load afterwards (soft dependencies, "post"); each may fail. */
  readonly after: readonly string[];
}

/**
 * Which alias file a modalias or a requested name is looked for in: the letters and digits that it starts with when it has
 * a colon ("pci:v00001AF4d…" -> "pci"), else "name" ("fs-ext4"). No such file, no such alias.
 *
 * An alias file's first line holds the lengths of the literal starts that occur in it, ascending, separated by spaces. Each
 * further line is `START TAB REST SPACE NAME [TAB REST SPACE NAME]…`: the part of the pattern up to its first `*`, `?` or `[`,
 * then for each alias with that start the rest of the pattern (fnmatch without flags; may be empty) and the module. '-' is
 * written as '_' outside of brackets, and so is it to be in what is looked for, as modprobe does. So a lookup is, for each
 * length, a binary search for that many first characters of the modalias and a match of the few rests on that line; all
 * modules found are loaded. Within a line modules are in the order of modules.order.
 */
export function moduleBus(alias: string): string {
  return alias.includes(':') ? (/^[A-Za-z0-9]+/.exec(alias)?.[0] ?? 'name') : 'name';
}

// OCI runtime-spec 1.3, config.json (config.md, config-linux.md).

/** config.json (OCI runtime-spec config.md). */
export interface RuntimeConfig {
  readonly ociVersion: string;
  readonly root: { readonly path: string; readonly readonly?: boolean };
  readonly hostname?: string;
  readonly domainname?: string;
  readonly process: Process;
  readonly mounts?: readonly Mount[];
  readonly hooks?: Hooks;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: Linux;
}

/** When each list runs, and in which namespaces: config.md, POSIX-platform Hooks. */
export interface Hooks {
  readonly prestart?: readonly Hook[];
  readonly createRuntime?: readonly Hook[];
  readonly createContainer?: readonly Hook[];
  readonly startContainer?: readonly Hook[];
  readonly poststart?: readonly Hook[];
  readonly poststop?: readonly Hook[];
}

/** A program of the host or the container (config.md, POSIX-platform Hooks). */
export interface Hook {
  readonly path: string;
  /** argv, its first word included. */
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

/** config.md, Process. */
export interface Process {
  readonly terminal?: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly cwd: string;
  readonly env?: readonly string[];
  readonly args: readonly string[];
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly additionalGids?: readonly number[];
    readonly umask?: number;
  };
  readonly capabilities?: Capabilities;
  readonly noNewPrivileges?: boolean;
  readonly rlimits?: readonly { readonly type: string; readonly soft: Integer; readonly hard: Integer }[];
  readonly oomScoreAdj?: number;
  readonly scheduler?: Scheduler;
  /** `priority` is 0 when absent, as with IOPRIO_CLASS_IDLE, which has no levels. */
  readonly ioPriority?: { readonly class: string; readonly priority?: number };
  readonly execCPUAffinity?: { readonly initial?: string; readonly final?: string };
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
}

/** sched_setattr(2); `runtime`, `deadline` and `period` in nanoseconds. */
export interface Scheduler {
  readonly policy: string;
  readonly nice?: number;
  readonly priority?: number;
  readonly flags?: readonly string[];
  readonly runtime?: Integer;
  readonly deadline?: Integer;
  readonly period?: Integer;
}

/**
 * Capabilities of Linux 6.12 in the order of their numbers, so that an index is a bit of a set (capabilities(7),
 * include/uapi/linux/capability.h).
 */
export const capabilityNames: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
];

/** Sets of capabilityNames. */
export interface Capabilities {
  readonly bounding?: readonly string[];
  readonly permitted?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly effective?: readonly string[];
  readonly ambient?: readonly string[];
}

/** config.md, Mounts. */
export interface Mount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

/** config-linux.md, User namespace mappings. */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** config-linux.md. */
export interface Linux {
  readonly namespaces?: readonly { readonly type: NamespaceType; readonly path?: string }[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly devices?: readonly Device[];
  readonly cgroupsPath?: string;
  readonly rootfsPropagation?: string;
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly resources?: Resources;
  readonly seccomp?: LinuxSeccomp;
  readonly mountLabel?: string;
  readonly personality?: { readonly domain: string; readonly flags?: readonly string[] };
  /** By clock, "boottime" and "monotonic"; `secs` may be negative. */
  readonly timeOffsets?: Readonly<Record<string, { readonly secs?: Integer; readonly nanosecs?: number }>>;
  /** Host interfaces to move into the network namespace, by their names there. */
  readonly netDevices?: Readonly<Record<string, { readonly name?: string }>>;
  readonly memoryPolicy?: MemoryPolicy;
  readonly intelRdt?: Readonly<Record<string, unknown>>;
}

/** set_mempolicy(2); `nodes` as a list of numbers and ranges ("0-3,7"). */
export interface MemoryPolicy {
  readonly mode?: string;
  readonly nodes?: string;
  readonly flags?: readonly string[];
}

/** config-linux.md, Seccomp. */
export interface LinuxSeccomp {
  /** "SCMP_ACT_ALLOW" ... */
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  /** "SCMP_ARCH_X86_64" ... */
  readonly architectures?: readonly string[];
  /** "SECCOMP_FILTER_FLAG_LOG" ... */
  readonly flags?: readonly string[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly SeccompRule[];
}

/** An element of linux.seccomp.syscalls. */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

/** One comparison of an argument; with "SCMP_CMP_MASKED_EQ" `value` is the mask and `valueTwo` what is expected. */
export interface SeccompArgument {
  /** 0 to 5. */
  readonly index: number;
  readonly value: Integer;
  readonly valueTwo?: Integer;
  readonly op: string;
}

/** config-linux.md, Namespaces. */
export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

/** config-linux.md, Devices. */
export interface Device {
  readonly path: string;
  /** 'c' or 'u' character, 'b' block, 'p' fifo. */
  readonly type: 'c' | 'u' | 'b' | 'p';
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** config-linux.md, Control groups. */
export interface Resources {
  readonly devices?: readonly {
    readonly allow: boolean;
    readonly type?: string;
    readonly major?: number;
    readonly minor?: number;
    readonly access?: string;
  }[];
  readonly memory?: {
    readonly limit?: Integer;
    readonly reservation?: Integer;
    readonly swap?: Integer;
    readonly kernel?: Integer;
    readonly kernelTCP?: Integer;
    readonly swappiness?: Integer;
    readonly disableOOMKiller?: boolean;
    readonly useHierarchy?: boolean;
    readonly checkBeforeUpdate?: boolean;
  };
  readonly cpu?: {
    readonly shares?: number;
    readonly quota?: number;
    readonly period?: number;
    readonly burst?: number;
    readonly realtimeRuntime?: Integer;
    readonly realtimePeriod?: Integer;
    readonly idle?: number;
    readonly cpus?: string;
    readonly mems?: string;
  };
  readonly pids?: { readonly limit: number };
  readonly blockIO?: BlockIo;
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: Integer }[];
  readonly network?: {
    readonly classID?: number;
    readonly priorities?: readonly { readonly name: string; readonly priority: number }[];
  };
  readonly rdma?: Readonly<Record<string, { readonly hcaHandles?: number; readonly hcaObjects?: number }>>;
  readonly unified?: Readonly<Record<string, string>>;
}

/** config-linux.md, Block IO. */
export interface BlockIo {
  readonly weight?: number;
  readonly leafWeight?: number;
  readonly weightDevice?: readonly {
    readonly major: number;
    readonly minor: number;
    readonly weight?: number;
    readonly leafWeight?: number;
  }[];
  readonly throttleReadBpsDevice?: readonly ThrottledDevice[];
  readonly throttleWriteBpsDevice?: readonly ThrottledDevice[];
  readonly throttleReadIOPSDevice?: readonly ThrottledDevice[];
  readonly throttleWriteIOPSDevice?: readonly ThrottledDevice[];
}

/** `rate` in bytes or operations a second. */
export interface ThrottledDevice {
  readonly major: number;
  readonly minor: number;
  readonly rate: Integer;
}
