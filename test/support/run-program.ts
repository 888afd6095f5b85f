// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Program, runProgram } from '../../init/program/run.ts';
import type { FakeSys } from './fake-sys.ts';

/** How a program of a system image ended, and what it printed. */
export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program's logic on a fake machine with these words as its command line. */
export function runOn(fake: FakeSys, program: Program, ...words: readonly string[]): ProgramEnd {
  for (const stream of ['/dev/stdout', '/dev/stderr']) fake.files.delete(stream);
  const code = runProgram({ ...fake.sys, argv: [`/usr/bin/${program.name}`, ...words] }, program);
  return { code, stdout: fake.files.get('/dev/stdout') ?? '', stderr: fake.files.get('/dev/stderr') ?? '' };
}
