// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Bundles as the build writes them, run by runc and by tsrun: whoever boots the image, LinuxKit's init or ours, does the
// mounts of runtime.json and gives config.json to its runtime.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BundleRuntime } from '../../init/contract/bundle-runtime.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import { buildSpec } from '../../src/build.ts';
import { Assembly } from '../support/assembly.ts';
import { tsrun } from '../support/container-bundle.ts';

const assembly = new Assembly();
const root = join(assembly.folder, 'root');
const ownInit = new URL('../../dist/init', import.meta.url).pathname;

const spec = `
onboot:
  - name: locked
    image: oci:LAYOUT:box
    command: [/bin/busybox, sh, /show]
    readonly: true
    uid: 33
    gid: locked
    additionalGids: [44]
    capabilities: [CAP_CHOWN, CAP_NET_BIND_SERVICE]
    ambient: [CAP_NET_BIND_SERVICE]
    noNewPrivileges: true
    net: none
    uts: new
    hostname: boxed
    cwd: /tmp
    env: [GREETING=hello]
    rlimits: ["nofile,100,200"]
    tmpfs: ["/tmp:size=1m"]
    maskedPaths: [/proc/version]
services:
  - name: open
    image: oci:LAYOUT:box
    command: [/bin/busybox, sh, /show]
    binds: [SHARED:/shared]
  - name: again
    image: oci:LAYOUT:box
  - name: writes
    image: oci:LAYOUT:box
    command: [/bin/busybox, sh, -c, "echo kept > /shared/note && echo wrote"]
    binds: ["data:/shared"]
  - name: reads
    image: oci:LAYOUT:box
    command: [/bin/busybox, sh, -c, "echo note $(/bin/busybox cat /shared/note); echo files $(/bin/busybox ls /tmp)"]
    mounts:
      - { type: bind, source: data, destination: /shared }
      - { type: bind, source: tree, destination: /tmp, options: [ro] }
volumes:
  - name: data
  - name: tree
    image: oci:LAYOUT:box
    readonly: true
`;

/** What a container sees of itself, as "key value" lines. */
const show = `
status() { /bin/busybox sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
echo "user $(/bin/busybox id -u) $(/bin/busybox id -g) $(/bin/busybox id -G)"
echo "capabilities $(status CapInh) $(status CapPrm) $(status CapEff) $(status CapBnd) $(status CapAmb)"
echo "noNewPrivileges $(status NoNewPrivs)"
echo "files $(ulimit -S -n) $(ulimit -H -n)"
echo "host $(/bin/busybox hostname)"
echo "cwd $PWD"
echo "env $GREETING $PATH"
echo "interfaces $(/bin/busybox ls /sys/class/net | /bin/busybox tr '\\n' ' ')"
echo "version $(/bin/busybox stat -c %F /proc/version)"
/bin/busybox touch /probe 2>/dev/null && echo "root writable" || echo "root readonly"
/bin/busybox touch /dev/probe 2>/dev/null && echo "dev writable" || echo "dev readonly"
/bin/busybox touch /shared/probe 2>/dev/null && echo "shared writable" || echo "shared absent"
`;

beforeAll(async () => {
  const layout = join(assembly.folder, 'layout');
  const files = join(assembly.folder, 'files');
  const shared = join(assembly.folder, 'shared');
  for (const folder of ['bin', 'tmp', 'shared']) mkdirSync(join(files, folder), { recursive: true });
  mkdirSync(shared);
  await execa('cp', ['/bin/busybox', join(files, 'bin/busybox')]);
  writeFileSync(join(files, 'show'), show);
  const image = `${layout}:box`;
  await execa('umoci', ['init', '--layout', layout]);
  await execa('umoci', ['new', '--image', image]);
  await execa('umoci', ['insert', '--image', image, files, '/']);
  await execa('umoci', ['config', '--image', image, '--config.cmd', '/bin/busybox', '--config.cmd', 'true']);
  await buildSpec(
    {
      sources: [
        {
          text: spec.replaceAll('LAYOUT', layout).replaceAll('SHARED', shared),
          name: 'os.yml',
          folder: assembly.folder,
        },
      ],
      platform: { os: 'linux', architecture: 'amd64' },
      init: 'auto',
      formats: ['tar'],
      dir: assembly.folder,
      name: 'os',
    },
    assembly.ctx,
  );
  mkdirSync(root);
  await execa('tar', ['--extract', '--file', join(assembly.folder, 'os.tar'), '--directory', root]);
});
afterAll(() => assembly[Symbol.dispose]());

test('an image that three entries use lies in the root once', async () => {
  const { stdout } = await execa('find', [root, '-name', 'busybox']);
  expect(stdout.split('\n')).toHaveLength(1);
});

test("without an image that brings /init, tskit's own is embedded", () => {
  expect(readFileSync(join(root, 'init')).equals(readFileSync(ownInit))).toBe(true);
});

