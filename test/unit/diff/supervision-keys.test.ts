// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, describe, expect, test } from 'vitest';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { compareContainers, compareTerms } from '../../../src/diff/containers.ts';
import { readRoot } from '../../../src/explain/whole-tree.ts';
import type { Bytes } from '../../../src/file-tree.ts';
import { healthcheck } from '../../../src/spec/schema-health.ts';
import { logging } from '../../../src/spec/schema-logging.ts';
import type { SchemaNode } from '../../../src/spec/schema-node.ts';
import { secretDefinitions } from '../../../src/spec/schema-secrets.ts';
import { supervisionDefinitions } from '../../../src/spec/schema-supervision.ts';
import { watchdog } from '../../../src/spec/schema-watchdog.ts';
import type { ImageSpec, Spec } from '../../../src/spec/types.ts';
import { readContainers, readSystemTerms } from '../../../src/terms/read-containers.ts';
import { Assembly, flattened } from '../../support/assembly.ts';

/** Two specs that differ in one key, and the setting under which the difference has to be told. */
type Row = readonly [before: Partial<Spec>, after: Partial<Spec>, setting: string];

const assembly = new Assembly();
const image = assembly.image(
  'example.com/web:1',
  [
    { name: 'bin/', typeflag: '5' },
    { name: 'bin/sh', data: 'x' },
  ],
  {
    Cmd: ['/bin/sh'],
  },
);
const entry = (own: Partial<ImageSpec>): ImageSpec => ({ name: 'web', image: image.reference, ...own });
const db = { name: 'db', image: image.reference, healthcheck: { file: '/ready' } };
const ofService = (own: Partial<ImageSpec>): Partial<Spec> => ({
  services: [entry(own), db],
  secrets: { token: { file: '/token' }, other: { file: '/other' } },
});
const ofOnboot = (own: Partial<ImageSpec>): Partial<Spec> => ({ onboot: [entry(own)] });

function service<Key extends keyof ImageSpec>(
  key: Key,
  before: ImageSpec[Key],
  after: ImageSpec[Key],
  setting?: string,
): Row {
  return [ofService({ [key]: before }), ofService({ [key]: after }), setting ?? key];
}

/** A key of a map that a service has: `base` is what else the map has. */
function inner(key: keyof ImageSpec, name: string, before: unknown, after: unknown, base: object = {}): Row {
  const map = (value: unknown): Partial<ImageSpec> => ({
    [key]: { ...base, ...(value === undefined ? {} : { [name]: value }) },
  });
  return [ofService(map(before)), ofService(map(after)), key];
}

/** One that is told under another name than its map's. */
function under(setting: string, [before, after]: Row): Row {
  return [before, after, setting];
}

const file = { file: '/ready' };
const policy = { condition: 'any' };
const syslog = { driver: 'syslog', address: '10.0.0.1' };
const dependency = (before: object, after: object): Row => service('depends_on', { db: before }, { db: after });
const secret = (before: object, after: object): Row =>
  service('secrets', [{ source: 'token', ...before }], [{ source: 'token', ...after }]);
const source = (before: object, after: object): Row => {
  const of = (token: object): Partial<Spec> => ({
    services: [entry({ secrets: ['token'] })],
    secrets: { token },
  });
  return [of(before), of(after), 'secrets'];
};

