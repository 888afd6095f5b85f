// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Options of the kernel's command line in order; a bare word has the value ''. */
export type CommandLine = readonly (readonly [name: string, value: string])[];

/**
 * Splits /proc/cmdline as the kernel does: at spaces outside of double quotes, which are dropped. What follows "--" is
 * arguments of init and no option.
 */
export function parseCommandLine(text: string): CommandLine {
  const options: [string, string][] = [];
  for (const [word] of text.matchAll(/(?:"[^"]*"?|[^\s"])+/g)) {
    if (word === '--') break;
    const plain = word.replaceAll('"', '');
    const equals = plain.indexOf('=');
    options.push(equals < 0 ? [plain, ''] : [plain.slice(0, equals), plain.slice(equals + 1)]);
  }
  return options;
}

/** Whether the option is there and not switched off ("tskit.console", "tskit.console=1", not "tskit.console=0"). */
export function isSet(commandLine: CommandLine, name: string): boolean {
  const option = commandLine.findLast(([key]) => key === name);
  return option !== undefined && option[1] !== '0';
}
