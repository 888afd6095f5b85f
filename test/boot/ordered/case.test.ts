// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('in the example a page is written, then served, then read', async () => {
  using folder = temporaryFolder();
  const spec = new URL('../../../examples/supervision.yml', import.meta.url).pathname;
  const { base } = await buildForBoot(spec, folder.path, { replace: { 'ttyS0 quiet': 'ttyS0 quiet tskit.console' } });
  await using machine = new Machine([base]);
  await machine.waitFor(/^reader: <h1>Hello<\/h1>/m);
  expect(machine.console).not.toMatch(/\*\*\*|degraded|FAILED/);
  expect(await machine.powerOff()).toBe(0);
});
