// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { type RunningTskit, startTskit } from '../support/cli.ts';
import { imageRoutes, sampleImage, sampleLayer, startHostileRegistry } from '../support/hostile-registry.ts';
import { buildIn, digestsIn, type OsWorkplace, osWorkplace, specText } from '../support/os-workplace.ts';
import { until } from '../support/until.ts';

const serviceBytes = 24 << 20;
/** From the signal to the end of the process. */
const promptMs = 5_000;
const kills = process.env['TSKIT_TEST_LONG'] === '1' ? 200 : 15;

let place: OsWorkplace;
let built: Readonly<Record<string, string>>;
beforeAll(async () => {
  place = osWorkplace({ serviceBytes });
  built = await buildIn(place);
});
afterAll(() => place[Symbol.dispose]());

describe('Ctrl-C ends a build with one message and leaves the files of the build before', () => {
  let cache: string;
  beforeEach(() => {
    cache = join(place.path, 'interrupted');
    rmSync(cache, { recursive: true, force: true });
  });

  test('while a layer is being pulled', async () => {
    const layer = sampleLayer(200_000);
    const image = sampleImage({ layers: [layer] });
    await using registry = await startHostileRegistry(imageRoutes('web', '1', image));
    registry.routes[`/v2/web/blobs/${digestOf(layer)}`] = { body: layer, stallAfter: 1000 };
    const spec = join(place.path, 'pulling.yml');
    writeFileSync(spec, specText(`${registry.host}/web:1`));
    const running = startTskit(['build', '--name', 'os', '--cache', cache, '--dir', place.out, spec]);
    await until('the layer is asked for', () => registry.requests.some(({ path }) => path.endsWith(digestOf(layer))));
    expect(await interrupt(running, 'SIGINT')).toEqual(cleanEnd('SIGINT'));
  });

  test('while a registry says nothing at all', async () => {
    await using registry = await startHostileRegistry({ '/v2/web/manifests/1': { silent: true } });
    const spec = join(place.path, 'silent.yml');
    writeFileSync(spec, specText(`${registry.host}/web:1`));
    const running = startTskit(['build', '--name', 'os', '--cache', cache, '--dir', place.out, spec]);
    await until('the manifest is asked for', () => registry.requests.some(({ path }) => path.includes('/manifests/')));
    expect(await interrupt(running, 'SIGTERM')).toEqual(cleanEnd('SIGTERM'));
  });

  test.each([
    ['a layer is being unpacked', 'diff'],
    ['an image is being packed', 'segments'],
  ])('while %s', async (_, folder) => {
    const watched = join(cache, folder);
    mkdirSync(watched, { recursive: true });
    const running = startTskit(place.buildArgs({ cache }));
    await firstChange(watched);
    expect(await interrupt(running, 'SIGINT')).toEqual(cleanEnd('SIGINT'));
  });

  test('while the artifacts are being written', async () => {
    const running = startTskit(place.buildArgs());
    await firstChange(place.out);
    expect(await interrupt(running, 'SIGHUP')).toEqual(cleanEnd('SIGHUP'));
  });

  test('while a disk is being written, and leaves no tool behind', async () => {
    const running = startTskit(place.buildArgs({ formats: 'raw-efi' }));
    await until('a tool writes', () => programsWithFilesIn(place.out).includes('mcopy'));
    expect(await interrupt(running, 'SIGINT')).toEqual(cleanEnd('SIGINT'));
    expect(programsWithFilesIn(place.out)).toEqual([]);
  });

  test('while apt waits for an archive, and leaves no apt behind', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const asked = new Promise((resolve) => void server.once('request', resolve));
    const sources = join(place.path, 'sources.list');
    const { port } = server.address() as AddressInfo;
    writeFileSync(sources, `deb [signed-by=/usr/share/keyrings/none.gpg] http://127.0.0.1:${port}/ suite main\n`);
    const spec = join(place.path, 'recipe.yml');
    writeFileSync(spec, specText('pkg:busybox'));
    const env = { TSKIT_DEBIAN_SOURCES: sources, http_proxy: '' };
    try {
      const args = ['build', '--name', 'os', '--cache', cache, '--dir', place.out, spec];
      const running = startTskit(args, { env });
      await Promise.race([asked, running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
      expect(processesWith(cache)).not.toEqual([]);
      expect(await interrupt(running, 'SIGINT')).toEqual(cleanEnd('SIGINT'));
      await until('apt is gone', () => processesWith(cache).length === 0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  async function interrupt(running: RunningTskit, signal: NodeJS.Signals): Promise<object> {
    running.kill(signal);
    const from = Date.now();
    const { exitCode, stdout, stderr } = await running.ended;
    const isPrompt = Date.now() - from < promptMs;
    const messages = stderr.slice(stderr.search(/^tskit: /m));
    const previous = digestsIn(place.out);
    const next = await buildIn(place, { cache, out: join(place.path, 'after') });
    return { exitCode, stdout, isPrompt, messages, previous, next };
  }

  function cleanEnd(signal: NodeJS.Signals): object {
    const hint = 'the files of an earlier build are as they were; what was pulled so far is kept in the cache';
    const messages = `tskit: interrupted by ${signal}\nhint: ${hint}`;
    return { exitCode: 1, stdout: '', isPrompt: true, messages, previous: built, next: built };
  }
});

test('a second signal ends at once what hangs, and removes the drafts all the same', async () => {
  const running = startTskit(place.buildArgs());
  await firstChange(place.out);
  running.kill('SIGINT');
  running.kill('SIGTERM');
  const { exitCode } = await running.ended;
  // Of two that are pending at once the kernel may deliver either first, and 1 is the end that the first one asked for.
  expect([1, 128 + 2, 128 + 15]).toContain(exitCode);
  expect(digestsIn(place.out)).toEqual(built);
});

describe('SIGKILL', () => {
  test(`at ${kills} moments never spoils the next build, which removes what was left`, {
    timeout: kills * 10_000,
  }, async () => {
    const cache = join(place.path, 'killed');
    const out = join(place.path, 'killed-out');
    const started = Date.now();
    await buildIn(place, { cache, out });
    const wholeMs = Date.now() - started;
    for (let round = 0; round < kills; round++) {
      // Everything anew, segments anew, nothing anew: each meets other half-done work.
      if (round % 3 === 0) rmSync(cache, { recursive: true, force: true });
      if (round % 3 === 1) rmSync(join(cache, 'segments'), { recursive: true, force: true });
      const running = startTskit(place.buildArgs({ cache, out }));
      await sleep((wholeMs * ((round * 7) % kills)) / kills);
      running.kill('SIGKILL');
      await running.ended;
      expect(await buildIn(place, { cache, out: join(place.path, 'next') }), `round ${round}`).toEqual(built);
    }
    // A draft that is a moment old may be of another host's build.
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const name of readdirSync(out)) utimesSync(join(out, name), anHourAgo, anHourAgo);
    expect(await buildIn(place, { cache, out })).toEqual(built);
  });

  test('while the artifacts are written leaves drafts that the next build removes', async () => {
    const out = join(place.path, 'drafts');
    mkdirSync(out);
    const running = startTskit(place.buildArgs({ out }));
    await firstChange(out);
    running.kill('SIGKILL');
    await running.ended;
    const drafts = readdirSync(out).filter((name) => name.endsWith('.tmp'));
    expect(drafts).not.toEqual([]);
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const name of drafts) utimesSync(join(out, name), anHourAgo, anHourAgo);
    expect(await buildIn(place, { out })).toEqual(built);
  });
});

/** Resolves when something in a folder has changed. */
function firstChange(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, { recursive: true }, () => {
      watcher.close();
      resolve();
    });
  });
}

/** Names of live processes other than tskit whose command line or environment mentions a text. */
function processesWith(text: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const read = (file: string): string => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, 'latin1');
      } catch {
        return '';
      }
    };
    const name = read('comm').trim();
    return name !== 'node' && read('environ').includes(text) ? [name] : [];
  });
}

/** Names of programs that have files in a folder open. */
function programsWithFilesIn(folder: string): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      const isUser = files.some((file) => file.startsWith(`${folder}/`));
      return isUser ? [readFileSync(`/proc/${pid}/comm`, 'latin1').trim()] : [];
    } catch {
      // It has ended, or closed one of them, meanwhile.
      return [];
    }
  });
}
