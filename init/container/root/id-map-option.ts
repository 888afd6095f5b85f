// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Mappings inside a mount option, "idmap=uids=0-1-10#10-11-10;gids=0-100-10", as crun has them and podman writes them: ids of
// the file system, ids of the host, and how many. A mapping that begins with "@" counts the second in ids of the container.

import type { IdMapping } from '../../contract/linux-config.ts';
import type { Mount } from '../../contract/runtime-config.ts';
import { hostIdOf } from '../namespace/id-mappings.ts';

/** The mappings of the container, for those that are relative to them. */
export interface ContainerMappings {
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

/** The mount with what its option says as its own mappings; the same mount without such an option. Throws an Error that quotes what is wrong. */
export function withOptionMappings(mount: Mount, own: ContainerMappings): Mount {
  const { options = [] } = mount;
  const option = options.find((word) => /^r?idmap=/.test(word));
  if (option === undefined) return mount;
  const [name, value] = splitOnce(option, '=');
  const { uid, gid } = parseMappings(value, own);
  return {
    ...mount,
    options: options.map((word) => (word === option ? name : word)),
    uidMappings: uid,
    gidMappings: gid,
  };
}

function parseMappings(
  value: string,
  own: ContainerMappings,
): { readonly uid: readonly IdMapping[]; readonly gid: readonly IdMapping[] } {
  const parts = new Map(value.split(';').map((part) => splitOnce(part, '=')));
  for (const name of parts.keys())
    if (name !== 'uids' && name !== 'gids') throw new Error(`idmap: expected uids or gids, found "${name}"`);
  return {
    uid: (parts.get('uids') ?? '').split('#').map((text) => parseMapping(text, own.uidMappings)),
    gid: (parts.get('gids') ?? '').split('#').map((text) => parseMapping(text, own.gidMappings)),
  };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function parseMapping(text: string, own: readonly IdMapping[] = []): IdMapping {
  const [, relative, ...numbers] = /^(@?)(\d+)-(\d+)-(\d+)$/.exec(text) ?? [];
  const [containerID = NaN, id = NaN, size = NaN] = numbers.map(Number);
  if (!(containerID + id + size < 2 ** 34))
    throw new Error(`idmap: expected ID-ID-COUNT for uids and for gids, found "${text}"`);
  return { containerID, hostID: relative === '@' ? relativeId(id, own) : id, size };
}

function relativeId(id: number, own: readonly IdMapping[]): number {
  const found = hostIdOf(own, id);
  if (found === undefined) throw new Error(`idmap: expected an id of the container after "@", found ${id}`);
  return found;
}
