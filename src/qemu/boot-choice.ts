// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { copyFile, link, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';
import type { ImageBoot, KernelBoot, UefiFirmware } from './arguments.ts';
import type { Artifact, ImageArtifact } from './artifact.ts';
import type { Firmware } from './boot-media.ts';
import { type FirmwareFiles, findFirmware } from './firmware.ts';
import { type BootSupport, readBootSupport } from './firmware-support.ts';

/** What the user asked for. */
export interface BootOptions {
  readonly uefi: boolean;
  readonly bios: boolean;
  readonly iso: boolean;
  readonly secureBoot: boolean;
  readonly snapshot: boolean;
  /** CODE[:VARS] */
  readonly firmware?: string;
  /** A file of firmware variables that is kept. */
  readonly variables?: string;
}

/** How an artifact is booted. */
export interface BootChoice {
  readonly firmware: Firmware;
  readonly isSecure: boolean;
  readonly support?: BootSupport;
}

/**
 * Decides which firmware boots an artifact: what is asked for, else SeaBIOS where it can, which is there by itself and the
 * faster one.
 * @throws TskitError `usage` for options that exclude each other and for what the artifact cannot boot with.
 */
export async function chooseBoot(artifact: Artifact, options: BootOptions): Promise<BootChoice> {
  const wantsUefi = options.uefi || options.secureBoot || options.firmware !== undefined;
  if (options.bios && wantsUefi) {
    const other = options.uefi ? '--uefi' : options.secureBoot ? '--secure-boot' : '--fw';
    throw new TskitError('usage', `run: --bios and ${other}: expected one firmware, found both`);
  }
  if (options.iso && (artifact.kind !== 'image' || artifact.media.kind !== 'iso')) {
    const found = artifact.kind === 'kernel' ? 'a kernel and an initrd' : `a ${artifact.media.format} disk`;
    throw new TskitError('usage', `run: --iso: expected an ISO image, found ${found}`);
  }
  const isSecure = options.secureBoot;
  if (artifact.kind === 'kernel') return { firmware: wantsUefi ? 'uefi' : 'bios', isSecure };
  const support = await readBootSupport(artifact.file, artifact.media);
  const possible = support?.firmware ?? guessFromName(artifact.file);
  const asked = wantsUefi ? 'uefi' : options.bios ? 'bios' : undefined;
  const firmware = asked ?? (possible.has('bios') ? 'bios' : 'uefi');
  if (support !== undefined && !possible.has(firmware)) throw cannotBoot(artifact, firmware, possible);
  return { firmware, isSecure, ...(support && { support }) };
}

/** A format whose inside is not read: LinuxKit's names say it. */
function guessFromName(file: string): ReadonlySet<Firmware> {
  return new Set([/efi/i.test(file.split('/').at(-1) ?? '') ? 'uefi' : 'bios']);
}

function cannotBoot({ file }: ImageArtifact, firmware: Firmware, possible: ReadonlySet<Firmware>): TskitError {
  const names: Readonly<Record<Firmware, string>> = { bios: 'BIOS', uefi: 'UEFI' };
  const found = [...possible].map((name) => `what ${names[name]} boots`).join(' and ');
  return new TskitError(
    'usage',
    `run: "${file}": expected what ${names[firmware]} boots, found ${found || 'no boot loader and no system partition'}`,
    possible.size === 0
      ? {}
      : { hint: possible.has('uefi') ? 'boot it with `--uefi`' : 'leave --uefi out, or build an EFI format' },
  );
}

/** Prepares the artifact for QEMU; an EFI program gets a folder in `scratch` from which firmware starts it. */
export async function bootOf(
  artifact: Artifact,
  options: BootOptions,
  scratch: string,
): Promise<KernelBoot | ImageBoot> {
  if (artifact.kind === 'kernel') return artifact;
  const { media } = artifact;
  const isSnapshot = options.snapshot;
  if (media.kind !== 'efi') return { kind: 'image', file: asPath(artifact.file), media, isSnapshot };
  const folder = join(scratch, 'esp');
  await mkdir(join(folder, 'EFI/BOOT'), { recursive: true });
  // The path that firmware tries of itself (UEFI, 3.5.1.1); a link where the file systems are one.
  const program = join(folder, 'EFI/BOOT/BOOTX64.EFI');
  await link(artifact.file, program).catch(() => copyFile(artifact.file, program));
  return { kind: 'image', file: folder, media, isSnapshot };
}

/**
 * The firmware's files. Its variables are the file that the user names, which is made from the template when it is missing,
 * else a copy for this run alone: of `enrolled` when keys are to be enforced.
 * @throws TskitError `qemu` without a firmware, `not-found` when there are no keys to enforce, `io`.
 */
export async function prepareFirmware(
  { isSecure }: BootChoice,
  options: BootOptions,
  enrolled: string | undefined,
  scratch: string,
  env: NodeJS.ProcessEnv,
): Promise<UefiFirmware> {
  const files = options.firmware === undefined ? await findFirmware(isSecure, env) : named(options.firmware, isSecure);
  const { variables } = options;
  if (variables !== undefined && (await isFile(variables))) return { ...files, variables };
  if (isSecure && enrolled === undefined) {
    throw new TskitError('not-found', 'run: --secure-boot: expected firmware variables with keys, found none', {
      hint: 'build with `secureboot:`, which writes NAME-vars.fd, or name them: `--vars FILE`',
    });
  }
  const template = enrolled ?? files.variables;
  const copy = variables ?? join(scratch, 'vars.fd');
  await copyFile(template, copy).catch((error: Error) => {
    throw new TskitError('io', `run: copying the firmware's variables "${template}" to "${copy}": ${error.message}`, {
      cause: error,
    });
  });
  return { ...files, variables: copy };
}

function named(text: string, isSecure: boolean): FirmwareFiles {
  const [code, variables, ...rest] = text.split(':');
  if (!code || !variables || rest.length > 0) {
    throw new TskitError('usage', `run: --fw "${text}": expected CODE:VARS, two files`, {
      hint: 'for example `--fw /usr/share/OVMF/OVMF_CODE_4M.fd:/usr/share/OVMF/OVMF_VARS_4M.fd`',
    });
  }
  return { code, variables, isSecure };
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true;
}

/** QEMU takes "a:b" for protocol "a". */
function asPath(file: string): string {
  return /^[^/]*:/.test(file) ? `./${file}` : file;
}
