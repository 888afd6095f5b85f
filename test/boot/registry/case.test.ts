// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildForBoot, sharedCache } from '../../support/boot-build.ts';
import { freePort } from '../../support/free-port.ts';
import { copyImage } from '../../support/images.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { Machine } from '../../support/machine.ts';
import { startRegistry } from '../../support/registry.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const examples = new URL('../../../examples/', import.meta.url).pathname;

test('images pulled from a registry become a system that answers with its page and powers off when asked', async () => {
  using folder = temporaryFolder();
  await using registry = await startRegistry();
  await buildForBoot(`${examples}hello.yml`, folder.path);
  for (const name of ['kernel', 'dhcp', 'nginx']) {
    await copyImage(`oci:${sharedCache}/oci:${storeName(name)}`, `docker://${registry.host}/tskit/${name}:1`, {
      compression: name === 'nginx' ? 'zstd' : 'gzip',
    });
  }
  const built = await buildForBoot(`${examples}registry.yml`, folder.path, {
    replace: { 'localhost:5000': registry.host },
    cache: join(folder.path, 'cache'),
  });
  expect(built.stderr).toContain(`${registry.host}/tskit/nginx`);

  const port = await freePort();
  await using machine = new Machine(['--publish', `${port}:80`, built.base]);
  const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Hello from tskit');
  await machine.waitFor(/tskit: booted in .* 1 service running/);
  expect(machine.console).toMatch(/onboot dhcp: done[\s\S]*service nginx: started/);

  expect(await machine.powerOff()).toBe(0);
  expect(machine.console).toContain('reboot: Power down');
  expect(machine.console).not.toMatch(/degraded|warning: /);
});

/** Under which name the shared store has a recipe's image; the newest, where the recipe was edited. */
function storeName(recipe: string): string {
  const index = JSON.parse(readFileSync(`${sharedCache}/oci/index.json`, 'utf8')) as {
    manifests: { annotations?: Record<string, string> }[];
  };
  const names = index.manifests.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] ?? []);
  const found = names.findLast((name) => name.startsWith(`pkg:${recipe}@`));
  if (found === undefined) throw new Error(`no image of pkg:${recipe} among ${names.join(' ')}`);
  return found;
}
