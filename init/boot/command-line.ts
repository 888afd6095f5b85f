// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Options of the kernel's command line in order; a bare word has the value ''. */
export type CommandLine = readonly (readonly [name: string, value: string])[];

/**
 * Splits /proc/cmdline as the kernel does: at white space outside of double quotes, which are dropped. What follows "--" is
 * arguments of init and no option.
 */
export function parseCommandLine(text: string): CommandLine {
  const options: [string, string][] = [];
  for (const word of splitWords(text.trimEnd())) {
    if (word === '--') break;
    const equals = word.indexOf('=');
    options.push(equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)]);
  }
  return options;
}

function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  // Odd parts lie between quotes.
  text.split('"').forEach((part, index) => {
    if (index % 2 === 1) {
      word += part;
      return;
    }
    const [first = '', ...others] = part.split(/\s/);
    word += first;
    for (const other of others) {
      words.push(word);
      word = other;
    }
  });
  return [...words, word].filter((found) => found !== '');
}

/** Whether the option is there and not switched off ("tskit.console", "tskit.console=1", not "tskit.console=0"). */
export function isSet(commandLine: CommandLine, name: string): boolean {
  const option = commandLine.findLast(([key]) => key === name);
  return option !== undefined && option[1] !== '0';
}
