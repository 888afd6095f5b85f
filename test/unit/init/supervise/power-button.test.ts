// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createLoop } from '../../../../init/supervise/loop.ts';
import { hasPowerKey, watchPowerButtons } from '../../../../init/supervise/power-button.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

// As Linux prints them: the ACPI button, an AT keyboard, a mouse, and a device without keys.
const acpiButton = '10000000000000 0\n';
const keyboard = '402000000 3803078f800d001 feffffdfffefffff fffffffffffffffe\n';
const mouse = '1f0000 0 0 0 0\n';

/** struct input_event: 16 bytes of time, type, code, value. */
function inputEvent(type: number, code: number, value: number): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, type, true);
  view.setUint16(18, code, true);
  view.setInt32(20, value, true);
  return bytes;
}

describe('hasPowerKey', () => {
  test.each([
    [acpiButton, true],
    [keyboard, true],
    [mouse, false],
    ['0\n', false],
    ['', false],
  ])('of %j is %s', (bitmap, has) => {
    expect(hasPowerKey(bitmap)).toBe(has);
  });
});

describe('power buttons', () => {
  function setUp(events: readonly Uint8Array[]) {
    const fake = new FakeSys();
    fake.files.set('/sys/class/input/event0/device/capabilities/key', acpiButton);
    fake.files.set('/sys/class/input/event1/device/capabilities/key', mouse);
    fake.files.set('/sys/class/input/mouse0/device/capabilities/key', mouse);
    fake.devices.set('/dev/input/event0', [...events]);
    const loop = createLoop(fake.sys);
    let presses = 0;
    const buttons = watchPowerButtons(fake.sys, loop, () => {
      presses += 1;
    });
    return { fake, loop, buttons, presses: () => presses };
  }

  test('a press counts, a release and other keys do not', () => {
    const { loop, presses } = setUp([
      inputEvent(1, 116, 0),
      inputEvent(1, 30, 1),
      inputEvent(0, 0, 0),
      inputEvent(1, 116, 1),
    ]);
    for (const expected of [0, 0, 0, 1]) {
      loop.turn();
      expect(presses()).toBe(expected);
    }
  });

  test('devices without the key are not even opened', () => {
    const { fake } = setUp([]);
    const epollAndTimer = 2;
    expect(fake.openDescriptors).toHaveLength(epollAndTimer + 1);
  });

  test('a button that comes later is listened to', () => {
    const { fake, loop, buttons, presses } = setUp([]);
    fake.files.set('/sys/class/input/event5/device/capabilities/key', keyboard);
    fake.devices.set('/dev/input/event5', [inputEvent(1, 116, 1)]);
    buttons.add('event5');
    loop.turn();
    expect(presses()).toBe(1);
  });
});
