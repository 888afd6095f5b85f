// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  closeSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { readTar, type TarEntry } from '../../src/archive/tar.ts';
import { readContent } from '../../src/content.ts';
import type { Bytes, FileTree, Inode } from '../../src/file-tree.ts';

/** One line a path, with everything that two roots must agree on; keyed by the path in latin1. */
export type TreeRows = ReadonlyMap<string, string>;

interface Facts {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  /** Bytewise first of the names of this inode, and how many there are. */
  readonly firstName: string;
  readonly names: number;
  readonly detail: string;
  readonly xattrs: string;
}

function row(facts: Facts): string {
  const { type, mode, uid, gid, mtime, firstName, names, detail, xattrs } = facts;
  return `${type} ${mode.toString(8)} ${uid}:${gid} @${mtime} ${names} name(s), first "${firstName}" ${detail} {${xattrs}}`;
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function xattrText(xattrs: ReadonlyMap<string, Uint8Array> | undefined): string {
  return [...(xattrs ?? [])]
    .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
    .sort()
    .join(' ');
}

/** A tree of ours. */
export function rowsOfTree(tree: FileTree): TreeRows {
  const names = new Map<Inode, Bytes[]>();
  for (const path of [...tree.keys()].sort()) {
    const inode = tree.get(path) as Inode;
    names.set(inode, [...(names.get(inode) ?? []), path]);
  }
  const rows = new Map<string, string>();
  for (const [path, inode] of tree) {
    const group = inode.type === 'directory' ? [path] : (names.get(inode) ?? []);
    const { type, mode, uid, gid, mtime } = inode;
    const shared = { firstName: group[0] ?? '', names: group.length, xattrs: xattrText(inode.xattrs) };
    rows.set(path, row({ type, mode, uid, gid, mtime, ...shared, detail: detailOf(inode) }));
  }
  return rows;
}

function detailOf(inode: Inode): string {
  switch (inode.type) {
    case 'file':
      return sha256(readContent(inode.content, 1 << 28));
    case 'symlink':
      return inode.target;
    case 'char':
    case 'block':
      return `${inode.major}:${inode.minor}`;
    default:
      return '';
  }
}

/** A root on disk, read as root. Extended attributes are read by GNU tar, since Node has no call for them. */
export function rowsOfFolder(root: string): TreeRows {
  const stats = new Map<string, Stats>();
  const groups = new Map<number, string[]>();
  const visit = (path: string): void => {
    const stat = lstatSync(onDisk(root, path));
    stats.set(path, stat);
    groups.set(stat.ino, [...(groups.get(stat.ino) ?? []), path].sort());
    if (stat.isDirectory()) {
      for (const name of readdirSync(onDisk(root, path), { encoding: 'buffer' })) {
        visit(path === '' ? name.toString('latin1') : `${path}/${name.toString('latin1')}`);
      }
    }
  };
  visit('');
  const xattrs = xattrsOfFolder(root);
  const rows = new Map<string, string>();
  for (const [path, stat] of stats) {
    const group = groups.get(stat.ino) ?? [];
    rows.set(
      path,
      row({
        type: typeOf(stat),
        mode: stat.mode & 0o7777,
        uid: stat.uid,
        gid: stat.gid,
        mtime: Math.floor(stat.mtimeMs / 1000),
        firstName: group[0] ?? '',
        names: stat.isDirectory() ? 1 : stat.nlink,
        detail: diskDetail(onDisk(root, path), stat),
        xattrs: xattrs.get(path) ?? '',
      }),
    );
  }
  return rows;
}

function onDisk(root: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
}

function typeOf(stat: Stats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  return stat.isBlockDevice() ? 'block' : 'char';
}

function diskDetail(path: Buffer, stat: Stats): string {
  if (stat.isFile()) return sha256(readFileSync(path));
  if (stat.isSymbolicLink()) return readlinkSync(path, { encoding: 'buffer' }).toString('latin1');
  return stat.isCharacterDevice() || stat.isBlockDevice() ? deviceText(stat.rdev) : '';
}

/** What a tar holds. */
export function rowsOfTar(archive: string): TreeRows {
  const fd = openSync(archive, 'r');
  try {
    const entries = new Map<string, Omit<TarEntry, 'records'>>();
    const names = new Map<string, string[]>();
    for (const { records: _records, ...entry } of readTar(fd, statSync(archive).size)) {
      const path = bareName(entry.path);
      const first = entry.type === 'link' ? bareName(entry.linkPath) : path;
      names.set(first, [...(names.get(first) ?? []), path].sort());
      entries.set(path, entry.type === 'link' ? (entries.get(first) ?? entry) : entry);
    }
    const rows = new Map<string, string>();
    for (const [first, group] of names) {
      for (const path of group) {
        const { type, mode, uid, gid, mtime, xattrs } = entries.get(path) ?? raise(path);
        const shared = { firstName: group[0] ?? '', names: group.length, xattrs: xattrText(xattrs) };
        const detail = tarDetail(entries.get(first) ?? raise(first), archive);
        rows.set(path, row({ type, mode, uid, gid, mtime, ...shared, detail }));
      }
    }
    return rows;
  } finally {
    closeSync(fd);
  }
}

function raise(path: string): never {
  throw new Error(`no entry for "${path}"`);
}

function tarDetail({ type, offset, size, linkPath, major, minor }: Omit<TarEntry, 'records'>, file: string): string {
  if (type === 'file') return sha256(readContent({ kind: 'range', file, offset, size }, 1 << 28));
  if (type === 'symlink') return linkPath;
  return type === 'char' || type === 'block' ? `${major}:${minor}` : '';
}

function bareName(path: string): string {
  return path.replace(/^\.\/?/, '').replace(/\/$/, '');
}

/** Linux's new_decode_dev, of a number that may have more than 31 bits. */
function deviceText(device: number): string {
  const minor = (device & 0xff) + Math.floor(device / 2 ** 20) * 2 ** 8;
  return `${(device >>> 8) & 0xfff}:${minor}`;
}

function xattrsOfFolder(root: string): Map<string, string> {
  const archive = join(root, '..', 'xattrs.tar');
  execFileSync('tar', ['--format=pax', '--xattrs', '--xattrs-include=*', '--no-acls', '-cf', archive, '-C', root, '.']);
  const fd = openSync(archive, 'r');
  try {
    const found = new Map<string, string>();
    for (const entry of readTar(fd, statSync(archive).size)) {
      found.set(bareName(entry.path), xattrText(entry.xattrs));
    }
    return found;
  } finally {
    closeSync(fd);
    rmSync(archive);
  }
}
