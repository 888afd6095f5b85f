// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSpecs } from '../../../src/spec/parse.ts';
import type { SpecSource } from '../../../src/spec/read-source.ts';
import { formatPlace } from '../../../src/spec/texts.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { refusalOf } from '../../support/refusal.ts';

function source(name: string, text: string): SpecSource {
  return { name, text, folder: resolve(name, '..') };
}

const fetched = (text: string): SpecSource => ({ name: 'https://host/os.yml', text, folder: undefined });

function merge(...texts: string[]): Spec {
  return parseSpecs(texts.map((text, index) => source(`${'abc'.charAt(index)}.yml`, text)));
}

function refusal(...sources: SpecSource[]): string {
  return refusalOf('spec', () => parseSpecs(sources));
}

describe('several files', () => {
  test('keep what a glob means, whatever the folders are called', () => {
    const other = 'files: [{path: /g, source: "*.conf"}, {path: /f, source: "plain"}]';
    const spec = parseSpecs([source('a/os.yml', 'init: [i]'), source('[b]/c*/more.yml', other)]);
    expect(spec.files.map((file) => file.source)).toEqual([String.raw`../\[b]/c\*/*.conf`, '../[b]/c*/plain']);
  });

  test('are one spec: lists are appended in the order of the files', () => {
    const spec = merge(
      'init: [a, b]\nonboot: [{name: x, image: i}]\nfiles: [{path: f, contents: one}]',
      'init: [a]\nonboot: [{name: x, image: j}]\nservices: [{name: s, image: i}]',
      'init:\nservices: [{name: t, image: i}]\nonshutdown: [{name: x, image: i}]\nfiles: [{path: f, contents: two}]',
    );
    expect(spec).toMatchObject({
      file: 'a.yml',
      init: ['a', 'b', 'a'],
      onboot: [
        { name: 'x', image: 'i' },
        { name: 'x', image: 'j' },
      ],
      onshutdown: [{ name: 'x' }],
      services: [{ name: 's' }, { name: 't' }],
      files: [{ contents: 'one' }, { contents: 'two' }],
    });
  });

  test.each([
    ['a key that is given overrides', 'kernel: {image: l, tar: none}', { image: 'l', cmdline: 'c', tar: 'none' }],
    ['an empty command line does not', 'kernel: {cmdline: ""}', { image: 'k', cmdline: 'c', tar: 't' }],
    ['an empty tar does: it means none', 'kernel: {tar: ""}', { image: 'k', cmdline: 'c', tar: '' }],
    ['no kernel changes nothing', 'kernel:', { image: 'k', cmdline: 'c', tar: 't' }],
  ])('have one kernel: %s', (_what, text, kernel) => {
    expect(merge('kernel: {image: k, cmdline: c, tar: t}', text).kernel).toEqual(kernel);
  });

  test('may bring the kernel in any order, its image in one of them', () => {
    expect(merge('kernel: {cmdline: c}', 'kernel: {image: k}').kernel).toEqual({ image: 'k', cmdline: 'c' });
  });

  test('need an image of the kernel in one of them', () => {
    const message = refusal(source('a.yml', 'kernel: {cmdline: c}'), source('b.yml', 'kernel: {tar: none}'));
    expect(message).toContain('a.yml:1:9: kernel: expected the key "image"');
    expect(message).toContain('b.yml:1:9: kernel: expected the key "image"');
  });

  test('have a container of another file as owner', () => {
    const spec = merge('services: [{name: web, image: i}]', 'files: [{path: f, contents: "", uid: web}]');
    expect(spec.files[0]).toMatchObject({ uid: 'web' });
  });

  test('use the volumes of each other', () => {
    const user = (name: string, volume: string): string =>
      `services: [{name: ${name}, image: i, binds: ["${volume}:/v"]}]`;
    const spec = merge(
      `volumes: [{name: one}]\n${user('s', 'two')}`,
      `volumes: [{name: two}]\n${user('t', 'one')}`,
      user('u', 'one'),
    );
    expect(spec.volumes.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(refusal(source('a.yml', 'volumes: [{name: one}]'), source('b.yml', 'volumes: [{name: one}]'))).toContain(
      'b.yml:1:18: volumes[0].name: expected a name of its own, found "one" as at a.yml:1:18',
    );
  });

  test('each have their own anchors', () => {
    const message = refusal(source('a.yml', 'init: &x [i]'), source('b.yml', 'init: *x'));
    expect(message).toContain('b.yml:1:7: expected an anchor &x before the alias, found none');
  });

  test('a service that two have is an error that names both places', () => {
    const twice = 'services:\n  - name: web\n    image: i\n';
    expect(refusal(source('a.yml', `# one\n${twice}`), source('dir/b.yml', twice))).toBe(
      [
        'dir/b.yml:2:11: services[0].name: expected a name of its own, found "web" as at a.yml:3:11',
        '  2 |   - name: web',
        '    |           ^^^',
      ].join('\n'),
    );
  });

  test('have all their mistakes in one list, each file named', () => {
    const message = refusal(
      source('a.yml', 'servics: []\n'),
      source('b.yml', 'init: [a\n'),
      source('c.yml', 'onboot:\n  - {name: x, image: i, redonly: true}\n'),
    );
    expect(message.split('\n').filter((line) => !line.startsWith(' '))).toEqual([
      'a.yml, b.yml and c.yml have 3 errors',
      'a.yml:1:1: servics: expected a known key, found "servics"; did you mean "services"?',
      expect.stringMatching(/^b\.yml:2:1: expected a closing "\]", found none/),
      'c.yml:2:25: onboot[0].redonly: expected a known key, found "redonly"; did you mean "readonly"?',
    ]);
  });

  test('a mistake that a check finds is at its path in its own file', () => {
    const message = refusal(
      source('a.yml', 'services: [{name: a, image: i}]'),
      source('b.yml', 'services: [{name: b, image: i, uid: nobody}]'),
    );
    expect(message).toContain('b.yml:1:37: services[0].uid: expected a number, "root" or the name of a container');
  });

  test('say where each entry of the whole is written', () => {
    const { origin } = merge('init: [a]\nkernel: {image: k}', 'kernel:\n  cmdline: c\ninit:\n  - b\n');
    const at = (...path: (string | number)[]) => {
      const place = origin.place(path);
      return place && formatPlace(place);
    };
    expect([at('kernel', 'image'), at('kernel', 'cmdline')]).toEqual(['a.yml:2:10', 'b.yml:2:3']);
    expect([at('init', 0), at('init', 1), at('init', 2)]).toEqual(['a.yml:1:8', 'b.yml:4:5', undefined]);
  });
});

describe('relative paths of a file in another folder', () => {
  const other = `
kernel: {image: "oci:kernels/a:1.0"}
init: [pkg:./mine, pkg:dhcp, "oci-archive:/abs.tar", nginx]
services:
  - {name: a, image: "docker-archive:../x.tar", seccomp: p.json, command: [./run]}
  - {name: b, image: i, seccomp: default}
files:
  - {path: f, source: f.conf}
  - {path: g, source: /etc/g}
  - {path: h, source: ~/h}
  - {path: i, contents: f.conf}
  - {path: j, symlink: f.conf}
`;

  test('start from the folder of the first, and name the same files', () => {
    const { origin, ...spec } = parseSpecs([source('specs/a.yml', 'init: []'), source('more/deep/b.yml', other)]);
    expect(origin.folder).toBe(resolve('specs'));
    expect(spec).toMatchObject({
      kernel: { image: 'oci:../more/deep/kernels/a:1.0' },
      init: ['pkg:../more/deep/mine', 'pkg:dhcp', 'oci-archive:/abs.tar', 'nginx'],
      services: [
        { image: 'docker-archive:../more/x.tar', seccomp: '../more/deep/p.json', command: ['./run'] },
        { image: 'i', seccomp: 'default' },
      ],
      files: [
        { source: '../more/deep/f.conf' },
        { source: '/etc/g' },
        { source: '~/h' },
        { contents: 'f.conf' },
        { symlink: 'f.conf' },
      ],
    });
  });

  test('stay relative in a folder below', () => {
    const spec = parseSpecs([source('a.yml', 'init: []'), source('default/b.yml', 'init: [pkg:./x]')]);
    expect(spec.init).toEqual(['pkg:./default/x']);
  });

  test('stay as they are in the same folder', () => {
    const spec = parseSpecs([source('more/deep/a.yml', 'init: []'), source('more/deep/b.yml', other)]);
    expect(spec.files[0]).toMatchObject({ source: 'f.conf' });
    expect(spec.init[0]).toBe('pkg:./mine');
  });

  test('are refused where there is no folder, each with the reason', () => {
    const message = refusal(source('a.yml', 'init: [x]'), fetched(other));
    const found = [
      ...message.matchAll(/^https:\/\/host\/os\.yml:\d+:\d+: (\S+): expected an absolute path, found "(.*)": (.*)$/gm),
    ];
    expect(found.map(([, path, text]) => [path, text])).toEqual([
      ['kernel.image', 'oci:kernels/a:1.0'],
      ['init[0]', 'pkg:./mine'],
      ['services[0].image', 'docker-archive:../x.tar'],
      ['services[0].seccomp', 'p.json'],
      ['files[0].source', 'f.conf'],
    ]);
    expect(found[0]?.[3]).toBe('a spec from a URL lies in no folder that it could start from');
  });

  test('of a first one without a folder start from the current folder', () => {
    const spec = parseSpecs([fetched('init: [x]'), source('specs/b.yml', 'files: [{path: f, source: f.conf}]')]);
    expect(spec.origin.folder).toBe(process.cwd());
    expect(spec.files[0]?.source).toBe(`./${relative(process.cwd(), resolve('specs/f.conf'))}`);
  });
});

describe('trust', () => {
  const text = 'init: [a]\ntrust:\n  org: [linuxkit]\n  image: [x]\n';

  test('is accepted and ignored, with a warning that says where it is', () => {
    const warnings: string[] = [];
    const spec = parseSpecs([source('os.yml', text)], { warn: (warning) => void warnings.push(warning) });
    expect(Object.keys(spec)).not.toContain('trust');
    expect(warnings).toEqual([expect.stringMatching(/^os\.yml:2:1: "trust" is ignored: .*pin images by digest/)]);
  });

  test('asks for nothing when it is empty', () => {
    const warnings: string[] = [];
    parseSpecs([source('os.yml', 'init: [a]\ntrust: {}\n')], { warn: (warning) => void warnings.push(warning) });
    expect(warnings).toEqual([]);
  });
});
