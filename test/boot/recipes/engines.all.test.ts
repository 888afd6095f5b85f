// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, describe } from 'vitest';
import { busyboxArchive, busyboxName } from '../../support/busybox-image.ts';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
const archive = await busyboxArchive(folder.path, 'docker-archive');

/** Loads the image and runs a container of it, by the words of one engine. */
const proof = (load: string, run: string): string => `
  tsctl exec $JOB ${load} /images/busybox.tar
  tsctl exec $JOB ${run} echo from a container | grep -x 'from a container'`;

describe('an engine for containers', () => {
  afterAll(() => folder[Symbol.dispose]());

  proveRecipes(
    [
      {
        recipe: 'containerd',
        section: 'services',
        entry: { 'binds.add': ['/etc/images:/images:ro'] },
        done: proof('ctr images import', `ctr run --rm --net-host ${busyboxName} one`),
        seconds: 100,
        // It starts, and cannot even unpack the image.
        without: {
          all: { seen: `tsctl exec $JOB ctr images import /images/busybox.tar 2>&1 | grep 'operation not permitted'` },
        },
      },
      {
        recipe: 'podman',
        section: 'services',
        entry: { 'binds.add': ['/etc/images:/images:ro'] },
        done: proof('podman load --input', `podman run --rm ${busyboxName}`),
        seconds: 100,
        without: { all: { said: 'cannot clone: Operation not permitted' } },
      },
      {
        recipe: 'docker',
        section: 'services',
        entry: { 'binds.add': ['/etc/images:/images:ro'] },
        done: proof('docker load --input', `docker run --rm ${busyboxName}`),
        seconds: 100,
        without: { all: { said: 'chown /run/docker/docker.sock: operation not permitted' } },
      },
    ],
    { files: [{ path: '/etc/images/busybox.tar', source: archive, mode: '0644' }] },
  );
});
