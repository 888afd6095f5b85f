// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliResult, runTskit } from '../support/cli.ts';
import { type Tree, umociImage } from '../support/images.ts';
import { extractInitrd } from '../support/initrd-parts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Two systems of umoci's images whose differences are known, since the test makes them.

const folder = temporaryFolder();
const layout = join(folder.path, 'images');
const cache = join(folder.path, 'cache');

const status = (version: string, more = ''): string =>
  `Package: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n${more}`;

/** Text that does not compress well: parts of an initrd that are large are remembered. */
const large = Array.from({ length: 12_000 }, (_, index) => hash('sha256', String(index), 'base64')).join('');

const common: Tree = {
  'usr/bin/server': large,
  'etc/same': 'same',
  'etc/server.conf': 'port 80',
  'var/lib/dpkg/status': status('1.22', '\nPackage: gone\nStatus: install ok installed\nVersion: 1\n'),
};

const before = `kernel:
  image: oci:images:kernel
  cmdline: console=ttyS0 quiet root="a b" quiet
  tar: none
onboot:
  - name: one
    image: oci:images:tool
    command: [/tool]
  - name: two
    image: oci:images:tool
    command: [/tool]
services:
  - name: web
    image: oci:images:web
    capabilities: [CAP_CHOWN, CAP_KILL]
    binds: [/etc/a:/etc/a, /etc/b:/etc/b:ro]
    env: [A=1, B=2]
    sysctl: {net.ipv4.ip_forward: "0"}
  - name: left
    image: oci:images:tool
    command: [/left]
files:
  - {path: /etc/motd, mode: "0644", contents: welcome}
  - {path: /etc/gone, mode: "0644", contents: gone}
`;

const after = `kernel:
  image: oci:images:kernel-new
  cmdline: console=ttyS0 debug root="a b" quiet
  tar: none
onboot:
  - name: two
    image: oci:images:tool
    command: [/tool]
  - name: one
    image: oci:images:tool
    command: [/tool]
services:
  - name: web
    image: oci:images:web-new
    capabilities: [CAP_CHOWN, CAP_NET_ADMIN]
    binds: [/etc/a:/etc/a, /etc/b:/etc/c:ro]
    env: [A=2, B=2]
    uid: 33
    sysctl: {net.ipv4.ip_forward: "1"}
    maskedPaths: []
    readonlyPaths: []
    seccomp: unconfined
  - name: right
    image: oci:images:tool
    command: [/right]
files:
  - {path: /etc/motd, mode: "0600", contents: welcome}
  - {path: /etc/added, mode: "0644", contents: added}
`;

beforeAll(async () => {
  await umociImage(layout, 'kernel', { layers: [{ kernel: 'a kernel' }] });
  await umociImage(layout, 'kernel-new', { layers: [{ kernel: 'another kernel' }] });
  await umociImage(layout, 'tool', { layers: [{ tool: 'tool', left: 'l', right: 'r' }] });
  await umociImage(layout, 'web', { layers: [{ ...common, 'etc/old': 'old' }], entrypoint: ['/usr/bin/server'] });
  const changed = {
    'etc/server.conf': 'port 81',
    'etc/new': { link: 'same' },
    'var/lib/dpkg/status': status('1.23', '\nPackage: come\nStatus: install ok installed\nVersion: 5\n'),
  };
  // Not a layer more, but other layers altogether: what is the same is known by its content alone.
  await umociImage(layout, 'web-new', { layers: [{ ...common, ...changed }], entrypoint: ['/usr/bin/server'] });
  writeFileSync(join(folder.path, 'a.yml'), before);
  writeFileSync(join(folder.path, 'b.yml'), after);
  for (const name of ['a', 'b']) {
    const args = [
      'build',
      '--cache',
      cache,
      '--dir',
      folder.path,
      '--format',
      'kernel+initrd,tar',
      join(folder.path, `${name}.yml`),
    ];
    const built = await runTskit(args);
    if (built.exitCode !== 0) throw new Error(built.stderr);
  }
}, 120_000);
afterAll(() => folder[Symbol.dispose]());

function diff(...args: readonly string[]): Promise<CliResult> {
  return runTskit(['diff', '--cache', cache, ...args], { cwd: folder.path });
}

interface Found {
  readonly different: boolean;
  readonly before: { readonly totals: { readonly files: number; readonly bytes: number } };
  readonly after: { readonly totals: { readonly files: number; readonly bytes: number } };
  readonly kernel?: object;
  readonly cmdline?: object;
  readonly containers: readonly {
    readonly name: string;
    readonly change: string;
    readonly terms: readonly { readonly setting: string; readonly key: string }[];
  }[];
  readonly order: readonly object[];
  readonly packages: readonly object[];
  readonly files: readonly { readonly path: string; readonly change: string; readonly what: readonly string[] }[];
}

