// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree, Inode } from '../../src/file-tree.ts';
import { directory, file, symlink, treeOf } from './trees.ts';

/** Bytes without repetition, the same each time. */
export function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed | 1;
  for (let at = 0; at < size; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Of ACLs as Linux has them: tags, permissions and ids; the named user's permissions are given. */
const acl = (permissions: string): Buffer =>
  Buffer.from(
    `02000000 01000700ffffffff 0200${permissions}e8030000 04000500ffffffff 10000700ffffffff 20000000ffffffff`.replaceAll(
      ' ',
      '',
    ),
    'hex',
  );
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** A tree with everything that an EROFS image stores in more than one way. */
export function hardTree(): FileTree {
  const entries: Record<string, Inode> = {};
  const sizes = [0, 1, 4031, 4032, 4033, 4095, 4096, 4097, 8191, 8192, 65_535, 65_536, 65_537, 200_000, 1_048_576];
  for (const size of sizes) entries[`sizes/${size}`] = file(noise(size, size));
  for (const count of [1, 2, 100, 169, 170, 171, 3000]) {
    entries[`folders/${count}`] = directory();
    for (let index = 0; index < count; index += 1) entries[`folders/${count}/entry ${index}`] = file(`${index}`);
  }
  // Sorted before and between "." and "..", which the kernel expects in order.
  for (const name of ['!', '+', '-', '.a', '..a', '...', '.-', '0']) entries[`order/${name}`] = file(name);
  for (const length of [1, 254, 255]) entries[`names/${'n'.repeat(length)}`] = file(`${length}`);
  for (let index = 0; index < 40; index += 1) {
    entries[`long/${'l'.repeat(250)}${String(index).padStart(3, '0')}`] = file('x');
  }
  const shared = noise(200_000, 7);
  entries['same/one'] = file(shared);
  entries['same/two'] = file(Buffer.from(shared), { mode: 0o600 });
  entries['same/end'] = file(Buffer.concat([noise(131_072, 8), shared.subarray(0, 131_072)]));
  entries['same/middle'] = file(Buffer.concat([noise(65_536, 9), shared.subarray(65_536), noise(70_000, 10)]));
  const zeros = Buffer.alloc(300_000);
  entries['holes/all'] = file(zeros);
  entries['holes/small'] = file(zeros.subarray(0, 9000));
  entries['holes/between'] = file(Buffer.concat([noise(65_536, 11), zeros, noise(1000, 12)]));
  entries['holes/first'] = file(Buffer.concat([zeros.subarray(0, 131_072), noise(65_536, 13)]));
  entries['links/short'] = symlink('t');
  entries['links/longest'] = symlink('x/'.repeat(2047));
  entries['links/shared'] = file('linked');
  entries['links/again'] = entries['links/shared'];
  entries['links/elsewhere'] = entries['links/shared'];
  entries['devices/null'] = { ...special, type: 'char', major: 1, minor: 3 };
  entries['devices/large'] = { ...special, type: 'block', major: 4095, minor: 1_048_575 };
  entries['devices/zero'] = { ...special, type: 'char', major: 0, minor: 0 };
  entries['devices/fifo'] = { ...special, type: 'fifo' };
  entries['owners/largest'] = file('', { uid: 0xffff_fffe, gid: 0xffff_fffe });
  entries['owners/setuid'] = file('x', { mode: 0o6755, uid: 5, gid: 6 });
  entries['times/epoch'] = file('', { mtime: 0 });
  entries['sticky'] = directory({ mode: 0o1777 });
  addXattrs(entries);
  const tree = new Map(treeOf(entries));
  tree.set('names/\xff\xfe\x01' as Bytes, file('not UTF-8'));
  for (const path of Object.keys(entries)) {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/'))) as Bytes;
    if (!tree.has(parent)) tree.set(parent, directory());
  }
  return tree;
}

const special = { mode: 0o640, uid: 1, gid: 2, mtime: 1_000_000_000 } as const;

function addXattrs(entries: Record<string, Inode>): void {
  const with_ = (xattrs: Readonly<Record<string, Buffer>>): Partial<Inode> => ({
    xattrs: new Map(Object.entries(xattrs)),
  });
  const label = { 'security.selinux': Buffer.from('system_u:object_r:bin_t:s0\0') };
  for (let index = 0; index < 10; index += 1)
    entries[`xattrs/label ${index}`] = file('x'.repeat(index * 500), with_(label));
  entries['xattrs/capability'] = file('ping', with_({ ...label, 'security.capability': capability }));
  entries['xattrs/all'] = file(
    noise(5000, 14),
    with_({
      ...label,
      'user.binary': Buffer.from([0, 255, 10, 61]),
      'user.empty': Buffer.alloc(0),
      'trusted.overlay.opaque': Buffer.from('y'),
      'system.posix_acl_access': acl('0700'),
    }),
  );
  entries['xattrs/folder'] = directory(
    with_({ 'system.posix_acl_access': acl('0500'), 'system.posix_acl_default': acl('0700') }),
  );
  entries['xattrs/link'] = { ...symlink('target'), ...with_({ 'trusted.of.a.link': Buffer.from('yes') }) } as Inode;
  entries['xattrs/large'] = file(
    noise(4000, 15),
    with_({ 'user.large': noise(60_000, 16), 'user.other': noise(3000, 17) }),
  );
  entries['xattrs/large too'] = file('small', with_({ 'user.large': noise(60_000, 16) }));
  entries['xattrs/no tail'] = file(noise(3500, 18), with_({ 'user.some': noise(700, 19) }));
  const many: Record<string, Buffer> = {};
  for (let index = 0; index < 300; index += 1) many[`user.${index}`] = Buffer.from(`${index}`);
  entries['xattrs/many'] = file('many', with_(many));
  entries['xattrs/many too'] = file('many', with_(many));
  entries['xattrs/long name'] = file('', with_({ [`user.${'n'.repeat(250)}`]: Buffer.from('x') }));
}
