// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type CommandLine, parseCommandLine } from '../boot/command-line.ts';
import { openModuleIndex } from '../boot/module-index.ts';
import { createModules } from '../boot/modules.ts';
import { readText } from '../files.ts';
import { parseArguments, UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';
import type { Program } from './run.ts';
import { say, warn } from './say.ts';

const help = `usage: modprobe [-a] [-q] [-v] NAME [PARAMETER=VALUE]... [NAME [PARAMETER=VALUE]...]...

Loads modules of the running kernel with all that they need: each NAME is a module or an alias ("fs-xfs"), with its parameters
behind it. Parameters on the kernel's command line (NAME.PARAMETER=VALUE) count as well. What is loaded or compiled in already is
left as it is.

options:
  -a, --all       several modules: what it does anyway
  -q, --quiet     say nothing of a module that is not there
  -v, --verbose   say which names were loaded

Exit code 1 when a module is not there or cannot be loaded; all others are. Modules and their index are read from /lib/modules.
`;

/** Loads modules by name. Throws Failure for those that are missing or do not load. */
export const modprobe: Program = {
  name: 'modprobe',
  help,
  run(sys: Sys, words: readonly string[]): number | void {
    const { options, operands } = parseArguments(words, {
      all: { kind: 'flag', short: 'a' },
      quiet: { kind: 'flag', short: 'q' },
      verbose: { kind: 'flag', short: 'v' },
    });
    const { names, parameters } = readNames(operands);
    const release = readText(sys, '/proc/sys/kernel/osrelease').trim();
    const index = openModuleIndex(sys, release);
    if (index === undefined) {
      throw new Failure(
        `loading ${names.join(', ')}: expected modules of the kernel ${release} in /lib/modules, found none`,
        'bind /lib/modules:/lib/modules; the index there is made by tskit build',
      );
    }
    const failures: string[] = [];
    const commandLine = [...parseCommandLine(readText(sys, '/proc/cmdline')), ...parameters];
    const modules = createModules(sys, index, commandLine, (message) => failures.push(message));
    const missing = names.filter((name) => !modules.load(name) && !modules.loadByAlias(name));
    if (options.verbose) {
      for (const name of names) if (!missing.includes(name)) say(sys, `modprobe: ${name}`);
    }
    for (const failure of failures) warn(sys, `modprobe: ${failure}`);
    if (failures.length > 0) {
      throw new Failure(
        'loading modules: not all of them went in',
        "the kernel's log has the reason; EPERM: the capability CAP_SYS_MODULE is missing",
      );
    }
    if (missing.length === 0) return;
    if (options.quiet) return 1;
    throw new Failure(
      `loading modules: expected ${missing.map((name) => `"${name}"`).join(', ')} among the modules of the kernel ${release}, found none of that name`,
      'kernel.modules of the spec may have left it out',
    );
  },
};

/** Words that are names, and the parameters behind each as the kernel's command line would have them. */
function readNames(words: readonly string[]): { readonly names: readonly string[]; readonly parameters: CommandLine } {
  const names: string[] = [];
  const parameters: [string, string][] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = names.at(-1);
    if (equals < 0) names.push(word);
    else if (name === undefined) throw new UsageError(`expected a module in front of "${word}"`);
    else parameters.push([`${name}.${word.slice(0, equals)}`, word.slice(equals + 1)]);
  }
  if (names.length === 0) throw new UsageError('expected a module, found none');
  return { names, parameters };
}
