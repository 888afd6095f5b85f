// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import { refusalOf } from '../../support/refusal.ts';

function refusal(text: string): string {
  return refusalOf('spec', () => parseSpec(text, 'os.yml'));
}

/** Without excerpts. */
function headline(text: string): string {
  return refusal(text).split('\n', 1)[0] ?? '';
}

function serviceWith(settings: string): string {
  return `services:\n  - name: web\n    image: nginx\n    ${settings}\n`;
}

describe('the sections', () => {
  test.each([
    ['kernal: {image: x}', '1:1: kernal: expected a known key, found "kernal"; did you mean "kernel"?'],
    ['Services: []', '1:1: Services: expected a known key, found "Services"; did you mean "services"?'],
    ['system: []', '1:1: system: expected a known key, found "system"; did you mean "onboot"?'],
    ['daemon: []', '1:1: daemon: expected a known key, found "daemon"; did you mean "services"?'],
    ['env: []', '1:1: env: expected a known key, found "env"; "env" belongs in a container'],
    [
      'constructor: []',
      '1:1: constructor: expected a known key, found "constructor"; known here: kernel, init, volumes, onboot, onshutdown, services, files, root, secrets, watchdog, secureboot, disk, trust, variables',
    ],
    ['name: x', '1:1: name: expected a known key, found "name"; "name" belongs in a container'],
    [
      'version: 3',
      '1:1: version: expected a known key, found "version"; known here: kernel, init, volumes, onboot, onshutdown, services, files, root, secrets, watchdog, secureboot, disk, trust, variables',
    ],
    ['- a', '1:1: expected a map with kernel, init, volumes, onboot, onshutdown, services and files, found a list'],
    [
      'hello',
      '1:1: expected a map with kernel, init, volumes, onboot, onshutdown, services and files, found the string "hello"',
    ],
    [
      'init: busybox',
      '1:7: init: expected a list of image references, found the string "busybox"; did you mean ["busybox"]?',
    ],
    [
      'init: [1]',
      '1:8: init[0]: expected an image reference such as "nginx:1.27" or "pkg:busybox", found the integer 1; did you mean "1", in quotes?',
    ],
    [
      'init: ["  "]',
      '1:8: init[0]: expected an image reference such as "nginx:1.27" or "pkg:busybox", found the string "  "',
    ],
    ['services: {web: {image: x}}', '1:11: services: expected a list of containers, found a map'],
    [
      'services: [web]',
      '1:12: services[0]: expected a container: a map with name, image and settings, found the string "web"',
    ],
    ['services: [~]', '1:12: services[0]: expected a container: a map with name, image and settings, found nothing'],
    [
      'kernel: {}',
      '1:9: kernel: expected the key "image" with an image reference such as "nginx:1.27" or "pkg:busybox", found an empty map',
    ],
    [
      'kernel: {image: x, cmdline: [quiet]}',
      '1:29: kernel.cmdline: expected a string, found a list; did you mean "quiet", without brackets?',
    ],
    ['kernel: {image: x, binary: ""}', '1:28: kernel.binary: expected a file name, found an empty string'],
    [
      'services: [{name: a}]',
      '1:12: services[0]: expected the key "image" with an image reference such as "nginx:1.27" or "pkg:busybox", found only "name"',
    ],
    [
      'services: [{name: a, imgae: x}]',
      '1:22: services[0].imgae: expected a known key, found "imgae"; did you mean "image"?',
    ],
    [
      'services: [{name: a/b, image: x}]',
      '1:19: services[0].name: expected a name of at most 100 letters, digits, "_", ".", "+" and "-" that starts with a letter, a digit or "_", found the string "a/b"',
    ],
    [
      'services: [{name: .., image: x}]',
      '1:19: services[0].name: expected a name of at most 100 letters, digits, "_", ".", "+" and "-" that starts with a letter, a digit or "_", found the string ".."',
    ],
    [
      'services: [{name: a, image: x}, {name: a, image: y}]',
      '1:40: services[1].name: expected a name of its own, found "a" as at os.yml:1:19',
    ],
  ])('%j', (text, message) => {
    expect(headline(text)).toBe(`os.yml:${message}`);
  });
});

