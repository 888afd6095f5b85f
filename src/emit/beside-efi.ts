// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import type { BuildContext } from '../context.ts';
import type { Rootfs } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootFiles } from './boot-files.ts';
import type { Format } from './formats.ts';
import { predictPcrs, type PredictedPcrs } from './measured-boot.ts';
import { efiStub } from './tools.ts';
import { unifiedKernelImage } from './uki.ts';

/** Formats of a build by name, and the boot files of each. */
export interface Written {
  readonly formats: ReadonlyMap<string, Format>;
  readonly bootFiles: (format: Format) => Promise<BootFiles>;
}

/**
 * Writes what goes beside images that UEFI boots: NAME-pcrs.json, what a TPM will have measured, by format, and NAME-vars.fd, the
 * firmware variables with the keys of what was signed. Which formats hold nothing signed, since they are not for UEFI, is said.
 */
export async function writeBesideEfi(
  { signing }: Rootfs,
  { formats, bootFiles }: Written,
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<void> {
  const efi = [...formats].filter(([, { tools }]) => tools?.includes(efiStub));
  const others = [...formats.keys()].filter((name) => !efi.some(([signed]) => signed === name));
  if (signing !== undefined && others.length > 0) {
    const asked = others.map((name) => `"${name}"`).join(', ');
    ctx.reporter.warn(`secureboot: nothing is signed in format ${asked}; what UEFI boots is, such as "raw-efi"`);
  }
  if (efi.length === 0) return;
  const pcrs: Record<string, PredictedPcrs> = {};
  for (const [name, format] of efi) {
    pcrs[name] = await predictPcrs(await unifiedKernelImage(await bootFiles(format), ctx), ctx);
  }
  await artifacts.write('-pcrs.json', (sink) => sink.write(Buffer.from(`${JSON.stringify(pcrs, null, 2)}\n`)));
  const variables = signing?.variables;
  if (variables === undefined) return;
  const content = await readFile(variables);
  await artifacts.write('-vars.fd', (sink) => sink.write(content));
}