describe.each(['runc', tsrun])('with %s', (runtime) => {
  test('a read-only entry is confined as the spec says', async () => {
    expect(await run(runtime, 'onboot/000-locked')).toMatchObject({
      user: '33 100 100 44',
      // Not root: what execve(2) leaves permitted and effective is the ambient set (capabilities(7)).
      capabilities: '0000000000000401 0000000000000400 0000000000000400 0000000000000401 0000000000000400',
      noNewPrivileges: '1',
      files: '100 200',
      host: 'boxed',
      cwd: '/tmp',
      env: 'hello /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      interfaces: 'lo ',
      version: 'character special file',
      root: 'readonly',
      dev: 'readonly',
      shared: 'absent',
    });
  });

  test('an entry without settings runs as root, with a root that it can write and nothing granted', async () => {
    const { stdout: host } = await execa('hostname');
    expect(await run(runtime, 'services/open')).toMatchObject({
      user: '0 0 0',
      capabilities: Array.from({ length: 5 }, () => '0000000000000000').join(' '),
      noNewPrivileges: '0',
      host,
      cwd: '/',
      root: 'writable',
      dev: 'writable',
      shared: 'writable',
    });
  });

  test('volumes that LinuxKit mounted are shared, by binds and by mounts', async () => {
    const seen = await run(runtime, 'services/writes', 'services/reads');
    expect(seen).toMatchObject({ note: 'kept' });
    expect(seen['files']).toContain('bin');
  });

  test('what one container writes the next one of the same image does not see', async () => {
    await run(runtime, 'services/open');
    const { stdout } = await execa('find', [root, '-name', 'probe']);
    expect(stdout).toBe('');
  });
});

/** Runs bundles one after the other in one mount namespace of their own and returns what they show. */
async function run(runtime: string, ...bundles: readonly string[]): Promise<Record<string, string>> {
  const commands = [...volumeCommands(), ...bundles.flatMap((bundle) => bundleCommands(runtime, bundle))];
  const script = commands.map((words) => words.map((word) => `'${word}'`).join(' ')).join('\n');
  const { stdout } = await execa('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', script], {
    stdin: 'ignore',
  });
  return Object.fromEntries(stdout.split('\n').map((line) => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]));
}

/**
 * All volumes as LinuxKit's `service` mounts them, which goes by the names of the folders only
 * (pkg/init/cmd/service/volumeinit.go).
 */
function volumeCommands(): readonly (readonly string[])[] {
  const volumes = join(root, 'containers/volumes');
  return readdirSync(volumes).flatMap((name) => {
    const [lower, tmp, merged] = ['lower', 'tmp', 'merged'].map((folder) => join(volumes, name, folder));
    for (const folder of [lower, tmp, merged]) if (!existsSync(folder ?? '')) throw new Error(`no ${folder}`);
    return [
      ['mount', '-t', 'tmpfs', 'tmpfs', `${tmp}`],
      ['mkdir', `${tmp}/upper`, `${tmp}/work`],
      ['mount', '-t', 'overlay', '-o', `lowerdir=${lower},upperdir=${tmp}/upper,workdir=${tmp}/work`, 'x', `${merged}`],
    ];
  });
}

function bundleCommands(runtime: string, bundle: string): readonly (readonly string[])[] {
  const folder = join(root, 'containers', bundle);
  const { mounts = [] } = JSON.parse(readFileSync(join(folder, 'runtime.json'), 'utf8')) as BundleRuntime;
  // The root is not at /: what config.json has of it is elsewhere.
  const config = join(folder, 'config.json');
  writeFileSync(config, readFileSync(config, 'utf8').replaceAll('"/containers/', `"${root}/containers/`));
  return [
    ...mounts.flatMap(mountCommands),
    [runtime, '--root', join(root, 'state'), 'run', '--bundle', folder, `assemble-${process.pid}`],
  ];
}

/** One mount as LinuxKit's `service` does it: folders are made, upperdir and workdir too (pkg/init/cmd/service/prepare.go). */
function mountCommands(mount: Mount): readonly (readonly string[])[] {
  const place = (path: string) => join(root, path);
  const target = place(mount.destination);
  const options = (mount.options ?? []).map((option) => option.replace(/(?<=dir=)\/.*/, place));
  const made = options.flatMap((option) => /^(?:upper|work)dir=(.*)/.exec(option)?.[1] ?? []);
  const type = mount.type === undefined ? [] : ['-t', mount.type];
  const source = mount.source?.startsWith('/') ? place(mount.source) : mount.source;
  const flags =
    options.join() === 'private' ? ['--make-private'] : options.length === 0 ? [] : ['-o', options.join(',')];
  return [
    ['mkdir', '-p', target, ...made],
    ['mount', ...type, ...flags, ...(source === undefined ? [] : [source]), target],
  ];
}
