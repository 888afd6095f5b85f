// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

/** The tests of the bindings (test/native/) as programs, made by `make -C native test`. */
export const builds = ['test', 'sanitize'] as const;
export type Build = (typeof builds)[number];

export function bindings(build: Build): string {
  return join(root, 'native/build', build, 'bindings');
}

export interface Outcome {
  /** Exit code of the shell around it: 128 + number when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function shell(script: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...args], {
    encoding: 'utf8',
    timeout: 170_000,
  });
  return { code: status, stdout, stderr };
}

/** Builds what these tests run; throws with the compiler's words when that fails. */
export function buildNativeTests(): void {
  const { code, stderr } = shell('exec make --no-print-directory -C "$1" all test', [join(root, 'native')]);
  if (code !== 0) throw new Error(`make -C native all test: ${stderr}`);
}

/**
 * Runs one unit as root in namespaces of its own, in an empty folder on a tmpfs that goes away with them. TSKIT_TEST is one
 * byte that is not UTF-8.
 */
export function runUnit(build: Build, unit: string): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-native-'));
  try {
    return shell(
      `TSKIT_TEST="$(printf '\\377')" exec unshare --mount --net --uts --ipc sh -c '
         mount -t tmpfs none "$2" && cd "$2" && exec "$1" "$3" "$2"' sh "$@"`,
      [bindings(build), folder, unit],
    );
  } finally {
    rmdirSync(folder);
  }
}

/** As PID 1 of a namespace, where a reboot ends that namespace only. `stdout` is what reached the console. */
export function runAsPid1(args: readonly string[]): Outcome {
  return shell(
    `exec unshare --mount sh -c 'mount -t tmpfs none /dev && : > /dev/console
       unshare --pid --fork "$@" 2> /dev/stray; code=$?
       cat /dev/console; cat /dev/stray >&2; exit $code' sh "$@"`,
    [bindings('test'), ...args],
  );
}

/** As an ordinary process. */
export function runPlain(args: readonly string[]): Outcome {
  return shell('exec "$@"', [bindings('test'), ...args]);
}

/**
 * Builds dist/init again from a copy of the sources in `folder` and returns its path. The unpacked engine and the compiler of
 * bytecode are taken along, in the order in which make expects them to be newer.
 */
export function buildElsewhere(folder: string): string {
  const script = `
    cd "$1" && mkdir -p "$2/native/build"
    cp -R init scripts seccomp src package.json "$2" && cp native/*.[ch] native/Makefile native/engine.json "$2/native"
    for part in engine.stamp engine host compile-units; do cp -R "native/build/$part" "$2/native/build"; done
    ln -s "$1/node_modules" "$2/node_modules"
    exec make --no-print-directory -C "$2/native"`;
  const { code, stderr } = shell(script, [root, folder]);
  if (code !== 0) throw new Error(`building in ${folder}: ${stderr}`);
  return join(folder, 'dist/init');
}
