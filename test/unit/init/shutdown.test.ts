// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { MNT_DETACH, MS_RDONLY, MS_REMOUNT } from '../../../init/linux.ts';
import { shutDown } from '../../../init/shutdown.ts';
import { createUnits } from '../../../init/supervise/units.ts';
import { FakeMachine, planOf } from '../../support/fake-machine.ts';

const mountinfo = `21 1 0:2 / / ro,relatime shared:1 - rootfs none rw
22 21 0:20 / /proc rw,nosuid shared:2 - proc proc rw
30 21 0:25 / /var rw shared:5 - tmpfs tmpfs rw
31 30 254:1 / /var/data rw,relatime shared:6 - ext4 /dev/vda1 rw
32 31 254:2 / /var/data/two\\040words rw,relatime - xfs /dev/vda2 rw
33 30 0:40 / /var/share rw - nfs4 server:/x rw
`;

function stop(prepare: (whole: FakeMachine) => void): FakeMachine {
  const whole = new FakeMachine(planOf({}));
  whole.fake.files.set('/proc/self/mountinfo', mountinfo);
  prepare(whole);
  const units = createUnits(whole.machine, {}, { onSettled: () => undefined, onSystem: () => undefined });
  shutDown(whole.machine, 'poweroff', units, []);
  whole.turnUntil(() => whole.fake.calls.some((call) => call.startsWith('reboot')));
  return whole;
}

const mountCalls = (whole: FakeMachine): string[] => whole.fake.calls.filter((call) => call.includes('mount'));

describe('the end of the machine', () => {
  test('unmounts disks and remote file systems, the last mounted first, and nothing else', () => {
    expect(mountCalls(stop(() => undefined))).toEqual([
      `umount2 /var/share ${MNT_DETACH}`,
      'umount2 /var/data/two words 0',
      'umount2 /var/data 0',
    ]);
  });

  test('makes a disk that is in use read-only, and says so when even that fails', () => {
    const whole = stop(({ fake }) => {
      fake.fail('umount2 /var/data 0', 'EBUSY');
      fake.fail('umount2 /var/data/two words', 'EBUSY');
      fake.fail('mount  /var/data/two words', 'EBUSY');
    });
    expect(mountCalls(whole)).toContain(`mount  /var/data  ${MS_REMOUNT | MS_RDONLY} `);
    expect(whole.fake.console).toMatch(/\*\*\* shutdown: mount .*\/var\/data\/two words.*EBUSY/);
  });

  test('kills what is left, and syncs before it unmounts', () => {
    const { calls } = stop(() => undefined).fake;
    expect(calls.slice(0, 3)).toEqual(['kill -1 15', 'kill -1 9', 'clone3 17']);
    expect(calls.at(-1)).toBe('reboot 4321fedc');
  });

  test('comes even when a disk does not answer, which is not unmounted then since that would hang as well', () => {
    const whole = stop(({ fake }) => {
      fake.childSeconds = Infinity;
    });
    expect(mountCalls(whole)).toEqual([]);
    expect(whole.fake.console).toMatch(/\*\*\* shutdown: disks are not synchronised after 10 s, left as they are\n/);
    expect(whole.fake.calls.filter((call) => call.startsWith('clone3'))).toHaveLength(1);
    expect(whole.fake.calls.at(-1)).toBe('reboot 4321fedc');
  });
});
