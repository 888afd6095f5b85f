// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// config.json as someone else wrote it: read, and checked to have the shape of RuntimeConfig before anything acts on it.

import type { RuntimeConfig } from '../contract.ts';
import { type Json, parseJson } from '../json.ts';

/**
 * Reads config.json (OCI runtime-spec config.md). Members that are null count as absent; unknown ones are kept and have no
 * effect. Throws an Error that names the place: "process.user.uid: expected an id (0 to 4294967295), found "root"".
 */
export function decodeConfig(text: string): RuntimeConfig {
  return config(parseJson(text), 'config.json') as unknown as RuntimeConfig;
}

/** Returns the value as it is to be used, or throws when it has another shape than expected. */
type Decoder = (value: Json, place: string) => Json;

function fail(place: string, expected: string, found: Json): never {
  throw new Error(`${place}: expected ${expected}, found ${describe(found)}`);
}

function describe(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}

const text: Decoder = (value, place) => {
  if (typeof value !== 'string') return fail(place, 'a string', value);
  return value.includes('\0') ? fail(place, 'a string without NUL', value) : value;
};

const path: Decoder = (value, place) => (value === '' ? fail(place, 'a path', value) : text(value, place));

const absolutePath: Decoder = (value, place) =>
  typeof value === 'string' && !value.startsWith('/') ? fail(place, 'an absolute path', value) : path(value, place);

const flag: Decoder = (value, place) => (typeof value === 'boolean' ? value : fail(place, 'true or false', value));

const integer: Decoder = (value, place) =>
  typeof value === 'bigint' || Number.isInteger(value) ? value : fail(place, 'an integer', value);

function within(low: number, high: number, name = 'an integer'): Decoder {
  return (value, place) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
      ? value
      : fail(place, `${name} (${low} to ${high})`, value);
}

const id = within(0, 2 ** 32 - 1, 'an id');
/** To the kernel the highest one means "leave as it is": a process that should have it would stay root. */
const ownId = within(0, 2 ** 32 - 2, 'an id');
const safe = within(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

function oneOf(...words: readonly string[]): Decoder {
  return (value, place) =>
    typeof value === 'string' && words.includes(value) ? value : fail(place, `one of ${words.join(', ')}`, value);
}

function list(item: Decoder, least = 0): Decoder {
  return (value, place) => {
    if (!Array.isArray(value)) return fail(place, 'a list', value);
    if (value.length < least) return fail(place, `a list of at least ${least}`, `${value.length}`);
    return value.map((member: Json, index) => item(member, `${place}[${index}]`));
  };
}

type Members = Readonly<Record<string, Decoder>>;

function object(required: Members, optional: Members): Decoder {
  return (value, place) => {
    const members = membersOf(value, place);
    const decoded: Record<string, Json> = {};
    for (const [key, member] of Object.entries(members)) {
      if (member === null) continue;
      const decode = decoderOf(required, key) ?? decoderOf(optional, key);
      decoded[key] = decode === undefined ? member : decode(member, memberPlace(place, key));
    }
    for (const key of Object.keys(required))
      if (decoded[key] === undefined) throw new Error(`${memberPlace(place, key)}: expected a value, found none`);
    return decoded;
  };
}

/** Own members only: a key may be called "constructor". */
function decoderOf(members: Members, key: string): Decoder | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined;
}

function dictionary(item: Decoder): Decoder {
  return (value, place) => {
    for (const [key, member] of Object.entries(membersOf(value, place))) item(member, memberPlace(place, key));
    return value;
  };
}

function membersOf(value: Json, place: string): Readonly<Record<string, Json>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(place, 'an object', value);
  return value as Readonly<Record<string, Json>>;
}

function memberPlace(place: string, key: string): string {
  return place === 'config.json' ? key : `${place}.${key}`;
}

const capabilitySet = list(text);

const process = object(
  {
    cwd: absolutePath,
    args: list(text, 1),
    user: object({ uid: ownId, gid: ownId }, { additionalGids: list(ownId), umask: within(0, 0o777) }),
  },
  {
    terminal: flag,
    env: list(text),
    capabilities: object(
      {},
      {
        bounding: capabilitySet,
        permitted: capabilitySet,
        inheritable: capabilitySet,
        effective: capabilitySet,
        ambient: capabilitySet,
      },
    ),
    noNewPrivileges: flag,
    rlimits: list(object({ type: text, soft: integer, hard: integer }, {})),
    oomScoreAdj: within(-1000, 1000),
  },
);

const mapping = object({ containerID: id, hostID: id, size: id }, {});

const resources = object(
  {},
  {
    devices: list(object({ allow: flag }, { type: text, major: safe, minor: safe, access: text })),
    memory: object({}, { limit: integer, reservation: integer, swap: integer }),
    cpu: object({}, { shares: safe, quota: safe, period: safe, burst: safe, idle: safe, cpus: text, mems: text }),
    pids: object({}, { limit: safe }),
    unified: dictionary(text),
  },
);

const linux = object(
  {},
  {
    namespaces: list(
      object({ type: oneOf('pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time') }, { path: text }),
    ),
    uidMappings: list(mapping),
    gidMappings: list(mapping),
    devices: list(
      object({ path, type: oneOf('c', 'u', 'b', 'p') }, { major: safe, minor: safe, fileMode: id, uid: id, gid: id }),
    ),
    cgroupsPath: text,
    rootfsPropagation: text,
    maskedPaths: list(path),
    readonlyPaths: list(path),
    sysctl: dictionary(text),
    resources,
  },
);

const config = object(
  { ociVersion: text, root: object({ path }, { readonly: flag }), process },
  {
    hostname: text,
    domainname: text,
    mounts: list(object({ destination: path }, { type: text, source: text, options: list(text) })),
    annotations: dictionary(text),
    linux,
  },
);
