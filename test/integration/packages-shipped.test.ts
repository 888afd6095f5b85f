// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/oci/store.ts';
import type { Digest } from '../../src/oci/types.ts';
import { readSbom, sbomOf } from '../../src/packages/attach-sbom.ts';
import { readRecipeFolder, shippedRecipes } from '../../src/packages/folder.ts';
import { type BuiltImage, buildImage, lockOf, unpack } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Against Debian's archive itself, as the host's sources name it.

const workspace = temporaryFolder();
const cache = join(workspace.path, 'cache');
afterAll(() => workspace[Symbol.dispose]());

/** Builds a shipped recipe and unpacks it. */
async function unpacked(name: string): Promise<{ image: BuiltImage; root: string }> {
  const image = await buildImage(name, cache);
  return { image, root: unpack(image, join(workspace.path, name)) };
}

/**
 * Runs a command with `root` as root directory, with /dev and /proc, in namespaces that end with it and whatever it started.
 * Its output goes to a file, because Node's pipes are sockets, which cannot be opened as /dev/stderr.
 */
function runIn(root: string, command: string): string {
  const output = join(workspace.path, 'output');
  const mounts = `mount --rbind /dev "${root}/dev" && mount -t proc proc "${root}/proc"`;
  execFileSync(
    'unshare',
    ['-mpnf', '--kill-child', 'sh', '-c', `${mounts} && exec chroot "${root}" ${command} >"${output}" 2>&1`],
    { timeout: 60_000 },
  );
  return readFileSync(output, 'utf8');
}

describe('pkg:busybox', () => {
  it('has a link for every applet but init, dpkg and dpkg-deb, and none for anything else', async () => {
    const { root } = await unpacked('busybox');
    const applets = runIn(root, '/bin/busybox --list').trim().split('\n');
    const links = ['usr/bin', 'usr/sbin'].flatMap((folder) => readdirSync(join(root, folder)));
    const apart = new Set(['busybox', 'dpkg', 'dpkg-deb', 'init', 'linuxrc']);
    expect(links.filter((name) => name !== 'busybox').sort()).toEqual(
      applets.filter((name) => !apart.has(name)).sort(),
    );
    expect(runIn(root, "/bin/sh -c 'echo hello | tr a-z A-Z'")).toBe('HELLO\n');
  });
});

describe('pkg:kernel', () => {
  it('has the kernel, and its modules as a tar that unpacks into /lib/modules', async () => {
    const { root } = await unpacked('kernel');
    // Documentation/arch/x86/boot.rst: the magic of the setup header.
    expect(readFileSync(join(root, 'kernel')).toString('latin1', 0x202, 0x206)).toBe('HdrS');
    const tar = execFileSync('tar', ['--list', '--file', join(root, 'kernel.tar')], { encoding: 'utf8' });
    expect(tar.split('\n')[0]).toBe('lib/modules/');
    expect(tar).toMatch(/^lib\/modules\/[^/]+-cloud-amd64\/modules\.builtin$/m);
    expect(tar).toMatch(/^lib\/modules\/[^/]+\/kernel\/fs\/overlayfs\/overlay\.ko(\.xz)?$/m);
    expect(existsSync(join(root, 'usr/lib/modules'))).toBe(false);
  });

  it('is pinned as the one package that the metapackage stands for', async () => {
    const lock = await lockOf('kernel', cache);
    const names = lock.recipes['pkg:kernel']?.['linux/amd64']?.packages.map(({ name }) => name);
    expect(names).toEqual([expect.stringMatching(/^linux-image-\d.*-cloud-amd64$/)]);
  });
});

describe('pkg:nginx', () => {
  it('has a configuration that nginx accepts, with the default site enabled', async () => {
    const { root } = await unpacked('nginx');
    expect(runIn(root, '/usr/sbin/nginx -t')).toContain('test is successful');
    expect(lstatSync(join(root, 'etc/nginx/sites-enabled/default')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(root, 'var/www/html/index.html'))).toBe(true);
  });

  it('has no library that a program of it would miss', async () => {
    const { root } = await unpacked('nginx');
    const loader = '/lib64/ld-linux-x86-64.so.2';
    expect(runIn(root, `${loader} --list /usr/sbin/nginx`)).not.toContain('not found');
  });

  it('has an SBOM of the packages that dpkg finds in it, with a licence for most of them', async () => {
    const { image, root } = await unpacked('nginx');
    const store = await openStore(cache, new AbortController().signal);
    const artifact = sbomOf(store, image.digest as Digest);
    const [, ...packages] = (artifact && readSbom(store, artifact)?.packages) ?? [];
    const format = ['--showformat', '${Package} ${Version}\\n'];
    const installed = execFileSync('dpkg-query', ['--root', root, '--show', ...format], { encoding: 'utf8' });
    expect(packages.map(({ name, versionInfo }) => `${name} ${versionInfo}\n`).join('')).toBe(installed);
    const declared = packages.filter(({ licenseDeclared }) => licenseDeclared !== 'NOASSERTION');
    expect(declared.length).toBeGreaterThan(3);
    expect(packages.find(({ name }) => name === 'nginx')?.licenseDeclared).toContain('BSD-2-Clause');
  });

  it('is the same image from the same lock in another cache', async () => {
    const lock = await lockOf('nginx', cache);
    const [one, two] = [await buildImage('nginx', cache, {}, lock), await buildImage('nginx', `${cache}2`, {}, lock)];
    expect(one.digest).toBe(two.digest);
  });
});

