// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `make test-all` runs these as well: more of the same, for which `make test` has no time. */
const onlyAll = process.env['TSKIT_TEST_ALL'] === '1' ? [] : ['test/**/*.all.test.ts'];

/** Of expect.poll: Vitest's own second is less than one look takes on a busy machine. */
const patient = { poll: { timeout: 30_000 } };

/** Three projects: unit needs nothing but Node; integration needs root, a registry and the image tools; boot needs QEMU. */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          expect: patient,
          root: new URL('..', import.meta.url).pathname,
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          expect: patient,
          root: new URL('..', import.meta.url).pathname,
          include: ['test/integration/**/*.test.ts'],
          exclude: onlyAll,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'boot',
          expect: patient,
          root: new URL('..', import.meta.url).pathname,
          include: ['test/boot/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          exclude: onlyAll,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          // Of tests that say that they may run at the same time: two machines.
          maxConcurrency: 2,
        },
      },
    ],
  },
});

export default config;
