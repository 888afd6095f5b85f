// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { tarEnd, tarFileHeader, tarPadding } from '../archive/tar-writer.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { bytesOf, type Content, contentSize } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { utcTime } from '../utc-time.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, type BootFiles, kernelOf, wholeInitrd } from './boot-files.ts';
import { appendAll } from './initrd.ts';

/** What the artifact is, for registries and clients that list by it (OCI image-spec 1.1, "Guidelines for Artifact Usage"). */
export const osArtifactType = 'application/vnd.tskit.os.v1';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
/** For artifacts without a configuration of their own. */
const emptyType = 'application/vnd.oci.empty.v1+json';
const titleAnnotation = 'org.opencontainers.image.title';
const createdAnnotation = 'org.opencontainers.image.created';
const chunkSize = 1 << 20;

interface Blob {
  readonly parts: readonly Content[];
  readonly size: number;
  readonly digest: string;
}

interface Layer extends Blob {
  readonly mediaType: string;
  /** What clients that write layers to files call it. */
  readonly title: string;
}

/**
 * Writes NAME.oci.tar: an OCI layout in a tar whose one artifact has what boots in layers of their own types, `kernel`, `initrd.img`,
 * `cmdline` and, when the system is in one, `root.img`. Registries keep it as they keep images, and share layers that did not change.
 * @throws TskitError `spec` without a kernel, `io`, `store`, and what making boot files throws.
 */
export async function emitOci(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const files = await system.bootFiles();
  const layers = layersOf(files, ctx);
  const config = blobOf([text('{}')], ctx);
  const manifest = blobOf([text(manifestOf(layers, config, ctx.epoch))], ctx);
  const index = json({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [{ ...descriptorOf(manifestType, manifest), artifactType: osArtifactType }],
  });
  const blobs = new Map([manifest, config, ...layers].map((blob) => [blob.digest, blob]));
  await artifacts.write('.oci.tar', async (sink) => {
    const entries: (readonly [name: string, size: number, parts: readonly Content[]])[] = [
      ['oci-layout', ...inline('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', ...inline(index)],
      ...[...blobs.values()].map(({ digest, size, parts }) => [`blobs/sha256/${digest}`, size, parts] as const),
    ];
    for (const [name, size, parts] of entries) {
      await sink.write(tarFileHeader(bytesOf(name), size, ctx.epoch));
      await appendAll(sink, parts, ctx);
      await sink.write(tarPadding(size));
    }
    await sink.write(tarEnd);
  });
}

function layersOf(files: BootFiles, ctx: BuildContext): readonly Layer[] {
  const { root, cmdline } = files;
  const initrd = wholeInitrd(files);
  const layer = (name: string, title: string, parts: readonly Content[]): Layer => ({
    ...blobOf(parts, ctx),
    mediaType: `application/vnd.tskit.os.${name}.v1`,
    title,
  });
  return [
    layer('kernel', 'kernel', [kernelOf(files, 'oci')]),
    ...(initrd === undefined ? [] : [layer('initrd', 'initrd.img', initrd.parts)]),
    layer('cmdline', 'cmdline', [text(cmdline)]),
    ...(root === undefined
      ? []
      : [layer('root', 'root.img', [{ kind: 'range', file: root.file, offset: 0, size: root.size } as const])]),
  ];
}

function manifestOf(layers: readonly Layer[], config: Blob, epoch: number): string {
  return json({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: osArtifactType,
    config: descriptorOf(emptyType, config),
    layers: layers.map((layer) => ({
      ...descriptorOf(layer.mediaType, layer),
      annotations: { [titleAnnotation]: layer.title },
    })),
    annotations: { [createdAnnotation]: utcTime(epoch) },
  });
}

function descriptorOf(mediaType: string, { digest, size }: Blob): object {
  return { mediaType, digest: `sha256:${digest}`, size };
}

/** Digests are read ahead of writing: a tar names a blob by its own before its bytes. */
function blobOf(parts: readonly Content[], { signal }: BuildContext): Blob {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkSize);
  using reader = new ContentReader();
  let size = 0;
  for (const part of parts) {
    const end = contentSize(part);
    for (let done = 0; done < end; done += chunkSize) {
      throwIfInterrupted(signal);
      const length = Math.min(chunkSize, end - done);
      reader.read(part, done, buffer, 0, length);
      hash.update(buffer.subarray(0, length));
    }
    size += end;
  }
  return { parts, size, digest: hash.digest('hex') };
}

function inline(value: string): readonly [size: number, parts: readonly Content[]] {
  const content = text(value);
  return [contentSize(content), [content]];
}

function text(value: string): Content {
  return { kind: 'inline', data: Buffer.from(value) };
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
