// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { TskitError } from '../errors.ts';
import { buildArguments, type Machine } from './arguments.ts';
import { ControlChannel } from './control-channel.ts';
import { findProgram } from './find-program.ts';

const ctrlC = 0x03;
/** How long a guest may take from the power button to power-off before it is stopped. */
const powerdownGraceMs = 30_000;
/** The button is pressed again and again: a guest that has not loaded its driver yet loses the event. */
const powerdownEveryMs = 1_000;
/** QEMU's stdin, stdout and stderr come first. */
const controlFd = 3;

/** The console of the guest and the notes of the session. */
export interface SessionTerminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  note(message: string): void;
}

/**
 * Boots a machine and returns when it has ended. The guest's serial console is the terminal. The first Ctrl-C (or abort of
 * `signal`) presses the power button, the second ends QEMU at once, and so does a guest that ignores the button for 30 s.
 * QEMU never outlives this process: the kernel kills it when we die, however we die (prctl(2), PR_SET_PDEATHSIG).
 */
export async function runSession(
  qemu: string,
  machine: Machine,
  terminal: SessionTerminal,
  signal: AbortSignal,
): Promise<void> {
  const [program, ...args] = await withParentDeathSignal([qemu, ...buildArguments({ ...machine, controlFd })]);
  const child = spawn(program ?? qemu, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], detached: true });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => resolve({ code, signal: killedBy }));
  });
  const control = new ControlChannel(child.stdio[controlFd] as Duplex);
  const stop = createStop(control, () => child.kill('SIGKILL'), ended, terminal);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2_000);
  });
  child.stdin.on('error', () => {});
  child.stdout.pipe(terminal.output, { end: false });
  const detachInput = attachInput(terminal.input, child.stdin, stop);
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    const end = await ended;
    if (end.code !== 0 && !signal.aborted && control.reason === undefined) {
      throw new TskitError(
        'qemu',
        `run: "${qemu}" ended with ${end.code ?? end.signal}: ${errors.trim() || 'no message'}`,
        {
          hint: 'see the whole command with `tskit run --print`',
        },
      );
    }
  } finally {
    signal.removeEventListener('abort', stop);
    detachInput();
    child.kill('SIGKILL');
  }
}

/** First call: the power button, with a limit. Second call: the end. */
function createStop(
  control: ControlChannel,
  kill: () => void,
  ended: Promise<unknown>,
  terminal: SessionTerminal,
): () => void {
  let asked = false;
  return () => {
    if (asked) return kill();
    asked = true;
    terminal.note('powering the guest off; Ctrl-C again ends it at once');
    control.powerdown();
    const again = setInterval(() => control.powerdown(), powerdownEveryMs);
    const limit = setTimeout(() => {
      terminal.note(`the guest did not power off within ${powerdownGraceMs / 1000} s, ending it`);
      kill();
    }, powerdownGraceMs);
    const settle = (): void => {
      clearInterval(again);
      clearTimeout(limit);
    };
    ended.then(settle, settle);
  };
}

/** Keys go to the guest as they are typed, but for Ctrl-C, which is ours. Returns what restores the terminal. */
function attachInput(input: NodeJS.ReadStream, guest: NodeJS.WritableStream, stop: () => void): () => void {
  const tty: ReadStream | undefined = input.isTTY ? input : undefined;
  const forward = (chunk: Buffer): void => {
    if (tty !== undefined && chunk.includes(ctrlC)) stop();
    else guest.write(chunk);
  };
  tty?.setRawMode(true);
  input.on('data', forward);
  // A closed or absent standard input is an idle keyboard, not the end of the machine.
  input.on('error', () => {});
  return () => {
    input.off('data', forward);
    tty?.setRawMode(false);
    // An open standard input would keep this process alive after the machine has ended.
    input.destroy();
  };
}

/** setpriv (util-linux) arranges the parent-death signal, which Node cannot; without it QEMU is started as it is. */
async function withParentDeathSignal(command: readonly string[]): Promise<readonly string[]> {
  const setpriv = await findProgram('setpriv');
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command];
}
