// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { buildArguments, type Machine } from './arguments.ts';
import { ControlChannel } from './control-channel.ts';
import { attachConsole, type SessionTerminal } from './guest-console.ts';
import { withParentDeathSignal } from './parent-death.ts';
import { qemuError, type QemuEnd } from './qemu-error.ts';

/** How long a guest may take from the power button to power-off before it is stopped. */
const powerdownGraceMs = 30_000;
/** The button is pressed again and again: a guest that has not loaded its driver yet loses the event. */
const powerdownEveryMs = 1_000;
/** QEMU's stdin, stdout and stderr come first. */
const controlFd = 3;

/**
 * Boots a machine and returns when it has ended. The guest's serial console is the terminal. The first Ctrl-C (or abort of
 * `signal`) presses the power button, the second ends QEMU at once, and so does a guest that ignores the button for 30 s.
 * A guest that reboots stays in the session. QEMU never outlives this process.
 * @throws TskitError `qemu` when QEMU cannot start or ends for a reason that is not the guest's.
 */
export async function runSession(
  qemu: string,
  machine: Machine,
  terminal: SessionTerminal,
  signal: AbortSignal,
): Promise<void> {
  const [program, ...args] = await withParentDeathSignal([qemu, ...buildArguments({ ...machine, controlFd })]);
  // In a session of its own, so that the terminal's Ctrl-C reaches us only.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], detached: true });
  let errors = '';
  const ended = new Promise<QemuEnd>((resolve) => {
    child.on('error', (error) => resolve({ how: error.message, errors }));
    child.on('close', (code, killedBy) => resolve({ how: code ?? killedBy ?? 'no reason', errors }));
  });
  const control = new ControlChannel(child.stdio[controlFd] as Duplex);
  const kill = (): void => void child.kill('SIGKILL');
  const stop = createStop(control, kill, ended, terminal);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2_000);
  });
  const detach = attachConsole(terminal, { input: child.stdin, output: child.stdout }, stop);
  signal.addEventListener('abort', stop.ask);
  try {
    if (signal.aborted) stop.ask();
    const end = await ended;
    if (end.how !== 0 && !stop.asked() && control.reason === undefined) throw qemuError(qemu, machine, end);
  } finally {
    signal.removeEventListener('abort', stop.ask);
    detach();
    kill();
  }
}

/** What ends a session before its time. */
interface Stop {
  /** First call: the power button, with a limit. Second call: the end. */
  readonly ask: () => void;
  readonly asked: () => boolean;
}

function createStop(
  control: ControlChannel,
  kill: () => void,
  ended: Promise<unknown>,
  terminal: SessionTerminal,
): Stop {
  let asked = false;
  const ask = (): void => {
    if (asked) return kill();
    asked = true;
    terminal.note('powering the guest off; Ctrl-C again ends it at once');
    control.powerdown();
    const again = setInterval(() => control.powerdown(), powerdownEveryMs);
    const limit = setTimeout(() => {
      terminal.note(`the guest did not power off within ${powerdownGraceMs / 1000} s, ending it`);
      kill();
    }, powerdownGraceMs);
    void ended.finally(() => {
      clearInterval(again);
      clearTimeout(limit);
    });
  };
  return { ask, asked: () => asked };
}
