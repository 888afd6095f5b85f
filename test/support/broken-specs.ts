// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isMap, isScalar, LineCounter, parseDocument, stringify } from 'yaml';
import { formatPath, type Path } from '../../src/spec/document.ts';
import { specSchema } from '../../src/spec/schema.ts';
import { dereference, type SchemaNode } from '../../src/spec/schema-node.ts';

/** A spec with one mistake, and what has to be said about it. */
export interface BrokenSpec {
  readonly title: string;
  /** The key that it is about, by the place where it stands: "services[].env". */
  readonly key: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** What the message has to match. */
  readonly message: RegExp;
  /** The same for the suggestion; undefined where any or none will do. */
  readonly suggestion?: RegExp;
}

type Value = unknown;
type MapValue = Readonly<Record<string, Value>>;

/** A map of the schema within a spec that is valid but for what is put there. */
interface Location {
  readonly path: Path;
  readonly schema: SchemaNode;
  /** Keys that make the map valid. */
  readonly base: MapValue;
  readonly wrap: (value: Value) => MapValue;
}

const definitions = specSchema.definitions ?? {};

/** Keys of maps that need more than the schema says to be valid. */
const bases: Readonly<Record<string, MapValue>> = {
  'a file': { path: 'etc/motd', contents: 'x' },
  'a device': { path: '/dev/x', type: 'c', major: 1, minor: 3, mode: '0600' },
  'a mount': { destination: '/mnt', type: 'tmpfs', source: 'tmpfs' },
  'a secret': { file: '/a' },
  secureboot: { keyset: 'text' },
  'a partition': { label: 'data', mount: '/a' },
};

/** Keys that go with others than those of the base. */
const alternatives: Readonly<Record<string, Readonly<Record<string, MapValue>>>> = {
  secureboot: { certificate: { key: 'text' }, key: { certificate: 'text' }, command: { certificate: 'text' } },
};

/** Keys that a map may have only together with others. */
const mapped = { type: 'bind', source: '/a' };
const companions: Readonly<Record<string, Readonly<Record<string, MapValue>>>> = {
  'a mount': {
    uidMappings: { ...mapped, gidMappings: [{ size: 1 }] },
    gidMappings: { ...mapped, uidMappings: [{ size: 1 }] },
    uidmappings: { ...mapped, gidmappings: [{ size: 1 }] },
    gidmappings: { ...mapped, uidmappings: [{ size: 1 }] },
  },
  'a volume': { platforms: { format: 'oci', image: 'text' } },
};

/** Values of keys of which the schema says too little. */
const samples: Readonly<Record<string, Value>> = {
  depends_on: [],
  stop_signal: 'SIGTERM',
  secrets: [],
  options: ['noatime'],
};
/** What entries of a list name. */
const named: Readonly<Record<string, MapValue>> = { secrets: { secrets: { text: { file: '/a' } } } };

/** Keys of a file of which one excludes the others. */
const contentKeys = ['contents', 'source', 'metadata', 'symlink', 'directory'];

/** Values to try where a pattern decides, the likeliest first. */
const strings = [
  'text',
  'linux/amd64',
  '64M',
  'home',
  '2MB',
  '8:0',
  'eth0',
  '1.2.3.4',
  '/a',
  '0644',
  'A=b',
  '/a:/b',
  '10s',
  'always',
  '10m',
  '10/s',
  'opt/a',
  '/dev/a',
  'http://localhost/',
  '[::1]:80',
  'erofs',
  'auto',
  'CONFIG_A',
  'nofile,1,2',
  '0-1',
  'a/b:1',
  '',
  'new',
  'default',
];
const brokenStrings = ['§ §', ' ', '', 'no such thing', ':', '=', 'x'.repeat(200), '\n'];

/** All locations, the spec itself first. */
function locations(): readonly Location[] {
  const found: Location[] = [];
  const visit = (location: Location): void => {
    found.push(location);
    for (const [key, child] of Object.entries(location.schema.properties ?? {})) {
      const schema = resolved(child);
      if (schema['x-refused'] !== undefined) continue;
      const base = baseWithout(location, key);
      const item = schema.items === undefined ? undefined : resolved(schema.items);
      if (schema.properties !== undefined) {
        const wrap = (value: Value): MapValue => location.wrap({ ...base, [key]: value });
        visit({ path: [...location.path, key], schema, base: baseOf(schema), wrap });
      } else if (item?.properties !== undefined) {
        const wrap = (value: Value): MapValue => ({ ...location.wrap({ ...base, [key]: [value] }), ...named[key] });
        visit({ path: [...location.path, key, 0], schema: item, base: baseOf(item), wrap });
      }
    }
  };
  visit({ path: [], schema: specSchema, base: {}, wrap: (value) => value as MapValue });
  return found;
}

function resolved(node: SchemaNode): SchemaNode {
  return dereference(node, definitions);
}

