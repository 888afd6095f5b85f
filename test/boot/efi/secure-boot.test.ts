// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { runTskit } from '../../support/cli.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = `
kernel: {image: "pkg:kernel", cmdline: console=ttyS0}
services:
  - {name: idle, image: "pkg:busybox", command: [sleep, "1000"], binds: ["/sys:/sys"]}
`;

type Predicted = Readonly<Record<'raw-efi' | 'uki', { readonly sha256SecureBoot: Readonly<Record<string, string>> }>>;
const name = `secure-boot-${process.pid}`;

describe('Secure Boot', () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  beforeAll(async () => {
    await runTskit(['keys', 'generate', at('keys')]);
    writeFileSync(at('os.yml'), `${spec}secureboot: {keyset: keys}\n`);
    await buildForBoot(at('os.yml'), folder.path, { args: ['--format', 'raw-efi,uki'] });
  });
  afterAll(() => folder[Symbol.dispose]());

  test('starts what is signed, enforced; the TPM has measured what the build predicted', async () => {
    await using machine = new Machine(['--secure-boot', '--tpm', '--name', name, at('os-efi.img')]);
    // The kernel's own words, by what the firmware told it.
    await machine.waitFor(/secureboot: Secure boot enabled|locked down from EFI Secure Boot|Secure Boot is enabled/);
    await machine.waitFor(/tskit: booted/);
    const predicted = JSON.parse(readFileSync(at('os-pcrs.json'), 'utf8')) as Predicted;
    const measured: Record<string, string> = {};
    for (const pcr of ['4', '9', '11']) {
      const file = `/sys/class/tpm/tpm0/pcr-sha256/${pcr}`;
      const { stdout } = await runTskit(['ctl', '--name', name, '--timeout', '60', 'exec', 'idle', 'cat', file]);
      measured[pcr] = stdout.trim().toLowerCase();
    }
    expect(measured).toEqual(predicted['raw-efi'].sha256SecureBoot);
    expect(await machine.powerOff()).toBe(0);
  });

  test('refuses what was altered and what others signed', async () => {
    const bytes = readFileSync(at('os.efi'));
    copyFileSync(at('os.efi'), at('altered.efi'));
    writeSync(openSync(at('altered.efi'), 'r+'), 'console=ttyS1', bytes.indexOf('console=ttyS0'));
    await runTskit(['keys', 'generate', at('others')]);
    for (const [image, keys] of [
      ['altered.efi', 'keys'],
      ['os.efi', 'others'],
    ] as const) {
      await using machine = new Machine(['--secure-boot', '--vars', at(`${keys}/vars.fd`), at(image)]);
      await machine.waitFor(/Access Denied|Security Violation/);
      expect(machine.console).not.toContain('Secure boot enabled');
    }
  });
});
