// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolve as resolvePath } from 'node:path';
import type { BuildContext } from '../context.ts';
import { formatReference, type LocalReference, type RegistryReference } from '../oci/reference.ts';
import { writeUserFile } from '../user-file.ts';
import { formatDocument } from '../sbom/spdx.ts';
import { TskitError } from '../errors.ts';
import { openStore } from '../oci/store.ts';
import type { Platform } from '../oci/types.ts';
import { type BuiltPackage, buildPackage } from '../packages/build-package.ts';
import { buildContext } from './build-context.ts';
import type { Invocation } from './command.ts';
import { pkgUsage, referenceOf, someArguments } from './pkg-arguments.ts';
import { platformOf } from './spec-input.ts';

/** `tskit pkg build WHAT...`. */
export async function buildPackages(invocation: Invocation, args: readonly string[]): Promise<void> {
  const names = someArguments('build', 'a recipe', args);
  // All that can be wrong with the line is said before anything is built.
  const tags = invocation.many('tag').map((text) => registryReference('build: --tag', text));
  const outputs = invocation.many('output').map((text) => {
    const kinds = ['oci', 'oci-archive', 'docker-archive'] as const;
    const what = 'oci:DIR, oci-archive:FILE or docker-archive:FILE';
    const reference = referenceOf('build: --output', text, kinds, what);
    return { ...reference, path: resolvePath(reference.path) };
  });
  const sbomFile = invocation.one('sbom');
  if (names.length > 1 && tags.length + outputs.length + (sbomFile === undefined ? 0 : 1) > 0) {
    throw pkgUsage(`build: --tag, --output and --sbom: expected one recipe, found ${names.length}`);
  }
  const context = buildContext(invocation);
  const platform = platformOf(invocation);
  const built: BuiltPackage[] = [];
  for (const name of names) {
    const one = await buildPackage(name, platform, context, invocation.many('build-arg'));
    await place(one, tags, outputs, platform, context);
    if (sbomFile !== undefined) await writeSbom(one, sbomFile, context);
    built.push(one);
    if (!invocation.flag('json')) invocation.print(`${one.reference} ${one.manifest.digest}`);
  }
  if (invocation.flag('json')) invocation.print(JSON.stringify(built.map((one) => describe(one, tags))));
}

/** A reference of a registry's image. */
export function registryReference(action: string, text: string): RegistryReference {
  const reference = referenceOf(
    action,
    text,
    ['registry'],
    'an image of a registry, such as registry.example.com/web:1',
  );
  if (reference.digest === undefined) return reference;
  throw pkgUsage(`${action}: expected a name with a tag, found the digest in "${text}"`);
}

async function place(
  built: BuiltPackage,
  tags: readonly RegistryReference[],
  outputs: readonly LocalReference[],
  platform: Platform,
  ctx: BuildContext,
): Promise<void> {
  const store = await openStore(ctx.cache, ctx.signal);
  const manifest = { ...built.manifest, platform };
  for (const tag of tags) await store.tag(formatReference(tag), manifest);
  if (outputs.length === 0) return;
  const { writeImageTo } = await import('../emit/image-archive.ts');
  const name = tags[0] === undefined ? built.name : formatReference(tags[0]);
  for (const output of outputs) await writeImageTo(output, name, store, manifest, ctx);
}

async function writeSbom({ reference, referrers }: BuiltPackage, file: string, ctx: BuildContext): Promise<void> {
  const { readSbom } = await import('../packages/attach-sbom.ts');
  const [artifact] = referrers;
  const document = artifact && readSbom(await openStore(ctx.cache, ctx.signal), artifact);
  if (document === undefined) {
    throw new TskitError('package', `--sbom: expected an SBOM of "${reference}", found none`, {
      hint: 'images of recipes have one; of a Dockerfile nobody knows what it brings',
    });
  }
  writeUserFile(resolvePath(file), formatDocument(document));
}

function describe(
  { reference, name, manifest, size, isNew }: BuiltPackage,
  tags: readonly RegistryReference[],
): object {
  return { reference, name, digest: manifest.digest, size, built: isNew, tags: tags.map(formatReference) };
}
