// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { describeMount, planMount } from '../../../../../init/container/root/mount-plan.ts';
import type { Mount } from '../../../../../init/contract/runtime-config.ts';

const ids = [{ containerID: 0, hostID: 1000, size: 10 }];

describe('a line of mounts', () => {
  test.each<[string, Omit<Mount, 'destination'>, string]>([
    ['a type makes a file system', { type: 'tmpfs' }, 'mount tmpfs on /x'],
    ['the type cgroup is for whatever hierarchies there are', { type: 'cgroup' }, 'mount cgroup on /x'],
    ['the option makes a bind whatever the type', { type: 'ext4', source: '/a', options: ['rbind'] }, 'bind /a on /x'],
    ['the type makes a bind too', { type: 'bind', source: '/a' }, 'bind /a on /x'],
    ['sources of binds are relative to the bundle', { source: 'a', options: ['bind'] }, 'bind /bundle/a on /x'],
    [
      'a remount is one whatever else is said',
      { type: 'tmpfs', source: 'a', options: ['bind', 'remount'] },
      'remount /x',
    ],
    ['propagation alone changes what is there', { type: 'none', source: 'a', options: ['rslave'] }, 'remount /x'],
  ])('%s', (_, mount, description) => {
    expect(describeMount(planMount({ destination: '/x', ...mount }, '/bundle'))).toBe(description);
  });

  test.each<[Partial<Mount>, string]>([
    [{ source: 'x' }, 'mount on /x: expected a type or the option "bind", found neither'],
    [{ options: ['bind'] }, 'mount on /x: a bind needs a source'],
    [{ source: '/a', options: ['bind', 'r0'] }, 'bind on /x: "r0" is no option of a bind'],
    [{ type: 'ext4', options: ['tmpcopyup'] }, 'mount on /x: "tmpcopyup" is for tmpfs, found type "ext4"'],
    [
      { destination: '//.', type: 'tmpfs', options: ['tmpcopyup'] },
      'mount on /: "tmpcopyup" would copy the whole root',
    ],
    [{ type: 'tmpfs', uidMappings: ids, gidMappings: ids }, 'mount on /x: only binds can have their ids mapped'],
    [{ source: '/a', options: ['bind'], gidMappings: ids }, 'mount on /x: expected both uidMappings and gidMappings'],
    [{ source: '/a', options: ['bind', 'ridmap'] }, 'mount on /x: "ridmap" needs uidMappings and gidMappings'],
    [{ source: '/a', options: ['bind', 'copy-symlink', 'src-nofollow'] }, '"copy-symlink" excludes "src-nofollow"'],
  ])('%j is refused', (mount, message) => {
    expect(() => planMount({ destination: '/x', ...mount }, '/bundle')).toThrow(message);
  });
});

describe('the ids of a mount', () => {
  const bind = { destination: '/x', source: '/a', options: ['bind', 'idmap'] };
  const others = [{ containerID: 0, hostID: 5, size: 1 }];

  test('are mapped as it says itself before all', () => {
    const own = { uidMappings: others, gidMappings: others };
    const plan = planMount({ ...bind, uidMappings: ids, gidMappings: ids }, '/', own);
    expect(plan.idMap).toEqual({ uid: ids, gid: ids, namespace: undefined, recursive: false });
  });

  test("are mapped as the container's, by the namespace it joins or by its mappings", () => {
    expect(planMount(bind, '/', { uidMappings: others, gidMappings: others }).idMap).toMatchObject({ uid: others });
    const namespaces = [{ type: 'user' as const, path: '/proc/1/ns/user' }];
    expect(planMount(bind, '/', { namespaces }).idMap).toMatchObject({ namespace: '/proc/1/ns/user' });
  });
});

describe('the group of a devpts', () => {
  const pts = { destination: '/dev/pts', type: 'devpts', options: ['mode=620', 'gid=5'] };

  test.each([
    ['stays without mappings', [], ['mode=620', 'gid=5']],
    ['stays when it is mapped', [{ containerID: 0, hostID: 1000, size: 6 }], ['mode=620', 'gid=5']],
    ['goes when it is not', [{ containerID: 0, hostID: 1000, size: 5 }], ['mode=620']],
  ])('%s', (_, gidMappings, data) => {
    expect(planMount(pts, '/', { gidMappings }).options.data).toEqual(data);
  });
});
