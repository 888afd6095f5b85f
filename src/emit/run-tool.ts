// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { errnoOf } from '../oci/store-error.ts';
import type { Sink } from './sink.ts';
import { StreamSink } from './stream-sink.ts';
import { requireTools, type ToolName, toolPath, tools } from './tools.ts';

/** How much of a tool's complaint goes into a message. */
const complaintLimit = 600;
/**
 * How a write to a program that has stopped reading ends: by the kernel's word (a socket of which the other end had something
 * unread is reset), or, when Node hears of the program's end first, because it destroys the stream.
 */
const readerLeft = new Set(['EPIPE', 'ECONNRESET', 'ECANCELED', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

export interface ToolRun {
  /** What is being done, for messages: "making the EFI system partition". */
  readonly act: string;
  readonly cwd?: string;
  /** Descriptors of files that the tool is to open, as \`/dev/fd/3\` and so on: a path would have to suit its syntax. */
  readonly files?: readonly number[];
  /** Variables beside the fixed ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Writes the tool's standard input, which is empty without. */
  readonly input?: (sink: Sink) => Promise<void>;
}

/** What a tool that ended with 0 printed. */
export interface ToolOutput {
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs a program of tools.ts to its end, in an environment that is the same for everybody: no language, time zone or
 * configuration of the user's, and the build's time stamp for the clock. That it ends with 0 says little about some of them:
 * the caller looks at the result.
 * @throws TskitError `not-found` when it is not installed, `io` when it fails, `interrupted`; what `input` throws, and the
 * system's error when the disk is full, which Artifacts explains.
 */
export async function runTool(
  name: ToolName,
  args: readonly string[],
  { act, cwd, files, env, input }: ToolRun,
  { epoch, signal }: Pick<BuildContext, 'epoch' | 'signal'>,
): Promise<ToolOutput> {
  throwIfInterrupted(signal);
  const program = await findProgram(name, toolPath());
  if (program === undefined) {
    await requireTools(act, [name]);
    throw new TskitError('not-found', `${act}: expected "${name}" in PATH, found none`);
  }
  const child = spawn(program, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...fixedEnvironment(epoch), ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(files ?? [])],
    signal,
  });
  // Settled at "close" even after an abort: what the program writes to is about to be removed.
  const ended = new Promise<string | undefined>((resolve) => {
    let failure: string | undefined;
    child.once('error', (error) => {
      failure = error.message;
    });
    child.once('close', (code, killedBy) => {
      resolve(failure ?? (code === 0 ? undefined : code === null ? `ended by ${killedBy}` : `exit code ${code}`));
    });
  });
  const feeding = input === undefined || child.stdin === null ? undefined : feed(child.stdin, input, signal);
  const [failure, stdout, stderr, unfed] = await Promise.all([
    ended,
    child.stdout === null ? Buffer.alloc(0) : buffer(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    feeding,
  ]);
  if (signal.aborted) throw interruptionOf(signal);
  // A tool that gives up stops reading, and not all of them say so by their exit code: its words explain more than the pipe's.
  const gaveUp =
    unfed !== undefined && readerLeft.has(errnoOf(unfed.error) ?? '') ? 'it did not read all of its input' : undefined;
  if (unfed !== undefined && gaveUp === undefined) throw unfed.error;
  const problem = failure ?? gaveUp;
  if (problem !== undefined) throw await toolError(name, act, `${stderr.trim() || 'no message'} (${problem})`);
  return { stdout, stderr };
}

/**
 * The error of a tool whose result is not what it should be, whatever its exit code; it says which version that was.
 * @param found the tool's own words, or what its result was found to be.
 */
export async function toolError(name: ToolName, act: string, found: string): Promise<Error> {
  const full = fullDisk(found);
  if (full !== undefined) return full;
  const version = await versionOf(name);
  const evidence = found.replaceAll(/\s*\n\s*/g, '; ').slice(0, complaintLimit);
  return new TskitError('io', `${act}: ${name}${version}: ${evidence}`, {
    hint: `see what \`${tools[name].debianPackage}\` is installed; Debian 12's is what tskit is tested with`,
  });
}

/** What tools say in the words of strerror(3), by what it stands for. */
const systemErrors: readonly (readonly [words: string, code: string])[] = [
  ['No space left on device', 'ENOSPC'],
  ['Disk quota exceeded', 'EDQUOT'],
  ['File too large', 'EFBIG'],
];

/** The system's own error, which whoever writes an artifact explains; a file system inside of a file that is full is none. */
function fullDisk(found: string): Error | undefined {
  const [, code] = systemErrors.find(([words]) => found.includes(words)) ?? [];
  if (code === undefined || found.includes('No free cluster')) return undefined;
  return Object.assign(new Error(found), { code });
}

async function feed(
  stdin: Writable,
  input: (sink: Sink) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly error: unknown } | undefined> {
  const sink = StreamSink.into(stdin, signal);
  try {
    await input(sink);
    await sink.finish();
    return undefined;
  } catch (error) {
    stdin.destroy();
    return { error };
  }
}

function fixedEnvironment(epoch: number): Readonly<Record<string, string>> {
  return {
    PATH: toolPath(),
    HOME: '/nonexistent',
    LC_ALL: 'C',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(epoch),
    // Neither the user's drives nor the machine's, and no second opinion on geometry (mtools(5)).
    MTOOLSRC: '/dev/null',
    MTOOLS_SKIP_CHECK: '1',
  };
}

/** " 4.2" in front of what went wrong; nothing when the program does not say. */
async function versionOf(name: ToolName): Promise<string> {
  const args = tools[name].version;
  const program = await findProgram(name, toolPath());
  if (args === undefined || program === undefined) return '';
  const child = spawn(program, args, { env: fixedEnvironment(0), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  child.once('error', () => {});
  const match = /\b\d+(?:\.\d+)+\b/.exec((await said).join('\n'));
  return match === null ? '' : ` ${match[0]}`;
}
