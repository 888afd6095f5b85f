// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTskit } from '../support/cli.ts';
import { umociImage } from '../support/images.ts';
import { extractInitrd } from '../support/initrd-parts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// One system of umoci's images, built once. Each claim about it is checked against another source: the layers' tars as GNU
// tar lists them, umoci's own root, the initrd as GNU cpio unpacks it, the lines of the spec.

const folder = temporaryFolder();
const layout = join(folder.path, 'images');
const spec = join(folder.path, 'os.yml');
const cache = join(folder.path, 'cache');
const root = join(folder.path, 'root');

const text = `kernel:
  image: oci:images:kernel
  cmdline: console=ttyS0 quiet
  tar: none
init:
  - oci:images:base
  - oci:images:more
onboot:
  - name: setup
    image: oci:images:web
    command: [/bin/setup]
services:
  - name: web
    image: oci:images:web
    capabilities.add:
      - CAP_KILL
    binds.add:
      - /etc/motd:/etc/motd:ro
    env: [B=2]
  - name: other.name
    image: oci:images:other
    binds: ["pages:/pages"]
volumes:
  - name: pages
    image: oci:images:web
files:
  - path: /etc/motd
    contents: first
  - path: /etc/motd
    mode: "0644"
    contents: welcome
`;

beforeAll(async () => {
  await umociImage(layout, 'kernel', { layers: [{ kernel: 'a kernel' }] });
  await umociImage(layout, 'base', { layers: [{ 'etc/base': 'base', 'etc/both': 'of base', 'etc/hosts': 'its own' }] });
  await umociImage(layout, 'more', { layers: [{ 'etc/both': 'of more', 'usr/lib/x': 'x', lib: { link: 'usr/lib' } }] });
  const label = JSON.stringify({ capabilities: ['CAP_CHOWN'], binds: ['/run:/run'], readonly: true });
  await umociImage(layout, 'web', {
    layers: [
      {
        'usr/bin/server': 'old',
        'etc/old.conf': 'o',
        'srv/a': 'a',
        'srv/sub/b': 'b',
        bin: { link: 'usr/bin' },
        'run/x': '',
      },
      { 'usr/bin/server': 'a newer server', 'etc/new.conf': 'n' },
      { 'var/data': 'd'.repeat(5000) },
    ],
    entrypoint: ['/usr/bin/server'],
    environment: { A: '1' },
    labels: { 'org.mobyproject.config': label },
  });
  // A layer that removes: umoci writes the whiteouts.
  execFileSync('umoci', ['insert', '--image', `${layout}:web`, '--whiteout', '/etc/old.conf']);
  execFileSync('umoci', ['insert', '--image', `${layout}:web`, '--whiteout', '/srv/sub']);
  const passwd = 'root:x:0:0::/:\ndaemon:x:7:8::/:\n';
  await umociImage(layout, 'other', {
    layers: [{ 'bin/other': 'other', 'etc/passwd': passwd }],
    entrypoint: ['/bin/other'],
  });
  execFileSync('umoci', ['config', '--image', `${layout}:other`, '--config.user', 'daemon']);
  writeFileSync(spec, text);
  const built = await runTskit(['build', '--cache', cache, '--dir', folder.path, spec]);
  if (built.exitCode !== 0) throw new Error(built.stderr);
  extractInitrd(join(folder.path, 'os-initrd.img'), root);
}, 120_000);
afterAll(() => folder[Symbol.dispose]());

