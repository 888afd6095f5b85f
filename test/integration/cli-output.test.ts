// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Where the artifacts of a build go, and what the formats that are one stream hold.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatBytes } from '../../src/amounts.ts';
import { Buildah } from '../support/buildah.ts';
import { type CliOptions, type CliResult, runTskit, startTskit, tskit } from '../support/cli.ts';
import { initrdParts } from '../support/initrd-parts.ts';
import { writeImage } from '../support/layer-image.ts';
import { buildIn, digestsIn, type OsWorkplace, osWorkplace, specText } from '../support/os-workplace.ts';
import { rawTar } from '../support/raw-tar.ts';
import { tarEntries } from '../support/tar-entries.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let place: OsWorkplace;
/** The tar of the workplace's spec, which other ways to write it must equal. */
let tar: string;
beforeAll(async () => {
  place = osWorkplace();
  await build(['--format', 'tar', '--dir', place.out]);
  tar = digestsIn(place.out)['os.tar'] ?? '';
});
afterAll(() => place[Symbol.dispose]());

/** A folder of each test's own, to work and write in. */
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function build(args: readonly string[], options: CliOptions & { readonly spec?: string } = {}): Promise<CliResult> {
  const { spec = place.spec, ...others } = options;
  return runTskit(['build', '--cache', place.cache, ...args, spec], others);
}

async function built(args: readonly string[], options: CliOptions & { readonly spec?: string } = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await build(args, { cwd: folder.path, ...options });
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

const noFolder = /^tskit: (?!unexpected).*"\/proc\/none.*no such file or directory/m;

describe('--o', () => {
  test.each([
    ['--o FILE', ['--o', 'here.tar']],
    ['-o FILE', ['-o', 'here.tar']],
    ['-o FILE in a folder to be made', ['-o', 'deep/er/here.tar']],
    ['-o FILE with the format named', ['-o', 'here.tar', '--format', 'tar']],
  ])('%s writes the tar there and says so', async (_, args) => {
    expect(await built(args)).toBe(args[1]);
    expect(digestsIn(join(folder.path, args[1]?.startsWith('deep') ? 'deep/er' : '.'))).toEqual({ 'here.tar': tar });
  });

  test('- is standard output and nothing else is on it', async () => {
    const { stdout, stderr, exitCode } = await execa(tskit, ['build', '--cache', place.cache, '-o', '-', place.spec], {
      cwd: folder.path,
      encoding: 'buffer',
      maxBuffer: 1 << 28,
    });
    writeFileSync(join(folder.path, 'got'), stdout);
    expect({ exitCode, ...digestsIn(folder.path) }).toEqual({ exitCode: 0, got: tar });
    expect(Buffer.from(stderr).toString()).toContain('packing oci:web');
    const { size } = statSync(join(folder.path, 'got'));
    expect(Buffer.from(stderr).toString()).toContain(`\n${formatBytes(size)} streamed, in `);
  });

  test('a folder for it that cannot be made is an error', async () => {
    const { exitCode, stderr } = await build(['--dir', '/proc/none/at/all'], { limitMs: 60_000 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(noFolder) });
  });

  test('a cache that cannot be made is an error', async () => {
    writeFileSync(join(folder.path, 'os.yml'), 'kernel: { image: pkg:busybox }\n');
    const args = ['build', '--cache', '/proc/none/at/all', '--offline', 'os.yml'];
    const { exitCode, stderr } = await runTskit(args, { cwd: folder.path, limitMs: 60_000 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(noFolder) });
  });

  test('- into a file', async () => {
    await shell('"$0" build --cache "$1" -o - "$2" > got');
    expect(digestsIn(folder.path)).toEqual({ got: tar });
  });

  test('a named pipe and a device are written to and not replaced', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    await shell('sha256sum < pipe > digest & "$0" build --cache "$1" -o pipe "$2"; wait');
    expect(readFileSync(join(folder.path, 'digest'), 'utf8')).toBe(`${tar}  -\n`);
    await built(['-o', '/dev/null']);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a reader that goes away early is a failure, since what it got is no artifact', async () => {
    const { stdout } = await shell(
      'set -o pipefail; "$0" build --cache "$1" -o - "$2" 2>err | head -c 10 >got; echo $?',
    );
    expect(stdout).toBe('1');
    expect(readFileSync(join(folder.path, 'err'), 'utf8')).toMatch(
      /^tskit: writing standard output: whoever reads it went away before its end \(EPIPE\)$/m,
    );
  });

  test('an output that is full is a failure that says so', async () => {
    const { stdout } = await shell('"$0" build --cache "$1" -o - "$2" 2>err >/dev/full; echo $?');
    expect(stdout).toBe('1');
    expect(readFileSync(join(folder.path, 'err'), 'utf8')).toMatch(
      /standard output: no space left on the device \(ENOSPC\)/,
    );
  });

  test('Ctrl-C ends a build that waits for somebody to read a named pipe', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    const args = ['build', '--cache', join(folder.path, 'cache'), '-o', 'pipe', place.spec];
    const running = startTskit(args, { cwd: folder.path });
    // All that happens before the pipe is opened.
    await until('the facts are known', () => existsSync(join(folder.path, 'cache/facts'))).finally(() =>
      running.kill('SIGINT'),
    );
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tskit: interrupted by SIGINT$/m);
  });

  test('Ctrl-C ends a build whose reader does not read, with one message', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    const script = `exec 3<>pipe; exec "$0" build --cache "$1" -o - "$2" >pipe`;
    const running = startTskit([place.cache, place.spec], {
      cwd: folder.path,
      through: ['bash', '-c', script],
    });
    // Half of what a pipe holds; all that a build of this size writes elsewhere is less.
    await until('the build waits for its reader', () => bytesWritten(running.pid) >= 32_768).finally(() =>
      running.kill('SIGINT'),
    );
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tskit: interrupted by SIGINT$/m);
  });

  test('a file that cannot be written leaves what is there and nothing of its own', async () => {
    mkdirSync(join(folder.path, 'here.tar'));
    const { exitCode, stderr } = await build(['-o', 'here.tar'], { cwd: folder.path });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^tskit: writing "here\.tar": a directory has this name \(EISDIR\)$/m);
    expect(readdirSync(folder.path)).toEqual(['here.tar']);
  });

  function shell(script: string): Promise<{ stdout: string }> {
    return execa('bash', ['-c', script, tskit, place.cache, place.spec], { cwd: folder.path, reject: false });
  }
});

