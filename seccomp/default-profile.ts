// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a container may call when nobody says otherwise: what Docker lets it (docs.docker.com, Seccomp security profiles), by
// the capabilities that it has. A call that is not listed is refused, so one that a later kernel brings is, too.

import type { LinuxSeccomp, SeccompRule } from '../init/contract/linux-config.ts';
import type { NativeArchitecture } from './architectures.ts';

/** Calls that any container may make, by what they are about. Those of older interfaces (stat64, chown32 ...) are with their like. */
const always: Readonly<Record<string, string>> = {
  files: `access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64
    fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link
    linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pread64
    preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename renameat renameat2 rmdir sendfile
    sendfile64 splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64
    umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev listmount statmount`,
  attributes: `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  events: `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2
    fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents
    io_pgetevents io_pgetevents_time64 io_setup io_submit _newselect pipe pipe2 poll ppoll ppoll_time64 pselect6
    pselect6_time64 select signalfd signalfd4`,
  memory: `brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2
    mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages`,
  processes: `execve execveat exit exit_group fork getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid gettid
    ioprio_get ioprio_set pidfd_open prctl prlimit64 process_mrelease process_vm_readv process_vm_writev ptrace
    restart_syscall rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield set_robust_list get_robust_list setpgid setpriority setrlimit setsid set_thread_area
    get_thread_area set_tid_address ugetrlimit uretprobe vfork wait4 waitid waitpid futex futex_requeue futex_time64 futex_wait
    futex_waitv futex_wake getcpu`,
  signals: `kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn tgkill tkill`,
  identity: `capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
    getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32
    setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  time: `adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
    clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
    timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
    timerfd_gettime64 timerfd_settime timerfd_settime64 times`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`,
  exchange: `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  system: 'getrandom sysinfo uname',
  sandboxes: 'landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp',
};

/** Calls of one instruction set. */
const byArchitecture: Readonly<Record<NativeArchitecture, string>> = {
  x86_64: 'arch_prctl modify_ldt',
  aarch64: 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
};

/** Calls that a capability brings: without it the kernel would refuse them, or they reach too much of it. */
const byCapability: Readonly<Record<string, string>> = {
  CAP_BPF: 'bpf',
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_PERFMON: 'perf_event_open',
  CAP_SYSLOG: 'syslog',
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname
    setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
};

const ENOSYS = 38;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (linux/sched.h). */
const namespaceFlags = 0x7e020000;

/** PER_LINUX, PER_LINUX32, each with UNAME26, and the question for the present one (personality(2)). */
const personalities: readonly number[] = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/**
 * Address families up to those of Linux 7.3 but AF_ALG (38), the kernel's cryptography, and AF_VSOCK (40), which leads to the
 * host of a virtual machine past all network namespaces. The ones above are named one by one: the kernel reads 32 bits of
 * what a filter compares as 64, so a value that is merely not 40 could still mean AF_VSOCK.
 */
const familiesBelow = 38;
const furtherFamilies: readonly number[] = [39, 41, 42, 43, 44, 45];

/**
 * The profile for a container with these capabilities (of its bounding set, "CAP_CHOWN" ...). It is plain linux.seccomp: any
 * runtime may be given it.
 */
export function defaultProfile(capabilities: readonly string[], architecture: NativeArchitecture): LinuxSeccomp {
  const granted = capabilities.flatMap((name) => (Object.hasOwn(byCapability, name) ? [byCapability[name] ?? ''] : []));
  const names = words([...Object.values(always), byArchitecture[architecture], ...granted]);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures:
      architecture === 'x86_64'
        ? ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']
        : ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
    syscalls: [
      { names, action: 'SCMP_ACT_ALLOW' },
      allowWhen('socket', 'SCMP_CMP_LT', familiesBelow),
      ...furtherFamilies.map((family) => allowWhen('socket', 'SCMP_CMP_EQ', family)),
      ...personalities.map((persona) => allowWhen('personality', 'SCMP_CMP_EQ', persona)),
      ...(names.includes('clone') ? [] : withoutNamespaces),
    ],
  };
}

/** New processes and threads, but no new namespaces. What clone3 is asked lies in memory: C libraries go back to clone then. */
const withoutNamespaces: readonly SeccompRule[] = [
  allowWhen('clone', 'SCMP_CMP_MASKED_EQ', namespaceFlags),
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
];

/** By the first argument; of a mask, when it leaves nothing. */
function allowWhen(name: string, op: string, value: number): SeccompRule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, op, value, valueTwo: 0 }] };
}

function words(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.flatMap((text) => text.split(/\s+/)))].sort();
}