async function explain(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runTskit(['explain', '--cache', cache, ...args], { cwd: folder.path });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

async function explained<T>(path: string): Promise<T> {
  return JSON.parse(await explain('--json', 'os.yml', path)) as T;
}

interface Explained {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly sha256: string;
  readonly mode: string;
  readonly target?: string;
  readonly leadsTo?: string;
  readonly links: readonly unknown[];
  readonly origin: {
    readonly kind: string;
    readonly reason?: string;
    readonly reference?: string;
    readonly entry?: string;
    readonly place?: { readonly line: number };
    readonly layer?: { readonly number: number; readonly digest: string; readonly createdBy?: string };
    readonly named?: readonly { readonly entry: string; readonly place: { readonly line: number } }[];
  };
  readonly others: readonly { readonly what: string; readonly act: string; readonly size?: number }[];
}

/** What GNU tar lists in each layer of an image, by the layer's digest, lowest first. */
function layersOf(tag: string): readonly { readonly digest: string; readonly paths: readonly string[] }[] {
  const blob = (digest: string): string => join(layout, 'blobs', digest.replace(':', '/'));
  const inspected = JSON.parse(
    execFileSync('skopeo', ['inspect', '--raw', `oci:${layout}:${tag}`], { encoding: 'utf8' }),
  ) as { layers: readonly { digest: string }[] };
  return inspected.layers.map(({ digest }) => ({
    digest,
    // umoci ends archives of whiteouts early, which GNU tar mentions after it has listed them.
    paths: spawnSync('tar', ['-tzf', blob(digest)], { encoding: 'utf8' })
      .stdout.split('\n')
      .map((path) => path.replace(/^\.?\//, '').replace(/\/$/, '')),
  }));
}

/** The line of the spec that begins so; `nth` counts from 0. */
function lineOf(start: string, nth = 0): number {
  const lines = text.split('\n').flatMap((line, index) => (line.trim().startsWith(start) ? [index + 1] : []));
  return lines[nth] ?? -1;
}

describe('a file of an image', () => {
  test.each(['usr/bin/server', 'etc/new.conf', 'var/data', 'srv/a'])(
    'web:/%s comes from the last layer that GNU tar finds it in, as it is in the initrd',
    async (path) => {
      const file = await explained<Explained>(`web:/${path}`);
      const layer = layersOf('web').findLast(({ paths }) => paths.includes(path));
      expect(file.origin).toMatchObject({
        kind: 'image',
        reference: 'oci:images:web',
        layer: { digest: layer?.digest },
      });
      const onDisk = join(root, file.path);
      expect(file.size).toBe(lstatSync(onDisk).size);
      expect(file.sha256).toBe(execFileSync('sha256sum', [onDisk], { encoding: 'utf8' }).split(' ')[0]);
      expect(file.mode).toBe((lstatSync(onDisk).mode & 0o7777).toString(8).padStart(4, '0'));
    },
  );

  test('is named in every entry that uses the image, with its line', async () => {
    const { origin } = await explained<Explained>('web:/srv/a');
    expect(origin.named?.map(({ entry, place }) => [entry, place.line])).toEqual([
      ['onboot[0]', lineOf('- name: setup')],
      ['services[0]', lineOf('- name: web')],
      ['volumes[0]', lineOf('- name: pages')],
    ]);
  });

  test("has the image's history of its layer", async () => {
    const { history } = JSON.parse(
      execFileSync('skopeo', ['inspect', '--config', `oci:${layout}:web`], { encoding: 'utf8' }),
    ) as { history: readonly { created_by?: string; empty_layer?: boolean }[] };
    const { origin } = await explained<Explained>('web:/srv/a');
    const lowest = history.find((entry) => entry.empty_layer !== true);
    expect(lowest?.created_by).toBeTypeOf('string');
    expect(origin.layer).toMatchObject({ number: 1, createdBy: lowest?.created_by });
  });

  test('takes the place of what a lower layer has', async () => {
    const { others } = await explained<Explained>('web:/usr/bin/server');
    expect(others).toEqual([{ what: 'layer 1 of 5 of oci:images:web', act: 'has', size: 'old'.length }]);
  });

  test('is found through the links of its own root', async () => {
    const file = await explained<Explained>('web:/bin/server');
    expect(file.path).toMatch(/^\/containers\/images\/[0-9a-f]{16}\/usr\/bin\/server$/);
    expect(file.links).toEqual([{ path: file.path.replace('/usr/bin/server', '/bin'), target: 'usr/bin' }]);
    const below = await explained<Explained>('/containers/services/web/rootfs/usr/bin/server');
    expect(below.path).toBe(file.path);
  });

  test('under a bind of the container says what is seen there', async () => {
    const { exitCode, stderr } = await runTskit(['explain', '--cache', cache, 'os.yml', 'web:/etc/motd'], {
      cwd: folder.path,
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the container sees "/etc/motd" of the system there');
    expect(await explain('os.yml', 'web:/run')).toMatch(/when it runs +the container sees \/run of the system \(label/);
    expect(await explain('os.yml', 'web:/srv/a')).not.toContain('when it runs');
  });

  test('that a layer removes is said to be removed by it', async () => {
    for (const path of ['/etc/old.conf', '/srv/sub/b']) {
      const { exitCode, stderr } = await runTskit(['explain', '--cache', cache, 'os.yml', `web:${path}`], {
        cwd: folder.path,
      });
      const layer = layersOf('web').findIndex(({ paths }) =>
        paths.some((name) => /^(etc\/\.wh\.old|srv\/\.wh\.sub)/.test(name) && name.startsWith(path.slice(1, 4))),
      );
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`that layer ${layer + 1} of oci:images:web removes it`);
    }
  });
});

describe('a file of the root', () => {
  test('of two init images is the later one’s, and says so of the earlier', async () => {
    const file = await explained<Explained>('/etc/both');
    expect(readFileSync(join(root, 'etc/both'), 'utf8')).toBe('of more');
    expect(file.origin).toMatchObject({
      reference: 'oci:images:more',
      named: [{ entry: 'init[1]', place: { line: lineOf('- oci:images:more') } }],
    });
    expect(file.others).toEqual([
      { what: `init image oci:images:base (os.yml:${lineOf('- oci:images:base')})`, act: 'has', size: 7 },
    ]);
  });

  test('of the spec has its line, and the entry that it takes the place of', async () => {
    const file = await explained<Explained>('/etc/motd');
    expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('welcome');
    expect(file.origin).toMatchObject({
      kind: 'spec',
      entry: 'files[1]',
      place: { line: lineOf('- path: /etc/motd', 1) },
    });
    expect(file.others).toEqual([{ what: `files[0] (os.yml:${lineOf('- path: /etc/motd')})`, act: 'has' }]);
  });

  test('that the build makes in place of an image’s names both', async () => {
    const file = await explained<Explained>('/etc/hosts');
    expect(file.origin).toMatchObject({ kind: 'tskit', reason: expect.stringContaining('loopback') });
    expect(file.others).toMatchObject([{ what: expect.stringContaining('oci:images:base'), size: 'its own'.length }]);
  });

  test.each([
    ['/init', 'boots'],
    ['/etc/tskit/boot.json', 'boot plan'],
    ['/containers/services/web/config.json', 'OCI runtime configuration'],
    ['/containers/services/web/seccomp.bpf', 'system calls'],
    ['/containers/images', 'images'],
    ['/run', 'tmpfs'],
  ])('%s is made by tskit, and it says what for', async (path, reason) => {
    expect((await explained<Explained>(path)).origin).toMatchObject({
      kind: 'tskit',
      reason: expect.stringContaining(reason),
    });
  });

  test('that is a link says where it leads', async () => {
    expect(await explained<Explained>('/lib')).toMatchObject({
      type: 'symlink',
      target: 'usr/lib',
      leadsTo: '/usr/lib',
    });
    expect(await explained<Explained>('/lib/x')).toMatchObject({
      path: '/usr/lib/x',
      links: [{ path: '/lib', target: 'usr/lib' }],
    });
  });

  test.each([
    ['/etc/mutd', 'did you mean "/etc/motd"?'],
    ['web:/usr/bin/sevrer', 'did you mean "/usr/bin/server"?'],
    ['/opt/both', 'there is /etc/both'],
    ['/etc/tskit/nothing', '"/etc/tskit" has'],
    ['wep:/x', 'did you mean "web"?'],
    ['wep', 'did you mean "web"?'],
    ['web.capabilites', 'did you mean "capabilities"?'],
    ['web.seccomp.mount', 'a system call without a rule is refused; it has _llseek, '],
    ['web.seccomp.acept', 'a system call without a rule is refused; did you mean "accept"?'],
  ])('%s is not there, and the hint is %s', async (path, hint) => {
    const { exitCode, stderr } = await runTskit(['explain', '--cache', cache, 'os.yml', path], { cwd: folder.path });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`hint: ${hint}`);
  });
});

interface Setting {
  readonly setting: string;
  readonly terms: readonly {
    readonly key: string;
    readonly value: string;
    readonly from: readonly { readonly voice: string; readonly place?: { readonly line: number } }[];
    readonly default?: string;
  }[];
}

async function settings(name: string): Promise<readonly Setting[]> {
  const [container] = await explained<readonly { readonly settings: readonly Setting[] }[]>(name);
  return container?.settings ?? [];
}

describe('a setting', () => {
  test('says of each capability who gives it', async () => {
    const [found] = await settings('web.capabilities');
    expect(found?.terms).toMatchObject([
      { key: 'CAP_CHOWN', from: [{ voice: 'label' }] },
      { key: 'CAP_KILL', from: [{ voice: 'spec', place: { line: lineOf('- CAP_KILL') } }] },
    ]);
    expect(await explain('os.yml', 'services.web.capabilities')).toMatch(
      new RegExp(
        `CAP_CHOWN +label org.mobyproject.config of oci:images:web\n +CAP_KILL +os.yml:${lineOf('- CAP_KILL')}$`,
      ),
    );
  });

  test('replaced by the spec says what is gone', async () => {
    expect(await explain('os.yml', 'web.env')).toContain("without the spec's: A=1");
  });

  test('of a container with a dot in its name is found', async () => {
    expect(await settings('other.name.command')).toMatchObject([
      { terms: [{ value: '["/bin/other"]', from: [{ voice: 'image' }] }] },
    ]);
  });

  test("is the image's USER by its own /etc/passwd", async () => {
    for (const [setting, value] of [
      ['uid', '7'],
      ['gid', '8'],
    ]) {
      const found = await settings(`other.name.${setting}`);
      expect(found).toMatchObject([{ terms: [{ value, from: [{ voice: 'image', path: 'User' }] }] }]);
    }
  });

  test('that binds a volume has the line of the bind', async () => {
    const shown = await explain('os.yml', 'other.name.binds');
    expect(shown).toMatch(new RegExp(`/pages: /containers/volumes/pages/merged .*os.yml:${lineOf('binds: ["pages')}$`));
  });

  test('of the kernel has its line', async () => {
    const found =
      await explained<readonly { readonly setting: string; readonly place?: { readonly line: number } }[]>(
        'kernel.cmdline',
      );
    expect(found).toMatchObject([
      { setting: 'cmdline', value: 'console=ttyS0 quiet', place: { line: lineOf('cmdline:') } },
    ]);
  });

  test('is there for whatever config.json in the initrd says', async () => {
    const config = JSON.parse(readFileSync(join(root, 'containers/services/web/config.json'), 'utf8')) as {
      readonly process: {
        readonly capabilities: { readonly effective: readonly string[] };
        readonly env: readonly string[];
      };
      readonly mounts: readonly { readonly destination: string }[];
    };
    const all = await settings('web');
    const keys = (...names: readonly string[]): readonly string[] =>
      all
        .filter(({ setting }) => names.includes(setting))
        .flatMap(({ terms }) => terms.map(({ key }) => key))
        .sort();
    expect(keys('capabilities')).toEqual(config.process.capabilities.effective.toSorted());
    expect(keys('env')).toEqual(config.process.env.map((variable) => variable.replace(/=.*/, '')).sort());
    expect(keys('mounts', 'binds', 'tmpfs')).toEqual(config.mounts.map(({ destination }) => destination).sort());
    for (const { terms, setting } of all) {
      for (const term of terms)
        expect(term.from.length > 0 || term.default !== undefined, `${setting} ${term.key}`).toBe(true);
    }
  });
});

describe('the overview', () => {
  interface Overview {
    readonly sizes: readonly {
      readonly kind: string;
      readonly name: string;
      readonly files: number;
      readonly bytes: number;
    }[];
    readonly total: { readonly files: number; readonly bytes: number };
    readonly containers: readonly {
      readonly name: string;
      readonly place: { readonly line: number };
      readonly digest: string;
    }[];
  }

  test('counts what du and find count in the unpacked initrd', async () => {
    const overview = JSON.parse(await explain('--json', 'os.yml')) as Overview;
    const count = (path: string): { files: number; bytes: number } => {
      const sizes = execFileSync('find', [path, '!', '-type', 'd', '-printf', '%y %s\n'], {
        cwd: root,
        encoding: 'utf8',
      })
        .split('\n')
        .filter(Boolean);
      const bytes = sizes.filter((line) => line.startsWith('f')).reduce((sum, line) => sum + Number(line.slice(2)), 0);
      return { files: sizes.length, bytes };
    };
    // The initrd's own records are no part of any format.
    const records = ['etc/tskit/complete', 'etc/tskit/unpacked.json'].map(count);
    const all = count('.');
    expect(overview.total).toEqual({
      files: all.files - 2,
      bytes: all.bytes - (records[0]?.bytes ?? 0) - (records[1]?.bytes ?? 0),
    });
    const web = overview.containers.find(({ name }) => name === 'web');
    const images = overview.sizes.filter(({ kind, name }) => kind === 'image' && name === 'oci:images:web');
    // Two containers use it; it is there once.
    expect(images).toMatchObject([count(`containers/images/${web?.digest.slice(7, 23)}`)]);
  });

  test('is one screen with kernel, init, containers and files, each with its line', async () => {
    const shown = await explain('os.yml');
    const line = (start: string, nth?: number): string => `os.yml:${lineOf(start, nth)}`;
    for (const [name, place] of [
      ['oci:images:kernel', line('image: oci:images:kernel')],
      ['oci:images:more', line('- oci:images:more')],
      ['web ', line('- name: web')],
      ['/etc/motd', line('- path: /etc/motd')],
    ] as const) {
      expect(
        shown.split('\n').filter((row) => row.includes(name) && row.includes(place)),
        `${name} at ${place}\n${shown}`,
      ).not.toEqual([]);
    }
    expect(shown).toContain('console=ttyS0 quiet');
    expect(shown).toContain('capabilities CAP_CHOWN CAP_KILL');
    expect(shown).toContain('/etc/motd:/etc/motd:ro');
    expect(shown).not.toContain('\u001b');
  });

  test('works without the network, and does not write beside the spec', async () => {
    mkdirSync(join(folder.path, 'away'), { recursive: true });
    await explain('--offline', spec, '/etc/motd');
    expect(execFileSync('ls', [join(folder.path, 'away')], { encoding: 'utf8' })).toBe('');
  });
});
