// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Device, Linux, LinuxSeccomp, NamespaceType, SeccompRule } from '../../init/contract/linux-config.ts';
import { stringifyJson } from '../json.ts';
import { leavesOf } from './leaves.ts';
import type { Term } from './term.ts';

/** Keys of a spec by the namespace that they are about; the others have none and are always new. */
const namespaceKeys: ReadonlyMap<NamespaceType, string> = new Map([
  ['network', 'net'],
  ['ipc', 'ipc'],
  ['uts', 'uts'],
  ['pid', 'pid'],
  ['user', 'userns'],
]);

/** The terms of config.json's `linux`. */
export function linuxTerms(linux: Linux): readonly Term[] {
  const {
    namespaces = [],
    resources = {},
    devices = [],
    sysctl,
    maskedPaths,
    readonlyPaths,
    seccomp,
    ...others
  } = linux;
  const { devices: rules = [], ...limits } = resources;
  return [
    ...namespaceTerms(namespaces),
    ...devices.map(deviceTerm),
    ...rules.map((rule) => ({ setting: 'devices', key: ruleText(rule), value: '' })),
    ...leavesOf(limits).map(([path, value]) => ({ setting: 'resources', key: path.join('.'), value })),
    ...Object.entries(sysctl ?? {}).map(([key, value]) => ({ setting: 'sysctl', key, value })),
    ...(maskedPaths ?? []).map((key) => ({ setting: 'maskedPaths', key, value: '' })),
    ...(readonlyPaths ?? []).map((key) => ({ setting: 'readonlyPaths', key, value: '' })),
    ...seccompTerms(seccomp),
    ...Object.entries(others).flatMap(([name, value]) =>
      leavesOf(value).map(([path, text]) => ({ setting: name, key: path.join('.'), value: text })),
    ),
  ];
}

/** Of those that a spec names, also the ones that are the host's: "host" is as much of an answer as "new". */
function namespaceTerms(namespaces: NonNullable<Linux['namespaces']>): readonly Term[] {
  const valueOf = (type: NamespaceType): string => {
    const namespace = namespaces.find((each) => each.type === type);
    return namespace === undefined ? 'host' : (namespace.path ?? 'new');
  };
  const known = [...namespaceKeys].map(([type, setting]) => ({ setting, key: '', value: valueOf(type) }));
  const others = namespaces.filter(({ type }) => !namespaceKeys.has(type));
  return [...known, ...others.map(({ type }) => ({ setting: 'namespaces', key: type, value: valueOf(type) }))];
}

function deviceTerm({ path, type, major, minor, fileMode, uid, gid }: Device): Term {
  const mode = fileMode === undefined ? '' : ` ${fileMode.toString(8).padStart(4, '0')}`;
  const owner = uid === undefined && gid === undefined ? '' : ` ${uid ?? 0}:${gid ?? 0}`;
  return { setting: 'devices', key: path, value: `${type} ${major ?? 0}:${minor ?? 0}${mode}${owner}` };
}

function ruleText(rule: NonNullable<NonNullable<Linux['resources']>['devices']>[number]): string {
  const { allow, type = 'a', major, minor, access = 'rwm' } = rule;
  return `${allow ? 'allow' : 'deny'} ${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}

/** One term a system call: what is done with it, and for which arguments. */
function seccompTerms(seccomp: LinuxSeccomp | undefined): readonly Term[] {
  if (seccomp === undefined) return [{ setting: 'seccomp', key: '', value: 'unconfined' }];
  const { defaultAction, syscalls = [], ...others } = seccomp;
  const rules = new Map<string, Set<string>>();
  for (const rule of syscalls) {
    for (const name of rule.names) rules.set(name, (rules.get(name) ?? new Set()).add(ruleOf(rule)));
  }
  return [
    { setting: 'seccomp', key: '', value: `filter, otherwise ${action(defaultAction)}` },
    ...[...rules].map(([key, texts]) => ({ setting: 'seccomp', key, value: [...texts].sort().join(' or ') })),
    ...leavesOf(others).map(([path, value]) => ({ setting: 'seccomp', key: `(${path.join('.')})`, value })),
  ];
}

function ruleOf({ action: name, errnoRet, args = [] }: SeccompRule): string {
  const errno = errnoRet === undefined ? '' : ` ${errnoRet}`;
  const conditions = args.map(({ index, op, value, valueTwo }) => {
    const second = valueTwo === undefined ? '' : `, ${stringifyJson(valueTwo)}`;
    return `argument ${index} ${op.replace('SCMP_CMP_', '')} ${stringifyJson(value)}${second}`;
  });
  return `${action(name)}${errno}${conditions.length === 0 ? '' : ` if ${conditions.join(' and ')}`}`;
}

function action(name: string): string {
  return name.replace('SCMP_ACT_', '').toLowerCase();
}
