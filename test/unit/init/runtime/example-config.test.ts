// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { decodeConfig } from '../../../../init/container/decode.ts';
import { stringifyJson } from '../../../../init/json.ts';
import { exampleConfig, rootlessConfig } from '../../../../init/runtime/example-config.ts';

test.each([true, false])('the example is a configuration that we take (cgroup v2 only: %s)', (unified) => {
  const config = exampleConfig(unified);
  expect(decodeConfig(stringifyJson(config))).toEqual(config);
  expect(config.linux?.namespaces?.some(({ type }) => type === 'cgroup')).toBe(unified);
});

test('the one for others than root asks for nothing that only root can have', () => {
  const config = rootlessConfig(exampleConfig(true), 1000, 100);
  expect(decodeConfig(stringifyJson(config))).toEqual(config);
  expect(config.linux?.gidMappings).toEqual([{ containerID: 0, hostID: 100, size: 1 }]);
  expect(config.linux?.resources).toBeUndefined();
  expect(JSON.stringify(config.mounts)).not.toMatch(/gid=|sysfs/);
  expect(config.linux?.namespaces?.map(({ type }) => type)).toEqual(['pid', 'ipc', 'uts', 'mount', 'cgroup', 'user']);
});
