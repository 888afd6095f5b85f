// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';

/** Files of a UEFI firmware for QEMU: its code, and the template of its variables. */
export interface FirmwareFiles {
  readonly code: string;
  readonly variables: string;
  readonly isSecure: boolean;
}

/** Where QEMU's own descriptions of firmware are (QEMU's docs/interop/firmware.json), in the order of their weight. */
function descriptionFolders(env: NodeJS.ProcessEnv): readonly string[] {
  return [
    join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'qemu/firmware'),
    '/etc/qemu/firmware',
    '/usr/share/qemu/firmware',
    '/usr/local/share/qemu/firmware',
    '/opt/homebrew/share/qemu/firmware',
  ];
}

/** For machines without these: Debian, Fedora, Arch, Homebrew on Apple and on Intel. */
const places: readonly (readonly [folder: string, code: string, secureCode: string, variables: string])[] = [
  ['/usr/share/OVMF', 'OVMF_CODE_4M.fd', 'OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF', 'OVMF_CODE.fd', 'OVMF_CODE.secboot.fd', 'OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf', 'OVMF_CODE.fd', 'OVMF_CODE.secboot.fd', 'OVMF_VARS.fd'],
  ['/usr/share/edk2/x64', 'OVMF_CODE.4m.fd', 'OVMF_CODE.secboot.4m.fd', 'OVMF_VARS.4m.fd'],
  ['/opt/homebrew/share/qemu', 'edk2-x86_64-code.fd', 'edk2-x86_64-secure-code.fd', 'edk2-i386-vars.fd'],
  ['/usr/local/share/qemu', 'edk2-x86_64-code.fd', 'edk2-x86_64-secure-code.fd', 'edk2-i386-vars.fd'],
  ['/usr/share/qemu', 'edk2-x86_64-code.fd', 'edk2-x86_64-secure-code.fd', 'edk2-i386-vars.fd'],
];

/**
 * Finds a UEFI firmware for x86-64, with Secure Boot or without; one with keys of its own in it is no choice.
 * @throws TskitError `qemu` when the machine has none.
 */
export async function findFirmware(isSecure: boolean, env: NodeJS.ProcessEnv): Promise<FirmwareFiles> {
  for (const folder of descriptionFolders(env)) {
    const found = await describedIn(folder, isSecure);
    if (found !== undefined) return found;
  }
  for (const [folder, plain, secure, template] of places) {
    const files = { code: join(folder, isSecure ? secure : plain), variables: join(folder, template), isSecure };
    if (await areFiles(files)) return files;
  }
  const what = isSecure ? 'UEFI firmware with Secure Boot' : 'UEFI firmware';
  throw new TskitError('qemu', `run: expected a ${what} for x86-64, found none`, {
    hint: 'install ovmf (Debian), edk2-ovmf (Fedora) or qemu (Homebrew), or name its files: `--fw CODE:VARS`',
  });
}

/** What of a description is looked at. */
interface Description {
  readonly 'interface-types'?: readonly string[];
  readonly mapping?: {
    readonly device?: string;
    readonly executable?: { readonly filename?: string; readonly format?: string };
    readonly 'nvram-template'?: { readonly filename?: string; readonly format?: string };
  };
  readonly targets?: readonly { readonly architecture?: string; readonly machines?: readonly string[] }[];
  readonly features?: readonly string[];
}

/** Files with lower numbers in their names come first, as their format wants it. */
async function describedIn(folder: string, isSecure: boolean): Promise<FirmwareFiles | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const description = await readDescription(join(folder, name));
    const files = description === undefined ? undefined : filesOf(description, isSecure);
    if (files !== undefined && (await areFiles(files))) return files;
  }
  return undefined;
}

async function readDescription(file: string): Promise<Description | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Description;
  } catch {
    return undefined;
  }
}

function filesOf(description: Description, isSecure: boolean): FirmwareFiles | undefined {
  const { mapping, targets = [], features = [] } = description;
  const fits =
    description['interface-types']?.includes('uefi') === true &&
    mapping?.device === 'flash' &&
    targets.some(
      ({ architecture, machines = [] }) =>
        architecture === 'x86_64' && machines.some((machine) => /^pc-q35-|^\*$/.test(machine)),
    ) &&
    features.includes('secure-boot') === isSecure &&
    !features.includes('enrolled-keys') &&
    !features.includes('amd-sev-es') &&
    !features.includes('intel-tdx');
  const [executable, template] = [mapping?.executable, mapping?.['nvram-template']];
  if (!fits || executable?.format !== 'raw' || template?.format !== 'raw') return undefined;
  if (executable.filename === undefined || template.filename === undefined) return undefined;
  return { code: executable.filename, variables: template.filename, isSecure };
}

async function areFiles({ code, variables }: FirmwareFiles): Promise<boolean> {
  for (const file of [code, variables]) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() !== true) return false;
  }
  return true;
}
