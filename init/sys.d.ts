// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The bindings of native/: one is one system call, without policy. A call that fails throws a SysError. Flags are the
// kernel's numbers (init/linux.ts names them). Every descriptor is opened close-on-exec; dup3 and fcntl clear it.
// Paths and strings go to the kernel as UTF-8; bytes that are not UTF-8 come back as lone surrogates U+DC80..U+DCFF
// and go out again as the same bytes. 64-bit values that may exceed 2^53 are bigint.

declare module 'tskit:sys' {
  /** `errno` is positive; `code` is its name ("ENOENT"); `syscall` the system call's. `message` reads "openat /x: ENOENT". */
  export interface SysError extends Error {
    readonly errno: number;
    readonly code: string;
    readonly syscall: string;
  }

  // Engine and process image.
  /** argv of the process. */
  export const argv: readonly string[];
  /** The environment at start, as "NAME=value". */
  export function environ(): string[];
  /** Runs another bytecode unit of this binary ("create", "tsctl"); returns what its module exported as default. */
  export function loadUnit(name: string): unknown;
  /** Frees what only refers to itself (closures of a connection, say) once the heap is `slack` bytes above what it was after the last time. */
  export function collectCycles(slack: number): void;
  /** Version and engine, made at build time. */
  export const version: string;
  export const engine: string;
  export function encodeUtf8(text: string): Uint8Array;
  export function decodeUtf8(bytes: Uint8Array): string;

  // Files. `dirfd` -100 is AT_FDCWD.
  export interface OpenHow {
    readonly flags: number;
    readonly mode?: number;
    readonly resolve?: number;
    /** 1: the result is -1, and nothing is thrown, when nothing is there (ENOENT, ENOTDIR). */
    readonly optional?: 1;
  }
  export function openat(dirfd: number, path: string, flags: number, mode: number): number;
  export function openat2(dirfd: number, path: string, how: OpenHow): number;
  export function close(fd: number): void;
  /** Bytes read; 0 at the end. */
  export function read(fd: number, buffer: Uint8Array): number;
  export function pread(fd: number, buffer: Uint8Array, offset: number): number;
  export function write(fd: number, bytes: Uint8Array): number;
  export function lseek(fd: number, offset: number, whence: number): number;
  export function ftruncate(fd: number, size: number): void;
  export function fsync(fd: number): void;
  export function mkdirat(dirfd: number, path: string, mode: number): void;
  export function mknodat(dirfd: number, path: string, mode: number, major: number, minor: number): void;
  export function symlinkat(target: string, dirfd: number, path: string): void;
  export function linkat(oldDirfd: number, oldPath: string, newDirfd: number, newPath: string, flags: number): void;
  export function unlinkat(dirfd: number, path: string, flags: number): void;
  export function renameat2(oldDirfd: number, oldPath: string, newDirfd: number, newPath: string, flags: number): void;
  export function readlinkat(dirfd: number, path: string): string;
  export function fchownat(dirfd: number, path: string, uid: number, gid: number, flags: number): void;
  export function fchmodat(dirfd: number, path: string, mode: number): void;
  export function fchmod(fd: number, mode: number): void;
  export function fchown(fd: number, uid: number, gid: number): void;
  export interface Stat {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly size: number;
    readonly nlink: number;
    readonly ino: bigint;
    readonly dev: bigint;
    readonly rdevMajor: number;
    readonly rdevMinor: number;
    /** Seconds. */
    readonly mtime: number;
    readonly atimeNs: bigint;
    readonly mtimeNs: bigint;
    readonly mountId: bigint;
  }
  /** With AT_EMPTY_PATH (0x1000) and '' it is fstat. */
  export function statx(dirfd: number, path: string, flags: number): Stat;
  /** `type` is the file system's magic; sizes in bytes. */
  export function fstatfs(fd: number): { readonly type: number; readonly size: number; readonly free: number };
  export interface Dirent {
    readonly name: string;
    /** DT_DIR 4, DT_REG 8, DT_LNK 10, ... */
    readonly type: number;
  }
  /** All entries but . and .., unsorted. */
  export function readdir(fd: number): Dirent[];
  /** Times in nanoseconds since 1970. */
  export function utimensat(dirfd: number, path: string, atimeNs: bigint, mtimeNs: bigint, flags: number): void;
  export function faccessat2(dirfd: number, path: string, mode: number, flags: number): void;
  export function flock(fd: number, operation: number): void;
  export function dup3(oldFd: number, newFd: number, flags: number): void;
  export function fcntl(fd: number, command: number, argument: number): number;
  export function pipe2(flags: number): readonly [number, number];
  export function closeRange(first: number, last: number, flags: number): void;
  export function memfdCreate(name: string, flags: number): number;
  /** At most `count` bytes, from where `from` stands; returns how many. */
  export function sendfile(to: number, from: number, count: number): number;
  export function umask(mask: number): number;
  export function chdir(path: string): void;
  export function fchdir(fd: number): void;
  export function chroot(path: string): void;
  export function sync(): void;
  export function getcwd(): string;
  export function fsetxattr(fd: number, name: string, value: Uint8Array, flags: number): void;
  export function fgetxattr(fd: number, name: string): Uint8Array;
  export function flistxattr(fd: number): string[];

