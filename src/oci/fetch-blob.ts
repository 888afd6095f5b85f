// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { statfsSync } from 'node:fs';
import { TskitError } from '../errors.ts';
import type { Task } from '../reporter.ts';
import { BlobFile } from './blob-file.ts';
import { hexOf, shortHex } from './digest.ts';
import { acquireLock } from './file-lock.ts';
import type { ImageSource } from './image-source.ts';
import { throwIfInterrupted } from './interruption.ts';
import { defaultRetryPolicy, Retries, type RetryPolicy, TransientError } from './retry.ts';
import type { Store } from './store.ts';
import { storeError } from './store-error.ts';
import type { Descriptor } from './types.ts';

/** So much new data between two failures counts as progress: the tries are counted anew. */
const progressBytes = 1024 * 1024;

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly task: Task;
  readonly retry?: RetryPolicy;
}

/**
 * Brings one blob into the store: resumes what an earlier process left, retries what may pass, verifies size and digest on
 * the fly. Two processes that want the same blob take turns, and the second finds it there. Throws `network`, `size`,
 * `digest`, `store` and what the source throws.
 */
export async function fetchBlob(
  store: Store,
  source: ImageSource,
  descriptor: Descriptor,
  options: FetchOptions,
): Promise<void> {
  const path = store.temporaryPath(`${hexOf(descriptor.digest)}.partial`);
  using _lock = await acquireLock(`${path}.lock`, {
    signal: options.signal,
    onWait: (holder) => options.task.detail(`waiting for ${holder}`),
  });
  if (store.hasBlob(descriptor)) {
    options.task.advance(descriptor.size);
    return;
  }
  const file = await BlobFile.resume(path, options.signal);
  try {
    await fill(file, source, descriptor, options);
    await file.publish(store.blobPath(descriptor.digest));
  } catch (error) {
    // Bytes of a failed transfer are good to continue from; bytes that turned out wrong, or that fill the disk, are not.
    const isUseful =
      file.size > 0 && !(error instanceof TskitError && ['digest', 'size', 'store'].includes(error.code));
    await (isUseful ? file.keep() : file.discard());
    throw error;
  }
}

/** Refuses early, with both figures, what cannot fit; a manifest that lies about a size ends here too. Throws `store`. */
export function checkSpace(store: Store, descriptors: readonly Descriptor[]): void {
  const needed = descriptors.reduce((sum, descriptor) => sum + descriptor.size, 0);
  const folder = store.temporaryPath('');
  let available: number;
  try {
    const { bavail, bsize } = statfsSync(folder);
    available = bavail * bsize;
  } catch (error) {
    throw storeError('asking for free space in', folder, error);
  }
  if (needed > available) {
    throw new TskitError(
      'store',
      `storing images in "${store.cache}": expected ${mebibytes(needed)} of free space, found ${mebibytes(available)}`,
      { hint: 'free some space with `tskit cache clean`, or choose another folder with --cache' },
    );
  }
}

async function fill(file: BlobFile, source: ImageSource, descriptor: Descriptor, options: FetchOptions): Promise<void> {
  const wasResumed = file.size > 0;
  await receive(file, source, descriptor, options);
  if (wasResumed && file.digest() !== descriptor.digest) {
    // The part that an earlier process left may be what is wrong: once more from the start, verified in the same way.
    await restart(file, options.task);
    await receive(file, source, descriptor, options);
  }
  const found = file.digest();
  if (found !== descriptor.digest) {
    throw new TskitError('digest', `blob of ${descriptor.size} bytes: expected ${descriptor.digest}, found ${found}`, {
      hint: 'the source serves other bytes than its manifest names; tell whoever runs it, or use another one',
    });
  }
}

/** Reads until the file has the size that the descriptor promises. */
async function receive(
  file: BlobFile,
  source: ImageSource,
  descriptor: Descriptor,
  { signal, task, retry = defaultRetryPolicy }: FetchOptions,
): Promise<void> {
  const act = `downloading blob ${shortHex(descriptor.digest)}`;
  const retries = new Retries(retry, signal);
  if (file.size > descriptor.size) {
    await file.restart();
  }
  task.advance(file.size);
  while (file.size < descriptor.size) {
    const before = file.size;
    try {
      await receiveOnce(file, source, descriptor, signal, task);
    } catch (error) {
      throwIfInterrupted(signal);
      if (file.size - before >= progressBytes) {
        retries.reset();
      }
      await retries.next(error, act, (text) => task.detail(text));
    }
  }
}

async function receiveOnce(
  file: BlobFile,
  source: ImageSource,
  descriptor: Descriptor,
  signal: AbortSignal,
  task: Task,
): Promise<void> {
  const stream = await source.blob(descriptor, file.size, signal);
  if (stream.start !== file.size) {
    await restart(file, task);
  }
  for await (const chunk of stream.chunks) {
    throwIfInterrupted(signal);
    if (file.size + chunk.length > descriptor.size) {
      throw new TskitError(
        'size',
        `blob ${descriptor.digest}: expected ${descriptor.size} bytes, found more than that`,
        { hint: 'the source serves other bytes than its manifest names; tell whoever runs it, or use another one' },
      );
    }
    await file.write(chunk);
    task.advance(chunk.length);
  }
  if (file.size < descriptor.size) {
    throw new TransientError(`the transfer ended after ${file.size} of ${descriptor.size} bytes`);
  }
}

async function restart(file: BlobFile, task: Task): Promise<void> {
  task.advance(-file.size);
  await file.restart();
}

function mebibytes(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}
