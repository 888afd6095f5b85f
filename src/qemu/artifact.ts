// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';
import { TskitError } from '../errors.ts';
import { type BootMedia, readBootMedia } from './boot-media.ts';

/** A kernel that QEMU loads itself. */
export interface KernelArtifact {
  readonly kind: 'kernel';
  readonly kernel: string;
  /** Absent where the kernel mounts its root by itself. */
  readonly initrd?: string;
  readonly cmdline: string;
  /** Image of the root file system, which the machine gets as its first disk. */
  readonly root?: string;
}

/** An image that firmware boots. */
export interface ImageArtifact {
  readonly kind: 'image';
  readonly file: string;
  readonly media: BootMedia;
}

/** What `tskit build` wrote. */
export type Artifact = KernelArtifact | ImageArtifact;

/** Ends of the names of what has a kernel beside it; the initrd of a root on a disk is another than that of a whole system. */
const rootSuffixes = ['-erofs.img', '-squashfs.img', '.iso'] as const;
/** Ends of the names of images, as src/emit/formats.ts gives them. */
const imageSuffixes = [
  '-efi.img',
  '-bios.img',
  '.img',
  '.raw',
  '-efi.qcow2',
  '-bios.qcow2',
  '-openstack.qcow2',
  '.qcow2',
  '-efi.iso',
  '-efi-initrd.iso',
  '-bios.iso',
  '.iso',
  '.efi',
  '.vmdk',
  '-azure.vhd',
  '.vhd',
  '.vhdx',
] as const;
const kernelSuffix = /-(kernel|initrd\.img|cmdline|erofs\.img|squashfs\.img|(erofs|squashfs|iso)-initrd\.img)$/;

/**
 * Finds what boots from a name that a build printed: a file of its own, or NAME of NAME-kernel, NAME-initrd.img and
 * NAME-cmdline (LinuxKit's names) or of one image such as NAME-efi.img.
 * @throws TskitError `not-found` when nothing is there, a part is missing or there are several, `usage` for a file that
 * nothing boots.
 */
export async function findArtifact(path: string): Promise<Artifact> {
  const base = path.replace(kernelSuffix, '');
  if (base === path && (await isFile(path))) return await imageOf(path);
  const cmdline = await readCmdline(`${base}-cmdline`);
  if (cmdline !== undefined && namesRoot(cmdline)) return await withRoot(path, base, cmdline);
  const images: string[] = [];
  for (const suffix of imageSuffixes) if (await isFile(`${base}${suffix}`)) images.push(`${base}${suffix}`);
  const kernelFiles = [`${base}-kernel`, `${base}-initrd.img`, `${base}-cmdline`] as const;
  const problems = await problemsOf(kernelFiles);
  const [image, ...more] = images;
  if (problems.length < kernelFiles.length || image === undefined) {
    if (problems.length > 0 || cmdline === undefined) throw missing(path, problems);
    return { kind: 'kernel', kernel: kernelFiles[0], initrd: kernelFiles[1], cmdline };
  }
  if (more.length === 0) return await imageOf(image);
  throw new TskitError(
    'not-found',
    `run: "${path}": expected what one build wrote, found ${images.map((file) => `"${file}"`).join(', ')}`,
    { hint: `name one of them: \`tskit run ${image}\`` },
  );
}

function missing(path: string, problems: readonly string[]): TskitError {
  return new TskitError('not-found', `run: "${path}": expected what a build wrote, found ${problems.join(', ')}`, {
    hint: 'build it first: `tskit build SPEC.yml`',
  });
}

/** The root is on a disk of its own and not in the initrd. */
function namesRoot(cmdline: string): boolean {
  return /(^|\s)(tskit\.root|dm-mod\.create)=/.test(cmdline);
}

async function withRoot(path: string, base: string, cmdline: string): Promise<KernelArtifact> {
  const kernel = `${base}-kernel`;
  const problems = await problemsOf([kernel]);
  const suffix = await rootSuffix(path, base, cmdline);
  if (suffix === undefined) problems.push(`no root beside it, such as "${base}${rootSuffixes[0]}"`);
  if (problems.length > 0 || suffix === undefined) throw missing(path, problems);
  const initrd = `${base}${suffix.replace(/^[-.](\w+)(\.\w+)?$/, '-$1-initrd.img')}`;
  return {
    kind: 'kernel',
    kernel,
    cmdline,
    root: `${base}${suffix}`,
    ...((await isFile(initrd)) && { initrd }),
  };
}

/** Several formats with one command line may have been built one after the other: it is the last one's. */
async function rootSuffix(path: string, base: string, cmdline: string): Promise<string | undefined> {
  const roots: string[] = [];
  for (const suffix of rootSuffixes) if (await isFile(`${base}${suffix}`)) roots.push(suffix);
  // That of kernel+erofs has the partition's GUID, or makes a device by itself; the others are whole disks.
  const isErofs = /(tskit\.root=PARTUUID|dm-mod\.create)=/i.test(cmdline);
  const meant = roots.filter((suffix) => (suffix === '-erofs.img') === isErofs);
  const [suffix, ...more] = meant.length === 0 ? roots : meant;
  if (more.length === 0) return suffix;
  const named = meant.find((each) => path === `${base}${each}`);
  if (named !== undefined) return named;
  const found = meant.map((each) => `"${base}${each}"`).join(', ');
  throw new TskitError('not-found', `run: "${path}": expected one root beside the kernel, found ${found}`, {
    hint: `name the one that was built last: \`tskit run ${base}${meant[0]}\``,
  });
}

async function imageOf(file: string): Promise<ImageArtifact> {
  const media = await readBootMedia(file);
  if (media !== undefined) return { kind: 'image', file, media };
  throw new TskitError('usage', `run: "${file}": expected a disk, an ISO or an EFI program, found neither`, {
    hint: file.endsWith('.gz')
      ? 'unpack it first; what is inside boots'
      : 'raw, qcow2, vmdk, VHD and VHDX disks, ISO images and unified kernel images can be booted',
  });
}

async function readCmdline(file: string): Promise<string | undefined> {
  if ((await problemOf(file)) !== undefined) return undefined;
  await using handle = await open(file);
  return (await handle.readFile('utf8')).trim();
}

async function problemsOf(files: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const file of files) {
    const problem = await problemOf(file);
    if (problem !== undefined) problems.push(`"${file}" ${problem}`);
  }
  return problems;
}

async function isFile(file: string): Promise<boolean> {
  return (await problemOf(file)) === undefined;
}

async function problemOf(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file);
    return (await handle.stat()).isFile() ? undefined : 'is not a file';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'missing' : `not readable (${code ?? message})`;
  }
}

/** NAME-vars.fd, which a build with keys of its own writes beside its images; undefined when there is none. */
export async function enrolledVariables(path: string): Promise<string | undefined> {
  const suffix = imageSuffixes.find((end) => path.endsWith(end));
  const base = suffix === undefined ? path.replace(kernelSuffix, '') : path.slice(0, -suffix.length);
  const file = `${base}-vars.fd`;
  return (await isFile(file)) ? file : undefined;
}
