// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import { refusalOf } from '../../support/refusal.ts';

function refusal(text: string): string {
  return refusalOf('spec', () => parseSpec(text, 'os.yml'));
}

describe('a syntax error', () => {
  test.each([
    [
      'an unclosed quote',
      'init: ["a]\nfiles: []\n',
      '1:8: expected a closing " after this one, found the end of the text',
    ],
    ['an unclosed single quote', "init: ['a]\n", "1:8: expected a closing ' after this one, found the end of the text"],
    ['an unclosed list', 'init: [a, b\nfiles: []\n', '2:1: expected a closing "]", found none'],
    ['an unclosed map', 'kernel: {image: x\nfiles: []\n', '2:1: expected a closing "}", found none'],
    [
      'a second key on the line',
      'kernel: image: x\n',
      '1:9: expected one "key: value" on this line, found a second; put a value that holds ": " in quotes',
    ],
    [
      'a key too far right',
      'kernel:\n  image: x\n   cmdline: y\n',
      '3:4: expected this key at the column of the keys above, found it further right',
    ],
    [
      'a key too far left',
      'services:\n  - name: a\n   image: x\n',
      '3:4: expected "- " before the next entry of the list, found none; or the key is too far left',
    ],
    ['a tab', 'init:\n\t- a\n', '2:1: expected spaces as indentation, found a tab'],
    [
      'an @ without quotes',
      'init: [@pkg:a]\n',
      '1:8: expected a value, found "@", which cannot start one; put the value in quotes',
    ],
    [
      'a backquote',
      'init: [`a`]\n',
      '1:8: expected a value, found "`", which cannot start one; put the value in quotes',
    ],
    ['a missing colon', 'kernel\ninit: [a]\n', '1:1: expected ":" after the key on the same line, found none'],
    [
      'a missing space after the colon',
      'kernel:x\ninit: [a]\n',
      '1:1: expected ":" after the key on the same line, found none',
    ],
    [
      'an unknown escape',
      'init: ["\\d"]\n',
      '1:9: expected an escape that YAML knows, found "\\\\"; in single quotes a backslash stands for itself',
    ],
    ['text after a quoted value', 'init: ["a" b]\n', '1:12: expected "," between entries, found none'],
    [
      'text after a closing quote',
      'kernel:\n  cmdline: "a" b\n',
      '2:16: expected an entry that fits the list or map above, found "b"',
    ],
    ['an empty entry', 'init: [a,,b]\n', '1:10: expected an entry that fits the list or map above, found ","'],
    [
      'a closing bracket too many',
      'init: [a]]\n',
      '1:10: expected an entry that fits the list or map above, found "]"',
    ],
    [
      'a list in the map',
      'kernel: {image: x}\n- a\n',
      '2:1: expected an entry that fits the list or map above, found "-"',
    ],
    ['an alias without anchor', 'init: *images\n', '1:7: expected an anchor &images before the alias, found none'],
    [
      'an alias inside what it names',
      'init: &a [b, *a]\n',
      '1:14: expected the alias *a outside of what it names, found it inside',
    ],
    [
      'an alias with a tag',
      'init: [&a b, !!str *a]\n',
      '1:20: expected an alias alone, found an anchor or tag before it',
    ],
    [
      'a variable in brackets without quotes',
      'init: [${N}]\n',
      '1:9: expected quotes around a text with "${" inside brackets, found none',
    ],
    [
      'a variable in braces without quotes',
      'kernel: {image: ${N}, cmdline: x}\n',
      '1:18: expected quotes around a text with "${" inside brackets, found none',
    ],
    ['two anchors', 'init: &a &b []\n', '1:10: expected at most one anchor, found several'],
    [
      'an unknown tag',
      'init: [!secret a]\n',
      '1:16: expected no tag or one that fits, found "!secret" on the string "a"',
    ],
    ['a tag that does not fit', 'init: !!map [a]\n', '1:13: expected no tag or one that fits, found "!!map" on a list'],
    [
      'binary data',
      'init: [!!binary aGVsbG8=]\n',
      '1:17: expected no tag or one that fits, found "!!binary" on the string "aGVsbG8="',
    ],
    ['a duplicate key', 'init: [a]\ninit: [b]\n', '2:1: expected each key once, found "init" again'],
    ['a list as key', '? [a]\n: b\n', '1:3: expected a key, found a list'],
    [
      'a merge of a string',
      'kernel: {<<: x, image: y}\n',
      '1:14: expected a map or a list of maps to merge, found the string "x"',
    ],
    ['two documents', 'init: [a]\n---\ninit: [b]\n', '3:1: expected one YAML document, found a second one after "---"'],
    [
      'a third document',
      '---\ninit: [a]\n---\n---\nfiles: []\n',
      '5:1: expected one YAML document, found a second one after "---"',
    ],
    ['no content', '', '1:1: expected a spec, found nothing but comments and space'],
    ['comments only', '# nothing\n\n', '1:1: expected a spec, found nothing but comments and space'],
    ['an empty document', '---\n---\n', '1:1: expected a spec, found nothing but comments and space'],
    ['a control character', 'init: ["a\u0000b"]\n', '1:10: expected text, found the control character U+0000'],
    [
      'a directive of another version',
      '%YAML nine\n---\ninit: [a]\n',
      '1:7: expected a directive such as "%YAML 1.2", found another',
    ],
  ])('says where and what: %s', (_what, text, message) => {
    expect(refusal(text).split('\n', 1)[0]).toBe(`os.yml:${message}`);
  });

  test('shows the line and a caret', () => {
    expect(refusal('init:\n  - "a\nfiles: []\n')).toBe(
      [
        'os.yml:2:5: expected a closing " after this one, found the end of the text',
        '  2 |   - "a',
        '    |     ^',
      ].join('\n'),
    );
  });

  test('is followed by those that are no consequence of it', () => {
    const text = 'init: [@a]\n\nkernel: {image: x}\n\nservices: [`b`]\n';
    const lines = refusal(text)
      .split('\n')
      .filter((line) => line.startsWith('os.yml'));
    expect(lines).toEqual([
      'os.yml has 2 errors',
      'os.yml:1:8: expected a value, found "@", which cannot start one; put the value in quotes',
      'os.yml:5:12: expected a value, found "`", which cannot start one; put the value in quotes',
    ]);
  });

  test('that leaves the rest readable comes with the mistakes of the rest', () => {
    const text = 'init: *a\nkernal: x\nfiles: [{path: a, contents: b, uid: 99999999999999999999}]\n';
    const lines = refusal(text)
      .split('\n')
      .filter((line) => line.startsWith('os.yml:'));
    expect(lines).toEqual([
      'os.yml:1:7: expected an anchor &a before the alias, found none',
      'os.yml:2:1: kernal: expected a known key, found "kernal"; did you mean "kernel"?',
      'os.yml:3:37: expected an integer of at most 64 bits, found 99999999999999999999',
    ]);
  });
});