describe('what is known but not built', () => {
  test.each([
    ['trust: {orgs: [linuxkit]}', '1:9: trust.orgs: expected a known key, found "orgs"; did you mean "org"?'],
    [serviceWith('selinux: x'), '4:5: services[0].selinux: "selinux" is not built yet'],
    [
      serviceWith('dependson: [a]'),
      '4:5: services[0].dependson: expected a known key, found "dependson"; did you mean "depends_on"?',
    ],
    [
      serviceWith('on_failure: halt'),
      '4:5: services[0].on_failure: "on_failure" is for onboot entries: nothing waits for this one',
    ],
  ])('%j', (text, message) => {
    expect(headline(text)).toBe(`os.yml:${message}`);
  });
});

describe('settings', () => {
  test.each([
    ['readonly: yes', '4:15: services[0].readonly: expected true or false, found the string "yes"; did you mean true?'],
    [
      'readonly: "off"',
      '4:15: services[0].readonly: expected true or false, found the string "off"; did you mean false?',
    ],
    ['readonly: 1', '4:15: services[0].readonly: expected true or false, found the integer 1'],
    [
      'command: /bin/sh',
      '4:14: services[0].command: expected a list of strings with at least one entry, found the string "/bin/sh"; did you mean ["/bin/sh"]?',
    ],
    [
      'command: []',
      '4:14: services[0].command: expected a list of strings with at least one entry, found an empty list',
    ],
    [
      'command: [sleep, 5]',
      '4:22: services[0].command[1]: expected a string, found the integer 5; did you mean "5", in quotes?',
    ],
    ['command: [sleep, ~]', '4:22: services[0].command[1]: expected a string, found nothing'],
    [
      'command: [sleep, "a\\0b"]',
      '4:22: services[0].command[1]: expected text without NUL characters, found "a\\u0000b"',
    ],
    ['binds:', '4:11: services[0].binds: expected a list of strings, found nothing; write [] for an empty list'],
    ['env: [A]', '4:11: services[0].env[0]: expected a variable "NAME=value", found the string "A"'],
    [
      'environment: [A=b]',
      '4:5: services[0].environment: expected a known key, found "environment"; did you mean "env"?',
    ],
    [
      'entrypoint: [x]',
      '4:5: services[0].entrypoint: expected a known key, found "entrypoint"; did you mean "command"?',
    ],
    ['rmlimits: []', '4:5: services[0].rmlimits: expected a known key, found "rmlimits"; did you mean "rlimits"?'],
    ['cmdline: x', '4:5: services[0].cmdline: expected a known key, found "cmdline"; "cmdline" belongs in kernel'],
    ['wat: x', '4:5: services[0].wat: expected a known key, found "wat"'],
    ['cwd: srv', '4:10: services[0].cwd: expected an absolute path, found the string "srv"'],
    [
      'net: bridge',
      '4:10: services[0].net: expected "host", "root", "new", "none" or the path of a namespace, found the string "bridge"',
    ],
    [
      'pid: none',
      '4:10: services[0].pid: expected "host", "root", "new", "pod" or the path of a namespace, found the string "none"',
    ],
    [
      'capabilities: [NET_ADMIN]',
      '4:20: services[0].capabilities[0]: expected a capability such as "CAP_NET_ADMIN", or "all" or "none" alone, found the string "NET_ADMIN"; did you mean "CAP_NET_ADMIN"?',
    ],
    [
      'ambient: [cap_chown]',
      '4:15: services[0].ambient[0]: expected a capability such as "CAP_NET_ADMIN", or "all" or "none" alone, found the string "cap_chown"; did you mean "CAP_CHOWN"?',
    ],
    [
      'capabilities: [CAP_CHOWN, all]',
      '4:31: services[0].capabilities[1]: expected "all" to stand alone, found 2 entries',
    ],
    [
      'binds: [/a]',
      '4:13: services[0].binds[0]: expected a bind "/source:/destination" or "/source:/destination:options", found the string "/a"',
    ],
    [
      'binds: ["/a:b"]',
      '4:13: services[0].binds[0]: expected a bind "/source:/destination" or "/source:/destination:options", found the string "/a:b"',
    ],
    [
      'binds: ["/a:/b:ro:z"]',
      '4:13: services[0].binds[0]: expected a bind "/source:/destination" or "/source:/destination:options", found the string "/a:/b:ro:z"',
    ],
    ['binds: ["/a:/b:readonly"]', '4:13: services[0].binds[0]: expected an option of a bind, found "readonly"'],
    [
      'binds.add: ["/a:/b:rshard"]',
      '4:17: services[0].binds.add[0]: expected an option of a bind, found "rshard"; did you mean "rshared"?',
    ],
    [
      'binds: ["./a:/b"]',
      '4:13: services[0].binds[0]: expected an absolute path or the name of a volume, of which the spec has none, found "./a"',
    ],
    [
      'tmpfs: [tmp]',
      '4:13: services[0].tmpfs[0]: expected a tmpfs "/destination" or "/destination:options", found the string "tmp"',
    ],
    [
      'tmpfs: ["/tmp:sise=1M"]',
      '4:13: services[0].tmpfs[0]: expected an option of a tmpfs, found "sise=1M"; did you mean "size="?',
    ],
    [
      'mounts: [{source: foo, destination: /x}]',
      '4:14: services[0].mounts[0]: expected the key "type", found only "source", "destination"',
    ],
    ['mounts: [{type: tmpfs}]', '4:14: services[0].mounts[0]: expected the key "destination", found only "type"'],
    ['mounts: [{}]', '4:14: services[0].mounts[0]: expected the key "type", found an empty map'],
    [
      'devices: [/dev/null]',
      '4:15: services[0].devices[0]: expected a device: a map with path, type, major, minor and mode, found the string "/dev/null"',
    ],
    [
      'devices: [{path: /dev/x, type: c}]',
      '4:15: services[0].devices[0]: expected the keys "major", "minor", "mode" too, found only "path", "type"',
    ],
    [
      'devices: [{path: /dev/x, type: a}]',
      '4:36: services[0].devices[0].type: expected "c", "b", "u" or "p" for one device, found "a"',
    ],
    [
      'devices: [{path: /dev/x, type: c, major: 1, minor: 3, mode: 0666}]',
      '4:65: services[0].devices[0].mode: expected octal digits in quotes such as "0644", found the integer 0666; did you mean "0666", in quotes?',
    ],
    [
      'uid: -1',
      '4:10: services[0].uid: expected a number from 0 to 4294967294, "root" or the name of a container, found the integer -1',
    ],
    [
      'uid: 1.5',
      '4:10: services[0].uid: expected a number from 0 to 4294967294, "root" or the name of a container, found the number 1.5',
    ],
    [
      'uid: "1000"',
      '4:10: services[0].uid: expected a number, "root" or the name of a container, found "1000"; did you mean 1000, without quotes?',
    ],
    [
      'gid: wbe',
      '4:10: services[0].gid: expected a number, "root" or the name of a container, found "wbe"; did you mean "web"?',
    ],
    [
      'additionalGids: [nobody]',
      '4:22: services[0].additionalGids[0]: expected a number, "root" or the name of a container, found "nobody"',
    ],
    [
      'oomScoreAdj: 1001',
      '4:18: services[0].oomScoreAdj: expected an integer from -1000 to 1000, found the integer 1001',
    ],
    [
      'oomScoreAdj: "5"',
      '4:18: services[0].oomScoreAdj: expected an integer from -1000 to 1000, found the string "5"; did you mean 5, without quotes?',
    ],
    [
      'rlimits: ["nofile,1"]',
      '4:15: services[0].rlimits[0]: expected a limit "name,soft,hard", found the string "nofile,1"',
    ],
    [
      'rlimits: ["nofiles,1,2"]',
      '4:15: services[0].rlimits[0]: expected a resource limit such as "nofile", found "nofiles"; did you mean "nofile"?',
    ],
    [
      'rlimits: ["nofile,x,2"]',
      '4:15: services[0].rlimits[0]: expected a soft limit that is a number or "unlimited", found "x"',
    ],
    [
      'rlimits: ["nofile,1,18446744073709551616"]',
      '4:15: services[0].rlimits[0]: expected a hard limit that is a number or "unlimited", found "18446744073709551616"',
    ],
    [
      'rlimits: ["nofile,unlimited,2"]',
      '4:15: services[0].rlimits[0]: expected a soft limit of at most the hard one, found unlimited over 2',
    ],
    [
      'sysctl: {net.ipv4.ip_forward: 1}',
      '4:35: services[0].sysctl.net.ipv4.ip_forward: expected a string, found the integer 1; did you mean "1", in quotes?',
    ],
    [
      'sysctl: [a]',
      '4:13: services[0].sysctl: expected a map of strings such as net.ipv4.ip_forward: "1", found a list',
    ],
    [
      'annotations: {"a b": 1}',
      '4:26: services[0].annotations["a b"]: expected a string, found the integer 1; did you mean "1", in quotes?',
    ],
    [
      'resources: {memory: {limit: 64M}}',
      '4:33: services[0].resources.memory.limit: expected a number of bytes, or -1 for no limit, found the string "64M"',
    ],
    [
      'resources: {memory: {limit: 9223372036854775808}}',
      '4:33: expected an integer of at most 64 bits, found 9223372036854775808',
    ],
    [
      'resources: {pids: {}}',
      '4:23: services[0].resources.pids: expected the key "limit" with a number, or -1 for no limit, found an empty map',
    ],
    [
      'rootfsPropagation: shard',
      '4:24: services[0].rootfsPropagation: expected "shared", "slave", "private", "unbindable" or one of these with an "r" before it, found the string "shard"; did you mean "shared"?',
    ],
    [
      `hostname: ${'h'.repeat(65)}`,
      `4:15: services[0].hostname: expected a host name of at most 64 characters, found the string "${'h'.repeat(57)}…"`,
    ],
  ])('%s', (settings, message) => {
    expect(headline(serviceWith(settings))).toBe(`os.yml:${message}`);
  });
});

