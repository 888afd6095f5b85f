// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { describeError } from '../files.ts';
import { type CommandLine, type GlobalOptions, parseCommandLine } from '../runtime/global-options.ts';
import { type Log, openLog, print, withErrnoWords } from '../runtime/log.ts';
import { specVersion } from '../runtime/versions.ts';

/** A command: prints its result, and returns its exit code unless that is 0. */
export type Command = (global: GlobalOptions, words: readonly string[], log: Log) => number | void;

/** Which bytecode unit has a command: those that are called often do not load what they do not need. */
const units: ReadonlyMap<string, string> = new Map([
  ['create', 'tsrun-create'],
  ['run', 'tsrun-create'],
  ['start', 'tsrun-start'],
  ['state', 'tsrun-state'],
  ['list', 'tsrun-state'],
  ['kill', 'tsrun-stop'],
  ['delete', 'tsrun-stop'],
  ['exec', 'tsrun-exec'],
  ['ps', 'tsrun-ps'],
  ['pause', 'tsrun-freeze'],
  ['resume', 'tsrun-freeze'],
  ['update', 'tsrun-update'],
  ['spec', 'tsrun-spec'],
  ['features', 'tsrun-spec'],
  ['events', 'tsrun-events'],
]);

/**
 * The OCI runtime's command line. Returns the container's or the process's exit code for "run" and "exec". A failure is 1, wrong
 * usage too, but 255 for "exec": so its clients tell it from the process's own.
 */
export default function tsrun(): number {
  let log = openLog(sys);
  let failure = 1;
  let command: string | undefined;
  try {
    const line = parseCommandLine(sys, sys.argv.slice(1));
    log = openLog(sys, line.global);
    command = line.command;
    if (command === 'exec') failure = 255;
    return runCommand(line, log);
  } catch (error) {
    log.error(withErrnoWords(describeError(error)));
    // The class is another one in each unit; its name is not.
    if (!(error instanceof Error) || error.name !== 'UsageError') return failure;
    print(sys, 2, help(command));
    return 1;
  }
}

function runCommand({ global, command, version, help: isHelpAsked, words }: CommandLine, log: Log): number {
  if (version) {
    print(
      sys,
      1,
      `tsrun version ${sys.version}\ncommit: ${sys.version}\nspec: ${specVersion}\nengine: ${sys.engine}\n`,
    );
    return 0;
  }
  if (isHelpAsked || command === undefined || command === 'help') {
    print(sys, 1, help(words[0]));
    return 0;
  }
  if (command === 'checkpoint' || command === 'restore')
    throw new Error(`${command} is not supported: tsrun has no CRIU`);
  const unit = units.get(command);
  if (unit === undefined) throw new Error(`unknown command "${command}": "tsrun --help" lists them`);
  // What follows a program's name is the program's.
  if (words[0] === '--help' || words[0] === '-h') {
    print(sys, 1, help(command));
    return 0;
  }
  log.debug(`${command} ${words.join(' ')}`);
  const commands = sys.loadUnit(unit) as Readonly<Record<string, Command>>;
  return commands[command]?.(global, words, log) ?? 0;
}

function help(command: string | undefined): string {
  return (sys.loadUnit('tsrun-help') as (command: string | undefined) => string)(command);
}
