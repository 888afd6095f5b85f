// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Compression, decompress, detectCompression } from '../archive/decompress.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import { BlobFile } from '../oci/blob-file.ts';
import { hexOf, shortHex } from '../oci/digest.ts';
import { interruptionOf } from '../oci/interruption.ts';
import { storeError } from '../oci/store-error.ts';
import type { DiffId } from '../oci/types.ts';
import type { PulledLayer } from '../pull.ts';
import { layerLimit, overLimit } from './layer-limit.ts';

/** An uncompressed layer on disk. `limit` is what it may unpack to. */
export interface SpooledLayer {
  readonly file: string;
  readonly size: number;
  readonly limit: number;
}

/** Where a layer is once it is uncompressed: outside of the OCI layout, whose blobs are named after compressed bytes. */
export function spoolPath(cache: string, diffId: DiffId): string {
  return join(cache, 'diff', 'sha256', hexOf(diffId));
}

/**
 * Makes a layer available as a tar file: in place when the blob is not compressed, else unpacked once into the spool, where
 * it is verified against its diffId on the way and appears complete or not at all.
 * @throws TskitError `digest`, `archive`, `size` or `store`.
 */
export async function spoolLayer(layer: PulledLayer, ctx: BuildContext): Promise<SpooledLayer> {
  const limit = layerLimit(layer.descriptor.size, process.env);
  const file = spoolPath(ctx.cache, layer.diffId);
  const spooled = statSync(file, { throwIfNoEntry: false });
  if (spooled !== undefined) {
    return { file, size: spooled.size, limit };
  }
  const compression = await compressionOf(layer);
  if (compression === 'none') {
    checkDigest(layer, layer.descriptor.digest);
    return { file: layer.blob, size: layer.descriptor.size, limit };
  }
  return { file, size: await unpack(layer, compression, file, limit, ctx), limit };
}

async function compressionOf(layer: PulledLayer): Promise<Compression> {
  try {
    return await detectCompression(layer.blob);
  } catch (error) {
    throw storeError('reading', layer.blob, error);
  }
}

async function unpack(
  layer: PulledLayer,
  compression: 'gzip' | 'zstd',
  file: string,
  limit: number,
  ctx: BuildContext,
): Promise<number> {
  const task = ctx.reporter
    .stage('flatten')
    .task(`unpacking layer ${shortHex(layer.descriptor.digest)}`, layer.descriptor.size);
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  const spool = await BlobFile.create(join(folder, `${process.pid}-${randomUUID()}.layer`));
  try {
    const write = async (chunk: Buffer): Promise<void> => {
      if (spool.size + chunk.length > limit) {
        throw overLimit(`the layer of ${layer.descriptor.size} bytes unpacks to more than its limit`, limit);
      }
      await spool.write(chunk);
    };
    await decompress(layer.blob, compression, write, { signal: ctx.signal, onRead: (bytes) => task.advance(bytes) });
    checkDigest(layer, spool.digest());
    const { size } = spool;
    await spool.publish(file);
    task.done();
    return size;
  } catch (error) {
    task.fail();
    await spool.discard();
    throw ctx.signal.aborted ? interruptionOf(ctx.signal) : error;
  }
}

function checkDigest(layer: PulledLayer, found: string): void {
  if (found !== (layer.diffId as string)) {
    throw new TskitError(
      'digest',
      `the uncompressed layer has the digest ${found}, expected ${layer.diffId} (diff_ids of the image config)`,
      {
        hint: 'the image is broken: build or push it anew',
      },
    );
  }
}
