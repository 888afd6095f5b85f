// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = `
kernel: {image: "pkg:kernel", cmdline: console=ttyS0}
services:
  - {name: idle, image: "pkg:busybox", command: [sleep, "1000"], binds: ["/sys:/sys"]}
`;
const name = `measured-${process.pid}`;

test('without Secure Boot a TPM has measured what the build predicted, with the whole system in the initrd', async () => {
  using folder = temporaryFolder();
  const at = (file: string): string => join(folder.path, file);
  writeFileSync(at('os.yml'), spec);
  await buildForBoot(at('os.yml'), folder.path, { args: ['--format', 'uki'] });
  await using machine = new Machine(['--tpm', '--name', name, at('os.efi')]);
  await machine.waitFor(/tskit: booted/);
  const predicted = JSON.parse(readFileSync(at('os-pcrs.json'), 'utf8')) as {
    readonly uki: { readonly sha256: Readonly<Record<string, string>> };
  };
  const measured: Record<string, string> = {};
  for (const pcr of ['4', '9', '11']) {
    const file = `/sys/class/tpm/tpm0/pcr-sha256/${pcr}`;
    const { stdout } = await runTskit(['ctl', '--name', name, '--timeout', '60', 'exec', 'idle', 'cat', file]);
    measured[pcr] = stdout.trim().toLowerCase();
  }
  expect(measured).toEqual(predicted.uki.sha256);
  expect(await machine.powerOff()).toBe(0);
});
