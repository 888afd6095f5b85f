// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { JsonError, parseJson } from '../../init/json.ts';
import { TskitError } from '../errors.ts';
import { interruptionOf } from '../oci/interruption.ts';
import type { Launch } from './isolation.ts';
import { type CodePlace, type Failure, type Hello, type Misfit, pipe, type Result } from './message.ts';

export interface ChildLimits {
  readonly env: Readonly<Record<string, string>>;
  /** Folder that it runs in. */
  readonly cwd: string;
  /** Milliseconds until the process is killed. */
  readonly limit: number;
  /** Characters of what it may say. */
  readonly most: number;
  readonly signal: AbortSignal;
  /** The spec, for messages. */
  readonly file: string;
}

export interface Answer {
  readonly network: string;
  readonly result: Result;
  /** What the better ways of starting it said. */
  readonly refusal?: string;
}

/** Starts the evaluating process in the first way that works, and returns what it says. */
export async function runChild(ways: readonly Launch[], limits: ChildLimits): Promise<Answer> {
  let refusal: string | undefined;
  for (const way of ways) {
    const run = await runOnce(way, limits);
    if (run.hello !== undefined) {
      const result = run.result ?? { failure: { message: endOf(run, limits), places: [] } };
      return { network: run.hello.network, result, ...(refusal !== undefined && { refusal }) };
    }
    // Nothing of the spec has run yet.
    if (!way.isolated)
      throw new TskitError(
        'spec',
        `evaluating ${limits.file}: expected Node.js to start, found ${run.stderr || endOf(run, limits)}`,
      );
    refusal = run.stderr || endOf(run, limits);
  }
  throw new Error('no way to start the evaluating process');
}

interface Run {
  readonly hello: Hello | undefined;
  readonly result: Result | undefined;
  readonly code: number | null;
  readonly killed: NodeJS.Signals | null;
  readonly cut: 'time' | 'size' | undefined;
  /** What was said before hello, on one line. */
  readonly stderr: string;
}

function endOf({ cut, code, killed }: Run, { limit, most }: ChildLimits): string {
  if (cut === 'time') return `expected the spec to come to an end within ${limit / 1000} s, found it still running`;
  if (cut === 'size') return `expected a spec of at most ${most / 1024 / 1024} MiB, found more`;
  if (killed === 'SIGABRT') return 'expected the spec to need at most 512 MiB of memory, found more';
  return `expected a spec, found that its process ended with ${killed ?? `exit code ${code}`}`;
}

async function runOnce(way: Launch, limits: ChildLimits): Promise<Run> {
  if (limits.signal.aborted) throw interruptionOf(limits.signal);
  const process = spawn(way.program, way.args, {
    env: limits.env,
    cwd: limits.cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const ended = endOfProcess(process);
  const said = new Said(process, limits.most);
  const stop = (): void => void process.kill('SIGKILL');
  limits.signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => said.cutOff('time'), limits.limit);
  const { code, killed } = await ended;
  clearTimeout(timer);
  limits.signal.removeEventListener('abort', stop);
  if (limits.signal.aborted) throw interruptionOf(limits.signal);
  return { ...said.outcome(), code, killed };
}

function endOfProcess(process: ChildProcess): Promise<{ code: number | null; killed: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    // A program that cannot be started is one more way that does not work.
    process.once('error', () => resolve({ code: null, killed: null }));
    process.once('close', (code, killed) => resolve({ code, killed }));
  });
}

/** The result in a line of the pipe, which the spec's own code can write to as well. */
function resultOf(line: string): Result {
  try {
    const result = Object(parseJson(line)) as Result;
    if (isResult(result)) return result;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  return { failure: { message: 'expected a spec, found that its code writes to the pipe that is for it', places: [] } };
}

function isResult(result: Result): boolean {
  if ('failure' in result) {
    const { message, places } = Object(result.failure) as Partial<Failure>;
    return typeof message === 'string' && Array.isArray(places) && places.every(isPlace);
  }
  if ('misfits' in result) return Array.isArray(result.misfits) && result.misfits.every(isMisfit);
  return 'value' in result;
}

function isPlace(value: unknown): boolean {
  const { file, line, column } = Object(value) as Partial<CodePlace>;
  return typeof file === 'string' && typeof line === 'number' && typeof column === 'number';
}

function isMisfit(value: unknown): boolean {
  const { path, message } = Object(value) as Partial<Misfit>;
  return Array.isArray(path) && typeof message === 'string';
}

/** What comes out of the process: two lines on the pipe, and what the spec prints, which goes on to stderr. */
class Said {
  readonly #process: ChildProcess;
  readonly #chunks: Buffer[] = [];
  readonly #early: Buffer[] = [];
  #greeted = false;
  #muted = false;
  #size = 0;
  #cut: 'time' | 'size' | undefined;

  constructor(child: ChildProcess, most: number) {
    this.#process = child;
    (child.stdio[pipe] as Readable).on('data', (chunk: Buffer) => {
      this.#size += chunk.length;
      if (this.#size > most) return this.cutOff('size');
      this.#chunks.push(chunk);
      if (!this.#greeted && chunk.includes(0x0a)) this.#greet();
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => this.#print(chunk));
  }

  cutOff(why: 'time' | 'size'): void {
    this.#cut ??= why;
    this.#process.kill('SIGKILL');
  }

  outcome(): Omit<Run, 'code' | 'killed'> {
    const [hello, result] = Buffer.concat(this.#chunks).toString('utf8').split('\n');
    return {
      hello: hello === undefined || hello === '' ? undefined : (parseJson(hello) as unknown as Hello),
      // A process that was stopped in the middle of a line has said nothing.
      result: result === undefined || result === '' || this.#cut !== undefined ? undefined : resultOf(result),
      cut: this.#cut,
      stderr: Buffer.concat(this.#early).toString('utf8').trim().replaceAll('\n', ' '),
    };
  }

  #greet(): void {
    this.#greeted = true;
    for (const chunk of this.#early.splice(0)) process.stderr.write(chunk);
  }

  #print(chunk: Buffer): void {
    // V8's own words when the heap is full: our message says the same in one line.
    if (chunk.includes('<--- Last few GCs --->')) this.#muted = true;
    if (this.#muted) return;
    if (this.#greeted) process.stderr.write(chunk);
    else this.#early.push(chunk);
  }
}
