// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Ajv } from 'ajv';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpdxDocument } from '../../src/sbom/spdx.ts';
import { type CliResult, runTskit } from '../support/cli.ts';
import { createArchive, type DebianArchive, writeSources } from '../support/debian-archive.ts';
import { umociImage } from '../support/images.ts';
import { writeRecipe } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const workspace = temporaryFolder();
let archive: DebianArchive;
let env: Record<string, string>;

const spec = `
onboot:
  - { name: once, image: pkg:./once }
services:
  - { name: web, image: "oci:layout:web" }
  - { name: alpine, image: "oci:layout:alpine" }
  - { name: own, image: "oci:layout:own" }
files:
  - { path: etc/motd, contents: "hello\\n", mode: "0644" }
`;

const status = `Package: libfoo
Status: install ok installed
Maintainer: Foo People <foo@example.com>
Architecture: amd64
Source: foo (2.0-3)
Version: 2:2.0-3+b1
Homepage: https://example.com/foo
Description: foo

Package: gone
Status: deinstall ok config-files
Version: 1
`;

const apk = `P:musl
V:1.2.4-r2
A:x86_64
L:MIT
o:musl
m:Someone <someone@example.com>
U:https://musl.libc.org/
T:the libc
F:lib
R:libc.so

P:odd
V:1-r0
A:x86_64
L:custom terms of somebody
`;

const copyright =
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: x\nLicense: Expat\n';

beforeAll(async () => {
  archive = createArchive(workspace.path);
  archive.publish([{ name: 'once', version: '1.5', files: { 'usr/bin/once': '#!/bin/sh\n' } }]);
  const sources = writeSources(join(workspace.path, 'sources.list'), `file:${archive.folder}`, archive.keyring);
  env = { XDG_CACHE_HOME: join(workspace.path, 'cache'), TSKIT_DEBIAN_SOURCES: sources };
  writeRecipe(workspace.path, 'once', '# Once.\npackages: [once]\nconfig: {cmd: [/usr/bin/once]}\n');
  const layout = join(workspace.path, 'layout');
  const debian = {
    'var/lib/dpkg/status': status,
    'usr/share/doc/libfoo/copyright': copyright,
    'etc/os-release': 'ID=debian\nVERSION_CODENAME=trixie\n',
  };
  await umociImage(layout, 'web', { layers: [debian] });
  const document = {
    spdxVersion: 'SPDX-2.3',
    packages: [
      { SPDXID: 'SPDXRef-Package-kernel', name: 'a-kernel', versionInfo: '6.12.1', licenseDeclared: 'GPL-2.0-only' },
      { SPDXID: 'SPDXRef-2', name: 'odd-one', versionInfo: 7, licenseDeclared: 'LicenseRef-x', checksums: 'none' },
      'no package',
    ],
  };
  await umociImage(layout, 'own', { layers: [{ 'sbom.spdx.json': JSON.stringify(document) }] });
  const alpine = { 'lib/apk/db/installed': apk, 'etc/os-release': 'ID=alpine\nVERSION_ID=3.20.1\n' };
  await umociImage(layout, 'alpine', { layers: [alpine] });
  writeFileSync(join(workspace.path, 'os.yml'), spec);
});
afterAll(() => {
  archive[Symbol.dispose]();
  workspace[Symbol.dispose]();
});

function build(...args: readonly string[]): Promise<CliResult> {
  return runTskit(['build', '--format', 'tar', ...args, 'os.yml'], { cwd: workspace.path, env });
}

function read(file: string): SpdxDocument {
  return JSON.parse(readFileSync(join(workspace.path, file), 'utf8')) as SpdxDocument;
}

/** What SPDX 2.3 asks of the parts that are written (spdx-spec v2.3, chapters 6 to 11), in a reader's own words. */
const schema = {
  type: 'object',
  required: [
    'spdxVersion',
    'dataLicense',
    'SPDXID',
    'name',
    'documentNamespace',
    'creationInfo',
    'packages',
    'relationships',
  ],
  additionalProperties: true,
  properties: {
    spdxVersion: { const: 'SPDX-2.3' },
    dataLicense: { const: 'CC0-1.0' },
    SPDXID: { const: 'SPDXRef-DOCUMENT' },
    documentNamespace: { type: 'string', pattern: '^https://[^#\\s]+$' },
    creationInfo: {
      type: 'object',
      required: ['created', 'creators'],
      properties: {
        created: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' },
        creators: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^(Tool|Person|Organization): .+' } },
      },
    },
    packages: {
      type: 'array',
      items: {
        type: 'object',
        required: ['SPDXID', 'name', 'downloadLocation'],
        properties: {
          SPDXID: { type: 'string', pattern: '^SPDXRef-[A-Za-z0-9.-]+$' },
          supplier: { type: 'string', pattern: '^(Person|Organization): [^()]+( \\([^()]+\\))?$' },
          licenseDeclared: { type: 'string', pattern: '^[A-Za-z0-9.+() -]+$' },
          checksums: { type: 'array', items: { type: 'object', required: ['algorithm', 'checksumValue'] } },
          externalRefs: {
            type: 'array',
            items: {
              type: 'object',
              required: ['referenceCategory', 'referenceType', 'referenceLocator'],
              properties: {
                referenceLocator: {
                  type: 'string',
                  pattern: '^pkg:[a-z]+/[^\\s?]+@[^\\s?]+(\\?[a-z_]+=[^\\s&]+(&[a-z_]+=[^\\s&]+)*)?$',
                },
              },
            },
          },
        },
      },
    },
    files: {
      type: 'array',
      items: {
        type: 'object',
        required: ['SPDXID', 'fileName', 'checksums'],
        properties: {
          fileName: { type: 'string', pattern: '^\\./' },
          checksums: { type: 'array', contains: { type: 'object', properties: { algorithm: { const: 'SHA1' } } } },
        },
      },
    },
    relationships: {
      type: 'array',
      contains: { type: 'object', properties: { relationshipType: { const: 'DESCRIBES' } } },
    },
  },
} as const;

