// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errorOf, requestOf, type Show, showFor } from '../../init/control/commands.ts';
import type { BootTimes } from '../../init/contract/status.ts';
import { bootChart } from '../control/boot-chart.ts';
import { type ControlledMachine, runningMachines } from '../control/run-folder.ts';
import { runProgram } from '../control/run-program.ts';
import { openSession } from '../control/session.ts';
import { TskitError } from '../errors.ts';
import { printable } from '../printable.ts';
import { writeOut } from '../standard-output.ts';
import { type Command, type Invocation, usage } from './command.ts';

const ok = 200;
const defaultTimeout = '10';

export const ctl: Command = {
  name: 'ctl',
  arguments: 'ps|status|boot|events|logs|inspect|start|stop|restart|kill|exec|poweroff|reboot|halt [flags] [ENTRY]',
  summary: 'asks and commands a machine that `tskit run` has started',
  description: [
    'ps             entries with state, health, restarts, uptime, memory and CPU time',
    'status         what runs, what ran and how it ended',
    'boot           how long the boot took, and what for; --svg draws it',
    'events         what happened to entries lately; -f goes on with what happens',
    'logs ENTRY     what an entry wrote; -f goes on with what it writes',
    'inspect ENTRY  all that is known of it',
    'start, stop, restart, kill ENTRY',
    'exec ENTRY [--] PROGRAM ...  runs a program in its container; -it with this terminal',
    'poweroff, reboot, halt',
    '',
    'ENTRY is a name of the spec, or an id such as "onboot/000-dhcp". In the machine tsctl does the same.',
  ].join('\n'),
  options: {
    name: { value: 'MACHINE', help: 'which one: the name that `tskit run` told (default: the only one that runs)' },
    json: { help: 'what the machine answers, as it is (docs/control-api.md)' },
    follow: { short: 'f', help: 'logs, events: go on until Ctrl-C' },
    since: { value: 'TIME', help: 'logs: only what came in this last time, such as "10m"' },
    signal: { short: 's', value: 'SIGNAL', help: 'kill: which one (default SIGKILL)' },
    interactive: { short: 'i', help: 'exec: the program reads standard input' },
    tty: { short: 't', help: 'exec: the program has a terminal' },
    svg: { help: 'boot: a drawing' },
    timeout: { value: 'SECONDS', help: `how long to wait for the machine to answer (default ${defaultTimeout})` },
  },
  endsOptions: ([command, ...names]) => command === 'exec' && names.length >= 2,
  run: async (invocation) => {
    const [command, ...names] = invocation.positionals;
    if (command === undefined) throw usage(ctl, 'expected what to do, found nothing');
    return await (command === 'exec' ? exec(invocation, names) : ask(invocation, command, names));
  },
};

async function ask(invocation: Invocation, command: string, names: readonly string[]): Promise<void> {
  const options = {
    follow: invocation.flag('follow'),
    since: invocation.one('since'),
    signal: invocation.one('signal'),
  };
  const request = requestOf(command, names, options);
  if (typeof request === 'string') throw usage(ctl, request);
  const show = howToShow(invocation, command);
  const timeout = timeoutOf(invocation);
  const machine = await machineOf(invocation);
  const session = await openSession(machine, timeout, invocation.signal);
  try {
    const shown = bodyOf(show, invocation.isTerminal);
    const status = await session.ask(request.line, shown.add);
    const body = shown.end();
    if (status !== ok) throw new TskitError('io', `ctl: machine "${machine.name}": ${errorOf(body)}`);
  } finally {
    session.close();
  }
}

async function exec(invocation: Invocation, [entry, ...args]: readonly string[]): Promise<number> {
  if (entry === undefined || args.length === 0) throw usage(ctl, 'expected "exec ENTRY PROGRAM"');
  const timeout = timeoutOf(invocation);
  const machine = await machineOf(invocation);
  const session = await openSession(machine, timeout, invocation.signal);
  try {
    return await runProgram(session, {
      machine: machine.name,
      entry,
      args,
      hasInput: invocation.flag('interactive'),
      hasTerminal: invocation.flag('tty'),
    });
  } finally {
    session.close();
  }
}

function howToShow(invocation: Invocation, command: string): Show {
  if (!invocation.flag('svg')) return showFor(command, invocation.flag('json'));
  if (command !== 'boot' || invocation.flag('json')) throw usage(ctl, 'expected --svg with "boot" alone');
  return { as: 'whole', text: (body) => bootChart(JSON.parse(body) as BootTimes) };
}

function timeoutOf(invocation: Invocation): number {
  const text = invocation.one('timeout') ?? defaultTimeout;
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw usage(ctl, `--timeout: expected a number of seconds, found "${text}"`);
  return Number(text);
}

async function machineOf(invocation: Invocation): Promise<ControlledMachine> {
  const running = await runningMachines(invocation.env);
  const name = invocation.one('name');
  const list = running.map((machine) => `"${machine.name}"`).join(', ');
  if (name !== undefined) {
    const found = running.find((machine) => machine.name === name);
    if (found !== undefined) return found;
    throw new TskitError(
      'not-found',
      `ctl: machine "${name}" does not run; ${list === '' ? 'none does' : `${list} does`}`,
      {
        hint: 'start one: `tskit run PATH`',
      },
    );
  }
  const [first, ...others] = running;
  if (first === undefined) {
    throw new TskitError('not-found', 'ctl: expected a machine that runs, found none', {
      hint: 'start one: `tskit run PATH`',
    });
  }
  if (others.length > 0) throw usage(ctl, `expected --name, as several machines run: ${list}`);
  return first;
}

/** What is done with the body of an answer. */
interface Body {
  readonly add: (part: Uint8Array, status: number) => void;
  /** All of it is there: shows what is shown as a whole. Returns that of an answer that is no success. */
  readonly end: () => string;
}

function bodyOf(show: Show, isTerminal: boolean): Body {
  const decoder = new TextDecoder();
  let held = '';
  let isGood = false;
  // A terminal must not obey what a service writes.
  const write = (text: string): void => writeOut(isTerminal ? printable(text) : text);
  return {
    add(part, status) {
      isGood = status === ok;
      if (isGood && show.as === 'bytes' && !isTerminal) return writeOut(part);
      held += decoder.decode(part, { stream: true });
      if (!isGood || show.as === 'whole') return;
      const end = show.as === 'bytes' ? held.length : held.lastIndexOf('\n') + 1;
      const text = held.slice(0, end);
      held = held.slice(end);
      if (show.as === 'bytes') write(text);
      else for (const line of text.split('\n')) if (line !== '') write(show.text(line));
    },
    end() {
      if (isGood && show.as === 'whole') write(show.text(held));
      return held;
    },
  };
}
