// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formats } from './emit/formats.ts';
import { efiStub } from './emit/tools.ts';
import type { Spec } from './spec/types.ts';

/**
 * Checks before anything is pulled that what signs a system can be opened, where one of the formats is signed; a command is not run.
 * @throws TskitError `io` for a key or certificate that cannot be read, `format` for one that is none, and for two that do not
 * belong together.
 */
export async function checkSigning(spec: Spec, names: readonly string[], signal: AbortSignal): Promise<void> {
  if (spec.secureboot === undefined || !names.some((name) => formats[name]?.tools?.includes(efiStub))) return;
  const [{ signingOf }, { openSigner }] = await Promise.all([
    import('./assemble/signing.ts'),
    import('./secureboot/signer.ts'),
  ]);
  const { signing } = signingOf(spec);
  if (signing === undefined) return;
  const { sign } = openSigner(signing, signal);
  // The signer compares what it makes with the certificate.
  if (signing.key.kind === 'file') await sign(Buffer.from('tskit'));
}