async function found(...args: readonly string[]): Promise<Found> {
  const { exitCode, stdout, stderr } = await diff('--json', ...args);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Found;
}

/** Without what only some kinds of systems tell. */
function comparable(diff: Found): object {
  return { ...diff, before: diff.before.totals, after: diff.after.totals, kernel: diff.kernel !== undefined };
}

describe('two specs', () => {
  test('differ in kernel and command line, word by word', async () => {
    const { kernel, cmdline } = await found('a.yml', 'b.yml');
    expect(kernel).toMatchObject({
      before: { image: 'oci:images:kernel', size: 8 },
      after: { image: 'oci:images:kernel-new', size: 14 },
    });
    // One of two equal words went.
    expect(cmdline).toEqual({ removed: ['quiet'], added: ['debug'], reordered: false });
  });

  test('differ in containers that came, went, changed and run in another order', async () => {
    const { containers, order } = await found('a.yml', 'b.yml');
    expect(containers.map(({ name, change }) => `${name} ${change}`).sort()).toEqual([
      'left removed',
      'right added',
      'web changed',
    ]);
    expect(order).toEqual([{ section: 'onboot', before: ['one', 'two'], after: ['two', 'one'] }]);
  });

  test('differ in the settings that were changed, and in no other', async () => {
    const { containers } = await found('a.yml', 'b.yml');
    const terms = containers.find(({ name }) => name === 'web')?.terms ?? [];
    const changes = terms.filter(({ setting }) => !/^(seccomp|maskedPaths|readonlyPaths)$/.test(setting));
    expect(changes).toEqual([
      { setting: 'binds', key: '/etc/b', before: '/etc/b ro,rbind' },
      { setting: 'binds', key: '/etc/c', after: '/etc/b ro,rbind' },
      { setting: 'capabilities', key: 'CAP_KILL', before: '' },
      { setting: 'capabilities', key: 'CAP_NET_ADMIN', after: '' },
      { setting: 'env', key: 'A', before: '1', after: '2' },
      { setting: 'image', key: '', before: 'oci:images:web', after: 'oci:images:web-new' },
      {
        setting: 'image',
        key: 'digest',
        before: expect.stringMatching(/^sha256:/),
        after: expect.stringMatching(/^sha256:/),
      },
      { setting: 'sysctl', key: 'net.ipv4.ip_forward', before: '0', after: '1' },
      { setting: 'uid', key: '', before: '0', after: '33' },
    ]);
    expect(new Set(terms.map(({ setting }) => setting))).toContain('seccomp');
  });

  test('differ in packages of an image, by its own database', async () => {
    expect((await found('a.yml', 'b.yml')).packages).toEqual([
      { where: 'web:', name: 'come', after: '5' },
      { where: 'web:', name: 'gone', before: '1' },
      { where: 'web:', name: 'nginx', before: '1.22', after: '1.23' },
    ]);
  });

  test('differ in exactly the files that GNU diff finds in the unpacked initrds', async () => {
    const { files } = await found('a.yml', 'b.yml');
    const named = files.map(
      ({ path, change, what }) => `${path} ${change}${what.length === 0 ? '' : ` ${what.join(', ')}`}`,
    );
    expect(named).toEqual([
      '/etc/added added',
      '/etc/gone removed',
      '/etc/motd changed mode 0644 -> 0600',
      'web:/etc/new added',
      'web:/etc/old removed',
      'web:/etc/server.conf changed content',
      'web:/var/lib/dpkg/status changed content',
    ]);
    const folders = ['a', 'b'].map((name) => {
      const root = join(folder.path, `root-${name}`);
      extractInitrd(join(folder.path, `${name}-initrd.img`), root);
      const image = (
        JSON.parse(readFileSync(join(root, 'containers/services/web/runtime.json'), 'utf8')) as {
          mounts: { options?: string[] }[];
        }
      ).mounts
        .flatMap(({ options = [] }) => options)
        .find((option) => option.startsWith('lowerdir='));
      return { root, image: join(root, image?.slice('lowerdir='.length) ?? '') };
    });
    const judge = (left: string, right: string): readonly string[] => {
      try {
        return execFileSync('diff', ['-rq', '--no-dereference', left, right], { encoding: 'utf8' })
          .split('\n')
          .filter(Boolean);
      } catch (error) {
        return (error as { stdout: string }).stdout.split('\n').filter(Boolean);
      }
    };
    const [left, right] = folders;
    const inImages = judge(left?.image ?? '', right?.image ?? '');
    expect(inImages).toHaveLength(files.filter(({ path }) => path.startsWith('web:')).length);
    const inEtc = judge(`${left?.root}/etc`, `${right?.root}/etc`).filter(
      (line) => !line.endsWith(': tskit') && !line.includes('/etc/tskit'),
    );
    // GNU diff does not look at modes.
    expect(inEtc).toHaveLength(
      files.filter(({ path, what }) => path.startsWith('/etc') && !what.some((each) => each.startsWith('mode'))).length,
    );
  });
});

