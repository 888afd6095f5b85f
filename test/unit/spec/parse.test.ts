// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';

const origin = expect.anything();
const nothing = { file: 'os.yml', origin, init: [], volumes: [], onboot: [], onshutdown: [], services: [], files: [] };

/** One service with `settings`, indented as its keys are. */
function service(settings: string): string {
  return `services:\n  - name: web\n    image: nginx\n${settings.replaceAll(/^/gm, '    ')}\n`;
}

function settingsOf(text: string): unknown {
  const [first] = parseSpec(service(text), 'os.yml').services;
  const { name: _name, image: _image, ...settings } = first ?? { name: '', image: '' };
  return settings;
}

describe('a spec', () => {
  test('with all sections is read as it is written', () => {
    const text = `
kernel:
  image: linuxkit/kernel:6.6.71
  cmdline: "console=ttyS0 page_poison=1"
  binary: bzImage
  tar: none
  ucode: intel-ucode.cpio
init:
  - linuxkit/init:1
  - linuxkit/runc:2
volumes:
  - name: scratch
  - {name: images, image: alpine, format: oci, platforms: [linux/arm64], readonly: true}
onboot:
  - name: dhcpcd
    image: linuxkit/dhcpcd:3
    command: ["/sbin/dhcpcd", "--nobackground"]
    on_failure: halt
onshutdown:
  - {name: bye, image: busybox, command: [/bin/echo, bye]}
services:
  - name: web
    image: nginx:1.27@sha256:${'0'.repeat(64)}
    binds.add: ["/etc/resolv.conf:/etc/resolv.conf:ro"]
files:
  - path: etc/motd
    contents: |
      hello
    mode: "0644"
    uid: web
    gid: 0
`;
    expect(parseSpec(text, 'os.yml')).toEqual({
      file: 'os.yml',
      origin,
      kernel: {
        image: 'linuxkit/kernel:6.6.71',
        cmdline: 'console=ttyS0 page_poison=1',
        binary: 'bzImage',
        tar: 'none',
        ucode: 'intel-ucode.cpio',
      },
      init: ['linuxkit/init:1', 'linuxkit/runc:2'],
      volumes: [
        { name: 'scratch' },
        { name: 'images', image: 'alpine', format: 'oci', platforms: ['linux/arm64'], readonly: true },
      ],
      onboot: [
        {
          name: 'dhcpcd',
          image: 'linuxkit/dhcpcd:3',
          command: ['/sbin/dhcpcd', '--nobackground'],
          on_failure: 'halt',
        },
      ],
      onshutdown: [{ name: 'bye', image: 'busybox', command: ['/bin/echo', 'bye'] }],
      services: [
        {
          name: 'web',
          image: `nginx:1.27@sha256:${'0'.repeat(64)}`,
          'binds.add': ['/etc/resolv.conf:/etc/resolv.conf:ro'],
        },
      ],
      files: [{ path: 'etc/motd', contents: 'hello\n', mode: '0644', uid: 'web', gid: 0 }],
    });
  });

  test('may leave out every section but one', () => {
    expect(parseSpec('init: [busybox]', 'os.yml')).toEqual({ ...nothing, init: ['busybox'] });
  });

  test('has empty sections where they are null', () => {
    const text = 'kernel:\ninit:\nonboot: ~\nonshutdown: null\nservices:\nfiles:\n';
    expect(parseSpec(text, 'os.yml')).toEqual(nothing);
  });

  test('drops keys that are not built when they ask for nothing', () => {
    expect(parseSpec('volumes: []\ntrust: {}\n', 'os.yml')).toEqual(nothing);
    expect(settingsOf('selinux: ""\nreadonly: true')).toEqual({ readonly: true });
  });

  test('repeats names in onboot and onshutdown', () => {
    const entries = '[{name: a, image: x}, {name: a, image: x}]';
    expect(parseSpec(`onboot: ${entries}\nonshutdown: ${entries}\n`, 'os.yml').onboot).toHaveLength(2);
  });

  test.each([
    ['a byte order mark', '\ufeffinit: [busybox]\n'],
    ['CRLF line ends', '# x\r\ninit:\r\n  - busybox\r\n'],
    ['a document start and end', '%YAML 1.2\n---\ninit: [busybox]\n...\n'],
    ['an empty second document', '---\ninit: [busybox]\n---\n'],
    ['JSON', '{"init":\n\t["busybox"]}'],
    ['an explicit tag', 'init: !!seq [!!str busybox]'],
    ['no line end', 'init: [busybox]'],
  ])('is read with %s', (_what, text) => {
    expect(parseSpec(text, 'os.yml').init).toEqual(['busybox']);
  });
});

