// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../../init/boot/command-line.ts';
import { parseRootRequest } from '../../../../init/boot/root-request.ts';

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const hash = 'ab'.repeat(32);
const request = (text: string) => parseRootRequest(parseCommandLine(text));

describe('what the command line says of the root', () => {
  it.each([
    [`tskit.root=PARTUUID=${uuid}`, { partUuid: uuid, waitSeconds: 30 }],
    [`quiet tskit.root=UUID=${uuid.toUpperCase()} tskit.root_wait=5`, { fsUuid: uuid, waitSeconds: 5 }],
    [
      `tskit.root=PARTUUID=${uuid},UUID=${uuid} tskit.verity=${hash.toUpperCase()} tskit.verity_action=restart`,
      { partUuid: uuid, fsUuid: uuid, verity: { rootHash: hash, action: 'restart' }, waitSeconds: 30 },
    ],
    [
      `tskit.verity=${hash} tskit.root=UUID=${uuid} tskit.verity=${hash} tskit.root_wait=1 tskit.root_wait=30`,
      { fsUuid: uuid, verity: { rootHash: hash, action: 'panic' }, waitSeconds: 30 },
    ],
  ])('is read from "%s"', (text, expected) => {
    expect(request(text)).toEqual(expected);
  });

  it.each([
    ['', 'tskit.root: expected PARTUUID=UUID or UUID=UUID, or both with a comma, found ""'],
    ['tskit.root=/dev/vda', 'tskit.root: expected PARTUUID=UUID'],
    [`tskit.root=LABEL=${uuid}`, 'tskit.root: expected PARTUUID=UUID'],
    ['tskit.root=UUID=01234567', 'tskit.root: expected PARTUUID=UUID'],
    [`tskit.root=UUID=${uuid} tskit.verity=`, 'tskit.verity: expected 64 hex digits, found ""'],
    [`tskit.root=UUID=${uuid} tskit.verity=${hash.slice(1)}`, 'tskit.verity: expected 64 hex digits'],
    [
      `tskit.root=UUID=${uuid} tskit.verity=${hash} tskit.verity_action=ignore`,
      'expected panic or restart, found "ignore"',
    ],
    [
      `tskit.root=UUID=${uuid} tskit.verity=${hash} tskit.verity=${hash.slice(1)}0`,
      `tskit.verity: expected one value, found "${hash}" and "${hash.slice(1)}0"`,
    ],
    [`tskit.root=UUID=${uuid} tskit.root=PARTUUID=${uuid}`, 'tskit.root: expected one value, found "UUID='],
    [`tskit.root=UUID=${uuid} tskit.root_wait=soon`, 'tskit.root_wait: expected a number of seconds, found "soon"'],
  ])('is an error and not left out where it is wrong: "%s"', (text, message) => {
    expect(() => request(text)).toThrow(message);
  });
});
