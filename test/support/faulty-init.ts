// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;
const native = join(root, 'native');
const cmdlineWord = 'test-fault=';

/** A top-level handler of PID 1, and the line of it before which it throws. */
interface FaultPlace {
  readonly file: string;
  readonly line: string;
}

/** The handlers that can be made to throw. */
export type Fault =
  | 'timer'
  | 'child'
  | 'signal'
  | 'control'
  | 'health'
  | 'program'
  | 'log'
  | 'file'
  | 'ring'
  | 'kmsg'
  | 'syslog'
  | 'notify'
  | 'port'
  | 'device'
  | 'watchdog'
  | 'stop';

const places: Readonly<Record<Fault, FaultPlace>> = {
  timer: { file: 'supervise/loop.ts', line: 'timer.onTime();' },
  child: { file: 'supervise/reaper.ts', line: 'onEnd?.(endingOf(ended.status));' },
  signal: { file: 'supervise/signals.ts', line: 'const kind = requests.get(signal);' },
  control: { file: 'control/api.ts', line: 'const { method, path, query } = request;' },
  health: { file: 'supervise/health.ts', line: 'const counts = !isStarting();' },
  log: { file: 'log/run.ts', line: 'if (!readerOpen) return false;' },
  program: { file: 'supervise/program.ts', line: 'const { word, text, fds } = message;' },
  file: { file: 'log/file.ts', line: 'if (bytes.length <= room - left) return write(bytes);' },
  ring: { file: 'log/ring.ts', line: "file ??= sys.memfdCreate('log', 0);" },
  kmsg: { file: 'log/kmsg.ts', line: 'fd ??= open();' },
  syslog: { file: 'log/syslog.ts', line: 'const head = ' },
  port: { file: 'control/port.ts', line: 'const wasFirst = isFirst;' },
  device: { file: 'supervise/devices.ts', line: 'const events = readUevents(sys, socket);' },
  watchdog: { file: 'supervise/watchdog.ts', line: 'const why = complaint();' },
  notify: { file: 'supervise/notify.ts', line: "for (const line of text.split('\\n')) {" },
  stop: { file: 'supervise/system.ts', line: 'if (isStopping) return;' },
};

/** All of them. */
export const faults: readonly Fault[] = Object.keys(places) as Fault[];

/** The word of the kernel's command line that makes a handler throw. */
export function faultWord(fault: Fault): string {
  return `${cmdlineWord}${fault}`;
}

/** Builds /init from the sources as they are, except that each of the handlers throws when the command line asks for it. */
export function buildFaultyInit(folder: string): Buffer {
  const sources = join(folder, 'init');
  for (const name of ['init', 'seccomp']) cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(sources, 'fault.ts'), faultSource);
  for (const [fault, place] of Object.entries(places)) plant(sources, fault, place);
  const units = join(folder, 'units');
  execFileSync(process.execPath, [join(root, 'scripts/build-init.ts'), units, sources]);
  const table = join(units, 'unit-table.c');
  const modules = readFileSync(join(units, 'units.txt'), 'utf8').trim().split('\n');
  execFileSync(join(native, 'build/compile-units'), [table, ...modules]);
  return link(folder, [table, join(units, 'line-table.c')]);
}

const faultSource = `import * as sys from 'tskit:sys';
import { readText } from './files.ts';

let wanted: string | undefined;

export function fault(name: string): void {
  wanted ??= /${cmdlineWord}(\\S+)/.exec(readText(sys, '/proc/cmdline'))?.[1] ?? '';
  if (name === wanted) throw new TypeError('fault in ' + name);
}
`;

function plant(sources: string, fault: string, { file, line }: FaultPlace): void {
  const path = join(sources, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(line).length !== 2) throw new Error(`${file}: expected "${line}" once, found it otherwise`);
  const planted = text.replace(line, () => `fault('${fault}'); ${line}`);
  writeFileSync(path, `import { fault } from '../fault.ts';\n${planted}`);
}

/** As native/Makefile links it, with the objects that are there. */
function link(folder: string, tables: readonly string[]): Buffer {
  const init = join(folder, 'faulty');
  const objects = [
    // main.c is there a second time, for programs.
    ...globSync('build/target/*.o', { cwd: native }).filter((object) => !object.endsWith('/program-main.o')),
    ...globSync('build/target/engine/*.o', { cwd: native }),
  ];
  mkdirSync(folder, { recursive: true });
  const options = ['-std=c11', '-Os', '-w', '-static', '-no-pie', '-Wl,--gc-sections', '-s', '-I', native];
  const engine = ['-isystem', join(native, 'build/engine')];
  const files = [...tables, ...objects.map((object) => join(native, object))];
  execFileSync('musl-gcc', [...options, ...engine, ...files, '-lm', '-o', init]);
  return readFileSync(init);
}
