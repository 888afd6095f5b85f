// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { specSchema } from '../src/spec/schema.ts';
import { dereference, notBuiltReason, type SchemaNode } from '../src/spec/schema-node.ts';
import { sectionKeys } from '../src/spec/schema-supervision.ts';

/** A chapter of the reference: what its table describes. */
interface Chapter {
  readonly title: string;
  readonly intro: string;
  readonly node: SchemaNode;
}

const definitions = specSchema.definitions ?? {};

function definition(name: string): SchemaNode {
  return definitions[name] ?? {};
}

/** What an entry of some section may have and not all do. */
const keptUp: SchemaNode = {
  properties: Object.fromEntries(
    [sectionKeys.services, sectionKeys.onboot].flatMap((keys) =>
      Object.entries(keys).filter(([, node]) => [undefined, notBuiltReason].includes(resolve(node)['x-refused'])),
    ),
  ),
};

function withoutKeys(node: SchemaNode, keys: readonly string[]): SchemaNode {
  const kept = Object.entries(node.properties ?? {}).filter(([key]) => !keys.includes(key));
  return { ...node, properties: Object.fromEntries(kept) };
}

const chapters: readonly Chapter[] = [
  { title: 'The file', intro: 'A YAML map; every section may be left out.', node: specSchema },
  { title: 'kernel', intro: 'Names files of an image; the rest of the image is not used.', node: definition('kernel') },
  {
    title: 'Volume',
    intro:
      'An entry of `volumes`: a folder that containers share, empty or with an image. Containers name it as the source of a bind (`data:/var/lib/data`, `data:/data:ro`) or of a mount of type bind. It is in memory: what is written to it is gone when the machine stops.',
    node: definition('volume'),
  },
  {
    title: 'Container',
    intro:
      'An entry of `onboot`, `onshutdown` or `services`. All keys but `name` and `image` may also stand in the label `org.mobyproject.config` of the image, as JSON or YAML; a key in the file replaces the one in the label, and an empty list clears it.',
    node: withoutKeys(definition('onbootEntry'), Object.keys(keptUp.properties ?? {})),
  },
  {
    title: 'How it is kept up',
    intro:
      'Further keys of a container, in Compose\'s words ([supervision.md](supervision.md)). `restart`, `restart_policy`, `healthcheck`, `critical` and `pod` are of services, `on_failure` and `timeout` of onboot entries, `stop_signal`, `stop_grace_period` and `depends_on` of both; an onshutdown entry has none of them. In a label all but `depends_on` and `pod` may stand, and count in their sections. Durations are texts such as "10s", "1m30s" and "500ms".',
    node: keptUp,
  },
  { title: 'restart_policy', intro: 'How a service is started again.', node: definition('restart_policy') },
  { title: 'Dependency', intro: 'A value of `depends_on`, by the name of the entry.', node: definition('dependency') },
  {
    title: 'healthcheck',
    intro: 'How to see that a service works: at most one of `test`, `http`, `tcp`, `file` and `notify`.',
    node: definition('healthcheck'),
  },
  { title: 'logging', intro: 'Where the output of a container goes.', node: definition('logging') },
  {
    title: 'Secret of a container',
    intro: 'An entry of `secrets` of a container: a map with these keys, or the name of the secret alone.',
    node: definition('secretUse'),
  },
  {
    title: 'Secret',
    intro: 'A value of the `secrets` of a spec, by its name: where the secret comes from, exactly one of the two.',
    node: definition('secret'),
  },
  {
    title: 'root',
    intro: 'Where the root file system lies, as a map; a text is its `type` alone.',
    node: specSchema.properties?.['root'] ?? {},
  },
  {
    title: 'watchdog',
    intro: 'The hardware that resets a machine that hangs.',
    node: specSchema.properties?.['watchdog'] ?? {},
  },
  {
    title: 'secureboot',
    intro: 'Who signs what the firmware starts: `keyset` alone, or `certificate` with one of `key` and `command`.',
    node: specSchema.properties?.['secureboot'] ?? {},
  },
  {
    title: 'disk',
    intro: 'Partitions that keep data from one boot to the next ([data-partitions.md](data-partitions.md)).',
    node: specSchema.properties?.['disk'] ?? {},
  },
  { title: 'Partition', intro: 'An entry of `disk.partitions`.', node: definition('partition') },
  { title: 'Mount', intro: 'An entry of `mounts` and of `runtime.mounts`.', node: definition('mount') },
  {
    title: 'Device',
    intro:
      'An entry of `devices`. A single device needs `major`, `minor` and `mode`; path "all" with a type allows a class.',
    node: definition('device'),
  },
  {
    title: 'resources',
    intro: 'Limits of cgroup v2 (OCI runtime-spec, config-linux.md, Control groups).',
    node: definition('resources'),
  },
  { title: 'resources.memory', intro: 'In bytes; -1 is no limit.', node: definition('memory') },
  { title: 'resources.cpu', intro: 'Times in microseconds.', node: definition('cpu') },
  {
    title: 'resources.blockio',
    intro: "OCI's config.json calls it `blockIO`. Devices are those of the system, by number.",
    node: definition('blockio'),
  },
  { title: 'Device weight', intro: 'An entry of `resources.blockio.weightDevice`.', node: definition('weightDevice') },
  {
    title: 'Device rate',
    intro: 'An entry of `resources.blockio.throttleReadBpsDevice` and its like.',
    node: definition('throttleDevice'),
  },
  { title: 'Huge pages', intro: 'An entry of `resources.hugepageLimits`.', node: definition('hugepageLimit') },
  { title: 'Device rule', intro: 'An entry of `resources.devices`.', node: definition('deviceRule') },
  { title: 'RDMA', intro: 'A value of `resources.rdma`, by the name of the device.', node: definition('rdmaLimit') },
  { title: 'resources.network', intro: 'Of cgroup v1 only.', node: definition('network') },
  { title: 'Network priority', intro: 'An entry of `resources.network.priorities`.', node: definition('priority') },
  {
    title: 'runtime',
    intro:
      'Done in the system: `cgroups`, `mounts` and `mkdir` before the container is created, `interfaces` and `bindNS` when its process is there and waits.',
    node: definition('runtime'),
  },
  {
    title: 'Interface',
    intro:
      'An entry of `runtime.interfaces`. What does not come to a running program is taken back: interfaces that were made are removed, others return.',
    node: definition('interface'),
  },
  { title: 'runtime.bindNS', intro: 'Kinds of namespaces and the files that keep them.', node: definition('bindNS') },
  {
    title: 'Id mapping',
    intro: 'An entry of `uidMappings` and `gidMappings`, of a container or of a mount.',
    node: definition('idMapping'),
  },
  {
    title: 'File',
    intro:
      'An entry of `files`: a file, a link or a folder, by exactly one of `contents`, `source`, `metadata`, `symlink` and `directory: true`.',
    node: definition('file'),
  },
];