  // Mounts.
  export function mount(
    source: string | null,
    target: string,
    type: string | null,
    flags: number,
    data: string | null,
  ): void;
  export function umount2(target: string, flags: number): void;
  export function swapon(path: string, flags: number): void;
  export function pivotRoot(newRoot: string, putOld: string): void;
  export function openTree(dirfd: number, path: string, flags: number): number;
  export function moveMount(fromFd: number, fromPath: string, toFd: number, toPath: string, flags: number): void;
  export function fsopen(type: string, flags: number): number;
  /** A context to reconfigure the file system that is mounted at `path`. */
  export function fspick(dirfd: number, path: string, flags: number): number;
  /** `value` null for flags, commands and descriptors; FSCONFIG_SET_FD takes the descriptor as `aux`. */
  export function fsconfig(fd: number, command: number, key: string | null, value: string | null, aux: number): void;
  export function fsmount(fd: number, flags: number, attributes: number): number;
  export interface MountAttr {
    readonly set: number;
    readonly clear: number;
    readonly propagation: number;
    readonly usernsFd: number;
  }
  export function mountSetattr(dirfd: number, path: string, flags: number, attr: MountAttr): void;

  // Processes.
  export interface CloneArgs {
    /** CLONE_NEW*, CLONE_PIDFD, CLONE_PARENT ... CLONE_INTO_CGROUP is implied by `cgroupFd`. */
    readonly flags: number;
    readonly exitSignal: number;
    readonly cgroupFd?: number;
  }
  /**
   * `pid` is 0 in the child. `pidfd` is -1 unless CLONE_PIDFD was asked. The child has all of the parent's calls below it on
   * its stack: it ends in execve or exit, and catches what is thrown before the parent's code does.
   */
  export function clone3(args: CloneArgs): { readonly pid: number; readonly pidfd: number };
  export function execve(path: string, argv: readonly string[], env: readonly string[]): never;
  /** As PID 1 it is a crash: the kernel panics when PID 1 ends. */
  export function exit(code: number): never;
  /** waitpid semantics: `pid` 0 when WNOHANG found none. `status` is the raw wait status. */
  export function wait4(pid: number, options: number): { readonly pid: number; readonly status: number };
  export function kill(pid: number, signal: number): void;
  export function pidfdOpen(pid: number, flags: number): number;
  /** A copy of a descriptor that the process has; close-on-exec. */
  export function pidfdGetfd(pidfd: number, fd: number, flags: number): number;
  export function pidfdSendSignal(pidfd: number, signal: number): void;
  export function getpid(): number;
  export function getppid(): number;
  export function getuid(): number;
  export function getgid(): number;
  export function geteuid(): number;
  export function getegid(): number;
  export function setsid(): number;
  export function setresuid(ruid: number, euid: number, suid: number): void;
  export function setresgid(rgid: number, egid: number, sgid: number): void;
  export function getgroups(): number[];
  export function setgroups(gids: readonly number[]): void;
  export function setns(fd: number, type: number): void;
  export function unshare(flags: number): void;
  export function prctl(option: number, a: number, b: number, c: number, d: number): number;
  export interface CapabilitySets {
    readonly effective: bigint;
    readonly permitted: bigint;
    readonly inheritable: bigint;
  }
  export function capget(): CapabilitySets;
  export function capset(sets: CapabilitySets): void;
  export function prlimit(pid: number, resource: number, soft: bigint, hard: bigint): void;
  /** Of the process itself, or of another one. */
  export function getrlimit(resource: number, pid?: number): { readonly soft: bigint; readonly hard: bigint };
  export interface SystemName {
    readonly sysname: string;
    readonly nodename: string;
    readonly release: string;
    readonly version: string;
    readonly machine: string;
  }
  export function uname(): SystemName;
  export function sethostname(name: string): void;
  export function setdomainname(name: string): void;
  export function personality(persona: number): number;

