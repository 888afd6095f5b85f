// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * A program that stands in for QEMU where what matters is how `tskit run` treats it: it takes any arguments and does what
 * a script says. Descriptor 3 is the control channel. `$0.pid` has its process id, `$0.args` its arguments.
 */
export interface FakeQemu extends Disposable {
  /** Also holds an artifact named "os" that QEMU itself could not boot. */
  readonly path: string;
  readonly program: string;
  readonly base: string;
  /** The environment in which it is found first. */
  readonly env: Readonly<Record<string, string>>;
  /** Its arguments when it was last started for a machine. */
  args(): readonly string[];
  isAlive(): boolean;
}

/** Ends when the power button is pressed, as a guest does. */
export const untilPowerdown = 'while read -r line <&3; do case $line in *system_powerdown*) exit 0;; esac; done';

/** Hears nothing and never ends. */
export const deaf = 'exec sleep 1000';

export function fakeQemu(script: string): FakeQemu {
  const folder = temporaryFolder();
  const { path } = folder;
  const program = join(path, 'qemu-system-x86_64');
  writeFileSync(
    program,
    `#!/bin/bash\necho $$ > "$0.pid"\nprintf '%s\\n' "$@" > "$0.args.new"; mv "$0.args.new" "$0.args"\n${script}\n`,
    { mode: 0o755 },
  );
  writeFileSync(join(path, 'os-kernel'), 'a kernel');
  writeFileSync(join(path, 'os-initrd.img'), 'an initrd');
  writeFileSync(join(path, 'os-cmdline'), 'console=ttyS0 quiet');
  const pid = (): string | undefined => {
    const file = `${program}.pid`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  };
  return {
    path,
    program,
    base: join(path, 'os'),
    env: { PATH: [path, process.env['PATH']].join(delimiter) },
    args: () => readFileSync(`${program}.args`, 'utf8').trimEnd().split('\n'),
    isAlive: () => isRunning(pid()),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Neither gone nor a zombie (proc_pid_stat(5), state). */
function isRunning(pid: string | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}
