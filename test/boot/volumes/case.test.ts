// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { freePort } from '../../support/free-port.ts';
import { umociFolderImage } from '../../support/images.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

describe('volumes in a booted system', () => {
  const folder = temporaryFolder();
  let machine: Machine;
  beforeAll(async () => {
    await boxImage(folder.path);
    const { base } = await buildForBoot(spec, folder.path, { replace: { BOX: 'oci:box:latest' } });
    machine = new Machine([base]);
    await machine.waitFor(/booted in .*\n/);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** What a container wrote, line by line. */
  const said = (name: string): string[] =>
    machine.console.split('\n').flatMap((line) => new RegExp(`^${name}: (.*)`).exec(line)?.[1] ?? []);

  test('one without an image is an empty folder', () => {
    expect(said('blank')).toEqual(['0 entries, 755 0:0']);
  });

  test('what one container writes the next one reads, with its owner, through a mount that names the volume', () => {
    expect(said('writer')).toEqual(['done']);
    expect(said('mounted')).toEqual(['from the writer, owned by 1000:1001']);
  });

  test('one that can be written is not, through a bind with "ro"', () => {
    expect(said('added')).toEqual(['more', expect.stringContaining('/shared/new: Read-only file system')]);
  });

  test.each(['bound', 'read-only-mount'])('one that is read-only is so for container %s', (name) => {
    const lines = said(name);
    expect(lines[0]).toContain('/fixed/new: Read-only file system');
    expect(lines.at(-1)).toBe('hello');
  });

  test('one that is read-only cannot be written by who binds its path and may mount', () => {
    const lines = said('intruder');
    expect(lines.filter((line) => line.includes('touch: /fixed/new: Read-only file system'))).toHaveLength(2);
    expect(lines.at(-1)).toBe('hello');
  });

  test('the root, where their content lies, cannot be written through a bind, which is writable by default', () => {
    const refused = ['/sealed/new', '/images/new'].map((path) => `touch: ${path}: Read-only file system`);
    expect(said('sealed')).toEqual([...refused, 'tried']);
  });

  test('files keep the owners and modes of the image', () => {
    expect(said('owners')).toEqual(['/fixed 640 1234:2345', '/tree 640 1234:2345']);
  });

  test('what is written to the tree of an image stays in the volume', () => {
    expect(said('changer')).toEqual(['changed']);
    expect(said('apart')).toEqual(['changed in the volume, hello in the image; 1 and 0 private']);
  });

  test('a layout is that of the image, with every blob as its name says', () => {
    expect(said('blobs')).toEqual(['{"imageLayoutVersion":"1.0.0"}', 'intact', 'intact', 'intact']);
  });

  test('nothing failed, and the machine powers off', async () => {
    expect(machine.console).not.toMatch(/degraded|FAILED|warning: /);
    expect(await machine.powerOff()).toBe(0);
  });
});

test('a volume that cannot be mounted is loud, and only the containers that mount it are not started', async () => {
  using folder = temporaryFolder();
  await boxImage(folder.path);
  const failing = new URL('./without-overlay.yml', import.meta.url).pathname;
  const { base } = await buildForBoot(failing, folder.path, { replace: { BOX: 'oci:box:latest' } });
  await using machine = new Machine([base]);
  await machine.waitFor(/booted in .*\n/);
  expect(machine.console).toMatch(/\*\*\* volume data: FAILED, .*overlay on \/containers\/volumes\/data\/merged/);
  expect(machine.console).toMatch(/\*\*\* onboot user: FAILED, could not be started: volume data is not mounted: /);
  expect(machine.console).not.toContain('user: started');
  expect(machine.console).toContain('other: started');
  expect(machine.console).toMatch(/degraded: booted .* failed: user/);
});

test('the example serves a page that one container wrote about a volume and another one reads', async () => {
  using folder = temporaryFolder();
  const { base } = await buildForBoot(new URL('../../../examples/volumes.yml', import.meta.url).pathname, folder.path);
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect((await page.text()).match(/<li>[0-9a-f]{64}, [0-9]+ bytes/g)).toHaveLength(3);
});

/** An image of one layer in the OCI layout `box` of the folder. */
async function boxImage(folder: string): Promise<void> {
  const root = join(folder, 'root');
  for (const name of ['bin', 'private', 'shared', 'fixed', 'tree', 'layout', 'sealed', 'images'])
    mkdirSync(join(root, name), { recursive: true });
  await execa('cp', ['/bin/busybox', join(root, 'bin/busybox')]);
  const applets = ['sh', 'cat', 'chown', 'grep', 'ls', 'mount', 'rm', 'sha256sum', 'stat', 'touch', 'wc'];
  for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'greeting'), 'hello\n');
  writeFileSync(join(root, 'private/key'), 'secret\n');
  chownSync(join(root, 'private/key'), 1234, 2345);
  chmodSync(join(root, 'private/key'), 0o640);
  await umociFolderImage(join(folder, 'box'), 'latest', root);
}