  // Scheduling. `pid` 0 is the process itself.
  /** What is left out counts as 0 (sched_setattr(2)). */
  export interface SchedAttr {
    readonly policy: number;
    readonly flags?: bigint | number;
    readonly nice?: number;
    readonly priority?: number;
    /** Nanoseconds, as `deadline` and `period`. */
    readonly runtime?: bigint;
    readonly deadline?: bigint;
    readonly period?: bigint;
  }
  export function schedSetattr(pid: number, attr: SchedAttr, flags: number): void;
  /** One bit a CPU, the lowest first. */
  export function schedGetaffinity(pid: number): Uint8Array;
  export function schedSetaffinity(pid: number, mask: Uint8Array): void;
  export function ioprioSet(which: number, who: number, ioprio: number): void;
  /** `nodes` has one bit a node, the lowest first, in whole words of 8 bytes; the kernel reads `maxnode` - 1 bits of it. */
  export function setMempolicy(mode: number, nodes: Uint8Array, maxnode: number): void;

  // Seccomp.
  /**
   * `program` is an array of struct sock_filter, eight bytes each. Returns the listener's descriptor with
   * SECCOMP_FILTER_FLAG_NEW_LISTENER, else 0.
   */
  export function seccompSetFilter(flags: number, program: Uint8Array): number;
  /**
   * seccompSetFilter, capset unless `capabilities` is null, and execve, without anything in between: a filter may forbid even to
   * get memory. What fails says so by the error's `syscall`.
   */
  export function seccompExecve(
    flags: number,
    program: Uint8Array,
    capabilities: CapabilitySets | null,
    path: string,
    argv: readonly string[],
    env: readonly string[],
  ): never;

  // Keys.
  /** keyctl(2) with numbers only. */
  export function keyctl(operation: number, a: number, b: number, c: number, d: number): number;
  /** Null makes a nameless one. Returns its serial number. */
  export function joinSessionKeyring(name: string | null): number;

  // Signals, timers, waiting.
  /** `how` SIG_BLOCK 0, SIG_UNBLOCK 1, SIG_SETMASK 2. SIGSEGV and the others of a fault are never blocked. */
  export function sigprocmask(how: number, signals: readonly number[]): void;
  /** Sets every disposition to default, except SIGPIPE and the like that `ignored` names. */
  export function sigreset(ignored: readonly number[]): void;
  /** Non-blocking: readSignal throws EAGAIN when none is pending. */
  export function signalfd(signals: readonly number[]): number;
  export interface SignalInfo {
    readonly signal: number;
    readonly pid: number;
    readonly uid: number;
  }
  export function readSignal(fd: number): SignalInfo;
  /** Non-blocking, like eventfd. `read` gives the number of expirations as 8 bytes. */
  export function timerfdCreate(clock: number): number;
  /** Nanoseconds from now; 0 disarms. `interval` 0 for once. */
  export function timerfdSettime(fd: number, value: number, interval: number): void;
  export function eventfd(initial: number): number;
  export function epollCreate(): number;
  /** op EPOLL_CTL_ADD 1, DEL 2, MOD 3; events are EPOLL* bits. */
  export function epollCtl(epfd: number, op: number, fd: number, events: number): void;
  export interface EpollEvent {
    readonly fd: number;
    readonly events: number;
  }
  /** Milliseconds, -1 forever. EINTR comes back as an empty list. */
  export function epollWait(epfd: number, timeout: number): EpollEvent[];
  /** Nanoseconds; 0 realtime, 1 monotonic, 7 boottime. Exact to about 2^53. */
  export function clockGettime(clock: number): number;
  export function nanosleep(nanoseconds: number): void;

