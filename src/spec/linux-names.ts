// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Capabilities of Linux 6.12 in the order of their numbers (capabilities(7), include/uapi/linux/capability.h). */
export const capabilities: readonly string[] = [
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

/** Resource limits by the names of getrlimit(2), without "RLIMIT_". */
export const rlimits: readonly string[] = [
  'AS',
  'CORE',
  'CPU',
  'DATA',
  'FSIZE',
  'LOCKS',
  'MEMLOCK',
  'MSGQUEUE',
  'NICE',
  'NOFILE',
  'NPROC',
  'RSS',
  'RTPRIO',
  'RTTIME',
  'SIGPENDING',
  'STACK',
];

/** Words of a text: lists of short options read better so. */
function words(text: string): readonly string[] {
  return text.split(' ');
}

const flags = words(
  'async sync atime noatime dev nodev diratime nodiratime exec noexec relatime norelatime ro rw strictatime nostrictatime suid nosuid symfollow nosymfollow',
);

const propagations = words('private rprivate shared rshared slave rslave unbindable runbindable');

/** Mount options that mean something for a bind (OCI runtime-spec config.md, Linux mount options), recursive ones included. */
export const bindOptions: readonly string[] = [
  flags,
  flags.map((flag) => `r${flag}`),
  propagations,
  words('bind rbind defaults dirsync iversion noiversion lazytime nolazytime loud silent mand nomand remount'),
  words('tmpcopyup idmap ridmap'),
].flat();

/** Options of a tmpfs: flags, and the ones of tmpfs(5), those with a value ending in "=". */
export const tmpfsOptions: readonly string[] = [
  flags,
  propagations,
  words('defaults dirsync lazytime nolazytime noswap inode32 inode64 tmpcopyup'),
  words('size= nr_blocks= nr_inodes= mode= uid= gid= huge= mpol='),
].flat();
