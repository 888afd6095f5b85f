// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { Rootfs } from '../rootfs.ts';
import { Artifacts, type Target } from './artifacts.ts';
import { emitInitrd } from './initrd.ts';
import { emitTar } from './tar.ts';

/** Writes the files of one format. */
export type Emitter = (rootfs: Rootfs, artifacts: Artifacts, ctx: BuildContext) => Promise<void>;

/** By the name that --format takes; the names are LinuxKit's. */
export const formats: Readonly<Record<string, Emitter>> = {
  'kernel+initrd': emitInitrd,
  tar: emitTar,
};

export const defaultFormat = 'kernel+initrd';

/** What LinuxKit writes beside them: known, so that the message can say that it is not a matter of spelling. */
const linuxkitFormats: ReadonlySet<string> = new Set([
  'aws',
  'docker',
  'dynamic-vhd',
  'gcp',
  'iso-bios',
  'iso-efi',
  'iso-efi-initrd',
  'kernel+erofs',
  'kernel+iso',
  'kernel+squashfs',
  'qcow2-bios',
  'qcow2-efi',
  'raw-bios',
  'raw-efi',
  'rpi3',
  'tar-kernel-initrd',
  'vhd',
  'vmdk',
]);

/**
 * Checks names of formats before anything is pulled.
 * @throws TskitError `usage` for a name that is unknown or not built yet.
 */
export function checkFormats(names: readonly string[]): void {
  const known = Object.keys(formats)
    .map((name) => `"${name}"`)
    .join(', ');
  for (const name of names) {
    if (!Object.hasOwn(formats, name)) {
      const what = linuxkitFormats.has(name) ? 'is a format of LinuxKit that tskit does not write yet' : 'is no format';
      throw new TskitError('usage', `--format: "${name}" ${what}, expected ${known}`);
    }
  }
}

/**
 * Writes a root in all asked formats into `target.dir`, which is made when it is missing. Either all files get their
 * names, at the very end, or the folder stays as it was.
 * @returns the files written.
 * @throws TskitError `usage`, `format`, `io`, `store`, `interrupted`, and what loading the trees throws.
 */
export async function emit(
  rootfs: Rootfs,
  target: Target & { readonly formats: readonly string[] },
  ctx: BuildContext,
): Promise<readonly string[]> {
  checkFormats(target.formats);
  const artifacts = new Artifacts(target, ctx.signal, ctx.reporter.stage('write'));
  try {
    for (const name of new Set(target.formats)) {
      await formats[name]?.(rootfs, artifacts, ctx);
    }
    return await artifacts.publish();
  } finally {
    await artifacts.discard();
  }
}