test('volumes that came, went and hold another image are said', async () => {
  const volumes = (first: string, second: string): string =>
    `volumes:\n  - {name: kept, image: oci:images:${first}}\n  - {name: ${second}}\n`;
  writeFileSync(join(folder.path, 'e.yml'), before + volumes('web', 'left'));
  writeFileSync(join(folder.path, 'f.yml'), before + volumes('tool', 'right'));
  const { containers } = await found('e.yml', 'f.yml');
  expect(containers.map(({ name, change }) => `${name} ${change}`).sort()).toEqual([
    'kept changed',
    'left removed',
    'right added',
  ]);
});

describe('whatever a system is read from', () => {
  test.each([
    ['a.yml', 'a'],
    ['a', 'a.yml'],
    ['a', 'a.tar'],
    ['a.yml', 'a.tar'],
    ['b-kernel', 'b'],
    ['a-initrd.img', 'a.yml'],
  ])('%s and %s are the same system', async (left, right) => {
    const { exitCode, stdout } = await diff('--exit-code', left, right);
    expect(stdout).toContain('no difference');
    expect(exitCode).toBe(0);
  });

  test('the same differences are found', async () => {
    const specs = comparable(await found('a.yml', 'b.yml'));
    expect(comparable(await found('a', 'b'))).toEqual(specs);
    expect(comparable(await found('a.tar', 'b.tar'))).toEqual(specs);
    expect(comparable(await found('a.yml', 'b'))).toEqual(specs);
    expect(comparable(await found('a', 'b.tar'))).toEqual(specs);
  });

  test('a cache that knows nothing gives the same, and so does what it then knows', async () => {
    const empty = join(folder.path, 'empty-cache');
    const specs = comparable(await found('a.yml', 'b.yml'));
    for (const what of ['reads', 'remembers']) {
      const { stdout } = await runTskit(['diff', '--json', '--cache', empty, 'a', 'b'], { cwd: folder.path });
      expect(comparable(JSON.parse(stdout) as Found), what).toEqual(specs);
    }
    expect(readdirSync(join(empty, 'facts'))).not.toEqual([]);
  });
});

describe('an initrd of other tools', () => {
  /** GNU cpio's archive of a tree. */
  function archive(tree: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): Buffer {
    const root = join(folder.path, 'tree');
    rmSync(root, { recursive: true, force: true });
    for (const [path, content] of Object.entries(tree)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), content);
      chmodSync(join(root, path), 0o644);
    }
    for (const [path, target] of Object.entries(links)) {
      rmSync(join(root, path));
      linkSync(join(root, target), join(root, path));
    }
    const input = execFileSync('find', ['.', '-mindepth', '1'], { cwd: root });
    return execFileSync('cpio', ['--create', '--format=newc', '--quiet'], { cwd: root, input });
  }

  const microcode = { 'kernel/x86/microcode/GenuineIntel.bin': 'm'.repeat(3000) };
  const system = { 'etc/hosts': 'h', 'bin/sh': 's'.repeat(9000) };

  test.each([
    ['gzip', (data: Buffer) => gzipSync(data)],
    ['zstd', (data: Buffer) => zstdCompressSync(data)],
    ['nothing', (data: Buffer) => data],
  ])('is read with microcode before it, compressed with %s', async (_, compress) => {
    const image = join(folder.path, 'other.img');
    const plain = join(folder.path, 'plain.img');
    writeFileSync(image, Buffer.concat([archive(microcode), Buffer.alloc(512), compress(archive(system))]));
    writeFileSync(plain, archive({ ...microcode, ...system, 'etc/hosts': 'H' }));
    const { files } = await found('other.img', 'plain.img');
    expect(files).toMatchObject([{ path: '/etc/hosts', change: 'changed', what: ['content'] }]);
  });

  test('has the content of hard links once, and it is the content of each', async () => {
    const tree = { 'bin/busybox': 'b'.repeat(5000), 'bin/sh': 'b'.repeat(5000) };
    const copies = archive(tree);
    const links = archive(tree, { 'bin/sh': 'bin/busybox' });
    expect(links.length).toBeLessThan(copies.length - 4000);
    writeFileSync(join(folder.path, 'copies.img'), copies);
    writeFileSync(join(folder.path, 'links.img'), links);
    expect(await found('links.img', 'copies.img')).toMatchObject({ different: false });
  });

  test('may have several archives, of which the last has the word', async () => {
    const several = [gzipSync(archive(system)), Buffer.alloc(16), zstdCompressSync(archive({ 'etc/hosts': 'later' }))];
    writeFileSync(join(folder.path, 'several.img'), Buffer.concat(several));
    writeFileSync(join(folder.path, 'one.img'), gzipSync(archive({ ...system, 'etc/hosts': 'later' })));
    expect(await found('several.img', 'one.img')).toMatchObject({ different: false });
  });

  test.each([
    ['xz', Buffer.from('fd377a585a000000', 'hex'), 'xz, which is not read here'],
    ['text', Buffer.from('hello world'), 'found the bytes 68656c6c6f20'],
    ['cut', 'cut', 'ends'],
  ])('that is %s is refused, naming it', async (name, content, message) => {
    const data =
      content === 'cut' ? readFileSync(join(folder.path, 'a-initrd.img')).subarray(0, 5000) : (content as Buffer);
    writeFileSync(join(folder.path, 'odd.img'), data);
    const { exitCode, stderr } = await diff('odd.img', 'a');
    expect(exitCode).toBe(1);
    expect(stderr, name).toContain('"odd.img"');
    expect(stderr).toContain(message);
  });
});

