// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runTool } from '../../../src/emit/run-tool.ts';
import { requireTools } from '../../../src/emit/tools.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ctx = { epoch: 1_000_000_000, signal: new AbortController().signal };
const act = 'making a test';
let folder: ReturnType<typeof temporaryFolder>;

/** A tool of this name that comes before the machine's. */
function install(name: string, script: string): void {
  const file = join(folder.path, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('PATH', `${folder.path}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

describe('tools', () => {
  test('that are missing are named at once, with what they are for and the packages that bring them', async () => {
    vi.stubEnv('PATH', folder.path);
    const names = ['mcopy', 'mmd', 'mksquashfs'] as const;
    await expect(requireTools('--format raw-efi', names)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        /^--format raw-efi: expected "mcopy" to copy .*, "mmd" to .*, "mksquashfs" to make/,
      ),
      hint: 'install what is missing: `apt-get install mtools squashfs-tools`',
    });
  });

  test('run with the build time for the clock and nothing of the user', async () => {
    vi.stubEnv('MTOOLS_LOWER_CASE', '1');
    install('mcopy', 'env');
    const { stdout } = await runTool('mcopy', [], { act, env: { EXTRA: 'yes' } }, ctx);
    const variables = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.replace(/^PATH=.*/, 'PATH'));
    expect(variables.filter((line) => !/^(PWD|_|SHLVL|OLDPWD)=/.test(line)).sort()).toEqual([
      'EXTRA=yes',
      'HOME=/nonexistent',
      'LC_ALL=C',
      'MTOOLSRC=/dev/null',
      'MTOOLS_SKIP_CHECK=1',
      'PATH',
      'SOURCE_DATE_EPOCH=1000000000',
      'TZ=UTC',
    ]);
  });

  test('are given their standard input and open files', async () => {
    install('mcopy', 'cat');
    const input = {
      act,
      input: (sink: { write(bytes: Uint8Array): Promise<void> }) => sink.write(Buffer.alloc(1 << 20, 'x')),
    };
    expect((await runTool('mcopy', [], input, ctx)).stdout.length).toBe(1 << 20);
  });

  test('that fail are an error with their version and their own words', async () => {
    install(
      'mcopy',
      '[ "$1" = --version ] && echo "mcopy (GNU mtools) 9.8.7" && exit; echo "disk on fire" >&2; exit 3',
    );
    await expect(runTool('mcopy', [], { act }, ctx)).rejects.toMatchObject({
      code: 'io',
      message: 'making a test: mcopy 9.8.7: disk on fire (exit code 3)',
    });
  });

  test('that stop reading are an error in their own words, not a broken pipe', async () => {
    install('mcopy', 'echo "no more, please" >&2; exit 1');
    const input = async (sink: { write(bytes: Uint8Array): Promise<void> }) => {
      for (let index = 0; index < 64; index += 1) await sink.write(Buffer.alloc(1 << 20));
    };
    await expect(runTool('mcopy', [], { act, input }, ctx)).rejects.toThrow('no more, please (exit code 1)');
    install('mcopy', 'echo "full" >&2; exit 0');
    await expect(runTool('mcopy', [], { act, input }, ctx)).rejects.toThrow('full (it did not read all of its input)');
    // A child of it still holds the socket, so that the write is pending when the end is heard of.
    install('mcopy', 'echo "left" >&2; exec 5<&0; sleep 2 >/dev/null 2>&1 & exit 1');
    await expect(runTool('mcopy', [], { act, input }, ctx)).rejects.toThrow('left (exit code 1)');
  });

  test('that have no space left are the system’s own error, which says which file it was about', async () => {
    install('mcopy', 'echo "write: No space left on device" >&2; exit 1');
    await expect(runTool('mcopy', [], { act }, ctx)).rejects.toMatchObject({ code: 'ENOSPC' });
    install('mcopy', 'echo "No free cluster 0 65; write: No space left on device" >&2; exit 1');
    await expect(runTool('mcopy', [], { act }, ctx)).rejects.toMatchObject({ code: 'io' });
  });

  test('are ended when the build is interrupted, and waited for', async () => {
    install('mcopy', 'exec sleep 600');
    const controller = new AbortController();
    const running = runTool('mcopy', [], { act }, { ...ctx, signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });
});
