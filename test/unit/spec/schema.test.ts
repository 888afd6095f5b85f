// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { editDistance } from '../../../src/spec/nearest-key.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { specSchema } from '../../../src/spec/schema.ts';
import { dereference, type SchemaNode } from '../../../src/spec/schema-node.ts';
import type {
  DependencySpec,
  HealthcheckSpec,
  LoggingSpec,
  RestartPolicySpec,
  SecretUseSpec,
} from '../../../src/spec/supervision-types.ts';
import type { DiskSpec, PartitionSpec } from '../../../src/spec/disk-types.ts';
import type {
  FileSpec,
  ImageSpec,
  KernelSpec,
  ResourcesSpec,
  RuntimeSpec,
  SecretSpec,
  SecurebootSpec,
  Spec,
  VolumeSpec,
  RootSpec,
  WatchdogSpec,
} from '../../../src/spec/types.ts';

const definitions = specSchema.definitions ?? {};

function definition(name: string): SchemaNode {
  return definitions[name] ?? {};
}

/** A map of the schema: what must be in it, and how a spec gets there. */
interface Place {
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: Readonly<Record<string, string>>;
  readonly around: (map: string) => string;
}

const container = { name: 'a', image: 'b' };

/** A service's settings around a map. */
function inService(before: string, after: string): (map: string) => string {
  return (map) => `services: [{name: a, image: b, ${before}${map}${after}}]`;
}

const places: readonly Place[] = [
  { path: '', node: specSchema, required: {}, around: (map) => map },
  { path: 'kernel', node: definition('kernel'), required: { image: 'x' }, around: (map) => `kernel: ${map}` },
  { path: 'onboot[0]', node: definition('onbootEntry'), required: container, around: (map) => `onboot: [${map}]` },
  {
    path: 'onshutdown[0]',
    node: definition('onshutdownEntry'),
    required: container,
    around: (map) => `onshutdown: [${map}]`,
  },
  { path: 'services[0]', node: definition('service'), required: container, around: (map) => `services: [${map}]` },
  {
    path: 'services[0].mounts[0]',
    node: definition('mount'),
    required: { type: 'proc' },
    around: inService('mounts: [', ']'),
  },
  {
    path: 'services[0].devices[0]',
    node: definition('device'),
    required: { path: 'all', type: 'b' },
    around: inService('devices: [', ']'),
  },
  { path: 'services[0].resources', node: definition('resources'), required: {}, around: inService('resources: ', '') },
  {
    path: 'services[0].resources.memory',
    node: definition('memory'),
    required: {},
    around: inService('resources: {memory: ', '}'),
  },
  {
    path: 'services[0].resources.cpu',
    node: definition('cpu'),
    required: {},
    around: inService('resources: {cpu: ', '}'),
  },
  ...(
    [
      ['uidMappings[0]', 'idMapping', { size: '1' }, 'uidMappings: [', ']'],
      ['resources.blockio', 'blockio', {}, 'resources: {blockio: ', '}'],
      ['resources.blockio.weightDevice[0]', 'weightDevice', {}, 'resources: {blockio: {weightDevice: [', ']}}'],
      [
        'resources.blockio.throttleReadBpsDevice[0]',
        'throttleDevice',
        {},
        'resources: {blockio: {throttleReadBpsDevice: [',
        ']}}',
      ],
      [
        'resources.hugepageLimits[0]',
        'hugepageLimit',
        { pageSize: '2MB', limit: '1' },
        'resources: {hugepageLimits: [',
        ']}',
      ],
      ['resources.network', 'network', {}, 'resources: {network: ', '}'],
      [
        'resources.network.priorities[0]',
        'priority',
        { name: 'eth0', priority: '1' },
        'resources: {network: {priorities: [',
        ']}}',
      ],
      ['resources.devices[0]', 'deviceRule', {}, 'resources: {devices: [', ']}'],
      ['resources.rdma.mlx5_0', 'rdmaLimit', {}, 'resources: {rdma: {mlx5_0: ', '}}'],
      ['runtime.interfaces[0]', 'interface', { name: 'eth0' }, 'runtime: {interfaces: [', ']}'],
      ['runtime.bindNS', 'bindNS', {}, 'runtime: {bindNS: ', '}'],
      ['restart_policy', 'restart_policy', {}, 'restart_policy: ', ''],
      ['healthcheck', 'healthcheck', {}, 'healthcheck: ', ''],
      ['depends_on.b', 'dependency', {}, 'depends_on: {b: ', '}'],
      ['logging', 'logging', {}, 'logging: ', ''],
      ['secrets[0]', 'secretUse', { source: 'x' }, 'secrets: [', ']'],
    ] as const
  ).map(
    ([path, name, required, before, after]): Place => ({
      path: `services[0].${path}`,
      node: definition(name),
      required,
      around: inService(before, after),
    }),
  ),
  { path: 'services[0].runtime', node: definition('runtime'), required: {}, around: inService('runtime: ', '') },
  {
    path: 'files[0]',
    node: definition('file'),
    required: { path: 'a', contents: 'b' },
    around: (map) => `files: [${map}]`,
  },
];