describe('files', () => {
  const one = 'exactly one of contents, source, metadata, symlink and directory';

  test.each([
    ['path: a', `2:5: files[0]: expected ${one}, found none`],
    ['{path: a, directory: false}', `2:5: files[0]: expected ${one}, found none`],
    ['{path: a, contents: "", source: b}', `2:29: files[0].source: expected ${one}, found contents and source`],
    [
      '{path: a, symlink: b, directory: true}',
      `2:27: files[0].directory: expected ${one}, found symlink and directory`,
    ],
    ['{contents: a}', '2:5: files[0]: expected the key "path" with a path, found only "contents"'],
    ['{path: ../a, contents: x}', '2:12: files[0].path: expected a path without "..", found "../a"'],
    ['{path: /, directory: true}', '2:12: files[0].path: expected a path below /, found "/"'],
    ['{path: a/.., source: x}', '2:12: files[0].path: expected a path without "..", found "a/.."'],
    [
      '{path: a, contents: x, exclude: [b]}',
      '2:28: files[0].exclude: expected a source with "exclude", found only "path", "contents", "exclude"',
    ],
    [
      '{path: a, directory: true, dirMode: "0700"}',
      '2:32: files[0].dirMode: expected a source with "dirMode", found only "path", "directory", "dirMode"',
    ],
    [
      '{path: a, source: x, exclude: "*.o"}',
      '2:35: files[0].exclude: expected a list of patterns such as "*.o" or "/build/", found the string "*.o"; did you mean ["*.o"]?',
    ],
    [
      '{path: a, source: x, ignore: []}',
      '2:26: files[0].ignore: expected a known key, found "ignore"; did you mean "exclude"?',
    ],
    ['{path: "", contents: x}', '2:12: files[0].path: expected a path, found an empty string'],
    [
      '{path: a, contents: x, mode: 644}',
      '2:34: files[0].mode: expected octal digits in quotes such as "0644", found the integer 644; did you mean "644", in quotes?',
    ],
    [
      '{path: a, contents: x, mode: "0888"}',
      '2:34: files[0].mode: expected octal digits in quotes such as "0644", found the string "0888"',
    ],
    [
      '{path: a, contents: x, mode: "12345"}',
      '2:34: files[0].mode: expected octal digits in quotes such as "0644", found the string "12345"',
    ],
    ['{path: a, metadata: xml}', '2:25: files[0].metadata: expected "yaml" or "json", found the string "xml"'],
    [
      '{path: a, content: x}',
      '2:15: files[0].content: expected a known key, found "content"; did you mean "contents"?',
    ],
    [
      '{path: a, contents: 5}',
      '2:25: files[0].contents: expected a string, found the integer 5; did you mean "5", in quotes?',
    ],
    [
      '{path: a, contents: x, uid: web}',
      '2:33: files[0].uid: expected a number, "root" or the name of a container, found "web"',
    ],
  ])('%s', (file, message) => {
    expect(refusal(`files:\n  - ${file}\n`)).toContain(`os.yml:${message}`);
  });
});