describe('YAML beyond the plain', () => {
  test('anchors and aliases stand for what they name', () => {
    const text = service('env: &common [A=1]\ncommand: *common');
    expect(parseSpec(text, 'os.yml').services[0]).toMatchObject({ env: ['A=1'], command: ['A=1'] });
  });

  test('merge keys fill what is not given, earlier maps first', () => {
    const text = `
onboot:
  - &base {name: base, image: busybox, readonly: true, cwd: /base}
  - &other {name: other, image: other, cwd: /other, net: new}
services:
  - <<: [*base, *other]
    name: merged
`;
    expect(parseSpec(text, 'os.yml').services).toEqual([
      { name: 'merged', image: 'busybox', readonly: true, cwd: '/base', net: 'new' },
    ]);
  });

  test('a quoted << is a key like any other', () => {
    expect(settingsOf('annotations: {"<<": x}')).toEqual({ annotations: { '<<': 'x' } });
  });

  test('__proto__ is a key like any other', () => {
    const settings = settingsOf('annotations: {__proto__: x, constructor: y}');
    expect(JSON.stringify(settings)).toBe('{"annotations":{"__proto__":"x","constructor":"y"}}');
  });

  test('a string that begins with @ stays as it is', () => {
    expect(settingsOf('command: ["@hello", "@pkg", "a@pkg:b"]')).toEqual({ command: ['@hello', '@pkg', 'a@pkg:b'] });
  });
});

describe('settings', () => {
  test('keep all digits of large integers', () => {
    expect(settingsOf('resources: {memory: {limit: 9007199254740993, swap: 9223372036854775807}}')).toEqual({
      resources: { memory: { limit: 9007199254740993n, swap: 9223372036854775807n } },
    });
  });

  test('keep empty lists apart from absent ones', () => {
    expect(settingsOf('capabilities: []\nbinds: []\nsysctl: {}')).toEqual({ capabilities: [], binds: [], sysctl: {} });
  });

  test('give a class of devices the numbers zero', () => {
    expect(settingsOf('devices: [{path: all, type: b}]')).toEqual({
      devices: [{ path: 'all', type: 'b', major: 0, minor: 0 }],
    });
  });

  test.each([
    'capabilities: [CAP_NET_ADMIN, CAP_CHECKPOINT_RESTORE]',
    'capabilities: [all]',
    'capabilities: [ALL]',
    'ambient: [none]',
    'capabilities.add: [CAP_BPF]',
    'mounts: [{type: proc}]',
    'mounts: [{source: devpts}]',
    'mounts: [{destination: /dev}]',
    'mounts: [{type: tmpfs, destination: /x, options: [size=1M]}]',
    'mounts: [{type: bind, source: /a, destination: /b, options: [bind]}]',
    'binds: ["/a:/b", "/a:/b:ro", "/a:/b:rw,rshared,nosuid", "/a b:/c d"]',
    'tmpfs: [/tmp, "/run:size=1M,mode=755,noexec"]',
    'devices: [{path: /dev/null, type: c, major: 1, minor: 3, mode: "0666"}]',
    'devices: [{path: /dev/fifo, type: p, mode: "600"}]',
    'env: [A=, B=x=y]',
    'cwd: ""',
    'cwd: /srv',
    'net: ""',
    'net: /run/netns/wg',
    'net: none',
    'ipc: new',
    'uts: root',
    'pid: host',
    'userns: new',
    'readonly: true',
    'maskedPaths: [/proc/kcore]',
    'readonlyPaths: []',
    'uid: 4294967294',
    'uid: web',
    'gid: root',
    'gid: ""',
    'additionalGids: [1, web]',
    'noNewPrivileges: false',
    'hostname: box',
    'oomScoreAdj: -1000',
    'rlimits: ["nofile,1024,4096", "RLIMIT_CORE,0,unlimited", " memlock , unlimited , UNLIMITED"]',
    'rlimits: ["nofile,18446744073709551615,18446744073709551615"]',
    'resources: {memory: {limit: -1}, cpu: {shares: 512, quota: 50000, period: 100000, burst: 0, idle: 1, cpus: "0-1,3", mems: "0"}}',
    'resources: {pids: {limit: 100}, unified: {memory.high: 64M}}',
    'sysctl: {net.ipv4.ip_forward: "1"}',
    'cgroupsPath: /web',
    'rootfsPropagation: rshared',
    'annotations: {any.key/at-all: text}',
    'runtime: {cgroups: [web], mkdir: [/run/web], mounts: [{type: overlay, source: overlay, destination: writable/etc}]}',
  ])('accept %s', (text) => {
    const key = text.slice(0, text.indexOf(':'));
    expect(Object.keys(settingsOf(text) as object)).toEqual([key]);
  });
});

describe('files', () => {
  test.each([
    'contents: ""',
    'contents: "a\\0b"',
    'source: ~/.ssh/id_ed25519.pub\n    optional: true',
    'metadata: json',
    'symlink: ../bin/true',
    'directory: true\n    mode: "0755"',
    'contents: x\n    directory: false',
    'contents: x\n    mode: "007777"',
  ])('accept %j', (text) => {
    expect(parseSpec(`files:\n  - path: /etc/x\n    ${text}\n`, 'os.yml').files).toHaveLength(1);
  });
});
