// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeFilterFile } from '../../../seccomp/filter-file.ts';
import { type Bundle, imagePath, makeBundle } from '../../../src/assemble/bundle.ts';
import { foldersOfServices } from '../../../src/assemble/bound-folders.ts';
import { bundleTree } from '../../../src/assemble/bundle-tree.ts';
import type { Section } from '../../../src/assemble/settings.ts';
import { directory } from '../../../src/inodes.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import type { ImageConfig } from '../../../src/oci/types.ts';
import type { ImageSpec } from '../../../src/spec/types.ts';
import { Assembly, at, epoch, pathsOf, textAt } from '../../support/assembly.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

function image(config: ImageConfig['config'] = { Cmd: ['/s'] }): FlattenedImage {
  return assembly.image('example.com/web', [{ name: 's', data: 'x' }], config);
}

const context = {
  ids: new Map(),
  profiles: new Map([
    ['strict.json', '{"defaultAction":"SCMP_ACT_KILL"}'],
    ['odd.json', '{"defaultAction":"ALLOW"}'],
  ]),
  platform: { os: 'linux', architecture: 'amd64' },
  users: new Map(),
  volumes: new Map(),
  folders: ['/var/lib/docker'],
  health: new Map(),
  dependencies: { get: () => ({ after: [], waitsForOnboot: true }) },
};

function bundle(entry: Partial<ImageSpec> = {}, from = image(), section: Section = 'services', index = 0): Bundle {
  return makeBundle(section, index, { name: 'web', image: 'example.com/web', ...entry }, from, context);
}

test('an image lies under the first 16 digits of its digest', () => {
  const { digest } = image();
  expect(imagePath(digest)).toBe(`/containers/images/${digest.slice(7, 23)}`);
});

test.each([
  ['onboot', 7, '/containers/onboot/007-web'],
  ['onshutdown', 0, '/containers/onshutdown/000-web'],
  ['services', 3, '/containers/services/web'],
] as const)('entry %s %i has its bundle in %s', (section, index, path) => {
  expect(bundle({}, image(), section, index).plan).toMatchObject({
    id: path.slice('/containers/'.length),
    name: 'web',
    bundle: path,
    image: 'example.com/web',
  });
});

describe('a folder that is bound', () => {
  const made = (binds: readonly string[], mkdir?: readonly string[]): readonly string[] | undefined =>
    bundle({ binds, ...(mkdir && { runtime: { mkdir } }) }).runtime.mkdir;

  test('is made when another service makes it, because services start in any order', () => {
    expect(made(['/var/lib/docker:/docker:ro'])).toEqual(['/var/lib/docker']);
    expect(made(['/var/lib/docker:/docker'], ['/var/a', '/var/lib/docker'])).toEqual(['/var/a', '/var/lib/docker']);
  });

  test('is left alone when nothing makes it: that it is missing is an error at boot', () => {
    expect(made(['/var/lib/docker/x:/x', '/var/lib:/l', '/srv:/srv'])).toBeUndefined();
  });
});

test("folders of services are those of their `runtime.mkdir`, and containerd's, which LinuxKit's getty and sshd bind", () => {
  const listed = (['onboot', 'services'] as const).map((section) => ({
    section,
    index: 0,
    entry: { name: 'x', image: 'x', runtime: { mkdir: [`/var/${section}`, 'inside'] } },
    image: image(),
  }));
  expect(foldersOfServices(listed)).toEqual(['/var/lib/containerd', '/var/services']);
});

test('a writable root is the image under a tmpfs', () => {
  const from = image();
  expect(bundle({}, from).runtime).toEqual({
    mounts: [
      { destination: '/containers/services/web/tmp', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/containers/services/web/tmp', options: ['private'] },
      {
        destination: '/containers/services/web/rootfs',
        type: 'overlay',
        source: 'overlay',
        options: [
          `lowerdir=${imagePath(from.digest)}`,
          'upperdir=/containers/services/web/tmp/upper',
          'workdir=/containers/services/web/tmp/work',
        ],
      },
    ],
  });
});

test('a read-only root is the image itself, made read-only in a second step as mount(2) wants it', () => {
  const from = image();
  expect(bundle({ readonly: true }, from).runtime.mounts).toEqual([
    { destination: '/containers/services/web/rootfs', source: imagePath(from.digest), options: ['bind'] },
    { destination: '/containers/services/web/rootfs', options: ['remount', 'bind', 'ro'] },
  ]);
});

test("the entry's own runtime settings come after the root's mounts", () => {
  const made = bundle({
    readonly: true,
    runtime: {
      cgroups: ['podruntime'],
      mkdir: ['/var/lib/web'],
      mounts: [{ destination: 'data', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] }],
    },
  });
  expect(made.runtime).toMatchObject({ cgroups: ['podruntime'], mkdir: ['/var/lib/web'] });
  expect(made.runtime.mounts?.at(-1)).toEqual({
    destination: 'data',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['size=1m'],
  });
});