describe('the output', () => {
  test('ends with 0, and with 1 for differences when that is asked for', async () => {
    expect((await diff('a', 'b')).exitCode).toBe(0);
    expect((await diff('--exit-code', 'a', 'b')).exitCode).toBe(1);
  });

  test('as text has a section for each part', async () => {
    const { stdout } = await diff('a.yml', 'b.yml');
    for (const part of ['kernel', 'command line', 'onboot', 'services', 'packages', 'files', 'unpacked size']) {
      expect(stdout).toMatch(new RegExp(`^${part}  `, 'm'));
    }
    expect(stdout).toContain('~ order: one, two -> two, one');
    expect(stdout).toContain('+ capabilities CAP_NET_ADMIN');
    expect(stdout).toContain('- capabilities CAP_KILL');
    expect(stdout).toContain('~ web: nginx 1.22 -> 1.23');
  });

  test('as Markdown is a table with a row a part, and details of each', async () => {
    const { stdout } = await diff('--markdown', 'a.yml', 'b.yml');
    const rows = stdout.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.map((row) => row.split(' | ')[0])).toEqual(
      ['part', 'kernel', 'command line', 'onboot', 'services', 'packages', 'files', 'unpacked size'].map(
        (part) => `| ${part}`,
      ),
    );
    expect(stdout.match(/<details>/g)).toHaveLength(6);
    expect(stdout.match(/<\/details>/g)).toHaveLength(6);
    expect(stdout).toContain('+     capabilities CAP_NET_ADMIN');
    expect(stdout).toMatch(/\n```diff\n! web: nginx|\n- web: gone 1/);
  });

  test('counts folders when many files differ, and names all of them when asked to', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 90 }, (_, index) => [`usr/share/doc/${index % 3}/${index}`, 'x']),
    );
    await umociImage(layout, 'many', { layers: [{ ...common, ...many }], entrypoint: ['/usr/bin/server'] });
    writeFileSync(join(folder.path, 'c.yml'), before.replace('oci:images:web', 'oci:images:many'));
    const short = (await diff('a.yml', 'c.yml')).stdout;
    expect(short).toContain('+ web:/usr/share/doc/0/  30 added, +30 B');
    const long = (await diff('--files', 'a.yml', 'c.yml')).stdout;
    for (const path of Object.keys(many)) expect(long).toContain(`+ web:/${path}  1 B`);
  });

  test.each([
    [['a'], 'expected two systems, found only "a"'],
    [['a', 'b', 'c'], 'found also "c"'],
    [['--json', '--markdown', 'a', 'b'], '--json and --markdown: expected one of them, found both'],
  ])('of %j says what is wrong', async (args, message) => {
    const { exitCode, stderr } = await diff(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test('of what is not there says what could be', async () => {
    const { exitCode, stderr } = await diff('a', 'nothing');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'comparing "nothing": expected a spec, the name of a build, an initrd or a tar, found ENOENT',
    );
  });
});

test('names of strangers cannot break out of the Markdown', async () => {
  const name = 'etc/`|</details>@x';
  await umociImage(layout, 'odd', {
    layers: [{ ...common, 'etc/old': 'old', [name.replace('/details', '')]: 'x' }],
    entrypoint: ['/usr/bin/server'],
  });
  copyFileSync(join(folder.path, 'a.yml'), join(folder.path, 'd.yml'));
  writeFileSync(join(folder.path, 'd.yml'), before.replace('oci:images:web', 'oci:images:odd'));
  const { stdout } = await diff('--markdown', 'a.yml', 'd.yml');
  const row = stdout.split('\n').find((line) => line.startsWith('| files'));
  expect(row?.replaceAll('\\|', '').split('|')).toHaveLength(4);
  expect(row).not.toMatch(/<\/?details|@x|`/);
});