/** docs/spec-reference.md: a table for each map of the spec. */
export function referenceText(): string {
  return [
    '<!-- Generated by scripts/generate-spec.ts from src/spec/schema.ts; do not edit. -->',
    '# Spec reference',
    '',
    "The keys and their meaning are LinuxKit's; the last column says where tskit differs. `spec.schema.json` beside this page is the same as JSON Schema: an editor completes and explains keys when the first line of a spec is",
    '',
    '    # yaml-language-server: $schema=PATH/TO/docs/spec.schema.json',
    '',
    ...chapters.flatMap(chapterLines),
    '## Numbers and words',
    '',
    "Scalars mean what LinuxKit's YAML reader makes of them: `0644` is an octal number, `yes`, `on` and dates are strings, anchors, aliases and merge keys (`<<`) work. A mode is a string, so it needs quotes. Integers keep all 64 bits.",
    '',
  ].join('\n');
}

function chapterLines({ title, intro, node }: Chapter): readonly string[] {
  const properties = Object.entries(node.properties ?? {});
  const built = properties.filter(([, value]) => resolve(value)['x-refused'] === undefined);
  const refused = properties.filter(([, value]) => resolve(value)['x-refused'] !== undefined);
  return [
    `## ${title}`,
    '',
    intro,
    '',
    '| Key | Type | Default | Meaning | Where LinuxKit differs |',
    '|---|---|---|---|---|',
    ...built.map(([key, value]) => row(key, resolve(value), node.required?.includes(key) === true)),
    '',
    ...refusedLines(refused.map(([key, value]) => [key, resolve(value)])),
  ];
}

