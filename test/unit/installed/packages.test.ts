// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { type Bytes, bytesOf } from '../../../src/file-tree.ts';
import { owningPackage } from '../../../src/installed/owner.ts';
import { installedPackages } from '../../../src/installed/packages.ts';
import type { ReadRoot } from '../../../src/installed/read-root.ts';

function root(files: Readonly<Record<string, string>>): ReadRoot {
  const map = new Map<Bytes, string>(Object.entries(files).map(([path, text]) => [bytesOf(path), text]));
  return { paths: () => map.keys(), text: (path) => map.get(path), link: () => undefined };
}

function versions(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries([...installedPackages(root(files))].map(([name, { version }]) => [name, version]));
}

const status = `Package: nginx
Status: install ok installed
Architecture: amd64
Version: 1.22.1-9
Description: a server
 Version: 9 of nothing

Package: gone
Status: deinstall ok config-files
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-8
`;

test("dpkg's packages are those that are installed, each architecture by itself", () => {
  expect(versions({ 'var/lib/dpkg/status': status })).toEqual({
    nginx: '1.22.1-9',
    libc6: '2.36-9',
    'libc6:i386': '2.36-8',
  });
});

test('distroless images have a file a package', () => {
  const files = {
    'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12\n',
    'var/lib/dpkg/status.d/base.md5sums': '0123456789abcdef0123456789abcdef  etc/debian_version\n',
    'var/lib/dpkg/status.d/tz': 'Package: tzdata\nVersion: 2024a\n',
  };
  expect(versions(files)).toEqual({ 'base-files': '12', tzdata: '2024a' });
});

const apk = `C:Q1abc=
P:musl
V:1.2.4-r2
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755

P:busybox
V:1.36.1-r5
F:
F:bin
R:busybox
`;

test("apk's packages are read from its database", () => {
  expect(versions({ 'lib/apk/db/installed': apk })).toEqual({ musl: '1.2.4-r2', busybox: '1.36.1-r5' });
});

test.each([
  ['usr/sbin/nginx', 'nginx 1.22.1-9'],
  // The list has it where it was before /usr was merged.
  ['usr/lib/x86_64-linux-gnu/libc.so.6', 'libc6 2.36-9'],
  ['etc/nobody', undefined],
])('dpkg says whose "%s" is', (path, owner) => {
  const files = {
    'var/lib/dpkg/status': status,
    'var/lib/dpkg/info/nginx.list': '/.\n/usr/sbin\n/usr/sbin/nginx\n',
    'var/lib/dpkg/info/libc6:amd64.list': '/.\n/lib/x86_64-linux-gnu/libc.so.6\n',
  };
  const found = owningPackage(root(files), bytesOf(path));
  expect(found && `${found.name} ${found.version}`).toBe(owner);
});

test('apk says whose a file is', () => {
  expect(owningPackage(root({ 'lib/apk/db/installed': apk }), bytesOf('bin/busybox'))?.name).toBe('busybox');
  expect(owningPackage(root({ 'lib/apk/db/installed': apk }), bytesOf('lib/ld-musl-x86_64.so.1'))?.name).toBe('musl');
  expect(owningPackage(root({ 'lib/apk/db/installed': apk }), bytesOf('bin/sh'))).toBeUndefined();
});
