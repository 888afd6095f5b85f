// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BootPlan, bootPlanVersion } from '../../init/contract/boot-plan.ts';
import type { ContainerPlan } from '../../init/contract/container-plan.ts';
import type { PartitionStatus, SystemStatus } from '../../init/contract/status.ts';
import type { UnitPlan } from '../../init/contract/unit-plan.ts';
import { createLogs } from '../../init/log/logs.ts';
import { createConsole } from '../../init/supervise/console.ts';
import { createEvents } from '../../init/supervise/events.ts';
import { createLoop } from '../../init/supervise/loop.ts';
import type { LaunchedContainer, Machine } from '../../init/supervise/machine.ts';
import { createReaper } from '../../init/supervise/reaper.ts';
import { createStatus } from '../../init/supervise/status.ts';
import { FakeSys } from './fake-sys.ts';

/** What a fake container does, by its entry's name: nothing until it is told to, by default. */
export interface FakeProgram {
  /** Exits with this code as soon as it is started, or `after` so many seconds. */
  readonly exits?: number;
  /** Is killed by this signal, as it exits. */
  readonly dies?: number;
  readonly after?: number;
  /** What its cgroup tells of memory when it has ended. */
  readonly outOfMemory?: string;
  readonly prints?: string;
  /** Cannot be started, for this reason. */
  readonly fails?: string;
  /** Ends with code 0 at this signal; others are ignored. */
  readonly endsAt?: number;
  /** Not even SIGKILL ends it. */
  readonly isStuck?: boolean;
  /** Seconds that what it leaves behind takes to end. */
  readonly leaves?: number;
  /** The exit code of a program that is run in it; undefined for one that does not end by itself. */
  readonly check?: () => number | undefined;
  /** What such a program prints. */
  readonly checkPrints?: string;
}

/** The plan of one entry as the build makes it of an entry that says nothing of it; `unit` is what it says. */
export function entryPlan(
  section: 'onboot' | 'services' | 'onshutdown',
  name: string,
  unit: Partial<UnitPlan> = {},
): ContainerPlan {
  return {
    id: `${section}/${name}`,
    name,
    bundle: `/containers/${section}/${name}`,
    image: `example.com/${name}:1`,
    after: [],
    waitsForOnboot: section === 'services',
    unit: {
      isService: section === 'services',
      restart: { condition: 'no', delay: 1, backoff: 2, maxDelay: 60, window: 60, onGiveUp: 'leave' },
      stopGrace: 10,
      onFailure: 'continue',
      onUnhealthy: 'ignore',
      isChecked: false,
      ...unit,
    },
    critical: false,
    log: { driver: 'file', maxSize: 1024 * 1024, maxFiles: 2, json: false },
  };
}

/** A plan of entries by name. Those that end in "!" have onFailure "halt". */
export function planOf(sections: Partial<Record<'onboot' | 'services' | 'onshutdown', readonly string[]>>): BootPlan {
  const list = (section: 'onboot' | 'services' | 'onshutdown'): readonly ContainerPlan[] =>
    (sections[section] ?? []).map((word) => {
      const name = word.replace('!', '');
      const onFailure = word.endsWith('!') ? 'halt' : 'continue';
      return entryPlan(section, name, { onFailure });
    });
  /** As the build makes onboot entries that say nothing of others: each waits for the end of the one before. */
  const inOrder = (plans: readonly ContainerPlan[]): readonly ContainerPlan[] =>
    plans.map((plan, index) => {
      const before = plans[index - 1];
      return before === undefined ? plan : { ...plan, after: [{ on: before.id, condition: 'finished' }] };
    });
  return {
    version: bootPlanVersion,
    volumes: [],
    onboot: inOrder(list('onboot')),
    services: list('services'),
    onshutdown: list('onshutdown'),
    panic: 'poweroff',
    stopSeconds: 12,
  };
}

/** A machine on the fake whose containers are only told of. */
export class FakeMachine {
  readonly fake: FakeSys = new FakeSys();
  readonly machine: Machine;
  /** "start web", "signal web 15", "kill web", "release web" in order. */
  readonly containers: string[] = [];
  readonly #pids = new Map<string, number>();
  readonly #ends = new Map<string, (status: number) => void>();
  #lastPid = 99;