function row(key: string, node: SchemaNode, required: boolean): string {
  const standard = required ? 'required' : (node['x-default'] ?? '');
  const cells = [`\`${key}\``, typeText(node), standard, node.description ?? '', node['x-linuxkit'] ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function refusedLines(refused: readonly (readonly [string, SchemaNode])[]): readonly string[] {
  const byReason = Map.groupBy(refused, ([, node]) => node['x-refused'] ?? '');
  return [...byReason].flatMap(([reason, entries]) => {
    const keys = entries.map(([key]) => `\`${key}\``).join(', ');
    return [reason === notBuiltReason ? `Known, but not built yet: ${keys}.` : `An error: ${keys} ${reason}.`, ''];
  });
}

/** A reference with the texts of what it points at. */
function resolve(node: SchemaNode): SchemaNode {
  return dereference(node, definitions);
}

const linkedTypes: Readonly<Record<string, string>> = {
  '#/definitions/onbootEntry': '[containers](#container)',
  '#/definitions/onshutdownEntry': '[containers](#container)',
  '#/definitions/service': '[containers](#container)',
  '#/definitions/dependency': '[dependencies](#dependency)',
  '#/definitions/mount': '[mounts](#mount)',
  '#/definitions/secretUse': '[secrets](#secret-of-a-container)',
  '#/definitions/secret': '[secrets](#secret)',
  '#/definitions/device': '[devices](#device)',
  '#/definitions/file': '[files](#file)',
  '#/definitions/volume': '[volumes](#volume)',
  '#/definitions/idMapping': '[id mappings](#id-mapping)',
  '#/definitions/interface': '[interfaces](#interface)',
  '#/definitions/weightDevice': '[devices](#device-weight)',
  '#/definitions/throttleDevice': '[devices](#device-rate)',
  '#/definitions/hugepageLimit': '[limits](#huge-pages)',
  '#/definitions/deviceRule': '[rules](#device-rule)',
  '#/definitions/rdmaLimit': '[limits](#rdma)',
  '#/definitions/priority': '[priorities](#network-priority)',
};

function typeText(node: SchemaNode): string {
  if (node.enum !== undefined && node.enum.length < 10) {
    return node.enum
      .filter((word) => word !== '')
      .map((word) => `"${word}"`)
      .join(', ');
  }
  const types = (typeof node.type === 'string' ? [node.type] : (node.type ?? [])).filter((type) => type !== 'null');
  return types.map((type) => typeName(type, node)).join(' or ');
}

function typeName(type: string, node: SchemaNode): string {
  if (type === 'array') return `list of ${linkedTypes[node.items?.$ref ?? ''] ?? plural(node.items ?? {})}`;
  if (type === 'object') {
    if (typeof node.additionalProperties !== 'object') return 'map';
    return `map of ${linkedTypes[node.additionalProperties.$ref ?? ''] ?? 'strings'}`;
  }
  return type === 'boolean' ? 'true or false' : type;
}

function plural(item: SchemaNode): string {
  return Array.isArray(item.type) ? 'integers or strings' : 'strings';
}
