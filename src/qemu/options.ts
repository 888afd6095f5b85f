// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

/** A port of the host that QEMU's user network forwards into the guest. */
export interface PublishedPort {
  readonly address: string;
  readonly host: number;
  readonly guest: number;
  readonly protocol: 'tcp' | 'udp';
}

/**
 * Docker's notation: [ADDRESS:]HOST:GUEST[/tcp|udp]. Without an address the port is open on the loopback only, since what
 * boots here is usually under test.
 */
export function parsePublish(text: string): PublishedPort {
  const match =
    /^(?:(?<address>\[[0-9a-fA-F:]+\]|\d+\.\d+\.\d+\.\d+):)?(?<host>\d+):(?<guest>\d+)(?:\/(?<protocol>tcp|udp))?$/.exec(
      text,
    );
  const groups = match?.groups;
  const host = Number(groups?.['host']);
  const guest = Number(groups?.['guest']);
  if (groups === undefined || ![host, guest].every((port) => port >= 1 && port <= 65_535)) {
    throw new TskitError(
      'usage',
      `run: --publish "${text}": expected [ADDRESS:]HOST:GUEST[/tcp|udp] with ports 1 to 65535`,
      {
        hint: 'for example `--publish 8080:80`',
      },
    );
  }
  return {
    address: groups['address'] ?? '127.0.0.1',
    host,
    guest,
    protocol: groups['protocol'] === 'udp' ? 'udp' : 'tcp',
  };
}

/** A disk of the guest. */
export interface Disk {
  readonly file: string;
  /** As qemu-img takes it ("1G"); the file is created with it when it does not exist. */
  readonly size?: string;
  readonly format: 'raw' | 'qcow2';
}

/** LinuxKit's notation: [file=]PATH[,size=SIZE][,format=raw|qcow2]; SIZE in MiB when it has no unit. */
export function parseDisk(text: string): Disk {
  const bad = (found: string): TskitError =>
    new TskitError(
      'usage',
      `run: --disk "${text}": expected [file=]PATH[,size=SIZE][,format=raw|qcow2], found ${found}`,
      {
        hint: 'for example `--disk data.qcow2,size=1G`',
      },
    );
  const values = new Map<string, string>();
  for (const [index, part] of text.split(',').entries()) {
    const equals = part.indexOf('=');
    const key = equals === -1 ? (index === 0 ? 'file' : part) : part.slice(0, equals);
    if (!['file', 'size', 'format'].includes(key)) throw bad(`"${part}"`);
    values.set(key, part.slice(equals + 1));
  }
  const path = values.get('file');
  if (!path) throw bad('no path');
  // QEMU takes "a:b" for protocol "a", and qemu-img what begins with "-" for an option.
  const file = /^[^/]*:|^-/.test(path) ? `./${path}` : path;
  const size = values.get('size');
  if (size !== undefined && !/^\d+[MGT]?$/i.test(size)) throw bad(`size "${size}"`);
  const format = values.get('format') ?? (file.endsWith('.qcow2') ? 'qcow2' : 'raw');
  if (format !== 'raw' && format !== 'qcow2') throw bad(`format "${format}"`);
  return { file, format, ...(size !== undefined && { size: /^\d+$/.test(size) ? `${size}M` : size }) };
}