  constructor(
    plan: BootPlan,
    programs: Readonly<Record<string, FakeProgram>> = {},
    echo = false,
    partitions?: readonly PartitionStatus[],
  ) {
    const { sys } = this.fake;
    this.fake.files.set('/dev/console', '');
    for (const folder of ['/run', '/run/tskit', '/var/log/onboot', '/var/log/onshutdown'])
      this.fake.folders.add(folder);
    const console = createConsole(sys, sys.openat(-100, '/dev/console', 1, 0));
    const loop = createLoop(sys);
    console.attach(loop);
    this.machine = {
      sys,
      loop,
      console,
      reaper: createReaper(sys),
      status: createStatus(sys, loop, console, plan, partitions),
      events: createEvents(sys),
      logs: createLogs(sys, loop, console, echo),
      echo,
      launch: (_sys, entry, output) => this.#launch(entry, programs[entry.name] ?? {}, output.stdout),
    };
  }

  /** The status file as others read it. */
  get statusFile(): SystemStatus {
    return JSON.parse(this.fake.files.get('/run/tskit/status.json') ?? 'null') as SystemStatus;
  }

  pidOf(name: string): number {
    return this.#pids.get(name) ?? 0;
  }

  /** Ends the container of that name with a wait status; nothing happens when it has ended. */
  endOf(name: string): ((status: number) => void) | undefined {
    return this.#ends.get(name);
  }

  /** Turns of the loop until the condition holds; children that ended are reaped as the signal would do it. */
  turnUntil(condition: () => boolean, limit = 1000): void {
    for (let turns = 0; !condition(); turns += 1) {
      if (turns > limit) throw new Error(`it never came to that:\n${this.fake.console}`);
      if (this.fake.ended.length > 0) this.machine.reaper.reap();
      else this.machine.loop.turn();
    }
  }

  #launch(entry: ContainerPlan, program: FakeProgram, output: number): LaunchedContainer {
    const { name } = entry;
    if (program.fails !== undefined) throw new Error(program.fails);
    const pid = this.#nextPid();
    this.#pids.set(name, pid);
    const { sys, loop } = this.machine;
    let lives = true;
    let isReleased = false;
    const end = (status: number): void => {
      if (lives) this.fake.end(pid, status);
      lives = false;
    };
    this.#ends.set(name, end);
    return {
      pid,
      start: () => {
        this.containers.push(`start ${name}`);
        if (program.prints !== undefined) sys.write(output, sys.encodeUtf8(program.prints));
        const { exits = program.dies === undefined ? undefined : 0, dies = 0, after } = program;
        if (exits === undefined) return;
        if (after === undefined) end((exits << 8) | dies);
        else loop.after(after, () => end((exits << 8) | dies));
      },
      signal: (number) => {
        this.containers.push(`signal ${name} ${number}`);
        if (number === program.endsAt) end(0);
      },
      kill: () => {
        this.containers.push(`kill ${name}`);
        if (program.isStuck !== true) end(9);
      },
      exec: (args, stdio, calls) => {
        this.containers.push(`exec ${name} ${args.join(' ')}`);
        const checkPid = this.#nextPid();
        const pidfd = sys.openat(-100, '/dev/null', 0o100, 0);
        this.machine.reaper.await(checkPid, (ending) => {
          sys.close(pidfd);
          calls.onEnd(ending);
        });
        const run = (): void => {
          calls.onStart(undefined);
          const code = program.check?.();
          if (code !== undefined) this.fake.end(checkPid, code << 8);
        };
        if ('input' in stdio) {
          // What somebody runs, not a health check.
          sys.write(stdio.output, sys.encodeUtf8(`${args[0]} speaks\n`));
          loop.after(0, run);
        } else {
          if ('output' in stdio && program.checkPrints !== undefined)
            sys.write(stdio.output, sys.encodeUtf8(program.checkPrints));
          run();
        }
        return { kill: () => sys.pidfdSendSignal(pidfd, 9) };
      },
      usage: () => ({ memory: 1024, cpu: 0.5 }),
      outOfMemory: () => {
        if (isReleased) throw new Error(`${name} has no cgroup any more`);
        return program.outOfMemory;
      },
      release: (onDone) => {
        isReleased = true;
        const done = (): void => {
          this.containers.push(`release ${name}`);
          onDone();
        };
        if (program.leaves === undefined) done();
        else loop.after(program.leaves, done);
      },
    };
  }

  #nextPid(): number {
    this.#lastPid += 1;
    return this.#lastPid;
  }
}
