// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from './context.ts';
import { TskitError } from './errors.ts';
import { openFolder, openTar } from './oci/local/image-files.ts';
import type { ImageSource } from './oci/image-source.ts';
import type { LocalReference, RegistryReference } from './oci/reference.ts';
import type { RegistryApi } from './oci/registry/api.ts';
import { mirrorOf } from './oci/registry/mirrors.ts';

/**
 * Connections and tokens of one build, so that pull goes on where resolve ended. A build is known by its signal: each stage has a
 * context of its own.
 */
const apis = new WeakMap<AbortSignal, Map<string, Promise<RegistryApi>>>();

/**
 * Where the bytes of a reference come from; the reference's path is absolute. Loads the code of that kind of source only: a
 * build from the store never loads HTTP. Throws `network` for a registry when `ctx.offline`.
 */
export async function openSource(
  reference: RegistryReference | LocalReference,
  ctx: BuildContext,
): Promise<ImageSource> {
  switch (reference.kind) {
    case 'registry': {
      const { RegistrySource } = await import('./oci/registry/source.ts');
      const api = await registryApi(reference.registry, ctx);
      return new RegistrySource(api, mirrored(reference, ctx));
    }
    case 'oci': {
      const { LayoutSource } = await import('./oci/local/layout-source.ts');
      return new LayoutSource(openFolder(reference.path), reference.tag);
    }
    case 'oci-archive': {
      const { LayoutSource } = await import('./oci/local/layout-source.ts');
      return new LayoutSource(await openTar(reference.path), reference.tag);
    }
    case 'docker-archive': {
      const { DockerArchiveSource } = await import('./oci/local/docker-archive.ts');
      return new DockerArchiveSource(await openTar(reference.path), reference.tag);
    }
  }
}

/** A registry to write to: itself, whatever mirror serves what is read. Throws `network` when `ctx.offline`. */
export async function openRegistry(reference: RegistryReference, ctx: BuildContext): Promise<RegistryApi> {
  return await registryApi(reference.registry, { ...ctx, mirrors: new Map() });
}

/** What the reference is called at the mirror, where there is one. */
function mirrored(reference: RegistryReference, ctx: BuildContext): RegistryReference {
  const path = mirrorOf(ctx.mirrors ?? new Map(), reference.registry)?.path ?? '';
  return path === '' ? reference : { ...reference, repository: `${path}/${reference.repository}` };
}

function registryApi(registry: string, ctx: BuildContext): Promise<RegistryApi> {
  if (ctx.offline) {
    throw new TskitError('network', `registry "${registry}": expected the image in the store, found --offline`, {
      hint: 'run the same command once without --offline: what it pulls is kept in the store',
    });
  }
  const known = apis.get(ctx.signal) ?? new Map<string, Promise<RegistryApi>>();
  apis.set(ctx.signal, known);
  let api = known.get(registry);
  if (api === undefined) {
    api = createApi(registry, ctx);
    known.set(registry, api);
  }
  return api;
}

async function createApi(registry: string, ctx: BuildContext): Promise<RegistryApi> {
  const { RegistryApi } = await import('./oci/registry/api.ts');
  const mirror = mirrorOf(ctx.mirrors ?? new Map(), registry);
  if (mirror !== undefined) ctx.reporter.note(`images of ${registry} come from the mirror ${mirror.url}`);
  return new RegistryApi(mirror?.host ?? registry, {
    plainHttp: [...(ctx.plainHttp ?? []), ...(mirror?.tls === false ? [mirror.host] : [])],
    ...(mirror && { scheme: mirror.tls ? 'tls' : 'plain' }),
    authorities: ctx.authorities ?? [],
    env: process.env,
    warn: (message) => ctx.reporter.warn(message),
  });
}
