// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Command, helpText, type Invocation, type ParsedLine, parseLine, usage } from './commands/command.ts';
import { TskitError } from './errors.ts';
import { interruption } from './interrupt.ts';
import { printable, printableLine } from './printable.ts';
import { createEventReporter, createReporter, type ProgressReporter } from './progress.ts';
import { silentReporter } from './reporter.ts';
import { outputError, outputIsTerminal, outputIsWritten, writeOut } from './standard-output.ts';

/**
 * Runs `main` on the command line and sets the exit code that it returns: the only place that prints errors. `main` runs one
 * command, see {@link runCommand}.
 */
export function runCli(main: (argv: readonly string[]) => Promise<number>): void {
  // A rejection or exception that no stage has awaited: as much of a bug as one that reaches main.
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
    // At once: taking the engine apart takes longer than some commands.
    if (outputIsWritten()) process.exit();
  }, fail);
}

/** Runs one command. Streams, signal handlers and progress are opened when the command asks for them: that takes its time. */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const { positionals, values } = parseLine(command, args);
  if (values.has('help')) {
    writeOut(`${helpText(command)}\n`);
    return 0;
  }
  const level = verbosity(command, values);
  showsStacks = level === 3;
  let progress: ProgressReporter | undefined;
  let signal: AbortSignal | undefined;
  const invocation: Invocation = {
    positionals,
    flag: (option) => values.has(option),
    one: (option) => values.get(option)?.[0],
    many: (option) => values.get(option) ?? [],
    get reporter() {
      return (progress ??= reporterFor(command, values, level)) ?? silentReporter;
    },
    get signal() {
      watchStreams();
      return (signal ??= interruption(command.whenInterrupted));
    },
    env: process.env,
    // A program that reads the output needs names as they are, a terminal must not obey them.
    complain: writeError,
    get isTerminal() {
      return outputIsTerminal();
    },
    print: (line) => {
      progress?.settle();
      writeOut(`${outputIsTerminal() ? printableLine(line) : line}\n`);
    },
  };
  try {
    return (await command.run(invocation)) ?? 0;
  } finally {
    progress?.settle();
  }
}

/** What a failure is reported with, from the command line. */
let showsStacks = false;
let printsEvents = false;

/** 0 to 3, LinuxKit's scale. */
function verbosity(command: Command, values: ParsedLine['values']): number {
  if (values.has('quiet')) return 0;
  if (values.has('debug')) return 3;
  const given = values.get('verbose')?.at(-1) ?? '1';
  if (/^v+$/.test(given)) return 3;
  if (/^[0-3]$/.test(given)) return Number(given);
  throw usage(command, `--verbose: expected 0, 1, 2 or 3, found "${given}"`);
}

function reporterFor(command: Command, values: ParsedLine['values'], level: number): ProgressReporter | undefined {
  if (values.has('json')) {
    if (command.hasEvents !== true) return undefined;
    printsEvents = true;
    return createEventReporter((line) => writeOut(`${line}\n`));
  }
  return level === 0 ? undefined : createReporter(process.stderr, process.env, Date.now, level > 1);
}

let watched = false;

/** Whoever reads may go away early, with the terminal too; any other error loses output. */
function watchStreams(): void {
  if (watched) return;
  watched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    fail(outputError(error));
    process.exit();
  });
  process.stderr.on('error', () => {});
}

/** What the user reads of an error: our own errors as message and hint, anything else whole, as the bug that it is. */
function describe(error: unknown): string {
  if (!(error instanceof TskitError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return printable(`tskit: unexpected error, please report it: ${stack}\n`);
  }
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  const stack = showsStacks
    ? `${error.stack ?? ''}\n${error.cause instanceof Error ? `caused by: ${error.cause.stack}\n` : ''}`
    : '';
  return printable(`tskit: ${error.message}\n${hint}${stack}`);
}

function writeError(error: unknown): void {
  watchStreams();
  process.stderr.write(describe(error));
}

function fail(error: unknown): void {
  writeError(error);
  if (printsEvents) {
    const { message, code = 'unexpected', hint } = error as Partial<TskitError>;
    writeOut(`${JSON.stringify({ event: 'error', code, message, hint })}\n`);
  }
  process.exitCode = error instanceof TskitError && error.code === 'usage' ? 2 : 1;
}
