// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The same command lines given to runc and to tsrun: callers parse what a runtime prints and act on its exit codes, so both
// must be the same. Compared are exit codes, the shape of JSON, the columns of tables, and whether there is an error message.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { busyboxRoot } from '../support/busybox-image.ts';
import { tsrun } from '../support/container-bundle.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const bundle = join(folder.path, 'bundle');
const sleeper = 'tskit-peers-sleeper';

/** A command line after the global options, and what its standard output is. */
interface Step {
  readonly words: readonly string[];
  /** "text" is compared as it is, "table" by its first line, "json" by its shape, "outline" by that of its upper two levels. */
  readonly output?: 'text' | 'table' | 'json' | 'outline';
  /** Repeat until the container has this status. */
  readonly until?: string;
}

interface Seen {
  readonly exitCode: number | null;
  /** An error message came with the exit code. */
  readonly complains: boolean;
  readonly stdout: unknown;
}

beforeAll(async () => {
  for (const name of ['bundle', 'runc', 'tsrun']) await mkdir(join(folder.path, name));
  await busyboxRoot(join(bundle, 'rootfs'));
  await execa('runc', ['spec', '--bundle', bundle]);
  await configure(['sleep', '1000']);
});
afterAll(async () => {
  for (const runtime of ['runc', tsrun]) await call(runtime, ['delete', '--force', sleeper]);
  folder[Symbol.dispose]();
});

/** Lets the bundle's container run another command, without a terminal, and without the ambient set, which newer runtimes warn of. */
async function configure(args: readonly string[]): Promise<void> {
  const file = join(bundle, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as RuntimeConfig;
  const capabilities = { ...config.process?.capabilities, ambient: [] };
  await writeFile(
    file,
    JSON.stringify({ ...config, process: { ...config.process, capabilities, terminal: false, args } }),
  );
}

/** Runs a command to its end; its output goes to files, since a container in the background keeps what it was given. */
async function call(
  runtime: string,
  words: readonly string[],
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const root = join(folder.path, runtime === 'runc' ? 'runc' : 'tsrun');
  const files = [`${root}.stdout`, `${root}.stderr`] as const;
  const [stdout, stderr] = [openSync(files[0], 'w'), openSync(files[1], 'w')];
  const child = spawn(runtime, ['--root', root, ...words], { stdio: ['ignore', stdout, stderr], timeout: 20_000 });
  closeSync(stdout);
  closeSync(stderr);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout: await readFile(files[0], 'utf8'), stderr: await readFile(files[1], 'utf8') };
}

/** Members and types of a JSON value; of a list, those of its first element. runc, a Go program, writes some empty lists as null. */
function shapeOf(value: unknown, depth = Infinity): unknown {
  if (value === null) return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0], depth - 1)];
  if (typeof value !== 'object' || depth === 0) return typeof value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, shapeOf(member, depth - 1)]));
}

async function see(runtime: string, { words, output, until }: Step): Promise<Seen> {
  if (until !== undefined) await expect.poll(() => statusOf(runtime), { timeout: 10_000 }).toBe(until);
  const { exitCode, stdout, stderr } = await call(runtime, words);
  const read = {
    text: () => stdout.trim(),
    table: () => stdout.split('\n')[0]?.split(/ +/),
    json: () => shapeOf(JSON.parse(stdout)),
    outline: () => shapeOf(JSON.parse(stdout), 2),
  };
  return {
    exitCode,
    complains: exitCode !== 0 && stderr !== '',
    stdout: output === undefined ? undefined : read[output](),
  };
}

async function statusOf(runtime: string): Promise<string> {
  const { stdout } = await call(runtime, ['state', sleeper]);
  return (JSON.parse(stdout) as { readonly status: string }).status;
}

/** A configuration less what differs by intent: versions, names, and the ambient set, which newer versions of runc leave out. */
function comparable({ process, ...config }: RuntimeConfig): unknown {
  const { ambient: _, ...capabilities } = process?.capabilities ?? {};
  return { ...config, ociVersion: '', hostname: '', process: { ...process, capabilities } };
}

/** What a runtime answers to each of the command lines. One runtime after the other: bundle and cgroup are the same. */
async function answers(runtime: string, steps: readonly Step[]): Promise<readonly [string, Seen][]> {
  const seen: [string, Seen][] = [];
  for (const step of steps) seen.push([step.words.join(' '), await see(runtime, step)]);
  return seen;
}