function baseOf(schema: SchemaNode): MapValue {
  const known = bases[schema['x-called'] ?? ''];
  const required = (schema.required ?? []).map((key) => [key, sample(resolved(schema.properties?.[key] ?? {}))]);
  return known ?? (Object.fromEntries(required) as MapValue);
}

/** The base for a map that has `key`, too. */
function baseWithout({ base, schema }: Location, key: string): MapValue {
  const alternative = alternatives[schema['x-called'] ?? '']?.[key];
  if (alternative !== undefined) return alternative;
  // What says how to read a folder needs one.
  if (['exclude', 'dirMode'].includes(key) && 'contents' in base) return { path: 'etc', source: 'x' };
  const excluded = contentKeys.includes(key) && 'contents' in base ? contentKeys : [key];
  const others = companions[schema['x-called'] ?? '']?.[key];
  return { ...Object.fromEntries(Object.entries(base).filter(([name]) => !excluded.includes(name))), ...others };
}

/** A valid value. */
function sample(schema: SchemaNode): Value {
  const known = schema.enum?.find((word) => word !== '');
  if (known !== undefined) return known;
  switch (typesOf(schema)[0]) {
    case 'integer':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'array':
      return [sample(resolved(schema.items ?? {}))];
    case 'object':
      if (schema.properties !== undefined) return baseOf(schema);
      return { a: sample(resolved(schema.additionalProperties as SchemaNode)) };
    default: {
      const pattern = new RegExp(schema.pattern ?? '');
      const value = strings.find((text) => pattern.test(text));
      if (value === undefined) throw new Error(`no sample matches ${schema.pattern}; add one to the list`);
      return value;
    }
  }
}

function typesOf(schema: SchemaNode): readonly string[] {
  return typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
}

/** Typing slips that stay near: a letter doubled, two swapped, one left out, another case. */
function slips(word: string): readonly string[] {
  const middle = Math.floor(word.length / 2);
  const swapped = word.slice(0, middle - 1) + word.charAt(middle) + word.charAt(middle - 1) + word.slice(middle + 1);
  const slipped = [
    word + word.slice(-1),
    ...(word.length >= 5 ? [swapped, word.slice(0, middle) + word.slice(middle + 1)] : []),
    word.charAt(0).toUpperCase() + word.slice(1),
  ];
  return [...new Set(slipped)].filter((slip) => slip !== word);
}

/** A value that is of none of the schema's types, and how it is called. */
function wrongType(schema: SchemaNode): readonly [Value, string] {
  const types = typesOf(schema);
  const isScalar = !types.includes('object') && !types.includes('array');
  if (isScalar)
    return types.includes('string') || types.length === 0 ? [['x'], 'a list'] : ['many', 'the string "many"'];
  const others = types.length > 1 && !types.includes('null');
  return others && (types.includes('array') || types.includes('string'))
    ? [7, 'the integer 7']
    : ['many', 'the string "many"'];
}

/** Every broken spec that follows from the schema. */
export function brokenSpecs(): readonly BrokenSpec[] {
  return locations().flatMap((location) => {
    const keys = Object.entries(location.schema.properties ?? {});
    const about = (key: string, cases: readonly CaseOfKey[]): readonly BrokenSpec[] => {
      const name = formatPath([...location.path, key]).replaceAll(/\[\d+\]/g, '[]');
      return cases.map((one) => ({ ...one, key: name }));
    };
    return [
      ...keys.flatMap(([key, child]) => about(key, brokenKey(location, key, resolved(child)))),
      ...(location.schema.required ?? []).flatMap((key) => about(key, [missing(location, key)])),
      ...about('', wrongLevels(location)),
    ];
  });
}

type CaseOfKey = Omit<BrokenSpec, 'key'>;

function brokenKey(location: Location, key: string, schema: SchemaNode): readonly CaseOfKey[] {
  const base = baseWithout(location, key);
  const path = [...location.path, key];
  const refusal = schema['x-refused'];
  if (refusal !== undefined) {
    const document = location.wrap({ ...base, [key]: { a: 'b' } });
    return [at('key', document, path, 'refused', new RegExp(`^${escape(`"${key}" ${refusal}`)}$`))];
  }
  const known = location.path.length === 0 ? undefined : samples[key];
  const value = location.base[key] ?? known ?? sample(schema);
  const broken = (title: string, wrong: Value, found: RegExp, suggestion?: RegExp): CaseOfKey =>
    at('value', location.wrap({ ...base, [key]: wrong }), path, title, found, suggestion);
  const [wrong, called] = wrongType(schema);
  const cases: CaseOfKey[] = [
    ...slips(key).map((slip) =>
      at(
        'key',
        location.wrap({ ...base, [slip]: value }),
        [...location.path, slip],
        `typo of "${key}"`,
        new RegExp(`^expected a known key, found "${escape(slip)}"$`),
        new RegExp(`^did you mean "${escape(key)}"\\?$`),
      ),
    ),
    broken('wrong type', wrong, new RegExp(`^expected ${escape(expectedWords(schema))}.*, found ${escape(called)}$`)),
    ...brokenScalars(schema).map(([title, bad, suggestion]) =>
      broken(title, bad, /^expected .+, found .+$/, suggestion),
    ),
    duplicateKey(location, key, value),
  ];
  if (!typesOf(schema).includes('null')) cases.push(broken('nothing', null, /^expected .+, found nothing$/));
  const item = schema.items === undefined ? undefined : resolved(schema.items);
  if (item !== undefined) cases.push(...brokenItems(location, key, item));
  return cases;
}

