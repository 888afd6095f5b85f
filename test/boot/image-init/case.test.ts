// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { umociFolderImage } from '../../support/images.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

/** The image's PID 1: says what it found and ends the machine. */
const init = `#!/bin/busybox sh
echo "the image's own init"
[ -e /containers/services/sleeper/config.json ] && echo "the bundle is there"
[ "$(busybox stat -c %h /bin/sh)" = 2 ] && echo "the hard link is there"
busybox poweroff -f
`;

describe('an init image that brings /init', () => {
  const folder = temporaryFolder();
  beforeAll(async () => {
    const root = join(folder.path, 'root');
    mkdirSync(join(root, 'bin'), { recursive: true });
    copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
    linkSync(join(root, 'bin/busybox'), join(root, 'bin/sh'));
    writeFileSync(join(root, 'init'), init);
    chmodSync(join(root, 'init'), 0o755);
    await umociFolderImage(join(folder.path, 'own'), 'latest', root);
  });
  afterAll(() => folder[Symbol.dispose]());

  test('wins, and the build says so and what ours would add', async () => {
    const { base, stderr } = await buildForBoot(spec, folder.path);
    expect(stderr).toMatch(/"oci:own:latest" brings \/init/);
    expect(stderr).toMatch(/--init tskit/);
    await using machine = new Machine([base]);
    expect(await machine.ended()).toBe(0);
    expect(machine.console).toContain("the image's own init");
    expect(machine.console).toContain('the bundle is there');
    expect(machine.console).toContain('the hard link is there');
    expect(machine.console).not.toContain('tskit: booted');
  });

  test('gives way to ours with --init tskit', async () => {
    const { base } = await buildForBoot(spec, folder.path, { args: ['--init', 'tskit'] });
    await using machine = new Machine([base]);
    await machine.waitFor(/tskit: booted in .* 1 service running/);
    expect(await machine.powerOff()).toBe(0);
    expect(machine.console).not.toContain("the image's own init");
  });
});
