// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import type { BuildContext } from '../context.ts';
import type { Signing } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import { formats } from './formats.ts';
import { efiStub } from './tools.ts';

/**
 * Writes NAME-vars.fd, the firmware variables with the keys of what was signed. A format that UEFI does not boot has nothing that
 * is signed, which is said when no other is asked for.
 */
export async function writeVariables(
  { variables }: Signing,
  names: readonly string[],
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<void> {
  if (!names.some((name) => formats[name]?.tools?.includes(efiStub))) {
    const asked = names.map((name) => `"${name}"`).join(', ');
    ctx.reporter.warn(`secureboot: nothing is signed in format ${asked}; what UEFI boots is, such as "raw-efi"`);
    return;
  }
  if (variables === undefined) return;
  const content = await readFile(variables);
  await artifacts.write('-vars.fd', (sink) => sink.write(content));
}