test('interfaces, kept namespaces and the namespace of containerd are in runtime.json as LinuxKit reads them', () => {
  const made = bundle({
    net: 'new',
    runtime: {
      interfaces: [
        { name: 'wg0', add: 'wireguard', createInRoot: true },
        { name: 'eth0', peer: 'veth-web' },
        { name: 'eth1' },
      ],
      bindNS: { net: '/run/netns/web', uts: '' },
      namespace: 'k8s.io',
    },
  });
  expect(made.runtime).toMatchObject({
    interfaces: [
      { name: 'wg0', add: 'wireguard', createInRoot: true },
      { name: 'eth0', peer: 'veth-web', createInRoot: false },
      { name: 'eth1', createInRoot: false },
    ],
    namespace: 'k8s.io',
  });
  expect(made.runtime.bindNS).toEqual({ net: '/run/netns/web' });
});

test('runtime.json has none of these keys when nothing is asked for', () => {
  const made = bundle({ runtime: { interfaces: [], bindNS: { net: '' }, namespace: '' } });
  expect(Object.keys(made.runtime)).toEqual(['mounts']);
});

test.each([undefined, 'host', 'root'])('an interface cannot be moved to the system’s network: net %j', (net) => {
  const entry = { ...(net === undefined ? {} : { net }), runtime: { interfaces: [{ name: 'eth1' }] } };
  expect(() => bundle(entry)).toThrow(
    'runtime.interfaces "eth1": expected a network namespace to move it to, found the system\'s',
  );
  const made = bundle({ ...entry, runtime: { interfaces: [{ name: 'br0', add: 'bridge' }] } });
  expect(made.runtime.interfaces).toEqual([{ name: 'br0', add: 'bridge', createInRoot: false }]);
});

test('mappings of mounts are written as the OCI spells them, also in runtime.json', () => {
  const ids = [{ containerID: 0, hostID: 5, size: 1 }];
  const mount = { type: 'bind', source: '/a', destination: '/b', uidmappings: ids, gidMappings: ids };
  const made = bundle({ mounts: [mount], runtime: { mounts: [mount] } });
  const written = { type: 'bind', source: '/a', destination: '/b', uidMappings: ids, gidMappings: ids };
  expect(made.config.mounts).toContainEqual(written);
  expect(made.runtime.mounts?.at(-1)).toEqual(written);
});

test("the image's label gives what the entry does not say", () => {
  const label = JSON.stringify({
    capabilities: ['CAP_CHOWN'],
    binds: ['/a:/a'],
    env: ['A=label'],
    readonly: true,
    on_failure: 'halt',
  });
  const from = image({ Cmd: ['/s'], Labels: { 'org.mobyproject.config': label }, StopSignal: 'SIGQUIT' });
  const made = bundle({ env: ['A=spec'], 'capabilities.add': ['CAP_KILL'] }, from, 'onboot');
  expect(made.plan).toMatchObject({ unit: { onFailure: 'halt' }, stopSignal: 'SIGQUIT' });
  expect(made.config.root.readonly).toBe(true);
  expect(made.config.process.env).toContain('A=spec');
  expect(made.config.process.capabilities?.effective).toEqual(['CAP_CHOWN', 'CAP_KILL']);
  expect(made.config.mounts?.some((mount) => mount.destination === '/a')).toBe(true);
  expect(bundle({ on_failure: 'continue' }, from, 'onboot').plan.unit.onFailure).toBe('continue');
});

