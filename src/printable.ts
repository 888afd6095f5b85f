// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** C0 and C1 control characters but for tab and line feed, and what changes the direction of the text around it (Unicode UAX 9). */
const obeyed = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text as a terminal shows it and does not obey it: names of images and answers of registries come from strangers. A control
 * character becomes its escape, such as "\u001b".
 */
export function printable(text: string): string {
  return text.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for what must stay one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\n').replaceAll('\t', ' ');
}
