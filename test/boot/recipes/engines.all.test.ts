// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, describe } from 'vitest';
import { busyboxArchive, busyboxName } from '../../support/busybox-image.ts';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const archive = await busyboxArchive(folder.path, 'docker-archive');

/** Loads the image and runs a container of it, by the words of one engine. */
const proof = (load: string, run: string): { done: string; seen: string } => ({
  done: `
    tsctl exec $JOB ${load} /images/busybox.tar
    tsctl exec $JOB ${run} ${busyboxName} echo from a container | grep -x 'from a container'`,
  seen: `tsctl exec $JOB ${load} /images/busybox.tar 2>&1 | grep -i 'operation not permitted'`,
});

const containerd = proof('ctr images import', 'ctr run --rm --net-host');
const docker = proof('docker load --input', 'docker run --rm');
const podman = proof('podman load --input', 'podman run --rm');

describe('an engine for containers', () => {
  afterAll(() => folder[Symbol.dispose]());

  proveRecipes(
    [
      {
        recipe: 'containerd',
        section: 'services',
        entry: { 'binds.add': ['/etc/images:/images:ro'] },
        // ctr wants a name for each container.
        done: containerd.done.replace(busyboxName, `${busyboxName} one`),
        seconds: 100,
        without: { all: { seen: containerd.seen } },
      },
      {
        recipe: 'podman',
        section: 'services',
        entry: { 'binds.add': ['/etc/images:/images:ro'] },
        done: podman.done,
        seconds: 100,
        without: { all: { seen: podman.seen } },
      },
      {
        recipe: 'docker',
        section: 'services',
        entry: { 'binds.add': ['/etc/images:/images:ro'] },
        done: docker.done,
        seconds: 100,
        without: { all: { said: '(Operation|operation|permission) (not permitted|denied)' } },
      },
    ],
    { files: [{ path: '/etc/images/busybox.tar', source: archive, mode: '0644' }] },
  );
});
