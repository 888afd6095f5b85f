// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// config.json as someone else wrote it: read, and checked to have the shape of RuntimeConfig before anything acts on it.

import type { Resources } from '../contract/resources.ts';
import type { Process, RuntimeConfig } from '../contract/runtime-config.ts';
import { type Json, parseJson } from '../json.ts';
import {
  absolutePath,
  type Decoder,
  dictionary,
  flag,
  integer,
  list,
  object,
  oneOf,
  path,
  text,
  unsigned,
  within,
} from '../shape.ts';

/**
 * Reads config.json (OCI runtime-spec config.md). Members that are null count as absent; unknown ones are kept and have no
 * effect. Throws an Error that names the place: "process.user.uid: expected an id (0 to 4294967295), found "root"".
 */
export function decodeConfig(json: string): RuntimeConfig {
  const decoded = config(parseJson(json)) as unknown as Omit<RuntimeConfig, 'process'> & { process?: Process };
  return { ...decoded, process: decoded.process ?? noProcess };
}

/** config.md requires a process for the start only: such a container can be created, and is at its end when it is started. */
const noProcess: Process = { cwd: '/', args: [], user: { uid: 0, gid: 0 } };

/** Reads a process on its own, as exec is given it (the shape of config.json's `process`). Throws like decodeConfig. */
export function decodeProcess(json: string): Process {
  return process(parseJson(json)) as unknown as Process;
}

/** Reads resources on their own, as update is given them (the shape of `linux.resources`). Throws like decodeConfig. */
export function decodeResources(json: string): Resources {
  return resources(parseJson(json)) as unknown as Resources;
}

const id = within(0, 2 ** 32 - 1, 'an id');
/** To the kernel the highest one means "leave as it is": a process that should have it would stay root. */
const ownId = within(0, 2 ** 32 - 2, 'an id');
const safe = within(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

const capabilitySet = list(text);

const processMembers = object(
  { cwd: absolutePath, args: list(text, 1) },
  {
    terminal: flag,
    env: list(text),
    user: object({}, { uid: ownId, gid: ownId, additionalGids: list(ownId), umask: within(0, 0o777) }),
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
    consoleSize: object({ height: within(0, 0xffff), width: within(0, 0xffff) }, {}),
    scheduler: object(
      { policy: text },
      {
        nice: safe,
        priority: safe,
        flags: list(text),
        runtime: integer,
        deadline: integer,
        period: integer,
      },
    ),
    ioPriority: object({ class: text }, { priority: safe }),
    execCPUAffinity: object({}, { initial: text, final: text }),
    apparmorProfile: text,
    selinuxLabel: text,
  },
);

/** The specification requires a user and its ids; callers leave them out, since other runtimes take 0 for what is missing. */
const process: Decoder = (value) => {
  const members = processMembers(value) as Readonly<Record<string, Json>>;
  return { ...members, user: { uid: 0, gid: 0, ...(members['user'] as Readonly<Record<string, Json>> | undefined) } };
};

const mapping = object({ containerID: id, hostID: id, size: id }, {});

const throttled = list(object({ major: safe, minor: safe, rate: integer }, {}));

const weight = within(0, 0xffff);

const blockIO = object(
  {},
  {
    weight,
    leafWeight: weight,
    weightDevice: list(object({ major: safe, minor: safe }, { weight, leafWeight: weight })),
    throttleReadBpsDevice: throttled,
    throttleWriteBpsDevice: throttled,
    throttleReadIOPSDevice: throttled,
    throttleWriteIOPSDevice: throttled,
  },
);

const resources = object(
  {},
  {
    devices: list(object({ allow: flag }, { type: text, major: safe, minor: safe, access: text })),
    memory: object(
      {},
      {
        limit: integer,
        reservation: integer,
        swap: integer,
        kernel: integer,
        kernelTCP: integer,
        swappiness: integer,
        disableOOMKiller: flag,
        useHierarchy: flag,
        checkBeforeUpdate: flag,
      },
    ),
    cpu: object(
      {},
      {
        shares: safe,
        quota: safe,
        period: safe,
        burst: safe,
        realtimeRuntime: safe,
        realtimePeriod: safe,
        idle: safe,
        cpus: text,
        mems: text,
      },
    ),
    pids: object({}, { limit: safe }),
    blockIO,
    hugepageLimits: list(object({ pageSize: text, limit: integer }, {})),
    network: object({}, { classID: id, priorities: list(object({ name: text, priority: id }, {})) }),
    rdma: dictionary(object({}, { hcaHandles: id, hcaObjects: id })),
    unified: dictionary(text),
  },
);

const seccomp = object(
  { defaultAction: text },
  {
    defaultErrnoRet: id,
    architectures: list(text),
    flags: list(text),
    listenerPath: text,
    listenerMetadata: text,
    syscalls: list(
      object(
        { names: list(text, 1), action: text },
        {
          errnoRet: id,
          args: list(object({ index: within(0, 5), value: unsigned, op: text }, { valueTwo: unsigned })),
        },
      ),
    ),
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
    seccomp,
    mountLabel: text,
    personality: object({ domain: text }, { flags: list(text) }),
    timeOffsets: dictionary(object({}, { secs: integer, nanosecs: id })),
    netDevices: dictionary(object({}, { name: text })),
    memoryPolicy: object({}, { mode: text, nodes: text, flags: list(text) }),
  },
);

const hook = object({ path: absolutePath }, { args: list(text), env: list(text), timeout: safe });

const hooks = object(
  {},
  {
    prestart: list(hook),
    createRuntime: list(hook),
    createContainer: list(hook),
    startContainer: list(hook),
    poststart: list(hook),
    poststop: list(hook),
  },
);

const config = object(
  { ociVersion: text, root: object({ path }, { readonly: flag }) },
  {
    process,
    hostname: text,
    domainname: text,
    mounts: list(
      object(
        { destination: path },
        { type: text, source: text, options: list(text), uidMappings: list(mapping), gidMappings: list(mapping) },
      ),
    ),
    hooks,
    annotations: dictionary(text),
    linux,
  },
);
