// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The real tsrun and documents that are slightly wrong, in namespaces of their own where only one folder can be written and
// where the cgroups of the machine cannot be reached: what a mutant asks for is done as root.

import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cgroupRoot } from '../support/cgroup-tree.ts';
import { tsrun } from '../support/container-bundle.ts';
import { buildProbe } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const long = process.env['TSKIT_TEST_LONG'] === '1';
const count = long ? 20_000 : 250;
const runner = join(import.meta.dirname, '../support/fuzz-tsrun.ts');

/**
 * $1 is a fresh cgroup, the top one of the sandbox; the processes go into one below it, since a cgroup that has any passes no
 * controllers on. $2 is the folder with the probe, which becomes a tmpfs that is gone with the namespaces.
 */
const sandbox = `set -e
mkdir "$1/runner"
echo $$ > "$1/cgroup.procs"
exec unshare --cgroup sh -c 'echo $$ > "$1/runner/cgroup.procs"; shift; exec "$@"' sh "$1" \
  unshare --mount --pid --fork --mount-proc --net --uts --ipc sh -c '
    set -e
    folder=$1; shift
    mount --make-rprivate /
    mount -t tmpfs none /mnt && cp "$folder/probe" /mnt
    mount -t cgroup2 none /sys/fs/cgroup
    for place in / /dev /sys; do mount -o remount,bind,ro "$place"; done
    mount -t tmpfs none /run && mount --move /mnt "$folder"
    cd "$folder" && exec "$@"' sh "$2" "$3" "$4" "$5" "$2" 1 "$6"`;

test(
  `${count} mutants of config.json and state.json are run or refused, and leave nothing behind`,
  async () => {
    using folder = temporaryFolder();
    await buildProbe(join(folder.path, 'probe'));
    const cgroup = join(cgroupRoot(), `tskit-fuzz-${process.pid}`);
    mkdirSync(cgroup);
    try {
      const words = [cgroup, folder.path, process.execPath, runner, tsrun, String(count)];
      const { stdout, stderr } = await execa('sh', ['-c', sandbox, 'sh', ...words], { reject: false });
      expect({ stdout, stderr }).toEqual({ stdout: 'done', stderr: '' });
    } finally {
      await until('the sandbox has ended', () =>
        readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('populated 0'),
      );
      rmdirSync(join(cgroup, 'runner'));
      rmdirSync(cgroup);
    }
  },
  long ? 3_600_000 : 180_000,
);
