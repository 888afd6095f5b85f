// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { modulesOfOptions } from '../../../src/assemble/option-modules.ts';

// As Linux 6.1 names them.
test.each([
  ['CONFIG_WIREGUARD', 'rtnl-link-wireguard'],
  ['CONFIG_XFS_FS', 'fs-xfs'],
  ['CONFIG_BTRFS_FS', 'btrfs'],
  ['CONFIG_DM_CRYPT', 'dm_crypt'],
  ['CONFIG_BLK_DEV_LOOP', 'loop'],
  ['CONFIG_BLK_DEV_DM', 'dm_mod'],
  ['CONFIG_MD_RAID456', 'raid456'],
  ['CONFIG_NFT_NAT', 'nft_nat'],
  ['CONFIG_NETFILTER_XT_MATCH_MARK', 'xt_mark'],
  ['CONFIG_NETFILTER_XT_TARGET_MASQUERADE', 'xt_MASQUERADE'],
  ['CONFIG_IP_NF_IPTABLES', 'ip_tables'],
  ['CONFIG_IP_NF_FILTER', 'iptable_filter'],
  ['CONFIG_IP6_NF_NAT', 'ip6table_nat'],
  ['CONFIG_NET_SCH_FQ', 'sch_fq'],
  ['CONFIG_NET_CLS_BPF', 'cls_bpf'],
  ['CONFIG_NET_ACT_MIRRED', 'act_mirred'],
  ['CONFIG_TCP_CONG_BBR', 'tcp_bbr'],
  ['CONFIG_NLS_CODEPAGE_437', 'nls_cp437'],
  ['CONFIG_BRIDGE_NETFILTER', 'br_netfilter'],
  ['CONFIG_INET_ESP', 'esp4'],
])('the module of %s answers to %s', (option, name) => {
  expect(modulesOfOptions([option])).toContain(name);
});
