// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Rootfs } from '../rootfs.ts';
import { Artifacts, type Target } from './artifacts.ts';
import type { RootKind } from './boot-files.ts';
import { checkFormats, checkStreamFormat } from './check-formats.ts';
import { type Format, formats } from './formats.ts';
import { efiStub } from './tools.ts';

/**
 * Writes a root in all asked formats into `target.dir`, which is made when it is missing. Either all files get their
 * names, at the very end, or the folder stays as it was.
 * @returns the files written.
 * @throws TskitError `usage`, `format`, `io`, `store`, `interrupted`, and what loading the trees throws.
 */
export async function emit(
  rootfs: Rootfs,
  target: Target & {
    readonly formats: readonly string[];
    readonly inputTar?: string;
    readonly size?: number;
    /** A text that gets its name with the artifacts. */
    readonly beside?: { readonly path: string; readonly text: string };
  },
  ctx: BuildContext,
): Promise<readonly string[]> {
  checkFormats(target.formats);
  if (target.output !== undefined) checkStreamFormat(target.formats);
  if (target.inputTar !== undefined) {
    const { compareWithTar } = await import('./input-tar.ts');
    await compareWithTar(rootfs, target.inputTar, ctx);
  }
  const artifacts = new Artifacts(target, ctx.signal, ctx.reporter.stage('write'));
  try {
    const { sharedBootFiles } = await import('./shared-boot-files.ts');
    const bootFiles = sharedBootFiles(rootfs, ctx);
    const written = new Map<string, Format>();
    for (const name of target.formats) {
      const format = formats[name];
      if (format === undefined || written.has(name)) continue;
      written.set(name, format);
      const system = {
        rootfs,
        bootFiles: () => bootFiles(rootOf(format), format.rootName),
        ...(target.size !== undefined && { size: target.size }),
      };
      await (await format.load())(system, artifacts, ctx);
    }
    if (rootfs.signing !== undefined || [...written.values()].some(({ tools }) => tools?.includes(efiStub))) {
      const { writeBesideEfi } = await import('./beside-efi.ts');
      const all = {
        formats: written,
        bootFiles: (format: Format) => bootFiles(rootOf(format), format.rootName),
      };
      await writeBesideEfi(rootfs, all, artifacts, ctx);
    }
    if (target.beside !== undefined) await artifacts.writeText(target.beside.path, target.beside.text);
    return await artifacts.publish();
  } finally {
    await artifacts.discard();
  }
}

/** An archive has the whole system, as an initramfs has. */
function rootOf({ root }: Format): RootKind | 'either' {
  return root === 'archive' || root === 'own' ? 'initramfs' : root;
}