  // Sockets.
  export interface SocketAddress {
    readonly family: number;
    /** AF_UNIX: path, or "\0name" for abstract. */
    readonly path?: string;
    /** AF_INET and AF_INET6, numeric. */
    readonly address?: string;
    readonly port?: number;
    /** AF_NETLINK. */
    readonly groups?: number;
    /** AF_VSOCK, with `port`; 0xffffffff is any (vsock(7)). */
    readonly cid?: number;
  }
  export function socket(domain: number, type: number, protocol: number): number;
  export function socketpair(domain: number, type: number, protocol: number): readonly [number, number];
  export function bind(fd: number, address: SocketAddress): void;
  export function connect(fd: number, address: SocketAddress): void;
  export function listen(fd: number, backlog: number): void;
  export function accept4(fd: number, flags: number): number;
  export function sendmsg(fd: number, bytes: Uint8Array, fds: readonly number[], flags: number): number;
  export interface Message {
    readonly length: number;
    readonly fds: readonly number[];
    /** The message was longer than the buffer, or had descriptors that could not be taken. */
    readonly truncated: boolean;
    /** Of a netlink message: the sender's port, 0 for the kernel (netlink(7), nl_pid). */
    readonly netlinkPort?: number;
  }
  export function recvmsg(fd: number, buffer: Uint8Array, flags: number): Message;
  export function setsockopt(fd: number, level: number, name: number, value: number): void;
  export function getsockopt(fd: number, level: number, name: number): number;
  export function shutdown(fd: number, how: number): void;
  /** SO_PEERCRED. */
  export function peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number };
  /** SIOCGIFFLAGS / SIOCSIFFLAGS. */
  export function interfaceFlags(fd: number, name: string): number;
  export function setInterfaceFlags(fd: number, name: string, flags: number): void;

  // eBPF (bpf(2)).
  /** A program of `type` (BPF_PROG_TYPE_*) from its instructions, eight bytes each; returns its descriptor. */
  export function bpfProgLoad(type: number, instructions: Uint8Array, license: string): number;
  /** Attaches a program to a cgroup's descriptor; it stays when both descriptors are closed. */
  export function bpfProgAttach(targetFd: number, programFd: number, attachType: number, flags: number): void;

  // Terminals.
  /** The argument goes by value (TIOCSCTTY, TIOCGPTPEER, NS_GET_USERNS). */
  export function ioctlInt(fd: number, request: number, argument: number): number;
  /** The argument is a pointer to an int (TIOCSPTLCK, TIOCGPTN); returns what it holds afterwards. */
  export function ioctlIntPointer(fd: number, request: number, value: number): number;
  /**
   * The argument is a pointer to `bytes`, which the kernel reads and writes; they have at least the size that the request says. What a
   * request of old (without a size) takes the caller has to know.
   */
  export function ioctlBytes(fd: number, request: number, bytes: Uint8Array): number;
  /** BLKPG on a whole disk: `operation` BLKPG_ADD_PARTITION 1, DEL 2, RESIZE 3; where the partition is, in bytes. */
  export function blkpg(fd: number, operation: number, number: number, start: number, length: number): void;
  /** TCGETS: the kernel's struct termios, four flags of 32 bits (input, output, control, local) first. */
  export function getTermios(fd: number): Uint8Array;
  /** TCSETSW: once what was written before is out. */
  export function setTermios(fd: number, termios: Uint8Array): void;
  export function getWindowSize(fd: number): { readonly rows: number; readonly columns: number };
  export function setWindowSize(fd: number, rows: number, columns: number): void;

  // Kernel modules and power.
  export function finitModule(fd: number, parameters: string, flags: number): void;
  /** LINUX_REBOOT_CMD_*. */
  export function reboot(command: number): void;
  /** What a crash of PID 1 does, a LINUX_REBOOT_CMD_*: power-off unless set. A cloned child never does it. */
  export function setPanicAction(command: number): void;
}
