// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What a module says in its .modinfo. */
export interface ModuleParts {
  readonly alias?: readonly string[];
  /** Comma-separated, as modpost writes it. */
  readonly depends?: string;
  readonly softdep?: readonly string[];
  /** Last changes to the file. */
  readonly patch?: (file: Buffer) => void;
}

const headerSize = 64;

/** The smallest file that kmod takes for a kernel module: an ELF64 file with .modinfo and its section names. */
export function kernelModule(name: string, parts: ModuleParts = {}): Buffer {
  const fields = [
    ...(parts.alias ?? []).map((alias) => `alias=${alias}`),
    `depends=${parts.depends ?? ''}`,
    ...(parts.softdep ?? []).map((text) => `softdep=${text}`),
    `name=${name}`,
    'license=GPL',
  ];
  // The kernel's linker pads between the strings of different objects.
  const modinfo = Buffer.from(`${fields.join('\0')}\0\0\0`, 'latin1');
  const names = Buffer.from('\0.modinfo\0.shstrtab\0', 'latin1');
  const table = Buffer.concat([
    section(0, 0, 0, 0),
    section(1, 1, headerSize, modinfo.length),
    section(10, 3, headerSize + modinfo.length, names.length),
  ]);
  const file = Buffer.concat([Buffer.alloc(headerSize), modinfo, names, table]);
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(1, 16); // ET_REL
  file.writeUInt16LE(62, 18); // EM_X86_64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(file.length - table.length), 40);
  file.writeUInt16LE(headerSize, 52);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);
  file.writeUInt16LE(2, 62);
  parts.patch?.(file);
  return file;
}

function section(name: number, type: number, offset: number, size: number): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(name, 0);
  header.writeUInt32LE(type, 4);
  header.writeBigUInt64LE(BigInt(offset), 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  header.writeBigUInt64LE(1n, 48);
  return header;
}
