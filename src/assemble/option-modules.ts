// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { fileSystemOptions, linkOptions } from './kernel-options.ts';

/**
 * Names and aliases that the modules of options have, should they be modules ("CONFIG_WIREGUARD": "rtnl-link-wireguard" and
 * "wireguard"): for those that nothing but a capability has loaded, Linux's own names follow these rules. No kernel has all of them.
 */
export function modulesOfOptions(options: readonly string[]): readonly string[] {
  return [...new Set(options.flatMap(modulesOf))].sort();
}

function modulesOf(option: string): readonly string[] {
  const name = option.replace(/^CONFIG_/, '');
  return [
    ...typesOf(fileSystemOptions, option).map((type) => `fs-${type}`),
    ...typesOf(linkOptions, option).map((type) => `rtnl-link-${type}`),
    name.toLowerCase(),
    ...(irregular[name] ?? []),
    ...rules.flatMap(([pattern, names]) => (pattern.test(name) ? names.map((to) => named(name, pattern, to)) : [])),
  ];
}

function typesOf(table: Readonly<Record<string, string>>, option: string): readonly string[] {
  return Object.entries(table).flatMap(([type, its]) => (its === option ? [type] : []));
}

/** `{}` stands for what the pattern found, in small letters, and `{^}` for it as it is: targets of iptables are written so. */
function named(name: string, pattern: RegExp, to: string): string {
  const [, part = ''] = pattern.exec(name) ?? [];
  return to.replace('{}', part.toLowerCase()).replace('{^}', part);
}

const irregular: Readonly<Record<string, readonly string[]>> = {
  BRIDGE_NETFILTER: ['br_netfilter'],
  DM_THIN_PROVISIONING: ['dm_thin_pool'],
  INET6_AH: ['ah6'],
  INET6_ESP: ['esp6'],
  INET_AH: ['ah4'],
  INET_ESP: ['esp4'],
  NFS_V4: ['nfsv4'],
  SMB_SERVER: ['ksmbd'],
};

const rules: readonly (readonly [pattern: RegExp, names: readonly string[]])[] = [
  [/^(.+)_FS$/, ['{}']],
  [/^BLK_DEV_(.+)$/, ['{}', '{}_mod']],
  [/^MD_(RAID.+)$/, ['{}']],
  [/^NETFILTER_XT_(?:MATCH|TARGET)_(.+)$/, ['xt_{}', 'xt_{^}']],
  [/^IP_NF_TARGET_(.+)$/, ['ipt_{^}', 'xt_{^}']],
  [/^IP_NF_(FILTER|MANGLE|NAT|RAW|SECURITY)$/, ['iptable_{}']],
  [/^IP6_NF_(FILTER|MANGLE|NAT|RAW|SECURITY)$/, ['ip6table_{}']],
  [/^IP_NF_IPTABLES$/, ['ip_tables']],
  [/^IP6_NF_IPTABLES$/, ['ip6_tables']],
  [/^NET_((?:SCH|CLS)_.+)$/, ['{}']],
  [/^NET_ACT_(.+)$/, ['act_{}']],
  [/^TCP_CONG_(.+)$/, ['tcp_{}']],
  [/^NLS_CODEPAGE_(.+)$/, ['nls_cp{}']],
];
