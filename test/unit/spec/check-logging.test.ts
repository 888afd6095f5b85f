// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseLabel } from '../../../src/spec/label.ts';
import { refusalOf } from '../../support/refusal.ts';
import { specMistakes } from '../../support/spec-mistakes.ts';

/** Of a service whose `logging` stands on line 4, without the path that all have. */
function mistakes(logging: string): readonly string[] {
  const text = `services:\n  - name: web\n    image: nginx\n    logging: ${logging}\n`;
  return specMistakes(text).map((line) => line.replace('services[0].logging', ''));
}

describe('where the output goes', () => {
  test.each([
    '{}',
    '{max_size: 10m, max_files: 1, json: true, rate: 200/5m}',
    '{driver: file, max_size: 1gb, max_files: 100}',
    '{driver: memory, max_size: 65536}',
    '{driver: kmsg, rate: 1/500ms}',
    '{driver: syslog, address: 10.0.0.1}',
    // The label may have the address.
    '{driver: syslog}',
    '{driver: syslog, address: "udp://[fd00::1]:5514"}',
    // Beside the label's driver.
    '{address: "localhost:514"}',
  ])('%s is valid', (logging) => {
    expect(mistakes(logging)).toEqual([]);
  });

  test.each([
    [
      '{driver: json-file}',
      '4:23 .driver: expected "file", "memory", "kmsg" or "syslog", found the string "json-file"',
    ],
    ['{driver: sylog, address: 10.0.0.1}', '4:23 .driver: .*; did you mean "syslog"\\?'],
    [
      '{driver: kmsg, max_size: 1m}',
      '4:29 .max_size: expected "max_size" with driver "file" or "memory", found "kmsg"',
    ],
    ['{driver: memory, max_files: 2}', '4:31 .max_files: expected "max_files" with driver "file", found "memory"'],
    ['{driver: file, address: 10.0.0.1}', '4:29 .address: expected "address" with driver "syslog", found "file"'],
    ['{max_size: 4095}', '4:25 .max_size: expected a size from "4k" to "1g", found "4095"'],
    ['{max_size: 2g}', '4:25 .max_size: expected a size from "4k" to "1g", found "2g"'],
    ['{max_size: big}', '4:25 .max_size: expected a size such as "512k" or "10m", found the string "big"'],
    ['{max-size: 10m}', '4:15 .max-size: .*; did you mean "max_size"\\?'],
    ['{max-file: 3}', '4:15 .max-file: .*; did you mean "max_files"\\?'],
    [
      '{options: {max-size: 10m}}',
      '4:15 .options: "options" is Compose\'s map: max_size, max_files, address and rate stand',
    ],
    ['{rate: 100}', '4:21 .rate: expected a number of lines within a time .*; did you mean "100/s"\\?'],
    ['{rate: 100/0s}', '4:21 .rate: expected a number of lines within a time'],
    ['{driver: syslog, address: logs.example}', '4:40 .address: expected an address such as "10.0.0.1:514"'],
    ['{driver: syslog, address: 10.0.0.256}', '4:40 .address: expected an IPv4 or IPv6 address, found "10.0.0.256"'],
    ['{driver: syslog, address: "10.0.0.1:0"}', '4:40 .address: expected a port from 1 to 65535, found 0'],
  ])('%s is one mistake', (logging, message) => {
    expect(mistakes(logging)).toEqual([expect.stringMatching(new RegExp(`^${message}`))]);
  });

  test('a label may leave the server to the spec', () => {
    expect(parseLabel('logging: {driver: syslog}', 'web')).toEqual({ logging: { driver: 'syslog' } });
    expect(refusalOf('spec', () => parseLabel('logging: {driver: kmsg, max_files: 3}', 'web'))).toContain(
      'expected "max_files" with driver "file", found "kmsg"',
    );
  });
});

describe('a watchdog', () => {
  test.each(['{}', '{timeout: 3s}', '{device: /dev/watchdog, timeout: 18h}'])('%s is valid', (watchdog) => {
    expect(specMistakes(`watchdog: ${watchdog}\n`)).toEqual([]);
  });

  test.each([
    ['{timeout: 2s}', '1:21 watchdog.timeout: expected a duration of whole seconds from "3s" to "18h", found "2s"'],
    ['{timeout: 10500ms}', '1:21 watchdog.timeout: expected a duration of whole seconds from "3s" to "18h", found'],
    ['{timeout: 60}', '1:21 watchdog.timeout: expected a duration .*; did you mean "60s"\\?'],
    ['{device: watchdog}', '1:20 watchdog.device: expected the path of a device such as "/dev/watchdog0", found'],
    ['60s', '1:11 watchdog: expected a map with device and timeout, found the string "60s"'],
  ])('%s is one mistake', (watchdog, message) => {
    expect(specMistakes(`watchdog: ${watchdog}\n`)).toEqual([expect.stringMatching(new RegExp(`^${message}`))]);
  });

  test.each(['onboot', 'onshutdown'])('knows no critical entry of %s', (section) => {
    expect(specMistakes(`${section}:\n  - {name: a, image: b, critical: true}\n`)).toEqual([
      `2:25 ${section}[0].critical: "critical" is for services: this one runs once`,
    ]);
  });
});
