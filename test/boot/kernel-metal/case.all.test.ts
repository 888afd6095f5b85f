// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('spec.yml', import.meta.url).pathname;
/** What is at the beginning of the disks. */
const texts = { disk: 'a disk behind AHCI', stick: 'a stick of USB' };

/** Devices of a PC beside its card: a disk, a stick, a watchdog. */
function devices(folder: string): string {
  const [disk, stick] = [join(folder, 'disk'), join(folder, 'stick')];
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(folder, name), `${text}\n`);
    truncateSync(join(folder, name), 1 << 20);
  }
  return [
    `-drive if=none,id=ahci,format=raw,file=${disk} -device ide-hd,bus=ide.0,drive=ahci`,
    `-drive if=none,id=stick,format=raw,file=${stick} -device qemu-xhci -device usb-storage,drive=stick`,
    '-device i6300esb',
  ].join(' ');
}

/** A QEMU whose network card is Intel's in place of virtio's. */
function qemuWithIntelCard(folder: string): string {
  const program = 'qemu-system-x86_64';
  const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const script = `#!/bin/bash\nexec ${real} "\${@/#virtio-net-pci,/e1000e,}" ${devices(folder)}\n`;
  writeFileSync(join(bin, program), script, { mode: 0o755 });
  return [bin, process.env['PATH']].join(delimiter);
}

describe('pkg:kernel-metal with the modules that `auto` leaves in a system', () => {
  const folder = temporaryFolder();
  let said = '';
  let exitCode: number | undefined;

  beforeAll(async () => {
    const { base } = await buildForBoot(spec, folder.path);
    await using machine = new Machine([base], [], { PATH: qemuWithIntelCard(folder.path) });
    await machine.waitFor(/booted in |boot stopped/, 240_000);
    exitCode = await machine.powerOff();
    said = machine.console;
  });
  afterAll(() => folder[Symbol.dispose]());

  test('drives a disk, a stick, a card and a watchdog, of which the spec says nothing', () => {
    expect(said).toContain(`look: disk: ${texts.disk}`);
    expect(said).toContain(`look: disk: ${texts.stick}`);
    expect(said).toContain('look: watchdog: /sys/bus/pci/drivers/i6300ESB timer/0000:');
    expect(said).toContain('look: card: e1000e');
    expect(said).toMatch(/look: .*inet 10\.0\.2\.15/);
    expect(said).not.toMatch(/degraded|FAILED|\*\*\*/);
    expect(exitCode).toBe(0);
  });

  test('is not the kernel for clouds, and has loaded no more than there are devices for', () => {
    expect(said).toMatch(/look: release: \d+\.\d+\S*\d-amd64$/m);
    expect(said).toMatch(/look: modules: .*\bahci\b/);
    expect(said).not.toMatch(/look: modules: .*\b(i40e|iwlwifi|btrfs|dm_mod)\b/);
  });
});