/** One for each key of supervision that the schema has, by the name of its map. */
const rows: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  entry: {
    restart: service('restart', 'no', 'always'),
    restart_policy: service('restart_policy', { condition: 'any' }, { condition: 'any', delay: '5s' }),
    stop_signal: service('stop_signal', 'SIGTERM', 'SIGINT'),
    stop_grace_period: service('stop_grace_period', '10s', '11s'),
    on_failure: [ofOnboot({ on_failure: 'continue' }), ofOnboot({ on_failure: 'halt' }), 'on_failure'],
    timeout: [ofOnboot({ timeout: '1s' }), ofOnboot({ timeout: '2s' }), 'timeout'],
    critical: service('critical', false, true),
    depends_on: service('depends_on', [], ['db']),
    pod: service('pod', 'one', 'two'),
    healthcheck: service('healthcheck', file, { file: '/other' }),
    logging: service('logging', { driver: 'memory' }, { driver: 'kmsg' }),
    secrets: service('secrets', ['token'], ['other']),
  },
  restart_policy: {
    condition: under('restart', inner('restart_policy', 'condition', 'any', 'on-failure')),
    delay: inner('restart_policy', 'delay', '1s', '2s', policy),
    max_delay: inner('restart_policy', 'max_delay', '20s', '30s', policy),
    backoff: inner('restart_policy', 'backoff', 2, 3, policy),
    window: inner('restart_policy', 'window', '1m', '2m', policy),
    max_attempts: inner('restart_policy', 'max_attempts', 3, 4, policy),
    on_give_up: inner('restart_policy', 'on_give_up', 'leave', 'reboot', { ...policy, max_attempts: 3 }),
  },
  dependency: {
    condition: dependency({ condition: 'service_started' }, { condition: 'service_healthy' }),
    restart: dependency({ restart: false }, { restart: true }),
    required: dependency({ required: true }, { required: false }),
  },
  healthcheck: {
    test: inner('healthcheck', 'test', ['CMD', 'a'], ['CMD', 'b']),
    http: inner('healthcheck', 'http', 'http://localhost/a', 'http://localhost/b'),
    tcp: inner('healthcheck', 'tcp', 80, 81),
    file: inner('healthcheck', 'file', '/a', '/b'),
    notify: [ofService({ healthcheck: { file: '/a' } }), ofService({ healthcheck: { notify: true } }), 'healthcheck'],
    interval: inner('healthcheck', 'interval', '1s', '2s', file),
    timeout: inner('healthcheck', 'timeout', '1s', '2s', file),
    retries: inner('healthcheck', 'retries', 1, 2, file),
    start_period: inner('healthcheck', 'start_period', '1s', '2s', file),
    start_interval: inner('healthcheck', 'start_interval', '1s', '2s', file),
    disable: [ofService({ healthcheck: file }), ofService({ healthcheck: { disable: true } }), 'healthcheck'],
    on_unhealthy: under('healthcheck.on_unhealthy', inner('healthcheck', 'on_unhealthy', 'ignore', 'restart', file)),
  },
  logging: {
    driver: inner('logging', 'driver', 'file', 'memory'),
    max_size: inner('logging', 'max_size', '8k', '16k'),
    max_files: inner('logging', 'max_files', 2, 3),
    address: inner('logging', 'address', '10.0.0.1:514', '10.0.0.1:515', { driver: 'syslog' }),
    rate: inner('logging', 'rate', '10/s', '20/s', syslog),
    json: inner('logging', 'json', false, true, syslog),
  },
  secretUse: {
    source: service('secrets', [{ source: 'token' }], [{ source: 'other' }]),
    target: secret({ target: '/a' }, { target: '/b' }),
    uid: secret({ uid: 1 }, { uid: 2 }),
    gid: secret({ gid: 1 }, { gid: 2 }),
    mode: secret({ mode: '0400' }, { mode: '0440' }),
  },
  secret: {
    fw_cfg: source({ fw_cfg: 'opt/a' }, { fw_cfg: 'opt/b' }),
    file: source({ file: '/a' }, { file: '/b' }),
  },
  watchdog: {
    device: [{ watchdog: {} }, { watchdog: { device: '/dev/watchdog1' } }, 'watchdog'],
    timeout: [{ watchdog: { timeout: '10s' } }, { watchdog: { timeout: '20s' } }, 'watchdog'],
  },
};

const { dependency: dependencySchema, ...ofEntries } = supervisionDefinitions;
const maps: Readonly<Record<string, SchemaNode | undefined>> = {
  restart_policy: supervisionDefinitions['restart_policy'],
  dependency: dependencySchema,
  healthcheck,
  logging,
  secretUse: secretDefinitions['secretUse'],
  secret: secretDefinitions['secret'],
  watchdog,
};

/** Those that may be said. */
function keysOf(node: SchemaNode | undefined): readonly string[] {
  const all = Object.entries(node?.properties ?? {});
  return all.flatMap(([key, own]) => ('x-refused' in own ? [] : [key])).sort();
}

async function systemOf(parts: Partial<Spec>): Promise<ReturnType<typeof readRoot>> {
  const { trees } = await assemble(flattened(parts, [image]), { init: 'tskit' }, assembly.ctx);
  const tree = await trees.at(-1)?.tree.load();
  if (tree === undefined) throw new Error('no tree of bundles');
  return readRoot(tree, '' as Bytes);
}

describe('what differs between two systems is told for every key of supervision', () => {
  afterAll(() => assembly[Symbol.dispose]());

  test('each key of the schema has a case here', () => {
    const known = Object.entries(maps).map(([name, node]) => [name, keysOf(node)]);
    const keys = {
      entry: [...Object.keys(ofEntries), 'healthcheck', 'logging', 'secrets'].sort(),
      ...Object.fromEntries(known),
    };
    expect(Object.fromEntries(Object.entries(rows).map(([name, own]) => [name, Object.keys(own).sort()]))).toEqual(
      keys,
    );
  });

  const listed = Object.entries(rows).flatMap(([map, own]) =>
    Object.entries(own).map(([key, row]) => [`${map}.${key}`, row] as const),
  );
  test.each(listed)('%s', async (_, [before, after, setting]) => {
    const [left, right] = [await systemOf(before), await systemOf(after)];
    const { containers } = compareContainers(readContainers(left), readContainers(right));
    const changes = [
      ...compareTerms(readSystemTerms(left), readSystemTerms(right)),
      ...containers.flatMap(({ terms }) => terms),
    ];
    expect(changes.map((change) => change.setting)).toContain(setting);
  });
});
