// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedCache } from '../../support/boot-build.ts';
import { KernelMachine } from '../../support/kernel-machine.ts';
import {
  buildReducedKernel,
  reducedInitrd,
  reducedModules,
  unpackKernel,
  writeReducedFragment,
} from '../../support/reduced-kernel.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** What stands at the end of a signed module (include/linux/module_signature.h); before it are 12 bytes, the last four the signature's length. */
const marker = '~Module signature appended~\n';

function withoutSignature(module: Buffer): Buffer {
  expect(module.toString('latin1').endsWith(marker)).toBe(true);
  const end = module.length - marker.length;
  return module.subarray(0, end - 12 - module.readUInt32BE(end - 4));
}

/** One letter of what the module says of itself is another one: whatever refuses it does so for its signature. */
function changed(module: Buffer): Buffer {
  const copy = Buffer.from(module);
  const at = copy.indexOf('license=') + 'license='.length;
  copy[at] = (copy[at] ?? 0) ^ 0x20;
  return copy;
}

test('a kernel with a key loads the modules that it signed, refuses others, and is the same bytes with the key elsewhere', async () => {
  using folder = temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  const subject = ['-subj', '/CN=modules of tests', '-days', '30', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', file('key'), '-out', file('certificate')],
    { stdio: 'ignore' },
  );
  writeFileSync(file('first.pem'), readFileSync(file('key'), 'utf8') + readFileSync(file('certificate'), 'utf8'));
  copyFileSync(file('first.pem'), file('second.pem'));
  const fragment = writeReducedFragment(folder.path);
  const kernel = await buildReducedKernel(fragment, sharedCache, ['--module-key', file('first.pem')]);
  await unpackKernel(kernel.reference, sharedCache, folder.path);
  expect(readFileSync(file('kernel.config'), 'utf8')).not.toContain(folder.path);

  const [first, ...others] = reducedModules(folder.path, kernel.release);
  if (first === undefined) throw new Error('expected modules');
  const root = join(folder.path, 'lib/modules', kernel.release);
  const field = (name: string): string =>
    execFileSync('modinfo', ['-F', name, join(root, 'kernel/lib/crc32.ko')], { encoding: 'utf8' }).trim();
  expect([field('signer'), field('sig_hashalgo')]).toEqual(['modules of tests', 'sha512']);

  const initrd = reducedInitrd(folder.path, [withoutSignature(first), changed(first), first, ...others]);
  const cmdline = 'console=ttyS0 panic=-1';
  await using machine = new KernelMachine({ kernel: file('kernel'), initrd, cmdline, devices: [] });
  expect(await machine.ended()).toBe(0);
  expect(machine.console.match(/^module \d: .*\S/gm)).toEqual([
    'module 0: Key was rejected by service',
    'module 1: Key was rejected by service',
    'module 2: loaded',
    'module 3: loaded',
    'module 4: loaded',
  ]);

  const again = await buildReducedKernel(fragment, sharedCache, ['--module-key', file('second.pem')]);
  expect([again.cached, again.digest]).toEqual([true, kernel.digest]);
  const cache = join(folder.path, 'another/cache');
  cpSync(join(sharedCache, 'apt'), join(cache, 'apt'), { recursive: true });
  const anew = await buildReducedKernel(fragment, cache, ['--module-key', file('second.pem')]);
  expect([anew.cached, anew.digest]).toEqual([false, kernel.digest]);
}, 3_600_000);