/** Bytes that a process has written so far, wherever. */
function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
}

describe('what contradicts itself is refused before anything is read', () => {
  test.each<[string, readonly string[], RegExp]>([
    [
      '--o with a format of several files',
      ['-o', 'x', '-f', 'kernel+initrd'],
      /--o: expected one format of "tar", "docker", .*, found "kernel\+initrd"/,
    ],
    ['--o with two formats', ['-o', 'x', '-f', 'tar,docker'], /--o: expected one format of .*, found "tar", "docker"/],
    ['--o with --name', ['-o', 'x', '--name', 'y'], /--o and --name: expected one of them, found both/],
    ['--o with --dir', ['-o', 'x', '--dir', 'y'], /--o and --dir: expected one of them, found both/],
    ['--o - with --json', ['-o', '-', '--json'], /--o - and --json: expected one of them on standard output/],
    ['--input-tar with --pull', ['--input-tar', 'x.tar', '--pull'], /--input-tar and --pull: expected one of them/],
    [
      '--input-tar of nothing',
      ['--input-tar', 'x.tar'],
      /--input-tar "x\.tar": expected the tar of an earlier build, found no such file/,
    ],
    ['a size that is none', ['--size', '10T'], /--size: expected a size such as "1024M" or "2G", found "10T"/],
    ['a size of nothing', ['--size', '0'], /--size: expected a size/],
    [
      'images of a Docker daemon',
      ['--docker'],
      /--docker: .*\nhint: save the image with `docker save .*docker-archive:/,
    ],
    ['an empty format', ['--format', 'tar,'], /--format: "" is no format/],
  ])('%s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await build(args, { spec: 'not-there.yml', cwd: folder.path });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test.each([
    ['-o', ['-o', 'os.yml'], 'os.yml'],
    ['-o by another path', ['-o', './os.yml'], 'os.yml'],
    ['a name and a suffix', ['--name', 'os', '-f', 'tar'], 'os.tar'],
  ])('%s that would write over a spec, which stays as it is', async (_, args, name) => {
    const spec = join(folder.path, name);
    writeFileSync(spec, 'init: []\n');
    const { exitCode, stderr } = await build(args, { spec: name, cwd: folder.path });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`expected another file than a spec to write, found the spec "${name}"`);
    expect(readFileSync(spec, 'utf8')).toBe('init: []\n');
  });

  test('- at a terminal', async () => {
    const words = [tskit, 'build', '-o', '-', 'not-there.yml'];
    const { stdout } = await execa('script', ['-qec', words.join(' '), '/dev/null'], {
      reject: false,
      cwd: folder.path,
    });
    expect(stdout).toContain('--o -: expected a pipe or a file for standard output, found a terminal');
  });
});

describe('flags that LinuxKit users have in their scripts', () => {
  test('are taken, together too', async () => {
    const args = ['--no-sbom', '--sbom-output', 'x.json', '--size', '512M', '-f', 'tar', '--arch', 'amd64'];
    const { exitCode } = await build(args, { cwd: folder.path });
    expect(exitCode).toBe(0);
    expect(digestsIn(folder.path)).toEqual({ 'os.tar': tar });
  });

  test('the name is the spec’s without its ending, whatever that is', async () => {
    for (const name of ['my.os.yaml', 'other.txt', 'plain']) {
      const spec = join(place.path, name);
      writeFileSync(spec, specText('oci:web'));
      await built(['--format', 'tar'], { spec });
    }
    expect(readdirSync(folder.path).sort()).toEqual(['my.os.tar', 'other.tar', 'plain.tar']);
  });

  test('formats are listed with commas or repeated, and tar may be one of several', async () => {
    await built(['-f', 'tar,kernel+initrd', '--format', 'tar-kernel-initrd', '--format', 'docker']);
    const names = ['os-cmdline', 'os-initrd.img', 'os-initrd.tar', 'os-kernel', 'os.docker', 'os.tar'];
    expect(readdirSync(folder.path).sort()).toEqual(names);
    expect(digestsIn(folder.path)['os.tar']).toBe(tar);
  });
});

test('every entry of a tar and of a Docker context has both of LinuxKit’s records', async () => {
  await built(['-f', 'tar,docker']);
  for (const name of ['os.tar', 'os.docker']) {
    const entries = await tarEntries(join(folder.path, name));
    expect(entries.length).toBeGreaterThan(30);
    const without = entries.filter(
      ({ records }) =>
        !records['LINUXKIT.source'] ||
        !/^(kernel|init|(services|files)\[\d\])$/.test(records['LINUXKIT.location'] ?? ''),
    );
    expect(without).toEqual([]);
  }
});

test('every entry that a folder or a glob brings has the records of its entry of files', async () => {
  for (const name of ['opt/app', 'etc']) mkdirSync(join(place.path, 'tree', name), { recursive: true });
  for (const name of ['opt/app/run', 'etc/app.conf']) writeFileSync(join(place.path, 'tree', name), name);
  symlinkSync('run', join(place.path, 'tree/opt/app/link'));
  const spec = join(place.path, 'tree.yml');
  const files = '  - {path: /, source: tree}\n  - {path: /srv, source: "tree/**/r*"}\n';
  writeFileSync(spec, `${specText('oci:web')}${files}`);
  await built(['-f', 'tar'], { spec });
  const entries = (await tarEntries(join(folder.path, 'tree.tar'))).map(({ name, records }) => {
    return [name, `${records['LINUXKIT.location']} ${records['LINUXKIT.source']}`];
  });
  const [tree, glob] = ['files[1] linuxkit.files', 'files[2] linuxkit.files'];
  expect(entries.filter(([, text]) => text === tree || text === glob)).toEqual([
    ['etc/app.conf', tree],
    ['opt/', tree],
    ['opt/app/', tree],
    ['opt/app/link', tree],
    ['opt/app/run', tree],
    ['srv/opt/', glob],
    ['srv/opt/app/', glob],
    ['srv/opt/app/run', glob],
  ]);
});

test('tar-kernel-initrd holds what kernel+initrd writes, and the microcode apart', async () => {
  const cpio = ['--create', '--format=newc', '--quiet'];
  const ucode = execFileSync('cpio', cpio, { input: 'os.yml\n', cwd: place.path });
  writeImage(join(place.path, 'ucode'), [
    { tar: rawTar({ name: 'kernel', data: 'a kernel' }, { name: 'u', data: ucode }) },
  ]);
  const spec = join(place.path, 'ucode.yml');
  writeFileSync(spec, specText('oci:web').replace('image: oci:kernel', 'image: oci:ucode\n  ucode: u'));
  await built(['--name', 'os', '-f', 'tar-kernel-initrd,kernel+initrd'], { spec });
  const inside = join(folder.path, 'inside');
  mkdirSync(inside);
  execFileSync('tar', ['-xf', join(folder.path, 'os-initrd.tar'), '-C', inside]);
  expect(readdirSync(inside).sort()).toEqual(['cmdline', 'initrd.img', 'kernel', 'ucode.cpio']);
  const read = (name: string): Buffer => readFileSync(join(folder.path, name));
  expect(read('inside/kernel')).toEqual(read('os-kernel'));
  expect(read('inside/cmdline')).toEqual(read('os-cmdline'));
  expect(read('inside/ucode.cpio')).toEqual(ucode);
  const whole = read('os-initrd.img');
  expect(whole.subarray(0, ucode.length)).toEqual(ucode);
  // The microcode is padded, and the record of needed memory counts it; all else is the same.
  const [, ...parts] = initrdParts(join(inside, 'initrd.img'));
  expect(parts.length).toBeGreaterThan(4);
  expect(initrdParts(join(folder.path, 'os-initrd.img')).slice(-parts.length)).toEqual(parts);
});

describe('the docker format', () => {
  let buildah: Buildah;
  beforeAll(async () => {
    buildah = await Buildah.start();
  });
  afterAll(() => buildah[Symbol.asyncDispose]());

  /** Makes an image of a context and returns its entrypoint and the folder that its root is mounted at. */
  async function image(context: string): Promise<{ entrypoint: unknown; root: string }> {
    const unpacked = join(folder.path, 'context');
    mkdirSync(unpacked);
    execFileSync('tar', ['--warning=no-unknown-keyword', '-xpf', context, '-C', unpacked]);
    await buildah.output('build', '--pull-never', '--network', 'none', '--quiet', '--tag', 'os', unpacked);
    const { OCIv1 } = JSON.parse(await buildah.output('inspect', '--type', 'image', 'os')) as {
      OCIv1: { config: { Entrypoint: unknown } };
    };
    const container = await buildah.output('from', '--pull-never', 'localhost/os');
    return { entrypoint: OCIv1.config.Entrypoint, root: await buildah.output('mount', container) };
  }

  test('is a context that buildah makes an image of, with the whole root and our init', async () => {
    await built(['--format', 'docker']);
    const { entrypoint, root } = await image(join(folder.path, 'os.docker'));
    expect(entrypoint).toEqual(['/init']);
    expect(readFileSync(join(root, 'etc/motd'), 'utf8')).toBe('welcome');
    expect(readFileSync(join(root, 'boot/cmdline'), 'utf8')).toBe('console=ttyS0');
    expect(statSync(join(root, 'init')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(root, 'containers/services/web/config.json'))).toBe(true);
  });

  test("starts what an init image brings for containers, as LinuxKit's does", async () => {
    const files = [
      { name: 'init', data: '#!', mode: 0o755 },
      { name: 'bin', typeflag: '5' },
      { name: 'bin/rc.init', data: '#!', mode: 0o755 },
    ];
    writeImage(join(place.path, 'init'), [{ tar: rawTar(...files) }]);
    const spec = join(place.path, 'init.yml');
    writeFileSync(spec, `init: [oci:init]\n${specText('oci:web')}`);
    const dockerfile = async (args: readonly string[]): Promise<string | undefined> => {
      await built(['--format', 'docker', ...args], { spec });
      const entries = await tarEntries(join(folder.path, 'init.docker'));
      expect(entries.at(-1)?.name).toBe('Dockerfile');
      return entries.at(-1)?.text;
    };
    expect(await dockerfile([])).toBe('FROM scratch\nCOPY . ./\nENTRYPOINT ["/bin/rc.init"]\n');
    expect(await dockerfile(['--init', 'tskit'])).toContain('ENTRYPOINT ["/init"]');
  });
});

describe('--input-tar', () => {
  /** Two builds of slightly different specs, the second with the tar of the first; what the second says of sections. */
  async function compared(before: string, after: string, old = 'old.tar'): Promise<readonly string[]> {
    const spec = join(place.path, 'changing.yml');
    writeFileSync(spec, before);
    await built(['-o', 'old.tar'], { spec });
    writeFileSync(spec, after);
    await built(['-o', 'fresh.tar'], { spec });
    const { exitCode, stderr } = await build(['--input-tar', old, '-o', 'new.tar'], { spec, cwd: folder.path });
    expect(exitCode, stderr).toBe(0);
    const digests = digestsIn(folder.path);
    expect(digests['new.tar']).toBe(digests['fresh.tar']);
    return stderr.split('\n').filter((line) => line.startsWith('--input-tar'));
  }

  test('says what is unchanged, changed, new and gone, and writes what a fresh build does', async () => {
    const service = (name: string, words = '/data'): string =>
      `  - {name: ${name}, image: oci:small, command: [${words}]}\n`;
    const kernel = 'kernel: {image: oci:kernel, tar: none}\n';
    const before = `${kernel}onboot:\n${service('a')}${service('b')}services:\n${service('c')}${service('d')}`;
    const after = `${kernel}onboot:\n${service('a')}${service('b', '/other')}${service('n')}services:\n${service('c')}`;
    expect(await compared(before, before)).toEqual([
      '--input-tar: unchanged: kernel, init, onboot[0], onboot[1], services[0], services[1]',
    ]);
    expect(await compared(before, after)).toEqual([
      '--input-tar: unchanged: kernel, onboot[0], services[0]',
      '--input-tar: changed: init, onboot[1]',
      '--input-tar: new: onboot[2]',
      '--input-tar: gone: services[1]',
    ]);
  });

  test('of somebody else has no say in what is built', async () => {
    writeFileSync(join(folder.path, 'forged.tar'), forgedTar());
    const text = specText('oci:web');
    const lines = await compared(text, text, 'forged.tar');
    expect(lines[0]).toMatch(/^--input-tar: changed: .*services\[0\]/);
  });

  test('without records is a warning, and what is no tar an error', async () => {
    execFileSync('tar', ['-cf', join(folder.path, 'plain.tar'), '-C', place.path, 'os.yml']);
    const { exitCode, stderr } = await build(['--input-tar', 'plain.tar', '-o', 'x'], { cwd: folder.path });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^warning: --input-tar "plain\.tar": expected records of sections in it, found none/m);
    const refused = await build(['--input-tar', place.spec, '-o', 'y'], { cwd: folder.path });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^tskit: --input-tar ".*os\.yml": /m);
    expect(existsSync(join(folder.path, 'y'))).toBe(false);
  });

  test.each([
    ['the same name', 'os.tar', ['--format', 'tar']],
    ['another path to it', './os.tar', ['--format', 'tar']],
    ['a link to it', 'link.tar', ['--format', 'tar']],
    ['the same name as --o', 'os.tar', ['--o', '../{}/os.tar']],
  ])('is not the file that is written: %s', async (_, input, args) => {
    await built(['--format', 'tar']);
    symlinkSync('os.tar', join(folder.path, 'link.tar'));
    const before = digestsIn(folder.path);
    const own = args.map((word) => word.replace('{}', folder.path.replace(/.*\//, '')));
    const { exitCode, stderr } = await build(['--input-tar', input, ...own], { cwd: folder.path });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('expected another file than the one to write, found');
    expect(digestsIn(folder.path)).toEqual(before);
  });

  /** A tar with records that claim to be the sections of a workplace, and other contents. */
  function forgedTar(): Buffer {
    const record = (text: string): string => `${text.length + 4} ${text}\n`;
    const records = `${record('LINUXKIT.location=services[0]')}${record('LINUXKIT.source=oci:web')}`;
    return rawTar(
      { name: 'PaxHeader', typeflag: 'x', data: records },
      { name: 'containers/services/web/config.json', data: '{"process":{"args":["/evil"]}}' },
    );
  }
});

test('--decompress-kernel writes the kernel that is in the file', async () => {
  writeImage(join(place.path, 'packed'), [
    { tar: rawTar({ name: 'kernel', data: execFileSync('gzip', ['-n'], { input: 'the kernel' }) }) },
  ]);
  const spec = join(place.path, 'packed.yml');
  writeFileSync(spec, specText('oci:web').replace('oci:kernel', 'oci:packed'));
  await built(['--decompress-kernel', '--name', 'os'], { spec });
  expect(readFileSync(join(folder.path, 'os-kernel'), 'utf8')).toBe('the kernel');
});

test('a file that is an earlier artifact is replaced only when all of the build went well', async () => {
  await built(['-o', 'here.tar']);
  const spec = join(place.path, 'broken.yml');
  writeFileSync(spec, specText('oci:web').replace('tar: none', 'binary: nothing\n  tar: none'));
  const { exitCode } = await build(['-o', 'here.tar'], { spec, cwd: folder.path });
  expect(exitCode).toBe(1);
  expect(digestsIn(folder.path)).toEqual({ 'here.tar': tar });
  expect(await buildIn(place, { out: join(folder.path, 'again') })).toBeTypeOf('object');
});
