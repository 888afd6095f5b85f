// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { CriClient, messagesOf, textOf } from '../../support/cri-client.ts';
import { freePort } from '../../support/free-port.ts';
import { Machine } from '../../support/machine.ts';
import { execIn } from '../../support/machine-exec.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = new URL('../../../examples/kubernetes-node.yml', import.meta.url).pathname;

/** Mounts a volume with a file, as a kubelet does for a pod. */
const mounter = `
  - name: mounter
    image: pkg:busybox
    command: [sh, -c, "cd /var/lib/kubelet; mkdir a; mount -t tmpfs a a; echo 'oom_score = 7' > a/file; exec sleep 2147483647"]
    capabilities: [CAP_SYS_ADMIN]
    rootfsPropagation: rshared
    binds: ["/var/lib/kubelet:/var/lib/kubelet"]

files:
`;

/** The interface over TCP as well, where a test on the host reaches it; a kubelet has the socket. */
const changes: Readonly<Record<string, string>> = {
  'version = 2': 'version = 2\n\n      [grpc]\n        tcp_address = "0.0.0.0:10010"',
  'sandbox_image = ': 'disable_tcp_service = false\n        sandbox_image = ',
  '\nfiles:\n': mounter,
};

describe('kubernetes-node.yml', () => {
  const folder = temporaryFolder();
  let machine: Machine;
  let name = '';
  let client: CriClient;
  beforeAll(async () => {
    const { base } = await buildForBoot(example, folder.path, { replace: changes });
    const port = await freePort();
    name = `node-${port}`;
    const disk = `${join(folder.path, 'disk')},size=1G`;
    machine = new Machine(['--name', name, '--disk', disk, '--publish', `${port}:10010`, base]);
    await machine.waitFor(/service import: ended with exit code 0|\*\*\*/, 400_000);
    client = new CriClient(port);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('answers as a container runtime whose network is ready, as a kubelet asks before it takes pods', async () => {
    expect(textOf(await client.call('Version', { 1: 'v1' }), 2)).toBe('containerd');
    const [status] = messagesOf(await client.call('Status', {}), 1);
    const conditions = messagesOf(status ?? new Map(), 1).map((one) => [textOf(one, 1), one.get(2)?.[0]]);
    expect(conditions, machine.console).toEqual([
      ['RuntimeReady', 1],
      ['NetworkReady', 1],
    ]);
  });

  test('runs a pod with an address of the bridge network', async () => {
    const pod = { 1: { 1: 'pod', 2: '0123', 3: 'default' }, 2: 'pod', 3: '/var/log/pods/pod' };
    const sandbox = textOf(await client.call('RunPodSandbox', { 1: pod }), 1);
    const [status] = messagesOf(await client.call('PodSandboxStatus', { 1: sandbox }), 1);
    const [network] = messagesOf(status ?? new Map(), 5);
    const address = textOf(network ?? new Map(), 1);
    expect(address).toMatch(/^10\.244\.0\.\d+$/);
    expect(await execIn(name, 'containerd', 'iptables', '-t', 'nat', '-S', 'POSTROUTING')).toContain(`${address}/32`);

    const config = { 1: { 1: 'one' }, 2: { 1: 'localhost/tskit:pause' }, 11: 'one.log' };
    const container = textOf(await client.call('CreateContainer', { 1: sandbox, 2: config, 3: pod }), 1);
    await client.call('StartContainer', { 1: container });
    const [running] = messagesOf(await client.call('ContainerStatus', { 1: container }), 1);
    expect(running?.get(3), 'CONTAINER_RUNNING').toEqual([1]);
    await client.call('StopPodSandbox', { 1: sandbox });
    await client.call('RemovePodSandbox', { 1: sandbox });
  });

  test('containerd sees what another service mounts in the folder of the kubelet', async () => {
    const read = ['containerd', '--config', '/var/lib/kubelet/a/file', 'config', 'dump'];
    expect(await execIn(name, 'containerd', ...read)).toContain('oom_score = 7');
  });

  test('has the settings that a kubelet wants, and ends in order', async () => {
    expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
    expect(await machine.powerOff()).toBe(0);
  });
});
