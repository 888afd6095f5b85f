// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentReader } from '../../src/content.ts';
import type { BuildContext } from '../../src/context.ts';
import { bytesOf, contentSize, type FileTree, type Inode } from '../../src/file-tree.ts';
import { type FlattenedImage, type FlattenedSpec, flatten } from '../../src/flatten.ts';
import type { ImageConfig, Platform } from '../../src/oci/types.ts';
import { silentReporter } from '../../src/reporter.ts';
import type { Spec } from '../../src/spec/types.ts';
import { emptySpec } from './empty-spec.ts';
import { writeImage } from './layer-image.ts';
import { type RawHeader, rawTar } from './raw-tar.ts';

/** 2023-11-14T22:13:20Z, the epoch of the contexts below. */
export const epoch = 1_700_000_000;

const platform: Platform = { os: 'linux', architecture: 'amd64' };

/** A workplace for one test: a folder that goes away, a build context in it, and what the build told its user. */
export class Assembly implements Disposable {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'tskit-assemble-'));
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  readonly ctx: BuildContext = {
    cache: join(this.folder, 'cache'),
    reporter: {
      ...silentReporter,
      note: (text) => void this.notes.push(text),
      warn: (text) => void this.warnings.push(text),
    },
    signal: new AbortController().signal,
    epoch,
    offline: true,
    pull: false,
  };
  #images = 0;

  /** An image of one layer, flattened as a build flattens it: real bytes in a real layout, nothing read before it is loaded. */
  image(reference: string, entries: readonly RawHeader[], config: ImageConfig['config'] = {}): FlattenedImage {
    this.#images += 1;
    const pulled = writeImage(join(this.folder, `image-${this.#images}`), [
      { tar: rawTar(...entries), compression: 'none' },
    ]);
    const image = { ...pulled, reference, config: { ...pulled.config, config } };
    const { images } = flatten(
      { spec: spec({}), platform, images: new Map([[reference, image]]), layouts: new Map() },
      this.ctx,
    );
    const flattened = images.get(reference);
    if (flattened === undefined) throw new Error('flatten lost the image');
    return flattened;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A spec with these sections and nothing else. */
export function spec(parts: Partial<Spec>): Spec {
  return { ...emptySpec(), ...parts };
}

/** A spec and its images as flatten hands them on. */
export function flattened(parts: Partial<Spec>, images: readonly FlattenedImage[]): FlattenedSpec {
  return {
    spec: spec(parts),
    platform,
    images: new Map(images.map((image) => [image.reference, image])),
    layouts: new Map(),
  };
}

/** The inode at a path; throws when the tree has none. */
export function at(tree: FileTree, path: string): Inode {
  const inode = tree.get(bytesOf(path));
  if (inode === undefined) throw new Error(`no "${path}" in the tree`);
  return inode;
}

/** A regular file's content as text. */
export function textAt(tree: FileTree, path: string): string {
  const inode = at(tree, path);
  if (inode.type !== 'file') throw new Error(`"${path}" is a ${inode.type}`);
  using reader = new ContentReader();
  return reader.part(inode.content, 0, contentSize(inode.content)).toString('utf8');
}

/** Paths of a tree, sorted. */
export function pathsOf(tree: FileTree): string[] {
  return [...tree.keys()].sort();
}