describe('the list of errors', () => {
  test('has every mistake in the order of the file, with excerpts', () => {
    const text = [
      'servics:',
      '  - name: web',
      'kernel:',
      '  image: 5',
      'init: [a, "@pkg:b"]',
      'onboot:',
      '  - name: a',
      '    image: b',
      '    readonly: maybe',
      '',
    ].join('\n');
    expect(refusal(text)).toBe(
      [
        'os.yml has 4 errors',
        'os.yml:1:1: servics: expected a known key, found "servics"; did you mean "services"?',
        '  1 | servics:',
        '    | ^^^^^^^',
        'os.yml:4:10: kernel.image: expected an image reference such as "nginx:1.27" or "pkg:busybox", found the integer 5; did you mean "5", in quotes?',
        '  4 |   image: 5',
        '    |          ^',
        'os.yml:5:11: init[1]: expected no template here, found the template "@pkg:b"',
        '  5 | init: [a, "@pkg:b"]',
        '    |           ^^^^^^^^',
        'os.yml:9:15: onboot[0].readonly: expected true or false, found the string "maybe"',
        '  9 |     readonly: maybe',
        '    |               ^^^^^',
      ].join('\n'),
    );
  });

  test('says once what an alias repeats', () => {
    const text = 'onboot:\n  - &a {name: a, image: b, bad: 1}\n  - *a\nservices:\n  - *a\n';
    expect(refusal(text)).toBe(
      [
        'os.yml:2:28: onboot[0].bad: expected a known key, found "bad"',
        '  2 |   - &a {name: a, image: b, bad: 1}',
        '    |                            ^^^',
      ].join('\n'),
    );
  });

  test('points below tabs and wide lines', () => {
    expect(refusal('init: ["ü",\t5]')).toBe(
      [
        'os.yml:1:13: init[1]: expected an image reference such as "nginx:1.27" or "pkg:busybox", found the integer 5; did you mean "5", in quotes?',
        '  1 | init: ["ü",    5]',
        '    |                ^',
      ].join('\n'),
    );
  });

  test('cuts long lines around the mistake', () => {
    const lines = refusal(`init: ["${'a'.repeat(5000)}", 5, "${'b'.repeat(5000)}"]`).split('\n');
    expect(lines[0]).toMatch(/^os\.yml:1:5012: /);
    expect(lines[1]).toBe(`  1 | ${'a'.repeat(47)}", 5, "${'b'.repeat(46)}`);
    expect(lines[2]).toBe(`    | ${' '.repeat(50)}^`);
  });

  test('shows no character that a terminal acts on', () => {
    const message = refusal('"a\\e[31m\\u202e": "\u200f\u202e"');
    expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u200f\u202e]/);
    expect(message).toContain('found "a\\u001b[31m\\u202e"');
  });

  test('ends after a hundred and counts the rest', () => {
    const text = Array.from({ length: 250 }, (_, index) => `zzzzzzzz${index}: 1\n`).join('');
    const lines = refusal(text).split('\n');
    expect(lines[0]).toBe('os.yml has 250 errors');
    expect(lines.at(-1)).toBe('… and 150 more');
    expect(lines.filter((line) => line.startsWith('os.yml:'))).toHaveLength(100);
  });
});
