// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Builds tar archives block by block, to be able to say what no well-behaved writer says.

export interface RawHeader {
  readonly name: string | Buffer;
  readonly typeflag?: string;
  readonly mode?: number;
  readonly uid?: number | Buffer;
  readonly gid?: number;
  readonly mtime?: number;
  readonly link?: string | Buffer;
  readonly major?: number;
  readonly minor?: number;
  readonly data?: string | Buffer;
  /** What the header claims, when it is not the length of the data. */
  readonly size?: number | Buffer;
  /** "ustar\0" and "00" unless given. */
  readonly magic?: string;
  readonly prefix?: string;
  /** Last changes to the block, before the checksum is computed. */
  readonly patch?: (block: Buffer) => void;
}

/** One entry: header block, data, padding. */
export function rawEntry(header: RawHeader): Buffer {
  const data = Buffer.from(header.data ?? '');
  const block = Buffer.alloc(512);
  Buffer.from(header.name).copy(block, 0, 0, 100);
  number(block, header.mode ?? (header.typeflag === '5' ? 0o755 : 0o644), 100, 8);
  number(block, header.uid ?? 0, 108, 8);
  number(block, header.gid ?? 0, 116, 8);
  number(block, header.size ?? data.length, 124, 12);
  number(block, header.mtime ?? 1_000_000_000, 136, 12);
  block.write(header.typeflag ?? '0', 156, 'latin1');
  Buffer.from(header.link ?? '').copy(block, 157, 0, 100);
  block.write(header.magic ?? 'ustar\x0000', 257, 'latin1');
  number(block, header.major ?? 0, 329, 8);
  number(block, header.minor ?? 0, 337, 8);
  block.write(header.prefix ?? '', 345, 'latin1');
  header.patch?.(block);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, data, Buffer.alloc(-data.length & 511)]);
}

function number(block: Buffer, value: number | Buffer, start: number, length: number): void {
  if (typeof value === 'number') {
    block.write(value.toString(8).padStart(length - 1, '0'), start, 'latin1');
  } else {
    value.copy(block, start);
  }
}

/** An extended header ("x"; "g" for a global one) with these records. */
export function paxEntry(records: Readonly<Record<string, string | Buffer>>, typeflag: 'x' | 'g' = 'x'): Buffer {
  return rawEntry({ name: 'PaxHeaders/0', typeflag, data: Buffer.concat(Object.entries(records).map(paxRecord)) });
}

function paxRecord([key, value]: [string, string | Buffer]): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length > length) {
    length += 1;
  }
  return Buffer.concat([Buffer.from(String(length)), body]);
}

/** A whole archive: the entries and two zero blocks. */
export function rawTar(...entries: readonly (RawHeader | Buffer)[]): Buffer {
  const blocks = entries.map((entry) => (Buffer.isBuffer(entry) ? entry : rawEntry(entry)));
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