test('a service has paths kept from it, and what sets the system up at boot has none', () => {
  expect(bundle().config.linux?.maskedPaths).toContain('/proc/kcore');
  for (const section of ['onboot', 'onshutdown'] as const)
    expect(bundle({}, image(), section).config.linux?.maskedPaths).toBeUndefined();
});

describe('system calls', () => {
  test('every entry has the default filter, which grows with its capabilities', () => {
    const calls = (entry: Partial<ImageSpec>): readonly string[] =>
      bundle(entry).config.linux?.seccomp?.syscalls?.flatMap(({ names }) => names) ?? [];
    expect(calls({})).toContain('read');
    expect(calls({})).not.toContain('reboot');
    expect(calls({ capabilities: ['CAP_SYS_BOOT'] })).toContain('reboot');
  });

  test.each([{ seccomp: 'unconfined' }, { capabilities: ['all'] }])('are not filtered with %j', (entry) => {
    expect(bundle(entry).config.linux?.seccomp).toBeUndefined();
    expect(bundle(entry).filter).toBeUndefined();
  });

  test('all capabilities and the default profile go together when both are asked for', () => {
    expect(bundle({ capabilities: ['all'], seccomp: 'default' }).filter).toBeDefined();
  });

  test("a profile of the spec's own is what config.json says and what the filter was compiled from", () => {
    const { config, filter = new Uint8Array() } = bundle({ seccomp: 'strict.json' });
    expect(config.linux?.seccomp).toEqual({ defaultAction: 'SCMP_ACT_KILL', syscalls: [] });
    const source = new TextDecoder().decode(decodeFilterFile(filter)?.source);
    expect(source).toContain(JSON.stringify(config.linux?.seccomp));
  });

  test('a label cannot name a profile', () => {
    const from = image({ Cmd: ['/s'], Labels: { 'org.mobyproject.config': '{"seccomp":"mine.json"}' } });
    expect(() => bundle({}, from)).toThrow(`expected "default" or "unconfined" in an image's label, found "mine.json"`);
  });

  test('a profile that is none is an error that names it', () => {
    expect(() => bundle({ seccomp: 'odd.json' })).toThrow('seccomp: profile "odd.json": defaultAction: ');
  });
});

test('an error in an entry says which entry it is', () => {
  expect(() => bundle({}, image({ Cmd: ['', 'x'] }), 'onboot', 2)).toThrow(
    'assembling onboot[2] "web" of image "example.com/web": command: expected a program to run',
  );
});

test.each(['', '.', '..', 'a/b', '../x', '-a', 'a.', 'a b'])('"%s" is no name for a container', (name) => {
  expect(() => bundle({ name })).toThrow(`found "${name}"`);
});

test('a mount of runtime without a destination is an error', () => {
  expect(() => bundle({ runtime: { mounts: [{ type: 'tmpfs' }] } })).toThrow('runtime.mounts: expected a destination');
});

test('each bundle is a folder with its files and mount points, and the plan lists them', async () => {
  const first = bundle({ name: 'one', readonly: true }, image(), 'onboot');
  const tree = await bundleTree(
    { volumes: [], onboot: [first], onshutdown: [], services: [bundle()] },
    directory(epoch, 0o750),
    epoch,
  ).load();
  expect(pathsOf(tree)).toEqual([
    '',
    'containers',
    'containers/onboot',
    'containers/onboot/000-one',
    'containers/onboot/000-one/config.json',
    'containers/onboot/000-one/rootfs',
    'containers/onboot/000-one/runtime.json',
    'containers/onboot/000-one/seccomp.bpf',
    'containers/services',
    'containers/services/web',
    'containers/services/web/config.json',
    'containers/services/web/lower',
    'containers/services/web/rootfs',
    'containers/services/web/runtime.json',
    'containers/services/web/seccomp.bpf',
    'containers/services/web/tmp',
    'etc',
    'etc/tskit',
    'etc/tskit/boot.json',
  ]);
  expect(at(tree, 'containers/services/web/lower')).toMatchObject({
    type: 'symlink',
    target: `../../images/${image().digest.slice(7, 23)}`,
  });
  expect(at(tree, 'etc').mode).toBe(0o750);
  expect(JSON.parse(textAt(tree, 'etc/tskit/boot.json'))).toEqual({
    version: 2,
    volumes: [],
    onboot: [first.plan],
    services: [bundle().plan],
    onshutdown: [],
    panic: 'reboot',
    stopSeconds: 12,
  });
  expect(JSON.parse(textAt(tree, 'containers/services/web/runtime.json'))).toEqual(bundle().runtime);
});