/** Values of the right type that are wrong nevertheless. */
function brokenScalars(schema: SchemaNode): readonly (readonly [string, Value, RegExp?])[] {
  const found: (readonly [string, Value, RegExp?])[] = [];
  const word = schema.enum?.find((known) => known.length > 3);
  if (word !== undefined)
    found.push(['typo of a word', `${word}${word.slice(-1)}`, new RegExp(`did you mean "${escape(word)}"`)]);
  const pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern);
  const bad = pattern === undefined ? undefined : brokenStrings.find((text) => !pattern.test(text));
  if (bad !== undefined) found.push(['not of the pattern', bad]);
  if (schema.minimum !== undefined) found.push(['too small', schema.minimum - 1]);
  if (schema.maximum !== undefined) found.push(['too large', schema.maximum + 1]);
  return found;
}

function brokenItems(location: Location, key: string, item: SchemaNode): readonly CaseOfKey[] {
  const base = baseWithout(location, key);
  const path = [...location.path, key, 0];
  const [wrong, called] = wrongType(item);
  const cases = [['wrong type of an entry', wrong, new RegExp(`, found ${escape(called)}$`)] as const];
  const scalars = brokenScalars(item).map(([title, bad, suggestion]) => [title, bad, /, found /, suggestion] as const);
  return [...cases, ...scalars].map(([title, bad, found, suggestion]) =>
    at('value', location.wrap({ ...base, [key]: [bad] }), path, title, found, suggestion),
  );
}

function missing(location: Location, key: string): CaseOfKey {
  const base = Object.fromEntries(Object.entries(location.base).filter(([name]) => name !== key));
  const found = Object.keys(base).length === 0 ? 'an empty map' : 'only ';
  const message = new RegExp(`^expected the key "${escape(key)}".*, found ${found}`);
  return at('value', location.wrap(base), location.path, `"${key}" missing`, message);
}

/** Keys of a container at the outermost level, and sections within everything else. */
function wrongLevels(location: Location): readonly CaseOfKey[] {
  const here = Object.keys(location.schema.properties ?? {});
  const elsewhere = ['services', 'command', 'cmdline'].filter((key) => !here.includes(key));
  return elsewhere.map((key) =>
    at(
      'key',
      location.wrap({ ...location.base, [key]: ['x'] }),
      [...location.path, key],
      `"${key}" at the wrong level`,
      new RegExp(`^expected a known key, found "${key}"$`),
      /^(did you mean |".*" belongs in |known here: )/,
    ),
  );
}

/** The map with the key twice; the second is the mistake. */
function duplicateKey(location: Location, key: string, value: Value): CaseOfKey {
  const marker = 'duplicate-of-it';
  const document = location.wrap({ ...baseWithout(location, key), [key]: value, [marker]: value });
  const spec = at('key', document, [...location.path, marker], `"${key}" twice`, /./);
  return {
    ...spec,
    text: spec.text.replace(marker, key),
    path: '',
    message: new RegExp(`^expected each key once, found "${escape(key)}" again$`),
  };
}

function expectedWords(schema: SchemaNode): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a string',
    boolean: 'true or false',
    integer: 'an integer',
  };
  return schema['x-expected'] ?? words[typesOf(schema)[0] ?? ''] ?? '';
}

/** The case for `document` with the mistake at `path`: where its key, or its value, stands in the text. */
function at(
  what: 'key' | 'value',
  document: MapValue,
  path: Path,
  title: string,
  message: RegExp,
  suggestion?: RegExp,
): CaseOfKey {
  const text = stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
  const { line, column } = placeIn(text, path, what);
  return {
    title: `${formatPath(path)}: ${title}`,
    text,
    line,
    column,
    path: formatPath(path),
    message,
    ...(suggestion !== undefined && { suggestion }),
  };
}

function placeIn(text: string, path: Path, what: 'key' | 'value'): { line: number; column: number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const node = document.getIn(path, true) as { range?: readonly [number, number, number] } | undefined;
  const parent = document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  const key = pair?.key as { range?: readonly [number, number, number] } | undefined;
  const offset = (what === 'key' ? key?.range : node?.range)?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
