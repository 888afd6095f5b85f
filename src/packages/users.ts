// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { inlineFile, symlink } from '../inodes.ts';
import { bytesOf } from '../file-tree.ts';
import type { DebianRelease } from '../lock.ts';
import type { PackageTree } from './package-tree.ts';
import type { Group, User } from './recipe.ts';

/** In every image, with the ids that Debian gives them (base-passwd). */
const baseUsers: readonly User[] = [
  { name: 'root', uid: 0, gid: 0, home: '/root' },
  { name: 'nobody', uid: 65534, gid: 65534 },
];
const baseGroups: readonly Group[] = [
  { name: 'root', gid: 0 },
  { name: 'nogroup', gid: 65534 },
];

/** /etc/shadow's group (base-passwd). */
const shadowGroup: Group = { name: 'shadow', gid: 42 };

/**
 * Writes /etc/passwd and /etc/group: root and nobody, then what the recipe adds or says differently (passwd(5), group(5)); and
 * /etc/shadow when one of the users has a password, in which the others have none that fits (shadow(5)).
 */
export function writeUsers(tree: PackageTree, users: readonly User[], groups: readonly Group[], epoch: number): void {
  const all = byName([...baseUsers, ...users]);
  const hasShadow = all.some(({ password }) => password !== undefined);
  const passwd = all.map(
    ({ name, uid, gid, home = '/nonexistent', shell = '/usr/sbin/nologin' }) =>
      `${name}:x:${uid}:${gid}:${name}:${home}:${shell}\n`,
  );
  const group = byName([...baseGroups, ...(hasShadow ? [shadowGroup] : []), ...groups]);
  const lines = group.map(({ name, gid, members = [] }) => `${name}:x:${gid}:${members.join(',')}\n`);
  tree.inodes.set(bytesOf('etc/passwd'), inlineFile(epoch, passwd.join('')));
  tree.inodes.set(bytesOf('etc/group'), inlineFile(epoch, lines.join('')));
  if (!hasShadow) return;
  // Without the day of the last change, which would be another one tomorrow.
  const shadow = all.map(({ name, password = '*' }) => `${name}:${password}::0:99999:7:::\n`);
  const gid = group.find(({ name }) => name === shadowGroup.name)?.gid ?? 0;
  tree.inodes.set(bytesOf('etc/shadow'), inlineFile(epoch, shadow.join(''), 0o640, { uid: 0, gid }));
}

/** One of each name: the last, at the place of the first. */
function byName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

/** Says which release the packages are of, for programs and scanners, unless base-files is there to say it (os-release(5)). */
export function writeOsRelease(tree: PackageTree, release: DebianRelease, epoch: number): void {
  const path = bytesOf('etc/os-release');
  if (tree.inodes.has(path)) return;
  const { codename, version } = release;
  const name = 'Debian GNU/Linux';
  const lines = [
    `PRETTY_NAME="${name} ${version === undefined ? codename : `${version} (${codename})`}"`,
    `NAME="${name}"`,
    ...(version === undefined ? [] : [`VERSION_ID="${version}"`, `VERSION="${version} (${codename})"`]),
    `VERSION_CODENAME=${codename}`,
    'ID=debian',
    '',
  ];
  tree.inodes.set(bytesOf('usr/lib/os-release'), inlineFile(epoch, lines.join('\n')));
  tree.inodes.set(path, symlink(epoch, '../usr/lib/os-release'));
}
