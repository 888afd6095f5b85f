// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { addParents, directory, inlineFile } from '../inodes.ts';
import { ContentReader } from '../content.ts';
import { type Bytes, bytesOf, contentSize } from '../file-tree.ts';
import type { Deb } from './deb.ts';
import { type PackageTree, treePath } from './package-tree.ts';

const folder = 'var/lib/dpkg';

/**
 * Writes dpkg's database of the packages in the tree, so that scanners and `dpkg --root` see what is installed: the status
 * file, and for each package the list of its files that are still there, their checksums and its configuration files
 * (dpkg(1), Files). Scripts are left out, since what they would do was replaced.
 */
export function writeDpkgDatabase(tree: PackageTree, debs: ReadonlyMap<string, Deb>, epoch: number): void {
  using reader = new ContentReader();
  const lists = pathsByPackage(tree);
  const status: string[] = [];
  const files = new Map<string, string>([['info/format', '1\n']]);
  for (const [name, deb] of [...debs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const paths = [...(lists.get(name) ?? [])].sort();
    const present = new Set(paths);
    const conffiles = (deb.members.get('conffiles') ?? '').split('\n').filter((path) => present.has(path));
    status.push(
      statusStanza(
        deb,
        conffiles.map((path) => `\n ${path} ${md5Of(tree, treePath(tree, path), reader)}`),
      ),
    );
    const info = `info/${infoName(name, deb)}`;
    files.set(`${info}.list`, lines(paths));
    files.set(`${info}.md5sums`, lines(md5sums(deb, present)));
    if (conffiles.length > 0) files.set(`${info}.conffiles`, lines(conffiles));
  }
  files.set('status', status.join('\n'));
  for (const [name, text] of files) {
    const path = bytesOf(`${folder}/${name}`);
    addParents(tree.inodes, path, epoch);
    tree.inodes.set(path, inlineFile(epoch, text));
  }
  // dpkg reads this folder, empty or not, and complains when it is missing.
  tree.inodes.set(bytesOf(`${folder}/updates`), directory(epoch));
}

/** The control file with the two fields that dpkg adds. */
function statusStanza(deb: Deb, conffiles: readonly string[]): string {
  const control = deb.control.replace(/\n+$/, '\n').replace(/^(Package:.*\n)/m, '$1Status: install ok installed\n');
  if (conffiles.length === 0) return control;
  return control.replace(/^(?=Description:)/m, `Conffiles:${conffiles.join('')}\n`);
}

/** Packages of several architectures can be installed side by side, so their files carry the architecture (dpkg's format 1). */
function infoName(name: string, deb: Deb): string {
  return deb.fields.get('multi-arch') === 'same' ? `${name}:${deb.fields.get('architecture')}` : name;
}

function pathsByPackage(tree: PackageTree): ReadonlyMap<string, ReadonlySet<string>> {
  const lists = new Map<string, Set<string>>();
  for (const owner of [...tree.owners.values()].flat()) {
    const list = lists.get(owner.package) ?? new Set();
    lists.set(owner.package, list.add(owner.path));
  }
  return lists;
}

/** The package's own checksums of files that are there under the same path. */
function md5sums(deb: Deb, present: ReadonlySet<string>): readonly string[] {
  const sums = (deb.members.get('md5sums') ?? '').split('\n');
  return sums.filter((line) => present.has(`/${line.replace(/^\S+\s+/, '')}`));
}

function md5Of(tree: PackageTree, path: Bytes, reader: ContentReader): string {
  const inode = tree.inodes.get(path);
  const data = inode?.type === 'file' ? reader.part(inode.content, 0, contentSize(inode.content)) : Buffer.alloc(0);
  return createHash('md5').update(data).digest('hex');
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