describe('the SBOM of a system', () => {
  it('is valid, and each element of it is named once and related to another', async () => {
    expect(await build('--sbom')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('os.spdx.json') });
    const document = read('os.spdx.json');
    const ajv = new Ajv({ allErrors: true, strict: false });
    const validate = ajv.compile(schema);
    validate(document);
    expect(validate.errors).toBeNull();
    const ids = [...document.packages, ...(document.files ?? [])].map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    const related = new Set(document.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement));
    expect(ids.filter((id) => !related.has(id))).toEqual([]);
    const known = new Set([...ids, 'SPDXRef-DOCUMENT']);
    expect(document.relationships.every(({ spdxElementId }) => known.has(spdxElementId))).toBe(true);
  });

  it('has what each image brings: from its recipe, from the database of dpkg or apk in it, or from a document that it brings', () => {
    const { packages } = read('os.spdx.json');
    const named = (name: string): object | undefined => packages.find((one) => one.name === name);
    expect(named('once')).toMatchObject({
      versionInfo: '1.5',
      checksums: [
        { algorithm: 'SHA256', checksumValue: hashOf('sha256', readFileSync(archive.poolFile('once', '1.5'))) },
      ],
    });
    expect(named('libfoo')).toMatchObject({
      versionInfo: '2:2.0-3+b1',
      supplier: 'Organization: Foo People (foo@example.com)',
      sourceInfo: 'built package from: foo 2.0-3',
      licenseDeclared: 'MIT',
      externalRefs: [{ referenceLocator: 'pkg:deb/debian/libfoo@2:2.0-3%2Bb1?arch=amd64&distro=trixie' }],
    });
    expect(named('musl')).toMatchObject({
      licenseDeclared: 'MIT',
      externalRefs: [{ referenceLocator: 'pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.20.1' }],
    });
    expect(named('odd')).toMatchObject({ licenseDeclared: 'NOASSERTION' });
    expect(named('gone')).toBeUndefined();
    // What an image says of itself, as far as it makes sense.
    expect(named('a-kernel')).toMatchObject({ versionInfo: '6.12.1', licenseDeclared: 'GPL-2.0-only' });
    expect(named('odd-one')).toEqual({
      SPDXID: expect.stringMatching(/^SPDXRef-Image-[0-9a-f]{16}-SPDXRef-2$/),
      name: 'odd-one',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
    });
    expect(named('tskit-init')).toMatchObject({
      checksums: [{ algorithm: 'SHA256', checksumValue: hashOf('sha256', readFileSync(init)) }],
    });
    expect(named('pkg:./once')).toMatchObject({ comment: 'onboot[0] once', primaryPackagePurpose: 'CONTAINER' });
  });

  it('has the files of the spec with their checksums', () => {
    expect(read('os.spdx.json').files).toEqual([
      expect.objectContaining({
        fileName: './etc/motd',
        checksums: [
          { algorithm: 'SHA1', checksumValue: hashOf('sha1', 'hello\n') },
          { algorithm: 'SHA256', checksumValue: hashOf('sha256', 'hello\n') },
        ],
      }),
    ]);
  });

  it('goes where it is asked to, as the same bytes each time, and changes nothing else', async () => {
    const tar = (): string => hashOf('sha256', readFileSync(join(workspace.path, 'os.tar')));
    await build();
    const plain = tar();
    await build('--sbom=other.json');
    expect(tar()).toBe(plain);
    expect(readFileSync(join(workspace.path, 'other.json'))).toEqual(
      readFileSync(join(workspace.path, 'os.spdx.json')),
    );
    await build('--sbom-output', 'sbom.spdx.json');
    const inside = execFileSync('tar', ['-xOf', 'os.tar', 'sbom.spdx.json'], { cwd: workspace.path, stdio: 'pipe' });
    expect(inside).toEqual(readFileSync(join(workspace.path, 'os.spdx.json')));
    const once = tar();
    await build('--sbom-output', 'sbom.spdx.json');
    expect(tar()).toBe(once);
    await build('--no-sbom');
    expect(tar()).toBe(plain);
  });

  it('has the date of the build only when that is asked for', async () => {
    expect(read('os.spdx.json').creationInfo.created).toBe('2020-01-01T00:00:00Z');
    const before = Math.floor(Date.now() / 1000) * 1000;
    await build('--sbom=now.json', '--sbom-current-time');
    expect(Date.parse(read('now.json').creationInfo.created)).toBeGreaterThanOrEqual(before);
  });

  it.each(['init', 'etc', 'containers'])('does not take the place of /%s in the system', async (name) => {
    expect(await build('--sbom-output', name)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`expected a name that the root does not have yet, found "${name}"`),
    });
  });

  it('is refused in a place that is none, before anything is built', async () => {
    expect(await build('--sbom-output', 'usr/sbom.json')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"usr/sbom.json"'),
    });
    expect(await build('--no-sbom', '--sbom')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('found both'),
    });
    expect(await build('--sbom=os.yml')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('found the spec "os.yml"'),
    });
    expect(existsSync(join(workspace.path, 'usr'))).toBe(false);
  });
});

const init = new URL('../../dist/init', import.meta.url).pathname;

function hashOf(algorithm: string, data: string | Uint8Array): string {
  return createHash(algorithm).update(data).digest('hex');
}
