// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errorOf, execHead } from '../../init/control/commands.ts';
import { TskitError } from '../errors.ts';
import { writeOut } from '../standard-output.ts';
import type { ControlSession } from './session.ts';

const upgraded = 101;
/** Bytes of input in one line: PID 1 takes lines of 4 KiB, and a byte is two digits. */
const portion = 1024;

export interface ProgramOptions {
  readonly machine: string;
  readonly entry: string;
  readonly args: readonly string[];
  /** It reads standard input; nothing otherwise. */
  readonly hasInput: boolean;
  /** It has a terminal, which is shown on ours. */
  readonly hasTerminal: boolean;
}

/**
 * Runs a program in a container and resolves to its exit code.
 * @throws TskitError `io` when it cannot be run, `usage` when there are too many arguments
 */
export async function runProgram(session: ControlSession, options: ProgramOptions): Promise<number> {
  const { machine, entry, args, hasInput, hasTerminal } = options;
  const head = execHead(entry, args, hasTerminal ? sizeOf(process.stdout) : undefined);
  if (head === undefined) throw new TskitError('usage', 'ctl: exec: expected arguments of up to 4 KB together');
  let failure = '';
  let detach = (): void => {};
  try {
    const answer = session.exchange(head, (part, status) => {
      if (status === upgraded) writeOut(part);
      else failure += Buffer.from(part).toString();
    });
    detach = attach(session, hasInput, hasTerminal);
    const { status, exitCode } = await answer;
    if (status !== upgraded) throw new TskitError('io', `ctl: machine "${machine}": ${errorOf(failure)}`);
    return exitCode ?? 1;
  } finally {
    detach();
  }
}

/** Passes input and the terminal's size on; what it returns gives our terminal back. */
function attach(session: ControlSession, hasInput: boolean, hasTerminal: boolean): () => void {
  const { stdin, stdout } = process;
  const isRaw = hasInput && hasTerminal && stdin.isTTY;
  const send = (line: string): boolean => session.send(`${line}\n`);
  const onData = (bytes: Buffer): void => {
    let isTaken = true;
    for (let at = 0; at < bytes.length; at += portion)
      isTaken = send(`i ${bytes.subarray(at, at + portion).toString('hex')}`) && isTaken;
    if (isTaken) return;
    stdin.pause();
    session.onDrained(() => stdin.resume());
  };
  // Of a terminal the end of the input is a key.
  const onEnd = (): void => void send(hasTerminal ? 'i 04' : 'e');
  const onResize = (): void => {
    const { rows, columns } = sizeOf(stdout);
    send(`r ${rows} ${columns}`);
  };
  if (hasInput) stdin.on('data', onData).on('end', onEnd);
  else if (!hasTerminal) onEnd();
  if (isRaw) stdin.setRawMode(true);
  if (hasTerminal) stdout.on('resize', onResize);
  return () => {
    if (isRaw) stdin.setRawMode(false);
    stdin.off('data', onData).off('end', onEnd).pause();
    stdout.off('resize', onResize);
  };
}

function sizeOf({ rows = 24, columns = 80 }: Partial<NodeJS.WriteStream>): {
  readonly rows: number;
  readonly columns: number;
} {
  return { rows, columns };
}
