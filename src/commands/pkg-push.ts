// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { BuildContext } from '../context.ts';
import { openRegistry } from '../image-sources.ts';
import { shortHex } from '../oci/digest.ts';
import { formatReference, type RegistryReference } from '../oci/reference.ts';
import { pushImage } from '../oci/registry/push.ts';
import { openStore } from '../oci/store.ts';
import { buildPackage } from '../packages/build-package.ts';
import { sbomMediaType } from '../packages/attach-sbom.ts';
import { buildContext } from './build-context.ts';
import type { Invocation } from './command.ts';
import { pkgUsage } from './pkg-arguments.ts';
import { registryReference } from './pkg-build.ts';
import { platformOf } from './spec-input.ts';

/** `tskit pkg push WHAT REF`. */
export async function pushPackage(invocation: Invocation, args: readonly string[]): Promise<void> {
  const [name, text, ...rest] = args;
  if (name === undefined || text === undefined || rest.length > 0) {
    throw pkgUsage(
      `push: expected a recipe and a reference, found ${args.length === 0 ? 'nothing' : `"${args.join('" "')}"`}`,
    );
  }
  const reference = registryReference('push', text);
  const context = buildContext(invocation);
  try {
    await push(name, reference, invocation, context);
  } catch (error) {
    throw error instanceof TskitError && ['network', 'auth'].includes(error.code)
      ? new TskitError(error.code, `pushing "${name}" to "${text}": ${error.message}`, {
          ...(error.hint !== undefined && { hint: error.hint }),
          cause: error,
        })
      : error;
  }
}

async function push(
  name: string,
  reference: RegistryReference,
  invocation: Invocation,
  context: BuildContext,
): Promise<void> {
  const api = await openRegistry(reference, context);
  const { manifest, referrers } = await buildPackage(name, platformOf(invocation), context, []);
  const store = await openStore(context.cache, context.signal);
  const artifacts = referrers.map((descriptor) => ({ descriptor, artifactType: sbomMediaType }));
  const { reporter, signal } = context;
  await pushImage(
    api,
    reference,
    store,
    manifest,
    artifacts,
    {
      sending: (digest, size) => reporter.task(`pushing ${shortHex(digest)}`, size),
      present: (digest) => reporter.cached(`blob ${shortHex(digest)}`),
    },
    signal,
  );
  const pushed = { reference: formatReference(reference), digest: manifest.digest };
  invocation.print(invocation.flag('json') ? JSON.stringify(pushed) : `${pushed.reference} ${pushed.digest}`);
}
