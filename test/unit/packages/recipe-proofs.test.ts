// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { shippedRecipes } from '../../../src/packages/folder.ts';
import { capabilitiesOf, type Entry } from '../../support/recipe-proof/proof.ts';

const root = new URL('../../../', import.meta.url).pathname;
const names = readdirSync(shippedRecipes).sort();
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

const bootFiles = ['test/boot', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
);

/** Recipes that `proveRecipes` proves, with each of their capabilities taken away. */
const proved: ReadonlySet<string> = new Set(
  bootFiles
    .filter((path) => path.endsWith('.test.ts') && textOf(path).includes('proveRecipes('))
    .flatMap((path) => [...textOf(path).matchAll(/^ *recipe: '([^']+)'/gm)].map(([, name = '']) => name)),
);

const machine = 'test/boot/recipes/machine.test.ts';
const disks = 'test/boot/disk-recipes/capabilities.all.test.ts';
const kubernetes = 'test/boot/examples/kubernetes-node.all.test.ts';
const removesEach = 'a recipe for disks fails without any one capability of its label';

/** Of the others, the test that boots a system and sees the job done: its file, and how its title begins. */
const elsewhere: Readonly<Record<string, readonly [file: string, title: string]>> = {
  busybox: ['test/boot/pod/case.test.ts', 'has a network, a loopback and a host name of its own'],
  'ca-certificates': ['test/boot/recipes/kernel.test.ts', 'pkg:ca-certificates under init has all authorities'],
  'cni-plugins': [kubernetes, 'runs a pod with an address of the bridge network'],
  'dm-crypt': [disks, removesEach],
  extend: [disks, removesEach],
  firmware: [machine, 'firmware is in the folder where the kernel looks for it'],
  format: [disks, removesEach],
  getty: ['test/boot/examples/login.test.ts', 'the example getty asks for the password of root'],
  kernel: ['test/boot/supervision/case.test.ts', 'a service that exits with an error is restarted'],
  'kernel-metal': ['test/boot/kernel-metal/case.all.test.ts', 'drives a disk, a stick, a card and a watchdog'],
  'kernel-micro': ['test/boot/kernel-micro/case.all.test.ts', 'the smallest example on pkg:kernel-micro'],
  'kernel-vm': ['test/boot/kernel-vm/case.all.test.ts', 'pkg:kernel-vm boots to a service that answers'],
  metadata: ['test/boot/metadata/case.test.ts', 'Scaleway tells no user data without %s'],
  'node-exporter': [machine, 'node-exporter answers with the metrics of the system'],
  'open-vm-tools': [machine, 'open-vm-tools finds its libraries'],
  pause: [kubernetes, 'runs a pod with an address of the bridge network'],
  'qemu-guest-agent': [machine, 'qemu-guest-agent answers the hypervisor'],
  redis: ['test/boot/examples/container-engines.test.ts', 'redis.yml answers with what it was given'],
  swap: [disks, removesEach],
  'tpm2-tools': [machine, 'tpm2-tools uses the TPM of the machine'],
};

describe('a recipe that comes with tskit', () => {
  it('has a proof in QEMU, and no proof is of a recipe that is not there', () => {
    expect([...proved, ...Object.keys(elsewhere)].sort()).toEqual(names);
  });

  it.each(Object.entries(elsewhere))('%s is proved by the test that is named for it', (_name, [file, title]) => {
    const titles = [...textOf(file).matchAll(/\b(?:test|it)(?:\.each\(.*\))?\(\s*(['"`])(.*?)\1/g)].map(
      ([, , found = '']) => found,
    );
    expect(titles.filter((found) => found.startsWith(title))).toHaveLength(1);
  });

  // pkg:getty has all: whoever logs in is the machine's root.
  it('without proofs of single capabilities has none, or all for a person', () => {
    const others = Object.keys(elsewhere).filter(
      (name) => !textOf(elsewhere[name]?.[0] ?? '').includes('capabilitiesOf'),
    );
    const rights = others.map((name) => [name, ...capabilitiesOf(name)]).filter((row) => row.length > 1);
    expect(rights).toEqual([['getty', 'all']]);
  });

  it('that needs no capability is given none by any spec that boots it', () => {
    const jobs = ['node-exporter', 'open-vm-tools', 'qemu-guest-agent', 'redis', 'tpm2-tools'];
    const specs = bootFiles.filter(
      (path) => path.endsWith('.yml') && jobs.some((job) => textOf(path).includes(`pkg:${job}`)),
    );
    const entries = specs.flatMap((path) => {
      const spec = parse(textOf(path)) as { readonly onboot?: readonly Entry[]; readonly services?: readonly Entry[] };
      return [...(spec.onboot ?? []), ...(spec.services ?? [])];
    });
    for (const job of jobs) {
      const found = entries.filter((entry) => entry['image'] === `pkg:${job}`);
      expect(found.length, job).toBeGreaterThan(0);
      expect(
        found.filter((entry) => entry['capabilities'] !== undefined),
        job,
      ).toEqual([]);
    }
  });
});
