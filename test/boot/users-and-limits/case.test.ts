// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { freePort } from '../../support/free-port.ts';
import { umociFolderImage } from '../../support/images.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { buildProbe, type ProbeReport } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;
const names = ['image-user', 'named-group', 'number', 'as-root', 'own-id', 'mapped', 'shifted', 'limited'] as const;

describe('users and limits, as a program inside sees them', () => {
  const folder = temporaryFolder();
  const reports = new Map<string, ProbeReport>();
  let machine: Machine;
  let built: string;

  beforeAll(async () => {
    await probeImages(folder.path);
    const { base, stderr } = await buildForBoot(spec, folder.path);
    built = stderr;
    const data = join(folder.path, 'data');
    writeFileSync(data, 'for a CD');
    const port = await freePort();
    const disk = `${join(folder.path, 'disk')},size=16M`;
    machine = new Machine(['--publish', `${port}:80`, '--data', data, '--disk', disk, base]);
    await machine.waitFor(/booted in/);
    for (const name of names) {
      const response = await fetchUntil(`http://127.0.0.1:${port}/onboot/${name}.log`, machine);
      if (response.ok) reports.set(name, JSON.parse(await response.text()) as ProbeReport);
    }
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const report = (name: (typeof names)[number]): ProbeReport => {
    const found = reports.get(name);
    if (found === undefined) throw new Error(`no report of ${name}:\n${machine.console}`);
    return found;
  };
  const content = (name: (typeof names)[number], path: string): readonly string[] =>
    (report(name).paths[path]?.content ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim().replaceAll(/ +/g, ' '));

  test.each<[(typeof names)[number], string, number, number, readonly number[]]>([
    ['image-user', 'the USER of its image, with the groups that the image gives it', 33, 34, [34, 40, 998]],
    ['named-group', 'a user with one group', 33, 998, [998]],
    ['number', 'a number that the image does not know', 4242, 0, [0]],
    ['as-root', 'root, as LinuxKit has it', 0, 0, []],
    ['own-id', 'the id of another container', 105, 0, []],
  ])('%s runs as %s', (name, _who, uid, gid, groups) => {
    const { uids, gids, groups: found } = report(name);
    expect([uids, gids]).toEqual([
      [uid, uid, uid],
      [gid, gid, gid],
    ]);
    expect(found.toSorted((a, b) => a - b)).toEqual(groups);
  });

  test('a user namespace has the mappings asked for', () => {
    const initialUser = 0xeffffffd;
    expect(report('mapped').namespaces['user']).not.toBe(initialUser);
    expect(report('mapped').uids).toEqual([1000, 1000, 1000]);
    expect(content('mapped', '/proc/self/uid_map')).toEqual(['0 100000 1000', '1000 200000 1']);
    expect(content('mapped', '/proc/self/gid_map')).toEqual(['0 300000 10']);
  });

  test('a mount shows its files with other owners', () => {
    expect(report('shifted').paths['/disk/file']).toMatchObject({ uid: 5, gid: 6, content: 'owned\n' });
    expect(report('shifted').paths['/mapped/file']).toMatchObject({ uid: 1005, gid: 66, content: 'owned\n' });
  });

  test('rules for devices are in force, the last one deciding for each access', () => {
    expect(report('limited').paths['/mem']).toMatchObject({ read: 'EPERM', write: 'EPERM' });
    expect(report('limited').paths['/kmsg']).toMatchObject({ read: 'ok', write: 'EPERM' });
  });

  test('limits of block devices, huge pages and CPU are in force', () => {
    const cgroup = (file: string): readonly string[] => content('limited', `/sys/fs/cgroup/limited/${file}`);
    expect(cgroup('hugetlb.2MB.max')).toEqual(['4194304']);
    expect(cgroup('hugetlb.1GB.max')).toEqual(['0']);
    expect(cgroup('io.weight')).toEqual(['default 5000']);
    expect(cgroup('io.max')).toEqual(['11:0 rbps=1048576 wbps=max riops=max wiops=100']);
    expect(cgroup('cpu.weight')).not.toEqual(['100']);
  });

  test('what cgroup v2 has nothing like is warned of by the build, and the container starts', () => {
    for (const key of ['cpu.realtimeRuntime', 'cpu.realtimePeriod', 'network.classID', 'network.priorities'])
      expect(built).toContain(`onboot "limited": resources.${key} is left out: cgroup v2 has nothing like it`);
    for (const key of ['memory.swappiness', 'memory.disableOOMKiller'])
      expect(built).toContain(`onboot "limited": resources.${key} has no effect: cgroup v2 has nothing like it`);
    expect(machine.console).toMatch(/onboot limited: done/);
  });
});

/** The probe in two images, the second of which says who is to run it. */
async function probeImages(folder: string): Promise<void> {
  const root = join(folder, 'root');
  for (const name of ['etc', 'disk', 'mapped']) mkdirSync(join(root, name), { recursive: true });
  for (const name of ['kmsg', 'mem']) writeFileSync(join(root, name), '');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:\nweb:x:33:34::/:\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nwww:x:34:\nextra:x:40:web\ndocker:x:998:other,web\n');
  await buildProbe(join(root, 'probe'));
  const layout = join(folder, 'probe');
  await umociFolderImage(layout, 'latest', root);
  await umociFolderImage(layout, 'web', root);
  await execa('umoci', ['config', '--image', `${layout}:web`, '--config.user', 'web']);
}
