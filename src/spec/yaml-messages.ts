// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ErrorCode, YAMLError } from 'yaml';
import { quote } from './document.ts';

/** What each kind of syntax error means to someone who does not know YAML's grammar. */
const byCode: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'expected an alias alone, found an anchor or tag before it',
  BAD_ALIAS: 'expected a name after "&" or "*", found none or one that ends in ":"',
  BAD_DIRECTIVE: 'expected a directive such as "%YAML 1.2", found another',
  BAD_INDENT: 'expected entries of one list or map to start at the same column, found another indentation',
  BLOCK_AS_IMPLICIT_KEY:
    'expected one "key: value" on this line, found a second; put a value that holds ": " in quotes',
  BLOCK_IN_FLOW: 'expected a value inside the brackets, found an indented list or map',
  KEY_OVER_1024_CHARS: 'expected a key of at most 1024 characters, found a longer one',
  MULTILINE_IMPLICIT_KEY: 'expected ":" after the key on the same line, found none',
  MULTIPLE_ANCHORS: 'expected at most one anchor, found several',
  MULTIPLE_TAGS: 'expected at most one tag, found several',
  TAB_AS_INDENT: 'expected spaces as indentation, found a tab',
};

/** MISSING_CHAR and BAD_INDENT cover many mistakes; the reader's own words tell them apart. */
const byWords: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing "/, 'expected a closing " after this one, found the end of the text'],
  [/^Missing closing '/, "expected a closing ' after this one, found the end of the text"],
  [/end with a \]/, 'expected a closing "]", found none'],
  [/end with a \}/, 'expected a closing "}", found none'],
  [/^Missing , /, 'expected "," between entries, found none'],
  [/^Missing space after :/, 'expected a space after ":", found none'],
  [
    /^Sequence item without -/,
    'expected "- " before the next entry of the list, found none; or the key is too far left',
  ],
  [/^Implicit map keys need/, 'expected ":" after the key, found none'],
  [/^Comments must be separated/, 'expected a space before "#", found none'],
  [/^Tags and anchors must be separated/, 'expected a space after the tag or anchor, found none'],
  [/tag has no suffix/, 'expected the name of a type after "!!", found none'],
  [/^(Could not resolve tag|Verbatim tags)/, 'expected a tag such as "!!str", found another'],
  [
    /^Missing newline after block/,
    'expected the list on a line of its own after the anchor or tag, found it on the same line',
  ],
  [
    /^Block scalars with more-indented/,
    'expected the first line of text after "|" or ">" to be the least indented, found a blank one further right',
  ],
  [/directives-end/, 'expected "---" alone on the line before the content, found none'],
];

/** A syntax error of the YAML reader in the words of this program. */
export function syntaxMessage(error: YAMLError, source: string): string {
  const found = source.slice(error.pos[0], error.pos[1]).split('\n', 1)[0]?.trim() ?? '';
  if (source.startsWith('${', error.pos[0] - 1)) {
    return 'expected quotes around a text with "${" inside brackets, found none';
  }
  switch (error.code) {
    case 'BAD_DQ_ESCAPE':
      return `expected an escape that YAML knows, found ${quote(found)}; in single quotes a backslash stands for itself`;
    case 'BAD_SCALAR_START':
      return `expected a value, found ${quote(source.charAt(error.pos[0]))}, which cannot start one; put the value in quotes`;
    case 'UNEXPECTED_TOKEN':
      return misfit(found);
    case 'BLOCK_AS_IMPLICIT_KEY':
      return keyBelow(error, source) === undefined
        ? explained(error)
        : 'expected this key at the column of the keys above, found it further right';
    case 'MULTILINE_IMPLICIT_KEY':
      return source.startsWith('- ', error.pos[0]) ? misfit('-') : explained(error);
    default:
      return explained(error);
  }
}

function misfit(found: string): string {
  return found === ''
    ? 'expected a value, found the end of it'
    : `expected an entry that fits the list or map above, found ${quote(found)}`;
}

function explained(error: YAMLError): string {
  const own = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  const words = byWords.find(([pattern]) => pattern.test(error.message))?.[1];
  return words ?? byCode[error.code] ?? `expected YAML, found a mistake: ${own}`;
}

/** Where the key is that an over-indented line began: it was read as the rest of the value above. */
export function keyBelow(error: YAMLError, source: string): number | undefined {
  if (error.code !== 'BLOCK_AS_IMPLICIT_KEY') return undefined;
  const [value = '', below = ''] = source.slice(error.pos[0]).split('\n', 2);
  if (/:(\s|$)/.test(value) || !/:(\s|$)/.test(below)) return undefined;
  return error.pos[0] + value.length + 1 + below.search(/\S/);
}
