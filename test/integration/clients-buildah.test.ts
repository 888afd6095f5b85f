// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Debian's buildah with tsrun as its runtime: single commands in a working container, and a build.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Buildah } from '../support/buildah.ts';
import { busyboxName } from '../support/busybox-image.ts';
import { clientRuntime, noRuntime } from '../support/client-runtime.ts';

let buildah: Buildah;

beforeAll(async () => {
  buildah = await Buildah.start();
});
afterAll(() => buildah[Symbol.asyncDispose]());

const runtime = ['--runtime', clientRuntime, '--network', 'none'];

describe('buildah run', () => {
  test('fails with a runtime that does nothing', async () => {
    const { exitCode } = await buildah.run([
      'run',
      '--runtime',
      noRuntime,
      '--network',
      'none',
      await buildah.from(),
      'true',
    ]);
    expect(exitCode).not.toBe(0);
  });

  test('gives the exit code and the outputs of the process', async () => {
    const words = ['sh', '-c', 'echo out; echo err >&2; exit 7'];
    const outcome = await buildah.run(['run', ...runtime, await buildah.from(), '--', ...words]);
    expect(outcome).toMatchObject({ exitCode: 7, stdout: 'out' });
    expect(outcome.stderr).toContain('err');
  });

  test('sets user, environment, folder and volumes', async () => {
    const shared = join(buildah.folder, 'shared');
    await mkdir(shared);
    await writeFile(join(shared, 'in'), 'from the host\n');
    const options = ['--user', 'someone', '--env', 'WORD=a b', '--workingdir', '/tmp', '--volume', `${shared}:/mnt:ro`];
    const words = ['sh', '-c', 'id -u; echo "$WORD"; pwd; cat /mnt/in; touch /mnt/x || echo refused'];
    const { stdout } = await buildah.run(['run', ...runtime, ...options, await buildah.from(), '--', ...words]);
    expect(stdout).toBe('1000\na b\n/tmp\nfrom the host\nrefused');
  });

  test('keeps what a command wrote for the next one', async () => {
    const container = await buildah.from();
    await buildah.output('run', ...runtime, container, '--', 'sh', '-c', 'echo kept > /kept');
    expect(await buildah.output('run', ...runtime, container, '--', 'cat', '/kept')).toBe('kept');
  });

  test('has a terminal when asked for one', async () => {
    const { stdout } = await buildah.run(['run', ...runtime, '--terminal', await buildah.from(), '--', 'tty']);
    expect(stdout).toContain('/dev/pts/0');
  });
});

describe('buildah build', () => {
  const build = async (
    lines: readonly string[],
    chosen = runtime,
  ): Promise<{ readonly exitCode: number | undefined }> => {
    const file = join(buildah.folder, 'Containerfile');
    await writeFile(file, [`FROM ${busyboxName}`, ...lines].join('\n'));
    return await buildah.run(['build', '--pull-never', ...chosen, '--file', file, '--tag', 'built', buildah.folder]);
  };

  test('runs the commands of a file and keeps what they made', async () => {
    const lines = ['RUN mkdir /made && echo one > /made/file', 'USER someone', 'RUN id -u > /tmp/user'];
    expect((await build(lines)).exitCode).toBe(0);
    const container = await buildah.output('from', '--pull-never', 'localhost/built');
    expect(await buildah.output('run', ...runtime, container, '--', 'cat', '/made/file', '/tmp/user')).toBe(
      'one\n1000',
    );
  });

  test('stops at a command that fails', async () => {
    expect((await build(['RUN exit 3'])).exitCode).toBe(3);
    expect((await build(['RUN true'], ['--runtime', noRuntime, '--network', 'none'])).exitCode).not.toBe(0);
  });
});
