// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawnSync } from 'node:child_process';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ContentReader } from '../../../src/content.ts';
import { bytesOf, type Content } from '../../../src/file-tree.ts';
import { symlink } from '../../../src/inodes.ts';
import { readElfNeeds } from '../../../src/packages/elf-needs.ts';
import { neededLibraries } from '../../../src/packages/needed-libraries.ts';
import { newPackageTree, type PackageTree } from '../../../src/packages/package-tree.ts';

function contentOf(file: string, size?: number): Content {
  const real = realpathSync(file);
  return { kind: 'range', file: real, offset: 0, size: size ?? statSync(real).size };
}

function treeOf(files: Record<string, string>): PackageTree {
  const tree = newPackageTree('amd64', 0);
  for (const [path, file] of Object.entries(files)) {
    tree.inodes.set(bytesOf(path), {
      type: 'file',
      mode: 0o755,
      uid: 0,
      gid: 0,
      mtime: 0,
      content: contentOf(file),
    });
  }
  for (const folder of ['usr/bin', 'usr/lib/x86_64-linux-gnu']) {
    tree.inodes.set(bytesOf(folder), { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 });
  }
  return tree;
}

const library = 'usr/lib/x86_64-linux-gnu';

describe('what an ELF file needs', () => {
  it('is what readelf says of every program of this system', () => {
    using reader = new ContentReader();
    const files = readdirSync('/usr/bin').map((name) => `/usr/bin/${name}`);
    const programs = files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile()).slice(0, 120);
    // It complains about scripts, and says all of the others.
    const { stdout: text } = spawnSync('readelf', ['--wide', '--dynamic', '--program-headers', ...programs], {
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    const judged = new Map(
      text.split(/^File: /m).map((part) => {
        const needed = [...part.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
        return [part.split('\n')[0], { needed, interpreter: /program interpreter: (.*)\]/.exec(part)?.[1] }] as const;
      }),
    );
    const dynamic = programs.filter((file) => (judged.get(file)?.needed.length ?? 0) > 0);
    expect(dynamic.length).toBeGreaterThan(20);
    for (const file of dynamic)
      expect(readElfNeeds(contentOf(file), reader), file).toMatchObject(judged.get(file) ?? {});
  });

  it('is nothing for a script, an empty file and a program that is cut off', () => {
    using reader = new ContentReader();
    for (const size of [0, 3, 64, 300]) {
      expect(readElfNeeds(contentOf('/usr/bin/env', size), reader)).toBeUndefined();
    }
    expect(readElfNeeds({ kind: 'inline', data: Buffer.from(`#!/bin/sh\n${' '.repeat(99)}`) }, reader)).toBeUndefined();
  });
});

describe('the libraries of a recipe', () => {
  it('are the loader and what is linked, through links, and nothing else', () => {
    const tree = treeOf({
      'usr/bin/env': '/usr/bin/env',
      [`${library}/libc-2.so`]: '/lib/x86_64-linux-gnu/libc.so.6',
      [`${library}/ld-2.so`]: '/lib64/ld-linux-x86-64.so.2',
      [`${library}/libz.so.1`]: '/lib/x86_64-linux-gnu/libc.so.6',
    });
    tree.inodes.set(bytesOf(`${library}/libc.so.6`), symlink(0, 'libc-2.so'));
    tree.inodes.set(bytesOf(`${library}/ld-linux-x86-64.so.2`), symlink(0, 'ld-2.so'));
    tree.inodes.set(bytesOf('usr/lib64/ld-linux-x86-64.so.2'), symlink(0, `/lib/x86_64-linux-gnu/ld-2.so`));
    expect([...neededLibraries(tree, [bytesOf('usr/bin/env')])].sort()).toEqual([
      `${library}/ld-2.so`,
      `${library}/ld-linux-x86-64.so.2`,
      `${library}/libc-2.so`,
      `${library}/libc.so.6`,
      'usr/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  it('that nobody brought, or where the loader does not look, are an error', () => {
    const tree = treeOf({ 'usr/bin/env': '/usr/bin/env' });
    expect(() => neededLibraries(tree, tree.inodes.keys())).toThrow(
      'libraries: "/usr/bin/env" needs "libc.so.6": expected it in the packages, found no such',
    );
    const other = treeOf({ 'usr/bin/env': '/usr/bin/env', 'opt/libc.so.6': '/lib/x86_64-linux-gnu/libc.so.6' });
    expect(() => neededLibraries(other, [bytesOf('usr/bin/env')])).toThrow('found "/opt/libc.so.6"');
  });
});
