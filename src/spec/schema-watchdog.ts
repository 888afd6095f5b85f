// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from './schema-node.ts';
import { duration } from './schema-supervision.ts';

/** Key `watchdog` of a spec. */
export const watchdog: SchemaNode = {
  ...closedMap(
    {
      device: {
        type: 'string',
        description: 'Path of the device.',
        pattern: '^/dev/[A-Za-z0-9_.-]+$',
        'x-expected': 'the path of a device such as "/dev/watchdog0"',
        'x-default': '"/dev/watchdog0"',
      },
      timeout: duration({
        description: 'How long the machine may hang before it is reset: whole seconds, from "3s" to "18h".',
        'x-default': '"60s"',
        'x-also': ['interval', 'RuntimeWatchdogSec'],
      }),
    },
    {
      'x-called': 'watchdog',
      description:
        'The hardware that resets a machine that hangs: fed only while PID 1 and all `critical` services are well ([logging.md](logging.md#the-watchdog)). An empty map is for its defaults.',
      'x-expected': 'a map with device and timeout',
      'x-linuxkit': 'LinuxKit has none.',
    },
  ),
  type: ['object', 'null'],
  'x-default': 'none',
};
