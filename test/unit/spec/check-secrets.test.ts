// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseLabel } from '../../../src/spec/label.ts';
import { parseSpecs } from '../../../src/spec/parse.ts';
import { specMistakes } from '../../support/spec-mistakes.ts';

describe('where a secret comes from', () => {
  test.each(['{a: {fw_cfg: opt/org.example/a}}', '{a.pem: {file: /run/a}}', '{}'])('%s is valid', (secrets) => {
    expect(specMistakes(`secrets: ${secrets}\n`)).toEqual([]);
  });

  test.each([
    ['{a: {}}', '1:14 secrets.a: expected exactly one of fw_cfg and file, found an empty map'],
    ['{a: {file: /a, fw_cfg: opt/a}}', '1:25 secrets.a.fw_cfg: expected exactly one of fw_cfg and file, found both'],
    [
      '{a: {file: ./a}}',
      '1:21 secrets.a.file: expected the absolute path of a file in the booted system, found .*"./a"',
    ],
    ['{a: {fw_cfg: etc/a}}', '1:23 secrets.a.fw_cfg: expected a name such as "opt/org.example/token"'],
    ['{a: {fw_cfg: opt/../a}}', '1:23 secrets.a.fw_cfg: expected a name such as'],
    [
      `{a: {fw_cfg: opt/${'x'.repeat(30)}/${'y'.repeat(30)}}}`,
      '1:23 secrets.a.fw_cfg: expected a name of at most 55 characters, found 65',
    ],
    ['{"a b": {file: /a}}', '1:11 secrets.* expected a name of at most 100 letters.* found "a b"'],
    ['{a: {source: /a}}', '1:15 secrets.a.source: .*; did you mean "file"\\?'],
    ['[a]', '1:10 secrets: expected a map from names of secrets to maps with fw_cfg or file, found a list'],
  ])('%s is one mistake', (secrets, message) => {
    expect(specMistakes(`secrets: ${secrets}\n`)).toEqual([expect.stringMatching(new RegExp(`^${message}`))]);
  });

  test('a later file overrides and adds names', () => {
    const source = (name: string, text: string) => ({ name, text, folder: '/' });
    const { secrets, watchdog } = parseSpecs([
      source('a.yml', 'secrets: {a: {file: /a}, b: {file: /b}}\nwatchdog: {timeout: 10s}\n'),
      source('b.yml', 'secrets: {b: {fw_cfg: opt/b}, c: {file: /c}}\nwatchdog: {device: /dev/watchdog1}\n'),
    ]);
    expect(secrets).toEqual({ a: { file: '/a' }, b: { fw_cfg: 'opt/b' }, c: { file: '/c' } });
    expect(watchdog).toEqual({ timeout: '10s', device: '/dev/watchdog1' });
  });
});

describe('the secrets of a container', () => {
  /** They stand on line 3. */
  const mistakes = (uses: string): readonly string[] =>
    specMistakes(
      `secrets: {token: {file: /t}, key: {file: /k}}\nservices:\n  - {name: web, image: nginx, secrets: ${uses}}\n`,
    ).map((line) => line.replace('services[0].', ''));

  test.each([
    '[]',
    '[token, key]',
    '[{source: token, target: /etc/app/token, uid: 1000, gid: 1000, mode: "0400"}, key]',
    '[{source: token, target: app/token}]',
  ])('%s are valid', (uses) => {
    expect(mistakes(uses)).toEqual([]);
  });

  test.each([
    ['[tokn]', '3:41 secrets[0]: expected the name of a secret, found "tokn"; did you mean "token"?'],
    ['[{source: other}]', '3:50 secrets[0].source: expected the name of a secret, found "other"; add `secrets: {'],
    ['[token, token]', '3:48 secrets[1]: expected each secret once, found "token" again'],
    [
      '[{source: key, target: token}, token]',
      '3:71 secrets[1]: expected a path of its own, found "/run/secrets/token"',
    ],
    ['[{source: key, target: ../a}]', '3:63 secrets[0].target: expected a path without "." and "..", found "../a"'],
    ['[{target: /a}]', '3:41 secrets[0]: expected the key "source"'],
    ['[{source: key, mode: 0440}]', '3:61 secrets[0].mode: expected octal digits in quotes such as "0644"'],
    ['[{source: key, uid: "1000"}]', '3:60 secrets[0].uid: expected a number from 0 to 4294967294, found'],
    ['token', '3:40 secrets: expected a list of names of secrets and of maps'],
    ['[7]', '3:41 secrets[0]: expected the name of a secret such as "token", or a map with source'],
  ])('%s is one mistake', (uses, message) => {
    expect(mistakes(uses)).toEqual([expect.stringContaining(message)]);
  });

  test('are known to be none where the spec has none', () => {
    expect(specMistakes('services:\n  - {name: web, image: nginx, secrets: [token]}\n')).toEqual([
      '2:41 services[0].secrets[0]: expected the name of a secret, of which the spec has none, found "token"; add `secrets: { token: { fw_cfg: opt/org.example/token } }` to the spec',
    ]);
  });

  test('may stand in a label, which does not know the names', () => {
    expect(parseLabel('secrets: [token]', 'web')).toEqual({ secrets: ['token'] });
  });
});
