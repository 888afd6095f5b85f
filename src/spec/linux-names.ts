// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

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

/**
 * Options that a partition can be mounted with: flags and those of ext4 (ext4(5)) that say nothing of what the kernel must find there,
 * those with a value ending in "=".
 */
export const partitionMountOptions: readonly string[] = [
  flags,
  words('defaults dirsync lazytime nolazytime'),
  words('commit= data= errors= barrier nobarrier discard nodiscard delalloc nodelalloc auto_da_alloc noauto_da_alloc'),
  words(
    'user_xattr nouser_xattr acl noacl init_itable init_itable= noinit_itable journal_checksum stripe= resuid= resgid=',
  ),
].flat();