const dynamic = ['acpid', 'chrony', 'dhcpcd', 'dm-crypt', 'format', 'ip', 'sshd'];
/** tskit's own, which link with nothing. */
const own = new Set(readdirSync(join(import.meta.dirname, '../../dist/programs')));
describe.each(dynamic)('pkg:%s', (name) => {
  it('has no library that a program of it would miss', async () => {
    const { root } = await unpacked(name);
    const programs = ['usr/bin', 'usr/sbin']
      .flatMap((folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`))
      .filter((path) => lstatSync(join(root, path)).isFile() && !path.endsWith('/busybox'))
      .filter(
        (path) => readFileSync(join(root, path)).toString('latin1', 0, 4) === '\x7fELF' && !own.has(basename(path)),
      );
    expect(programs).not.toEqual([]);
    for (const path of programs) {
      expect(runIn(root, `/lib64/ld-linux-x86-64.so.2 --list /${path}`)).not.toContain('not found');
    }
  });
});

describe.each(['format', 'mount', 'dm-crypt', 'losetup'])('pkg:%s', (name) => {
  it('stops the boot when it fails', async () => {
    const { config } = await buildImage(name, cache);
    expect(JSON.parse(config.config?.Labels?.['org.mobyproject.config'] ?? '')).toMatchObject({ on_failure: 'halt' });
  });
});

describe('pkg:dhcpcd', () => {
  it('gets addresses by DHCP, router advertisement and DHCPv6, and writes the name servers of all of them', async () => {
    const { root } = await unpacked('dhcpcd');
    const server = [
      'dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=veth0 --bind-interfaces --pid-file= --user=root',
      `--dhcp-leasefile=${join(workspace.path, 'leases')} --dhcp-authoritative --enable-ra`,
      '--dhcp-range=10.9.0.10,10.9.0.20,1h --dhcp-range=fd00:9::100,fd00:9::1ff,slaac,64,1h',
      '--dhcp-option=option:dns-server,10.9.0.53 --dhcp-option=option:domain-name,four.example',
      "--dhcp-option='option6:dns-server,[fd00:9::53]' --dhcp-option=option6:domain-search,six.example",
    ];
    const script = `set -e
mount --rbind /dev "${root}/dev"; mount -t proc proc "${root}/proc"; mount -t sysfs sysfs "${root}/sys"
ip link set lo up; ip link add eth0 type veth peer name veth0; ip link set veth0 up
ip addr add 10.9.0.1/24 dev veth0; ip addr add fd00:9::1/64 dev veth0 nodad
: > "${root}/run/resolvconf/resolv.conf"
${server.join(' ')} 2>&1 &
chroot "${root}" /usr/sbin/dhcpcd --nobackground -f /dhcpcd.conf 2>&1 &
got() { ip -o addr show eth0 | grep -q "$1"; }
told() { grep -q "$1" "${root}/run/resolvconf/resolv.conf"; }
for i in $(seq 600); do
  got 'inet 10.9.0.1' && got 'fd00:9::1[0-9a-f]*/128' && got 'fd00:9::[0-9a-f:]*ff:fe' && told 10.9.0.53 && told fd00:9::53 && told 'four.* six' && break
  sleep 0.1
done
echo "--- result"; ip -o addr show eth0; cat "${root}/run/resolvconf/resolv.conf"`;
    const output = execFileSync('unshare', ['-mpnf', '--kill-child', 'sh', '-c', script], {
      timeout: 90_000,
      encoding: 'utf8',
    });
    const result = output.slice(output.indexOf('--- result'));
    expect(result, output).toMatch(/inet 10\.9\.0\.1\d\/24/);
    expect(result, output).toMatch(/inet6 fd00:9::1[0-9a-f]{2}\/128/);
    expect(result, output).toMatch(/inet6 fd00:9::[0-9a-f:]+ff:fe[0-9a-f:]+\/64/);
    expect(result, output).toContain('search four.example six.example\nnameserver 10.9.0.53\nnameserver fd00:9::53\n');
  });
});

describe('pkg:dhcp', () => {
  let root: string;

  /** Runs shell lines in the image, in a network of its own with a card eth0 whose other end is veth0. */
  function withCard(script: string): string {
    const card =
      'b() { /bin/busybox "$@"; }; b ip link add eth0 type veth; b ip link set veth0 up; b ip link set eth0 up';
    writeFileSync(join(root, 'tmp/script'), `${card}\n${script}\n`);
    return runIn(root, '/bin/sh /tmp/script');
  }

  const resolv = (): string => join(root, 'run/resolvconf/resolv.conf');

  beforeAll(async () => {
    ({ root } = await unpacked('dhcp'));
    const lines = [
      'start 10.0.2.15',
      'end 10.0.2.15',
      'interface veth0',
      'lease_file /tmp/leases',
      'opt router 10.0.2.2',
    ];
    const options = ['opt subnet 255.255.255.0', 'opt dns 10.0.2.3 10.0.2.4', 'opt domain example.com'];
    writeFileSync(join(root, 'tmp/udhcpd.conf'), `${[...lines, ...options].join('\n')}\n`);
    writeFileSync(join(root, 'tmp/leases'), '');
  });

  it('gets a lease, configures address and router, and writes resolv.conf in place', () => {
    writeFileSync(resolv(), 'before\n');
    const { ino } = statSync(resolv());
    const output = withCard(`
b ip addr add 10.0.2.2/24 dev veth0
/bin/busybox udhcpd -f /tmp/udhcpd.conf &
DHCP_INTERFACES=eth0 DHCP_TIMEOUT=9 /usr/sbin/dhcp; echo "exit code $?"
b ip addr show eth0; b ip route`);
    expect(output).toContain(
      'dhcp: eth0 has 10.0.2.15/24, router 10.0.2.2, name server 10.0.2.3 10.0.2.4\nexit code 0\n',
    );
    expect(output).toMatch(/inet 10\.0\.2\.15\/24 brd 10\.0\.2\.255 .*eth0/);
    expect(output).toMatch(/^default via 10\.0\.2\.2 dev eth0/m);
    expect(readFileSync(resolv(), 'utf8')).toBe('search example.com\nnameserver 10.0.2.3\nnameserver 10.0.2.4\n');
    expect(statSync(resolv()).ino).toBe(ino);
  });

  it('ends with an error when no server answers, and when there is no card', () => {
    const output = withCard(`
DHCP_INTERFACES=eth0 DHCP_TIMEOUT=1 /usr/sbin/dhcp; echo "exit code $?"
DHCP_TIMEOUT=1 /usr/sbin/dhcp; echo "exit code $?"`);
    expect(output).toContain('dhcp: expected a lease on one of eth0, found no server after 1 s\nexit code 1\n');
    expect(output).toContain('dhcp: expected a network card, found none after 1 s\nexit code 1\n');
  });

  it('ends with the first lease when only one of two cards is answered', () => {
    const output = withCard(`
b ip link add eth1 type veth peer name veth1
b ip addr add 10.0.2.2/24 dev veth0
/bin/busybox udhcpd -f /tmp/udhcpd.conf &
DHCP_INTERFACES="eth1 eth0" DHCP_TIMEOUT=30 /usr/sbin/dhcp; echo "exit code $?"`);
    expect(output).toContain('dhcp: eth0 has 10.0.2.15/24');
    expect(output).toContain('exit code 0\n');
  });

  it('keeps resolv.conf when the server names no name server', () => {
    writeFileSync(resolv(), 'kept\n');
    withCard('interface=eth0 ip=10.0.2.15 mask=24 subnet=255.255.255.0 /usr/libexec/dhcp-event renew');
    expect(readFileSync(resolv(), 'utf8')).toBe('kept\n');
  });

  it('reaches the router of a lease of one address through the card itself', () => {
    const output = withCard(`
interface=eth0 ip=10.1.0.7 mask=32 subnet=255.255.255.255 router=10.1.0.1 /usr/libexec/dhcp-event bound
b ip route`);
    expect(output).toMatch(/^default via 10\.1\.0\.1 dev eth0/m);
    expect(output).toMatch(/^10\.1\.0\.1 dev eth0/m);
  });

  it('takes classless routes instead of the router', () => {
    const output = withCard(`
export staticroutes="10.2.0.0/16 10.0.0.2 192.168.7.0/24 0.0.0.0 0.0.0.0/0 10.0.0.1"
interface=eth0 ip=10.0.0.7 mask=24 subnet=255.255.255.0 router=10.0.0.9 /usr/libexec/dhcp-event bound
b ip route`);
    expect(output).toMatch(/^10\.2\.0\.0\/16 via 10\.0\.0\.2 dev eth0/m);
    expect(output).toMatch(/^192\.168\.7\.0\/24 dev eth0/m);
    expect(output).toMatch(/^default via 10\.0\.0\.1 dev eth0/m);
  });
});

describe('shell scripts in recipes', () => {
  it('have nothing that shellcheck minds', () => {
    const scripts = readdirSync(shippedRecipes).flatMap((recipe) => {
      const { sources, file } = readRecipeFolder(recipe, '/');
      return [...sources.keys()].map((name) => join(file, '../files', name));
    });
    const shell = scripts.filter((file) => readFileSync(file, 'utf8').startsWith('#!/bin/sh\n'));
    expect(shell.length).toBeGreaterThan(6);
    expect(() => execFileSync('shellcheck', shell, { stdio: 'pipe' })).not.toThrow();
  });
});