/** A spec with `key: value` at the place, valid but for that. */
function write({ required, around }: Place, key: string, value: string): string {
  const pairs = Object.entries({ ...required, [key]: value });
  return around(`{${pairs.map(([name, text]) => `"${name}": ${text}`).join(', ')}}`);
}

function keysOf(node: SchemaNode): string[] {
  return Object.keys(node.properties ?? {});
}

function built(node: SchemaNode): string[] {
  return keysOf(node).filter(
    (key) => dereference(node.properties?.[key] ?? {}, definitions)['x-refused'] === undefined,
  );
}

function messageOf(text: string): string {
  try {
    parseSpec(text, 'os.yml');
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'accepted';
}

/** Every node of the schema, with the path of keys to it. */
function* nodes(node: SchemaNode, path: string): Generator<[string, SchemaNode]> {
  yield [path, node];
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* nodes(child, `${path}.${key}`);
  for (const [key, child] of Object.entries(node.definitions ?? {})) yield* nodes(child, `${path}#${key}`);
  if (node.items !== undefined) yield* nodes(node.items, `${path}[]`);
  if (typeof node.additionalProperties === 'object') yield* nodes(node.additionalProperties, `${path}{}`);
}

describe('the schema', () => {
  test('describes every key', () => {
    const silent = [...nodes(specSchema, '')].flatMap(([path, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, child]) => !dereference(child, definitions).description)
        .map(([key]) => `${path}.${key}`),
    );
    expect(silent).toEqual([]);
  });

  test('says in words what is expected wherever more than the type can be wrong', () => {
    const silent = [...nodes(specSchema, '')].filter(([, node]) => {
      const bounds = [node.pattern, node.enum, node.minimum, node.maximum, node.minItems];
      return bounds.some((bound) => bound !== undefined) && !node['x-expected'] && !node['x-refused'];
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('points only at definitions that it has, and has none that nothing points at', () => {
    const used = [...nodes(specSchema, '')].flatMap(([, { $ref }]) =>
      $ref ? [$ref.replace('#/definitions/', '')] : [],
    );
    expect([...new Set(used), 'label'].toSorted()).toEqual(Object.keys(definitions).toSorted());
  });

  test('takes the keys of the types and no others', () => {
    const spec: Record<Exclude<keyof Spec, 'file' | 'origin'>, true> = {
      kernel: true,
      init: true,
      volumes: true,
      onboot: true,
      onshutdown: true,
      services: true,
      files: true,
      root: true,
      secrets: true,
      watchdog: true,
      secureboot: true,
      disk: true,
    };
    const kernel: Record<keyof KernelSpec, true> = {
      image: true,
      cmdline: true,
      binary: true,
      tar: true,
      ucode: true,
      modules: true,
      needs: true,
    };
    const file: Record<keyof FileSpec, true> = {
      path: true,
      contents: true,
      source: true,
      metadata: true,
      symlink: true,
      directory: true,
      optional: true,
      exclude: true,
      mode: true,
      dirMode: true,
      uid: true,
      gid: true,
    };
    const volume: Record<keyof VolumeSpec, true> = {
      name: true,
      image: true,
      readonly: true,
      format: true,
      platforms: true,
    };
    const image: Record<keyof ImageSpec, true> = {
      name: true,
      image: true,
      capabilities: true,
      'capabilities.add': true,
      ambient: true,
      mounts: true,
      binds: true,
      'binds.add': true,
      tmpfs: true,
      devices: true,
      command: true,
      env: true,
      cwd: true,
      net: true,
      ipc: true,
      uts: true,
      pid: true,
      userns: true,
      uidMappings: true,
      gidMappings: true,
      readonly: true,
      maskedPaths: true,
      readonlyPaths: true,
      seccomp: true,
      apparmor: true,
      user: true,
      uid: true,
      gid: true,
      additionalGids: true,
      noNewPrivileges: true,
      hostname: true,
      oomScoreAdj: true,
      rlimits: true,
      resources: true,
      sysctl: true,
      cgroupsPath: true,
      rootfsPropagation: true,
      annotations: true,
      runtime: true,
      stop_signal: true,
      stop_grace_period: true,
      on_failure: true,
      timeout: true,
      depends_on: true,
      restart: true,
      restart_policy: true,
      healthcheck: true,
      critical: true,
      logging: true,
      secrets: true,
      pod: true,
    };
    const policy: Record<keyof RestartPolicySpec, true> = {
      condition: true,
      delay: true,
      max_delay: true,
      backoff: true,
      window: true,
      max_attempts: true,
      on_give_up: true,
    };
    const health: Record<keyof HealthcheckSpec, true> = {
      test: true,
      http: true,
      tcp: true,
      file: true,
      notify: true,
      interval: true,
      timeout: true,
      retries: true,
      start_period: true,
      start_interval: true,
      disable: true,
      on_unhealthy: true,
    };
    const dependency: Record<keyof DependencySpec, true> = { condition: true, restart: true, required: true };
    const logging: Record<keyof LoggingSpec, true> = {
      driver: true,
      max_size: true,
      max_files: true,
      address: true,
      rate: true,
      json: true,
    };
    const secretUse: Record<keyof SecretUseSpec, true> = {
      source: true,
      target: true,
      uid: true,
      gid: true,
      mode: true,
    };
    const secret: Record<keyof SecretSpec, true> = { fw_cfg: true, file: true };
    const root: Record<keyof RootSpec, true> = { type: true, verity: true, initrd: true, on_corruption: true };
    const watchdog: Record<keyof WatchdogSpec, true> = { device: true, timeout: true };
    const secureboot: Record<keyof SecurebootSpec, true> = {
      keyset: true,
      certificate: true,
      key: true,
      command: true,
    };
    const disk: Record<keyof DiskSpec, true> = { device: true, size: true, partitions: true, on_failure: true };
    const partition: Record<keyof PartitionSpec, true> = {
      label: true,
      size: true,
      type: true,
      filesystem: true,
      mount: true,
      options: true,
      grow: true,
    };
    const resources: Record<keyof ResourcesSpec, true> = {
      memory: true,
      cpu: true,
      pids: true,
      unified: true,
      blockio: true,
      hugepageLimits: true,
      network: true,
      devices: true,
      rdma: true,
    };
    const runtime: Record<keyof RuntimeSpec, true> = {
      cgroups: true,
      mounts: true,
      mkdir: true,
      interfaces: true,
      bindNS: true,
      namespace: true,
    };
    // Read and gone: one is ignored, of the other its values are left.
    expect(built(specSchema)).toEqual([...Object.keys(spec), 'trust', 'variables']);
    expect(built(definition('kernel'))).toEqual(Object.keys(kernel));
    expect(built(definition('file'))).toEqual(Object.keys(file));
    expect(built(definition('volume'))).toEqual(Object.keys(volume));
    const ofSections = new Set(
      ['onbootEntry', 'onshutdownEntry', 'service'].flatMap((name) => built(definition(name))),
    );
    expect([...ofSections].toSorted()).toEqual(Object.keys(image).toSorted());
    const settings = new Set(['name', 'image', ...built(definition('label')), 'depends_on', 'pod']);
    expect([...settings].toSorted()).toEqual(Object.keys(image).toSorted());
    expect(built(definition('restart_policy'))).toEqual(Object.keys(policy));
    expect(built(definition('healthcheck'))).toEqual(Object.keys(health));
    expect(built(definition('dependency'))).toEqual(Object.keys(dependency));
    expect(built(definition('logging'))).toEqual(Object.keys(logging));
    expect(built(definition('secretUse'))).toEqual(Object.keys(secretUse));
    expect(built(definition('secret'))).toEqual(Object.keys(secret));
    expect(built(specSchema.properties?.['root'] ?? {})).toEqual(Object.keys(root));
    expect(built(specSchema.properties?.['watchdog'] ?? {})).toEqual(Object.keys(watchdog));
    expect(built(specSchema.properties?.['secureboot'] ?? {})).toEqual(Object.keys(secureboot));
    expect(built(specSchema.properties?.['disk'] ?? {})).toEqual(Object.keys(disk));
    expect(built(definition('partition'))).toEqual(Object.keys(partition));
    expect(built(definition('resources'))).toEqual(Object.keys(resources));
    expect(built(definition('runtime'))).toEqual(Object.keys(runtime));
  });
});

const keys = places.flatMap((place) => keysOf(place.node).map((key) => ({ place, path: place.path, key })));

/** `key` with a letter missing, doubled or added, or two neighbours swapped, at each place where that makes another key. */
function typosOf(key: string): string[] {
  const at = Array.from({ length: key.length }, (_, index) => index);
  return [
    ...at.map((index) => key.slice(0, index) + key.slice(index + 1)),
    ...at.map((index) => key.slice(0, index + 1) + key.slice(index)),
    ...at
      .slice(1)
      .map((index) => key.slice(0, index - 1) + key.charAt(index) + key.charAt(index - 1) + key.slice(index + 1)),
    `${key}x`,
    `x${key}`,
  ];
}

describe.each(keys)('the key $key of "$path"', ({ place, path, key }) => {
  const full = path === '' ? '' : `${path}.`;

  test('is suggested for each way to mistype it', () => {
    const known = keysOf(place.node);
    const typos = typosOf(key).filter((typo) => typo.length > 2 && !known.includes(typo));
    expect(typos.length).toBeGreaterThan(3);
    for (const typo of typos) {
      const message = messageOf(write(place, typo, 'x'));
      const found = `: ${full}${typo}: expected a known key, found "${typo}"; did you mean "`;
      expect(message).toContain(found);
      const [suggested = ''] = message.slice(message.indexOf(found) + found.length).split('"', 1);
      expect(known).toContain(suggested);
      expect(editDistance(suggested, typo)).toBeLessThanOrEqual(editDistance(key, typo));
    }
  });

  test('is refused with a value of another type, at its place', () => {
    const text = write(place, key, '[[[1]]]');
    const column = Math.min(text.lastIndexOf('[[[1]]]'), text.lastIndexOf(`"${key}"`)) + 1;
    const first = messageOf(text)
      .split('\n')
      .find((line) => line.includes(`: ${full}${key}`));
    expect(first).toMatch(
      /: expected .*, found |: "[^"]+" (is not built yet|is Compose's|asks for|is for onboot entries|is for services)/,
    );
    expect(Number(/^os\.yml:1:(\d+):/.exec(first ?? '')?.[1])).toBeGreaterThanOrEqual(column);
  });
});
