// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findUsers } from '../../../src/assemble/users.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import type { ImageSettings } from '../../../src/spec/types.ts';
import { Assembly } from '../../support/assembly.ts';
import type { RawHeader } from '../../support/raw-tar.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const passwd = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
# a comment

web:x:1000:100:Web:/home/web:/bin/sh
7:x:70:71::/:
bad:x:12a:5::/:
big:x:1:4294967295::/:
member:x:8:8::/:
short
`;
const group = `root:x:0:root,web
www-data:x:33:
users:x:100:
docker:x:998:web,other
audio:x:29:other,web
webs:x:30:webs
odd:x:nine:member
`;

const etc: readonly RawHeader[] = [
  { name: 'etc/passwd', data: passwd },
  { name: 'etc/group', data: group },
];

interface Case {
  readonly user?: string;
  readonly label?: ImageSettings;
  readonly entry?: ImageSettings;
  readonly files?: readonly RawHeader[];
}

function image({ user, label, files = etc }: Case): FlattenedImage {
  return assembly.image('example.com/web', files, {
    Cmd: ['/s'],
    ...(user === undefined ? {} : { User: user }),
    ...(label === undefined ? {} : { Labels: { 'org.mobyproject.config': JSON.stringify(label) } }),
  });
}

async function find(from: FlattenedImage, settings: ImageSettings = {}) {
  const entry = { name: 'web', image: 'example.com/web', ...settings };
  const users = await findUsers([{ section: 'services', index: 2, entry, image: from }], assembly.ctx);
  return users.get(entry);
}

/** The same image, whose tree must not be loaded. */
function sealed(from: FlattenedImage): FlattenedImage {
  const load = () => Promise.reject(new Error('the tree was loaded'));
  return { ...from, tree: { ...from.tree, load } };
}

const user = (uid: number, gid: number, ...groups: readonly number[]) => ({ uid, gid, groups: [gid, ...groups] });
const root = { uid: 0, gid: 0, groups: [] };

describe('the USER of an image', () => {
  test.each([
    ['www-data', user(33, 33)],
    ['web', user(1000, 100, 0, 998, 29)],
    ['web:docker', user(1000, 998)],
    ['web:5', user(1000, 5)],
    ['1000', user(1000, 100, 0, 998, 29)],
    ['1000:docker', user(1000, 998)],
    ['4242', user(4242, 0)],
    ['4242:users', user(4242, 100)],
    ['4242:4243', user(4242, 4243)],
    ['7', user(70, 71)],
    ['root', root],
    ['0', root],
    ['0:0', root],
    ['root:docker', user(0, 998)],
  ])('%s is looked up in its own passwd and group as Docker does', async (text, expected) => {
    expect(await find(image({ user: text }))).toEqual(expected);
  });

  test.each(['', undefined])('is nobody when it is %j', async (text) => {
    expect(await find(image(text === undefined ? {} : { user: text }))).toBeUndefined();
  });

  test.each<[string, Case, object | undefined]>([
    ['uid of the entry', { entry: { uid: 0 } }, undefined],
    ['gid of the entry', { entry: { gid: 0 } }, undefined],
    ['additionalGids of the entry', { entry: { additionalGids: [] } }, undefined],
    ['uid of the label', { label: { uid: 5 } }, undefined],
    ['user of the entry', { entry: { user: 'root' } }, root],
    ['user of the entry by number', { entry: { user: 1000 } }, user(1000, 100, 0, 998, 29)],
    ['user of the label', { label: { user: 'web' } }, user(1000, 100, 0, 998, 29)],
    ['user of the entry over that of the label', { label: { user: 'web' }, entry: { user: '8:9' } }, user(8, 9)],
  ])('gives way to %s', async (_what, { label, entry }, expected) => {
    expect(await find(image({ user: 'www-data', ...(label && { label }) }), entry)).toEqual(expected);
  });

  test.each(['1000:1000', 'root', '0'])('%s needs no look into the tree', async (text) => {
    expect(await find(sealed(image({ user: text })))).toBeDefined();
  });

  test('is remembered, so that a later build loads no tree', async () => {
    const from = image({ user: 'web' });
    const first = await find(from);
    expect(readdirSync(join(assembly.ctx.cache, 'facts'))).toHaveLength(1);
    expect(await find(sealed(from))).toEqual(first);
    await expect(find(sealed(image({ user: 'www-data' })))).rejects.toThrow('the tree was loaded');
  });
});

const inEntry = 'assembling services[2] "web" of image "example.com/web"';

describe('a user that is not there', () => {
  test.each<[string, Case, string]>([
    [
      'by name',
      { user: 'wbe' },
      'USER "wbe" of image "example.com/web": expected the user "wbe" in "/etc/passwd" of the image, found none; did you mean "web"?',
    ],
    [
      'by group',
      { entry: { user: 'web:dokcer' } },
      'user "web:dokcer": expected the group "dokcer" in "/etc/group" of the image, found none; did you mean "docker"?',
    ],
    [
      'in an image without the file',
      { user: 'web', files: [] },
      'USER "web" of image "example.com/web": expected the user "web" in "/etc/passwd" of the image, found no such file',
    ],
    [
      'whose number is none',
      { user: 'bad' },
      'USER "bad" of image "example.com/web": "/etc/passwd": expected an id from 0 to 4294967294 of "bad", found "12a"',
    ],
    [
      'whose group is too large',
      { user: 'big' },
      'USER "big" of image "example.com/web": "/etc/passwd": expected an id from 0 to 4294967294 of "big", found "4294967295"',
    ],
    [
      'with a group whose number is none',
      { user: 'member' },
      'USER "member" of image "example.com/web": "/etc/group": expected an id from 0 to 4294967294 of "odd", found "nine"',
    ],
    [
      'with half a line',
      { user: 'short' },
      'USER "short" of image "example.com/web": "/etc/passwd": expected an id from 0 to 4294967294 of "short", found ""',
    ],
    [
      'with a number beyond all ids',
      { user: '4294967295:1' },
      'USER "4294967295:1" of image "example.com/web": expected an id from 0 to 4294967294, found 4294967295',
    ],
    [
      'of another shape',
      { user: 'a:b:c' },
      'USER "a:b:c" of image "example.com/web": expected "name[:group]" or "uid[:gid]", found "a:b:c"',
    ],
    [
      'with an empty group',
      { user: 'web:' },
      'USER "web:" of image "example.com/web": expected "name[:group]" or "uid[:gid]", found "web:"',
    ],
  ])('%s is an error that names image and file', async (_what, { entry, ...from }, message) => {
    await expect(find(image(from), entry)).rejects.toThrow(
      expect.objectContaining({ code: 'spec', message: `${inEntry}: ${message}` }),
    );
  });
});

describe('a hostile image', () => {
  test('has links followed inside of it only', async () => {
    const files: readonly RawHeader[] = [
      { name: 'etc', typeflag: '2', link: '/usr/etc' },
      { name: 'usr/etc/passwd', typeflag: '2', link: '../../../../real' },
      { name: 'real', data: 'web:x:5:6::/:\n' },
    ];
    expect(await find(image({ user: 'web', files }))).toEqual(user(5, 6));
  });

  test.each<[string, readonly RawHeader[]]>([
    [
      'a loop of links',
      [
        { name: 'etc/passwd', typeflag: '2', link: 'a' },
        { name: 'etc/a', typeflag: '2', link: 'passwd' },
      ],
    ],
    ['a device', [{ name: 'etc/passwd', typeflag: '3', major: 1, minor: 5 }]],
    ['a folder', [{ name: 'etc/passwd', typeflag: '5' }]],
  ])('with %s for its passwd has none', async (_what, files) => {
    await expect(find(image({ user: 'web', files }))).rejects.toThrow(
      'in "/etc/passwd" of the image, found no such file',
    );
  });

  test('with an enormous passwd is an error', async () => {
    const files = [{ name: 'etc/passwd', data: `${passwd}${'x'.repeat(1_048_576)}` }];
    await expect(find(image({ user: 'web', files }))).rejects.toThrow(
      'USER "web" of image "example.com/web": reading "/etc/passwd" of the image: a file of 1048',
    );
  });
});
