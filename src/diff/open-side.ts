// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, openSync, closeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { readTar } from '../archive/tar.ts';
import { sha256Of } from '../explain/describe-inode.ts';
import { type PlacedEntries, readRoot, wholeTree } from '../explain/whole-tree.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import type { Composition } from '../compose.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Content, contentSize, type FileTree } from '../file-tree.ts';
import { applyEntry } from '../flatten/apply-entry.ts';
import { plainContent } from '../flatten/plain-content.ts';
import { fileTreeOf, newRoot } from '../flatten/root.ts';
import { inContext } from '../oci/error-context.ts';
import { filesOfCpio, readInitrd } from './initrd-side.ts';
import type { ReadParts } from './known-parts.ts';
import { kernelStart, kernelVersion } from './kernel-version.ts';
import type { DiffKernel, Side } from './side.ts';
import { filesOfTree } from './tree-side.ts';

/** What an argument names that is no spec. */
export type ArtifactSource =
  | { readonly kind: 'build'; readonly kernel?: string; readonly initrd: string; readonly cmdline?: string }
  | { readonly kind: 'initrd'; readonly file: string }
  | { readonly kind: 'tar'; readonly file: string };

/**
 * Finds out what an argument names that is no spec: the NAME of a build or one of its files, an initrd, a tar.
 * @throws TskitError `not-found` when it is nothing of that.
 */
export async function recogniseArtifact(argument: string): Promise<ArtifactSource> {
  const base = argument.replace(/-(kernel|initrd\.img|cmdline)$/, '');
  const [kernel, initrd, cmdline] = [`${base}-kernel`, `${base}-initrd.img`, `${base}-cmdline`];
  if (existsSync(initrd)) {
    return {
      kind: 'build',
      initrd,
      ...(existsSync(kernel) && { kernel }),
      ...(existsSync(cmdline) && { cmdline }),
    };
  }
  return { kind: (await isTar(argument)) ? 'tar' : 'initrd', file: argument };
}

/** "ustar" stands there in every archive of POSIX and GNU tar. */
async function isTar(file: string): Promise<boolean> {
  try {
    await using handle = await open(file);
    const { buffer } = await handle.read(Buffer.alloc(5), 0, 5, 257);
    return buffer.toString('latin1') === 'ustar';
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new TskitError(
      'not-found',
      `comparing "${file}": expected a spec, the name of a build, an initrd or a tar, found ${found}`,
      {
        hint: 'a build is named as `tskit run` takes it: "hello" for hello-kernel and hello-initrd.img',
        cause: error,
      },
    );
  }
}

/** A spec's side, from what a build would write; `loaded` are trees that were loaded already. */
export async function specSide(
  label: string,
  { spec, pulled, rootfs }: Composition,
  loaded: PlacedEntries,
): Promise<Side> {
  const whole = await wholeTree(rootfs, loaded);
  const kernel = await rootfs.kernel?.load();
  const ucode = await rootfs.ucode?.load();
  const image = spec.kernel?.image;
  return {
    label,
    kind: 'spec',
    ...(kernel === undefined
      ? {}
      : {
          kernel: {
            ...kernelOf(kernel),
            ...(image === undefined ? {} : { image, imageDigest: pulled.images.get(image)?.digest ?? '' }),
          },
        }),
    cmdline: rootfs.cmdline,
    files: new Map([...filesOfTree(whole), ...(ucode === undefined ? [] : filesOfCpio(ucode))]),
    root: readRoot(whole, '' as Bytes),
  };
}

/** The side of what a build wrote. `known` are parts of initrds that were read already. */
export async function artifactSide(
  label: string,
  source: ArtifactSource,
  known: ReadParts,
  ctx: BuildContext,
): Promise<Side> {
  try {
    if (source.kind === 'tar') return await tarSide(label, source.file);
    if (source.kind === 'initrd') return { label, kind: 'initrd', ...(await readInitrd(source.file, known, ctx)) };
    const { kernel, initrd, cmdline } = source;
    const read = await readInitrd(initrd, known, ctx);
    return {
      label,
      kind: 'build',
      ...(kernel === undefined ? {} : { kernel: kernelOf(await wholeFile(kernel)) }),
      ...(cmdline === undefined ? {} : { cmdline: await textFile(cmdline) }),
      ...read,
    };
  } catch (error) {
    throw inContext(`reading "${label}"`, error);
  }
}

/** Of a tar kernel, command line and microcode lie in /boot, and are no part of the root; the kernel unpacks the microcode too. */
async function tarSide(label: string, file: string): Promise<Side> {
  const tree = new Map(await tarTree(file));
  const kernel = tree.get(bytesOf('boot/kernel'));
  const cmdline = tree.get(bytesOf('boot/cmdline'));
  const ucode = tree.get(bytesOf('boot/ucode.cpio'));
  for (const name of ['boot/kernel', 'boot/cmdline', 'boot/ucode.cpio']) tree.delete(bytesOf(name));
  if (![...tree.keys()].some((path) => path.startsWith('boot/'))) tree.delete(bytesOf('boot'));
  return {
    label,
    kind: 'tar',
    ...(kernel?.type === 'file' ? { kernel: kernelOf(kernel.content) } : {}),
    ...(cmdline?.type === 'file' ? { cmdline: textOfContent(cmdline.content) } : {}),
    files: new Map([...filesOfTree(tree), ...(ucode?.type === 'file' ? filesOfCpio(ucode.content) : [])]),
    root: readRoot(tree, '' as Bytes),
  };
}

async function tarTree(file: string): Promise<FileTree> {
  const { size } = await statFile(file);
  const fd = openSync(file, 'r');
  try {
    const root = newRoot();
    for (const entry of readTar(fd, size)) {
      applyEntry(root, 0, entry, plainContent(entry, file), { kind: 'image', reference: file, layer: 0 });
    }
    return fileTreeOf(root);
  } finally {
    closeSync(fd);
  }
}

async function statFile(file: string): Promise<{ readonly size: number }> {
  await using handle = await open(file);
  return await handle.stat();
}

async function wholeFile(file: string): Promise<Content> {
  const { size } = await statFile(file);
  return { kind: 'range', file, offset: 0, size };
}

async function textFile(file: string): Promise<string> {
  await using handle = await open(file);
  return await handle.readFile('utf8');
}

function kernelOf(content: Content): DiffKernel {
  using reader = new ContentReader();
  const size = contentSize(content);
  const version = kernelVersion(reader.part(content, 0, Math.min(size, kernelStart)));
  return { size, sha256: sha256Of(content), ...(version === undefined ? {} : { version }) };
}

function textOfContent(content: Content): string {
  using reader = new ContentReader();
  return reader.part(content, 0, Math.min(contentSize(content), kernelStart)).toString('utf8');
}
