// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchUntil } from '../../support/console-process.ts';
import { buildExample } from '../../support/example-build.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('the smallest example serves a page, with nothing loaded and nothing to write to', async () => {
  using folder = temporaryFolder();
  const visit = 'until wget -qO- http://127.0.0.1/; do sleep 0.1; done; wc -l < /proc/modules; sleep 1000000';
  const visitor = { name: 'visitor', image: 'pkg:busybox', command: ['sh', '-c', visit], readonly: true };
  const more = {
    kernel: { image: 'pkg:kernel', cmdline: 'console=ttyS0 quiet tskit.console', tar: 'none' },
    services: [visitor],
  };
  await using machine = new Machine([await buildExample('minimal', folder.path, more)]);
  await machine.waitFor(/^visitor: The smallest system\nvisitor: 0$/m);
  expect(machine.console).not.toContain('***');
});

test('the example of a TPM opens what it sealed, until the PCR is another one', async () => {
  using folder = temporaryFolder();
  const entry = (name: string, ...command: string[]) => ({
    name,
    image: 'pkg:tpm2-tools',
    command: ['tpm2', ...command],
    'binds.add': ['keys:/var/lib/tpm2:ro'],
  });
  const onboot = [
    entry('extend', 'pcrextend', `7:sha256=${'11'.repeat(32)}`),
    entry('again', 'unseal', '-c', '/var/lib/tpm2/sealed', '-p', 'pcr:sha256:7'),
  ];
  await using machine = new Machine(['--tpm', await buildExample('tpm', folder.path, { onboot })]);
  await machine.waitFor(/booted in .*\n/);
  expect(machine.console).toMatch(/^pcr: +7 : 0x[0-9A-F]{64}$/m);
  expect(machine.console).toMatch(/^opened: a secret of this machine$/m);
  expect(machine.console).toMatch(/^again: ERROR: .*policy/m);
  expect(machine.console).toMatch(/degraded: booted in .*, failed: again$/m);
  expect(await machine.powerOff()).toBe(0);
});

test('the example of metrics answers on its published port', async () => {
  using folder = temporaryFolder();
  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:9100`, await buildExample('node-exporter', folder.path)]);
  const metrics = await (await fetchUntil(`http://127.0.0.1:${port}/metrics`, machine)).text();
  expect(metrics).toMatch(/^node_network_up\{device="eth0"\} 1$/m);
  await machine.waitFor(/ booted in .*1 service running/);
  expect(machine.console).not.toContain('***');
});

test('the example of an edge device keeps what it measured over a restart', async () => {
  using folder = temporaryFolder();
  const base = await buildExample('edge', folder.path);
  const disk = ['--disk', `${join(folder.path, 'disk')},size=256M`];
  const measurements = async (): Promise<{ first: string; count: number }> => {
    const port = await freePort();
    await using machine = new Machine([...disk, '--publish', `${port}:80`, base]);
    await machine.waitFor(/ booted in .*4 services running/, 240_000);
    expect(machine.console).not.toMatch(/degraded|NOT FED/);
    const lines = (await (await fetchUntil(`http://127.0.0.1:${port}/`, machine)).text()).trim().split('\n');
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}Z load [\d.]+$/);
    expect(await machine.powerOff()).toBe(0);
    return { first: lines[0] ?? '', count: lines.length };
  };
  const before = await measurements();
  const after = await measurements();
  expect(after.first).toBe(before.first);
  expect(after.count).toBeGreaterThan(before.count);
});