test('rlimits are written with all their digits', async () => {
  const made = bundle({ rlimits: ['nofile,1024,unlimited'] });
  const tree = await bundleTree(
    { volumes: [], onboot: [], onshutdown: [], services: [made] },
    directory(epoch),
    epoch,
  ).load();
  expect(textAt(tree, 'containers/services/web/config.json')).toContain('"hard": 18446744073709551615');
});

test('the plan says of which config.json the integers need a reader that keeps their digits', () => {
  expect(bundle({ rlimits: ['nofile,1024,unlimited'] }).plan.bigIntegers).toBe(true);
  expect(bundle({ rlimits: ['nofile,1024,4096'] }).plan.bigIntegers).toBeUndefined();
});

test('the key changes with any setting of any entry, and with nothing else', () => {
  const key = (entry: Partial<ImageSpec>) =>
    bundleTree({ volumes: [], onboot: [], onshutdown: [], services: [bundle(entry)] }, directory(epoch), epoch).key;
  expect(key({})).toBe(key({}));
  const all = [key({}), key({ readonly: true }), key({ rlimits: ['nofile,1,2'] }), key({ restart: 'always' })];
  expect(new Set(all).size).toBe(all.length);
});

describe('a service of a pod', () => {
  const labelled = (label: string): FlattenedImage =>
    image({ Cmd: ['/s'], Labels: { 'org.mobyproject.config': label } });

  test('joins the namespaces that init makes for the pod, whatever its label says', () => {
    const { plan, config } = bundle({ pod: 'shop' }, labelled('{"net": "new", "uts": "new", "hostname": "x"}'));
    expect(plan.pod).toBe('shop');
    expect(config.hostname).toBeUndefined();
    expect(config.linux?.namespaces).toEqual([
      { type: 'network', path: '/run/tskit/pods/shop/net' },
      { type: 'ipc', path: '/run/tskit/pods/shop/ipc' },
      { type: 'uts', path: '/run/tskit/pods/shop/uts' },
      { type: 'pid' },
      { type: 'mount' },
    ]);
  });

  test('shares processes with others of it where it says so', () => {
    const { plan, config } = bundle({ pod: 'shop', pid: 'pod' });
    expect(plan).toMatchObject({ pod: 'shop', sharesProcesses: true });
    expect(config.linux?.namespaces).toContainEqual({ type: 'pid', path: '/run/tskit/pods/shop/pid' });
    expect(bundle({ pod: 'shop', pid: 'host' }).plan.sharesProcesses).toBeUndefined();
  });

  test('is what one that shares its processes has to be, also where the label says that', () => {
    expect(() => bundle({}, labelled('{"pid": "pod"}'))).toThrow(/pid "pod": expected an entry with a pod, found none/);
  });

  test('cannot have a user namespace', () => {
    const from = labelled('{"userns": "new", "uidMappings": [{"size": 1}], "gidMappings": [{"size": 1}]}');
    expect(() => bundle({ pod: 'shop' }, from)).toThrow(/pod "shop": expected no user namespace, found userns "new"/);
  });
});

test('secrets, logging and critical come from entry, label and spec', () => {
  const from = image({ Cmd: ['/s'], Labels: { 'org.mobyproject.config': '{"secrets": ["token"], "critical": true}' } });
  const known = { ...context, secrets: { token: { file: '/run/token' } } };
  const entry = { name: 'web', image: 'example.com/web', logging: { driver: 'kmsg' } } as const;
  expect(makeBundle('services', 0, entry, from, known).plan).toMatchObject({
    critical: true,
    log: { driver: 'kmsg' },
    secrets: [{ name: 'token', path: '/run/secrets/token' }],
  });
  // What runs once is not watched.
  expect(makeBundle('onboot', 0, entry, from, known).plan.critical).toBe(false);
  expect(() => makeBundle('services', 0, entry, from, context)).toThrow(
    /services\[0\] "web".*expected the name of a secret of the spec, found "token"/,
  );
});
