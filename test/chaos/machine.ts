// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTskit } from '../support/cli.ts';
import { sharedCache } from '../support/boot-build.ts';
import { umociFolderImage } from '../support/images.ts';

/** MiB of the guest. Half of it is /var, which is filled. */
export const memoryMiB = 512;
/** Services that are killed. */
export const victims = 10;
/** Services that make trouble until they are stopped, or are what the rest is measured by. */
const programs = ['trouble', 'killer', 'asker'] as const;
/** /dev/console among them. */
const devices = [{ path: 'all', type: 'c' }];
const guest = new URL('./guest/', import.meta.url).pathname;

/** How much is done to a machine. The same seed chooses the same victims, but time decides what they are doing just then. */
export interface Chaos {
  readonly kills: number;
  readonly seed: number;
  /** Of the flood. */
  readonly floodMiB: number;
}

/** Builds a machine whose services get into every kind of trouble; the result is for `tskit run`. */
export async function buildChaos(folder: string, chaos: Chaos): Promise<string> {
  for (const name of programs) {
    execFileSync('musl-gcc', ['-static', '-Os', '-s', '-D_GNU_SOURCE', '-o', join(folder, name), `${guest}${name}.c`]);
  }
  const root = join(folder, 'root');
  mkdirSync(root);
  copyFileSync(join(folder, 'trouble'), join(root, 'trouble'));
  await umociFolderImage(join(folder, 'layout'), 'trouble', root);
  const spec = join(folder, 'chaos.yml');
  // JSON is YAML.
  writeFileSync(spec, JSON.stringify(specOf(folder, chaos)));
  const args = ['build', '--quiet', '--cache', sharedCache, '--dir', folder, spec];
  const { exitCode, stderr } = await runTskit(args, { limitMs: 300_000 });
  if (exitCode !== 0) throw new Error(stderr);
  return join(folder, 'chaos');
}

function specOf(folder: string, chaos: Chaos): unknown {
  return {
    kernel: { image: 'pkg:kernel', cmdline: 'console=ttyS0 quiet' },
    // No such machine has one, so it is softdog: it resets the machine when PID 1 is late.
    watchdog: { timeout: '30s' },
    services: [
      ...Array.from({ length: victims }, (_, number) => victim(folder, number)),
      ...troubles(chaos),
      director(chaos),
    ],
    files: [
      ...programs.map((name) => ({ path: `/chaos/${name}`, source: join(folder, name), mode: '0755' })),
      { path: '/chaos/director.sh', source: `${guest}director.sh`, mode: '0755' },
    ],
  };
}

/** Without leniency: what dies with its service is no failed check, and three of those would be an end that nobody caused. */
const healthcheck = { test: ['CMD', '/trouble', 'brief', '0'], interval: '200ms', retries: 3, on_unhealthy: 'restart' };

function service(name: string, command: readonly string[], more: Readonly<Record<string, unknown>> = {}): unknown {
  const { binds = [], ...rest } = more;
  return {
    name,
    image: 'pkg:busybox',
    command,
    binds: ['/chaos/trouble:/usr/bin/trouble', ...(binds as readonly string[])],
    ...rest,
  };
}

/** Half of them have a root that can be written; every third is checked by a program, and one has no PID namespace of its own. */
function victim(folder: string, number: number): unknown {
  const isChecked = number % 3 === 1;
  return {
    name: `victim-${number}`,
    image: `oci:${join(folder, 'layout')}:trouble`,
    command: ['/trouble', 'idle'],
    readonly: number % 2 === 0,
    restart: 'always',
    restart_policy: { delay: '1ms', max_delay: '20ms' },
    ...(number === victims - 1 ? { pid: 'host' } : {}),
    ...(isChecked ? { healthcheck } : {}),
  };
}

/** Most begin only when the director starts them once more. */
function troubles({ floodMiB }: Chaos): readonly unknown[] {
  const later = (command: string): readonly string[] => ['sh', '-c', `[ ! -e /gate/trouble ] || exec ${command}`];
  const binds = ['/tmp:/gate'];
  return [
    service('hog', later('trouble hog'), {
      binds,
      restart: 'on-failure',
      restart_policy: { delay: '200ms', max_delay: '1s' },
      resources: { memory: { limit: 16 * 1024 * 1024 } },
    }),
    service('bomb', later('trouble bomb'), { binds, resources: { pids: { limit: 40 } }, stop_signal: 'SIGKILL' }),
    service('flood', later(`trouble flood ${floodMiB}`), { binds: [...binds, '/dev:/dev'], devices }),
    service('late', later('echo it takes lines again'), { binds }),
    service('checked', ['sh', '-c', 'touch /tmp/well; exec trouble idle'], {
      critical: true,
      tmpfs: ['/tmp'],
      healthcheck: { file: '/tmp/well', interval: '100ms', retries: 1, start_period: '60s', start_interval: '100ms' },
    }),
    service('deaf', ['trouble', 'deaf'], { stop_grace_period: '1s' }),
  ];
}

function director({ kills, seed }: Chaos): unknown {
  return service('director', ['director.sh', String(kills), String(seed), String(victims)], {
    pid: 'host',
    capabilities: ['all'],
    devices,
    stop_signal: 'SIGKILL',
    binds: [
      '/chaos/killer:/usr/bin/killer',
      '/chaos/asker:/usr/bin/asker',
      '/chaos/director.sh:/usr/bin/director.sh',
      '/init:/usr/bin/tsctl',
      '/run/tskit:/run/tskit',
      '/dev:/dev',
      '/var:/host/var',
      '/tmp:/tmp',
    ],
  });
}
