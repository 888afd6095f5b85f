// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Options of the kernel by what they bring (Kconfig of Linux 6.1 and 6.12).

/** Without these PID 1 does not come to its first container (init/boot/mounts.ts, init/boot/cgroups.ts, init/supervise/loop.ts). */
export const initOptions: readonly string[] = [
  'CONFIG_BINFMT_ELF',
  'CONFIG_CGROUPS',
  'CONFIG_DEVTMPFS',
  'CONFIG_EPOLL',
  'CONFIG_MULTIUSER',
  'CONFIG_NAMESPACES',
  'CONFIG_NET',
  'CONFIG_PROC_FS',
  'CONFIG_SIGNALFD',
  'CONFIG_SYSFS',
  'CONFIG_TIMERFD',
  'CONFIG_TMPFS',
  'CONFIG_UNIX',
  'CONFIG_UNIX98_PTYS',
];

/** Without the last two, which are parts of the first, files lose their extended attributes, capabilities among them, and nobody says so. */
export const erofsOptions: readonly string[] = ['CONFIG_EROFS_FS', 'CONFIG_EROFS_FS_XATTR', 'CONFIG_EROFS_FS_SECURITY'];

/** By the type that mount(2) is given. */
export const fileSystemOptions: Readonly<Record<string, string>> = {
  '9p': 'CONFIG_9P_FS',
  bpf: 'CONFIG_BPF_SYSCALL',
  btrfs: 'CONFIG_BTRFS_FS',
  cgroup: 'CONFIG_CGROUPS',
  cgroup2: 'CONFIG_CGROUPS',
  cifs: 'CONFIG_CIFS',
  configfs: 'CONFIG_CONFIGFS_FS',
  debugfs: 'CONFIG_DEBUG_FS',
  devpts: 'CONFIG_UNIX98_PTYS',
  efivarfs: 'CONFIG_EFIVAR_FS',
  erofs: 'CONFIG_EROFS_FS',
  exfat: 'CONFIG_EXFAT_FS',
  ext4: 'CONFIG_EXT4_FS',
  f2fs: 'CONFIG_F2FS_FS',
  fuse: 'CONFIG_FUSE_FS',
  hugetlbfs: 'CONFIG_HUGETLBFS',
  iso9660: 'CONFIG_ISO9660_FS',
  mqueue: 'CONFIG_POSIX_MQUEUE',
  nfs: 'CONFIG_NFS_FS',
  nfs4: 'CONFIG_NFS_V4',
  overlay: 'CONFIG_OVERLAY_FS',
  proc: 'CONFIG_PROC_FS',
  pstore: 'CONFIG_PSTORE',
  securityfs: 'CONFIG_SECURITYFS',
  squashfs: 'CONFIG_SQUASHFS',
  sysfs: 'CONFIG_SYSFS',
  tmpfs: 'CONFIG_TMPFS',
  vfat: 'CONFIG_VFAT_FS',
  virtiofs: 'CONFIG_VIRTIO_FS',
  xfs: 'CONFIG_XFS_FS',
};

/** By the type of link that rtnetlink(7) is given. */
export const linkOptions: Readonly<Record<string, string>> = {
  bond: 'CONFIG_BONDING',
  bridge: 'CONFIG_BRIDGE',
  dummy: 'CONFIG_DUMMY',
  geneve: 'CONFIG_GENEVE',
  gre: 'CONFIG_NET_IPGRE',
  ifb: 'CONFIG_IFB',
  ipip: 'CONFIG_NET_IPIP',
  ipvlan: 'CONFIG_IPVLAN',
  macsec: 'CONFIG_MACSEC',
  macvlan: 'CONFIG_MACVLAN',
  macvtap: 'CONFIG_MACVTAP',
  sit: 'CONFIG_IPV6_SIT',
  team: 'CONFIG_NET_TEAM',
  veth: 'CONFIG_VETH',
  vlan: 'CONFIG_VLAN_8021Q',
  vrf: 'CONFIG_NET_VRF',
  vxlan: 'CONFIG_VXLAN',
  wireguard: 'CONFIG_WIREGUARD',
  xfrm: 'CONFIG_XFRM_INTERFACE',
};
