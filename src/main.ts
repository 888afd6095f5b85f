// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { runCli, runCommand } from './cli.ts';
import { type Command, helpText } from './commands/command.ts';
import { globalsFor, splitGlobals } from './commands/global-options.ts';
import { TskitError } from './errors.ts';
import { writeOut } from './standard-output.ts';
import { version } from './version.ts';

/** Each command's module is loaded only when it is asked for: a warm build's floor is the start of this file. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  validate: {
    summary: 'check a spec, without the network',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  build: {
    summary: 'compose an operating system from a spec',
    load: async () => (await import('./commands/build.ts')).build,
  },
  run: { summary: 'boot what a build wrote, in QEMU', load: async () => (await import('./commands/run.ts')).run },
  ctl: {
    summary: 'ask and command a machine that `run` has started',
    load: async () => (await import('./commands/ctl.ts')).ctl,
  },
  pkg: {
    summary: 'make images of Debian packages, and see what there is',
    load: async () => (await import('./commands/pkg.ts')).pkg,
  },
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
  keys: {
    summary: 'make keys for Secure Boot',
    load: async () => (await import('./commands/keys.ts')).keys,
  },
  kernel: {
    summary: 'build kernels, and check their configuration',
    load: async () => (await import('./commands/kernel.ts')).kernel,
  },
  cache: {
    summary: 'show and free what the cache holds',
    load: async () => (await import('./commands/cache.ts')).cache,
  },
  schema: {
    summary: 'print the JSON Schema of specs, for editors',
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  completion: {
    summary: 'print a script for bash that completes all this',
    load: async () => (await import('./commands/completion.ts')).completionOf(otherCommands),
  },
};

/** What completion is made from; it knows itself. */
function otherCommands(): Promise<readonly Command[]> {
  const others = Object.entries(commands).filter(([name]) => name !== 'completion');
  return Promise.all(others.map(([, { load }]) => load()));
}

const overview = (): string =>
  [
    'Usage: tskit COMMAND [flags] [arguments]',
    '',
    'Composes immutable Linux operating systems from OCI images.',
    '',
    'Commands:',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
    `  ${'version'.padEnd(12)}print the version`,
    '',
    '`tskit COMMAND --help` shows the flags of one command.',
  ].join('\n');

async function main(argv: readonly string[]): Promise<number> {
  const { globals, rest } = splitGlobals(argv);
  const [name, ...args] = rest;
  if (name === undefined) {
    process.stderr.write(`${overview()}\n`);
    return 2;
  }
  if (name === 'version' || name === '--version') {
    writeOut(`tskit ${version}\n`);
    return 0;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    const [about] = args;
    writeOut(`${about === undefined ? overview() : helpText(await loadCommand(about))}\n`);
    return 0;
  }
  const command = await loadCommand(name);
  return await runCommand(command, [...globalsFor(command, globals), ...args]);
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

runCli(main);
