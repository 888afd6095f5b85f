// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emit } from '../../src/emit/emit.ts';
import type { Content } from '../../src/file-tree.ts';
import { testContext } from '../support/build-context.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

interface Manifest {
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly {
    readonly mediaType: string;
    readonly digest: string;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

function skopeo(...args: readonly string[]): string {
  return execFileSync('skopeo', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

it('is pushed by skopeo as it is, and comes back with the bytes that boot', async () => {
  using folder = temporaryFolder();
  await using registry = await startRegistry();
  const ctx = testContext(join(folder.path, 'cache'));
  const kernel: Content = { kind: 'inline', data: Buffer.from('the kernel') };
  const rootfs = rootfsOf([{ prefix: '', tree: lazy(treeOf({ init: file('init', { mode: 0o755 }) }), 'root') }], {
    kernel: { key: 'k', label: 'k', load: () => Promise.resolve(kernel) },
    cmdline: 'console=ttyS0 quiet',
  });
  for (const name of ['os', 'again']) {
    await emit(rootfs, { formats: ['kernel+initrd', 'oci'], dir: folder.path, name }, ctx);
  }
  const archive = join(folder.path, 'os.oci.tar');
  expect(readFileSync(join(folder.path, 'again.oci.tar')).equals(readFileSync(archive))).toBe(true);

  const remote = `docker://${registry.host}/os:1`;
  skopeo('copy', '--preserve-digests', '--dest-tls-verify=false', `oci-archive:${archive}`, remote);
  const raw = skopeo('inspect', '--raw', '--tls-verify=false', remote);
  expect(raw).toBe(skopeo('inspect', '--raw', `oci-archive:${archive}`));
  const manifest = JSON.parse(raw) as Manifest;
  expect(manifest).toMatchObject({
    artifactType: 'application/vnd.tskit.os.v1',
    annotations: { 'org.opencontainers.image.created': '2021-01-01T00:00:00Z' },
  });
  const files = Object.fromEntries(
    await Promise.all(
      manifest.layers.map(async ({ digest, annotations }) => {
        const answer = await fetch(`http://${registry.host}/v2/os/blobs/${digest}`);
        const bytes = Buffer.from(await answer.arrayBuffer());
        expect(digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
        return [annotations['org.opencontainers.image.title'], bytes] as const;
      }),
    ),
  );
  expect(Object.keys(files)).toEqual(['kernel', 'initrd.img', 'cmdline']);
  expect(files['kernel']?.toString()).toBe('the kernel');
  expect(files['cmdline']?.toString()).toBe('console=ttyS0 quiet');
  expect(files['initrd.img']?.equals(readFileSync(join(folder.path, 'os-initrd.img')))).toBe(true);
}, 60_000);
