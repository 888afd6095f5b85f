// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliOptions, runTskit } from '../support/cli.ts';
import { initrdParts } from '../support/initrd-parts.ts';
import { digestsIn, type OsWorkplace, osWorkplace } from '../support/os-workplace.ts';

let place: OsWorkplace;
beforeAll(() => {
  place = osWorkplace();
  appendFileSync(place.spec, '  - path: /\n    source: tree\n    exclude: ["*.tmp"]\n    uid: 33\n');
  makeTree('022');
});
afterAll(() => place[Symbol.dispose]());

/** Makes the tree anew, its entries in the order of `names`. */
function makeTree(
  umask: string,
  names: readonly string[] = ['etc/motd', 'etc/conf.d/a', 'opt/run', 'opt/x.tmp', 'opt/b'],
): void {
  const script = `
    umask ${umask}
    rm -rf tree
    for name; do mkdir -p "tree/$(dirname "$name")"; echo "$name" > "tree/$name"; done
    mkdir tree/opt/empty; ln -s ../nowhere tree/opt/link; chmod u+x tree/opt/run`;
  execFileSync('sh', ['-ec', script, 'sh', ...names], { cwd: place.path });
}

async function build(out: string, options: CliOptions = {}): Promise<Readonly<Record<string, string>>> {
  const folder = join(place.path, out);
  mkdirSync(folder);
  const args = ['build', '--cache', join(folder, 'cache'), '--dir', join(folder, 'out'), place.spec];
  const { exitCode, stderr } = await runTskit(args, options);
  expect(exitCode, stderr).toBe(0);
  return digestsIn(join(folder, 'out'));
}

test('a tree of files is the same to the bit whatever the umask, order, owner and times of its files', async () => {
  const first = await build('first');
  makeTree('077', ['opt/b', 'opt/x.tmp', 'opt/run', 'etc/conf.d/a', 'etc/motd']);
  execFileSync('chown', ['-R', '1234:1234', 'tree'], { cwd: place.path });
  execFileSync('find', ['tree', '-exec', 'touch', '-h', '-d', '@1000000000', '{}', '+'], { cwd: place.path });
  expect(await build('second', { through: ['sh', '-c', 'umask 007; exec "$0" "$@"'] })).toEqual(first);
  writeFileSync(join(place.path, 'tree/opt/b'), 'other');
  expect(await build('third')).not.toEqual(first);
});

test('GNU cpio reads the tree with its modes, owners and links', () => {
  const lines = initrdParts(join(place.path, 'first/out/os-initrd.img')).flatMap((part) =>
    execFileSync('cpio', ['--list', '--verbose', '--quiet', '--numeric-uid-gid'], {
      input: part,
      encoding: 'utf8',
    }).split('\n'),
  );
  const rows = lines.flatMap((line) => {
    const [mode, , uid, gid, , , , , name, ...target] = line.split(/ +/);
    return name !== undefined && /^(etc|opt)(\/|$)/.test(name) && !name.startsWith('etc/tskit')
      ? [[mode, `${uid}:${gid}`, name, ...target].join(' ')]
      : [];
  });
  // The root's own folders keep root as their owner, and the boot plan's archive has /etc once more.
  expect([...new Set(rows)].filter((row) => !/ etc\/(hosts|mtab|resolv\.conf)/.test(row))).toEqual([
    'drwxr-xr-x 0:0 etc',
    'drwxr-xr-x 33:0 etc/conf.d',
    '-rw-r--r-- 33:0 etc/conf.d/a',
    '-rw-r--r-- 33:0 etc/motd',
    'drwxr-xr-x 33:0 opt',
    '-rw-r--r-- 33:0 opt/b',
    'drwxr-xr-x 33:0 opt/empty',
    'lrwxrwxrwx 33:0 opt/link -> ../nowhere',
    '-rwxr-xr-x 33:0 opt/run',
  ]);
});