describe('tsrun answers as runc does', () => {
  test('when there is no such container', async () => {
    const commands = ['state', 'start', 'kill', 'delete', 'ps', 'pause', 'resume'].map((command) => [
      command,
      'absent',
    ]);
    const others = [
      ['delete', '--force', 'absent'],
      ['exec', 'absent', 'true'],
      ['update', '--pids-limit', '10', 'absent'],
      ['events', '--stats', 'absent'],
    ];
    const steps: readonly Step[] = [...commands, ...others].map((words) => ({ words }));
    const expected = await answers('runc', steps);
    expect(await answers(tsrun, steps)).toEqual(expected);
  });

  test('when its arguments are wrong', async () => {
    const lines = [
      ['state'],
      ['state', 'one', 'two'],
      ['--no-such-option', 'list'],
      ['list', '--no-such-option'],
      ['list', '--format', 'xml'],
      ['create', '--bundle', join(folder.path, 'no-such-folder'), sleeper],
      ['create', '--bundle', bundle],
      ['create', '--bundle', bundle, 'a/b'],
      ['create', '--bundle', bundle, '..'],
      ['run', '--bundle', bundle, '--preserve-fds', 'many', sleeper],
    ];
    const steps: readonly Step[] = lines.map((words) => ({ words }));
    const expected = await answers('runc', steps);
    expect(await answers(tsrun, steps)).toEqual(expected);
  });

  test('when a container lives its life', async () => {
    const steps: readonly Step[] = [
      { words: ['list', '--format', 'json'], output: 'text' },
      { words: ['list', '--quiet'], output: 'text' },
      { words: ['create', '--bundle', bundle, sleeper] },
      { words: ['create', '--bundle', bundle, sleeper] },
      { words: ['state', sleeper], output: 'json' },
      { words: ['list'], output: 'table' },
      { words: ['list', '--quiet'], output: 'text' },
      { words: ['list', '--format', 'json'], output: 'json' },
      { words: ['start', sleeper], until: 'created' },
      { words: ['start', sleeper] },
      { words: ['state', sleeper], output: 'json', until: 'running' },
      { words: ['ps', sleeper], output: 'table' },
      { words: ['ps', '--format', 'json', sleeper], output: 'json' },
      { words: ['update', '--pids-limit', '20', sleeper] },
      { words: ['events', '--stats', sleeper], output: 'outline' },
      { words: ['delete', sleeper] },
      { words: ['kill', sleeper, 'NOSUCHSIGNAL'] },
      { words: ['kill', sleeper, 'WINCH'] },
      { words: ['kill', sleeper, '9'] },
      { words: ['state', sleeper], output: 'json', until: 'stopped' },
      { words: ['kill', sleeper, 'KILL'] },
      { words: ['start', sleeper] },
      { words: ['exec', sleeper, 'true'] },
      { words: ['ps', '--format', 'json', sleeper] },
      { words: ['pause', sleeper] },
      { words: ['delete', sleeper] },
      { words: ['delete', sleeper] },
    ];
    const expected = await answers('runc', steps);
    expect(await answers(tsrun, steps)).toEqual(expected);
  });

  test('when processes are run in a container', async () => {
    const steps: readonly Step[] = [
      { words: ['run', '--detach', '--bundle', bundle, sleeper] },
      { words: ['exec', sleeper, 'sh', '-c', 'echo $((6 * 7)); exit 7'], output: 'text' },
      {
        words: [
          'exec',
          '--user',
          '1000:2000',
          '--additional-gids',
          '5',
          '--cwd',
          '/tmp',
          sleeper,
          'sh',
          '-c',
          'id; pwd',
        ],
        output: 'text',
      },
      { words: ['exec', '--env', 'A=1', '--env', 'B=2', sleeper, 'env'], output: 'text' },
      { words: ['exec', '--cap', 'CAP_SYS_TIME', sleeper, 'grep', 'CapEff', '/proc/self/status'], output: 'text' },
      { words: ['exec', sleeper, 'sh', '-c', 'kill -9 $$'] },
      { words: ['exec', sleeper, 'no-such-command'] },
      { words: ['exec', sleeper, '/etc/passwd'] },
      { words: ['exec', '--cwd', 'relative', sleeper, 'true'] },
      { words: ['exec', '--detach', '--pid-file', join(folder.path, 'pid'), sleeper, 'sleep', '1000'] },
      { words: ['ps', '--format', 'json', sleeper], output: 'json' },
      { words: ['delete', '--force', sleeper] },
      { words: ['state', sleeper] },
    ];
    const expected = await answers('runc', steps);
    expect(await answers(tsrun, steps)).toEqual(expected);
  });

  test('when a container is paused', async () => {
    const steps: readonly Step[] = [
      { words: ['run', '--detach', '--bundle', bundle, sleeper] },
      { words: ['resume', sleeper] },
      { words: ['pause', sleeper] },
      { words: ['state', sleeper], output: 'json', until: 'paused' },
      { words: ['pause', sleeper] },
      { words: ['exec', sleeper, 'true'] },
      { words: ['resume', sleeper] },
      { words: ['exec', sleeper, 'true'] },
      { words: ['pause', sleeper] },
      { words: ['delete', '--force', sleeper] },
    ];
    const expected = await answers('runc', steps);
    expect(await answers(tsrun, steps)).toEqual(expected);
  });

  test('when a container runs to its end', async () => {
    for (const text of ['exit 0', 'exit 7', 'echo out; echo err >&2', 'kill -9 $$; sleep 1; exit 3']) {
      await configure(['sh', '-c', text]);
      const steps: readonly Step[] = [
        { words: ['run', '--bundle', bundle, sleeper], output: 'text' },
        { words: ['state', sleeper] },
      ];
      const expected = await answers('runc', steps);
      expect(await answers(tsrun, steps)).toEqual(expected);
    }
    await configure(['no-such-command']);
    const steps: readonly Step[] = [{ words: ['run', '--bundle', bundle, sleeper] }, { words: ['state', sleeper] }];
    const expected = await answers('runc', steps);
    expect(await answers(tsrun, steps)).toEqual(expected);
    await configure(['sleep', '1000']);
  });

  test('when it is asked what it can do, and for a configuration to begin with', async () => {
    const written = join(folder.path, 'spec');
    const features = async (runtime: string): Promise<unknown> => {
      const { annotations: _, ...rest } = JSON.parse((await call(runtime, ['features'])).stdout) as Record<
        string,
        unknown
      >;
      return shapeOf(rest);
    };
    expect(await features(tsrun)).toMatchObject((await features('runc')) as object);
    const configurations: unknown[] = [];
    for (const runtime of ['runc', tsrun]) {
      await mkdir(written);
      expect((await call(runtime, ['spec', '--bundle', written])).exitCode).toBe(0);
      expect((await call(runtime, ['spec', '--bundle', written])).exitCode).toBe(1);
      configurations.push(
        comparable(JSON.parse(await readFile(join(written, 'config.json'), 'utf8')) as RuntimeConfig),
      );
      await rm(written, { recursive: true });
    }
    expect(configurations[1]).toEqual(configurations[0]);
  });
});
