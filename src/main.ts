// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants } from 'node:os';
import { type Command, helpText, type Invocation, parseLine } from './commands/command.ts';
import { TskitError } from './errors.ts';
import { createReporter } from './progress.ts';
import { silentReporter } from './reporter.ts';
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
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${overview()}\n`);
    return 0;
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`tskit ${version}\n`);
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    const { nearestKey } = await import('./spec/nearest-key.ts');
    const nearest = nearestKey(name, Object.keys(commands));
    const suggestion = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
    throw new TskitError('usage', `unknown command "${name}"${suggestion}`, { hint: 'see `tskit --help`' });
  }
  return await runCommand(await entry.load(), args);
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
    signal: abortOnSignals(),
    env: process.env,
    print: (line) => void process.stdout.write(`${line}\n`),
  };
  try {
    return (await command.run(invocation)) ?? 0;
  } finally {
    progress?.close();
  }
}

/** The first signal asks every stage to stop and clean up; a second one, for whatever hangs, ends the process at once. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
      controller.abort(new TskitError('interrupted', `interrupted by ${name}; nothing was changed`));
    });
  }
  return controller.signal;
}

/** What the user reads of an error: our own errors as message and hint, anything else whole, as the bug that it is. */
function describe(error: unknown, debug: boolean): string {
  if (!(error instanceof TskitError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `tskit: unexpected error, please report it: ${stack}\n`;
  }
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  const stack = debug
    ? `${error.stack ?? ''}\n${error.cause instanceof Error ? `caused by: ${error.cause.stack}\n` : ''}`
    : '';
  return `tskit: ${error.message}\n${hint}${stack}`;
}

const argv = process.argv.slice(2);
// A reader that closes early (`tskit cache ls | head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
try {
  process.exitCode = await main(argv);
} catch (error) {
  process.stderr.write(describe(error, argv.includes('--debug')));
  process.exitCode = error instanceof TskitError && error.code === 'usage' ? 2 : 1;
}
