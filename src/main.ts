// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Command, helpText, type Invocation, parseLine } from './commands/command.ts';
import { TskitError } from './errors.ts';
import { interruption } from './interrupt.ts';
import { printable, printableLine } from './printable.ts';
import { createReporter } from './progress.ts';
import { silentReporter } from './reporter.ts';
import { renderLine } from './styled-line.ts';
import { version } from './version.ts';

/** Each command's module is loaded only when it is asked for: a warm build's floor is the start of this file. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  build: {
    summary: 'compose an operating system from a spec',
    load: async () => (await import('./commands/build.ts')).build,
  },
  run: { summary: 'boot what a build wrote, in QEMU', load: async () => (await import('./commands/run.ts')).run },
  lock: {
    summary: 'pin images and packages in tskit.lock',
    load: async () => (await import('./commands/lock.ts')).lock,
  },
  explain: {
    summary: 'say why a file or a setting is in the system',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  diff: {
    summary: 'say what differs between two systems',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  cache: {
    summary: 'show and free what the cache holds',
    load: async () => (await import('./commands/cache.ts')).cache,
  },
};

const overview = (): string =>
  [
    'Usage: tskit COMMAND [flags] [arguments]',
    '',
    'Composes immutable Linux operating systems from OCI images.',
    '',
    'Commands:',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`),
    `  ${'version'.padEnd(10)}print the version`,
    '',
    '`tskit COMMAND --help` shows the flags of one command.',
  ].join('\n');

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined) {
    process.stderr.write(`${overview()}\n`);
    return 2;
  }
  if (name === 'version' || name === '--version') {
    process.stdout.write(`tskit ${version}\n`);
    return 0;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    const [about] = args;
    process.stdout.write(`${about === undefined ? overview() : helpText(await loadCommand(about))}\n`);
    return 0;
  }
  return await runCommand(await loadCommand(name), args);
}

async function loadCommand(name: string): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return await entry.load();
  const hint = 'see `tskit --help`';
  if (name.startsWith('-')) throw new TskitError('usage', `expected a command first, found option "${name}"`, { hint });
  const { nearestKey } = await import('./spec/nearest-key.ts');
  const nearest = nearestKey(name, Object.keys(commands));
  const suggestion = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  throw new TskitError('usage', `unknown command "${name}"${suggestion}`, { hint });
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const { positionals, values } = parseLine(command, args);
  if (values.has('help')) {
    process.stdout.write(`${helpText(command)}\n`);
    return 0;
  }
  const progress = values.has('quiet') || values.has('json') ? undefined : createReporter(process.stderr, process.env);
  const invocation: Invocation = {
    positionals,
    flag: (option) => values.has(option),
    one: (option) => values.get(option)?.[0],
    many: (option) => values.get(option) ?? [],
    reporter: progress ?? silentReporter,
    signal: interruption(command.whenInterrupted),
    env: process.env,
    // A program that reads the output needs names as they are, a terminal must not obey them.
    print: (line) => void process.stdout.write(`${process.stdout.isTTY ? printableLine(line) : line}\n`),
    show: (line) => void process.stdout.write(`${renderLine(line, colored())}\n`),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  };
  try {
    return (await command.run(invocation)) ?? 0;
  } finally {
    progress?.close();
  }
}

/** https://no-color.org */
function colored(): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

/** What the user reads of an error: our own errors as message and hint, anything else whole, as the bug that it is. */
function describe(error: unknown, debug: boolean): string {
  if (!(error instanceof TskitError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return printable(`tskit: unexpected error, please report it: ${stack}\n`);
  }
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  const stack = debug
    ? `${error.stack ?? ''}\n${error.cause instanceof Error ? `caused by: ${error.cause.stack}\n` : ''}`
    : '';
  return printable(`tskit: ${error.message}\n${hint}${stack}`);
}

function fail(error: unknown): void {
  process.stderr.write(describe(error, process.argv.includes('--debug')));
  process.exitCode = error instanceof TskitError && error.code === 'usage' ? 2 : 1;
}

// Whoever reads may go away early (`tskit cache ls | head`), with the terminal too; any other error loses output.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(process.exitCode ?? 0);
  fail(new TskitError('io', `writing to standard output: ${error.message}`));
  process.exit();
});
process.stderr.on('error', () => {});
// A rejection or exception that no stage has awaited: as much of a bug as one that reaches main.
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
