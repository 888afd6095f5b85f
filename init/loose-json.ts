// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Whether a text may have what QuickJS reads and JSON has not: JavaScript's other escapes, "1." and "-01" (js_parse_string and
 * json_next_token in its quickjs.c). A string that merely has such characters costs time and no more.
 */
export function mayBeLoose(text: string): boolean {
  const space = ' \t\r\n';
  return (
    hasLooseEscape(text) ||
    somewhere(text, '.', 1, (next, before) => isDigit(before) && `${space},]}eE`.includes(next.charAt(0))) ||
    somewhere(text, '-0', 2, (next, before) => isDigit(next.charAt(0)) && `${space}:,[`.includes(before))
  );
}

/** Whether a text has a backslash with what JSON does not escape (RFC 8259, 7). */
export function hasLooseEscape(text: string): boolean {
  const escapes = '"\\/bfnrt';
  return somewhere(text, '\\', 2, (next) => (next[0] === 'u' ? next[1] === '{' : !escapes.includes(next.charAt(0))));
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

/** Whether the test holds for the two characters after the mark and the one before it (fewer at the ends), anywhere in the text. */
function somewhere(text: string, mark: string, step: number, test: (next: string, before: string) => boolean): boolean {
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + step)) {
    const end = at + mark.length;
    if (test(text.slice(end, end + 2), text.charAt(at - 1))) return true;
  }
  return false;
}
