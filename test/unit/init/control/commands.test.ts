// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { requestOf } from '../../../../init/control/commands.ts';

describe('a command', () => {
  test.each([
    ['ps', [], {}, 'GET /v1/units'],
    ['boot', [], {}, 'GET /v1/boot'],
    ['inspect', ['services/web'], {}, 'GET /v1/units/services%2Fweb'],
    ['logs', ['a b?'], { follow: true, since: '1h1m1.5s' }, 'GET /v1/units/a%20b%3F/logs?follow=1&since=3661.5'],
    ['logs', ['web'], { since: '2d' }, 'GET /v1/units/web/logs?since=172800'],
    ['logs', ['web'], { since: '90' }, 'GET /v1/units/web/logs?since=90'],
    ['events', [], { follow: true }, 'GET /v1/events?follow=1'],
    ['kill', ['web'], { signal: 'HUP' }, 'POST /v1/units/web/kill?signal=HUP'],
    ['kill', ['web'], {}, 'POST /v1/units/web/kill'],
    ['reboot', [], { follow: false }, 'POST /v1/reboot'],
  ])('%s %j %j asks for %s', (command, names, options, line) => {
    expect(requestOf(command, names, options)).toEqual({ line });
  });

  test.each([
    ['explode', [], {}, 'unknown command "explode"'],
    ['stop', [], {}, 'expected the name of an entry after "stop"'],
    ['stop', ['a', 'b', 'c'], {}, 'expected nothing after "a", found "b c"'],
    ['ps', ['a'], {}, 'expected nothing after "ps", found "a"'],
    ['ps', [], { follow: true }, 'expected -f with "logs" or "events", found "ps"'],
    ['events', [], { since: '1m' }, 'expected --since with "logs", found "events"'],
    ['stop', ['a'], { signal: 'HUP' }, 'expected --signal with "kill", found "stop"'],
    ['logs', ['a'], { since: 'noon' }, '--since: expected a time such as "10m" or "1h30m", found "noon"'],
    ['logs', ['a'], { since: '' }, '--since: expected a time such as "10m" or "1h30m", found ""'],
  ])('%s %j %j is refused', (command, names, options, message) => {
    expect(requestOf(command, names, options)).toBe(message);
  });
});
