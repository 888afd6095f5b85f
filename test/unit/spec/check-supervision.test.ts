// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseLabel } from '../../../src/spec/label.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { SpecError } from '../../../src/spec/spec-error.ts';
import { refusalOf } from '../../support/refusal.ts';

/** "line:column path: message; suggestion" of each mistake in one entry with further keys, which stand on line 4. */
function mistakes(keys: string, section = 'services'): readonly string[] {
  try {
    parseSpec(`${section}:\n  - name: web\n    image: nginx\n    ${keys}\n`, 'os.yml');
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(({ line, column, path, message, suggestion }) =>
      [`${line}:${column} ${path.replace(/^\w+\[0\]\.?/, '')}: ${message}`, ...(suggestion ? [suggestion] : [])].join(
        '; ',
      ),
    );
  }
  return [];
}

describe('what keeps a service up', () => {
  test.each([
    'restart: no',
    'restart: "on-failure:3"\n    restart_policy: {delay: 1s, max_delay: 1s, window: 0s}',
    'restart_policy: {condition: any, max_attempts: 3}',
    'stop_signal: SIGRTMIN+3\n    stop_grace_period: 1m30s',
    'stop_signal: quit',
    'healthcheck: {test: "wget -q http://localhost", interval: 5s}',
    'healthcheck: {test: [CMD, wget, -q, http://localhost]}',
    'healthcheck: {test: [CMD-SHELL, "a || b"]}',
    'healthcheck: {test: [NONE]}',
    'healthcheck: {http: "http://localhost:8080/healthz?a=b"}',
    'healthcheck: {http: "http://[::1]"}',
    'healthcheck: {tcp: 5432}',
    'healthcheck: {tcp: ":5432"}',
    'healthcheck: {tcp: "10.0.0.1:5432", notify: false, disable: false}',
    'healthcheck: {file: /run/ready}',
    'healthcheck: {notify: true, interval: 10s}',
    'healthcheck: {disable: true, interval: 10s}',
    'healthcheck: {}',
  ])('%s is valid', (keys) => {
    expect(mistakes(keys)).toEqual([]);
  });

  test.each([
    ['restart: false', '4:14 restart: expected "no", .*, found the boolean false; did you mean "no"\\?'],
    ['restart: sometimes', '4:14 restart: expected "no", "on-failure", .* found the string "sometimes"'],
    ['restart: "on-failure:0"', '4:14 restart: expected "no", .* found the string "on-failure:0"'],
    ['restartPolicy: always', '4:5 restartPolicy: expected a known key.*; did you mean "restart"\\?'],
    [
      'restart: always\n    restart_policy: {condition: any}',
      '5:22 restart_policy.condition: expected only one of "condition" and "restart" beside "restart_policy", found both',
    ],
    [
      'restart: "on-failure:3"\n    restart_policy: {max_attempts: 4}',
      '5:22 restart_policy.max_attempts: expected only one of "max_attempts" and "restart: on-failure:3", found both',
    ],
    [
      'restart_policy: {delay: 10s, max_delay: 9s}',
      '4:45 restart_policy.max_delay: expected at least "delay", which is "10s", found "9s"',
    ],
    [
      'stop_grace_period: 10',
      '4:24 stop_grace_period: expected a duration .*, found the integer 10; did you mean "10s"\\?',
    ],
    ['stop_grace_period: "10"', '4:24 stop_grace_period: .* found the string "10"; did you mean "10s"\\?'],
    ['stop_grace_period: 1 hour', '4:24 stop_grace_period: expected a duration such as .* found the string "1 hour"'],
    ['stop_signal: SIGTREM', '4:18 stop_signal: expected a signal .* found "SIGTREM"; did you mean "SIGTERM"\\?'],
    ['stop_signal: usr', '4:18 stop_signal: expected a signal .* found "usr"; did you mean "SIGUSR1"\\?'],
    ['stop_signal: 65', '4:18 stop_signal: expected a signal .* found the integer 65'],
    ['stop_signal: "65"', '4:18 stop_signal: expected a signal .* found "65"'],
    ['timeout: 10s', '4:5 timeout: "timeout" is for onboot entries: nothing waits for this one'],
    ['podName: web', '4:5 .*; did you mean "pod"\\?'],
    ['terminationGracePeriodSeconds: 3', '4:5 .*; did you mean "stop_grace_period"\\?'],
    ['livenessProbe: {}', '4:5 .*; did you mean "healthcheck"\\?'],
    ['dependsOn: []', '4:5 .*; did you mean "depends_on"\\?'],
    [
      'healthcheck: {test: x, http: "http://localhost"}',
      '4:28 healthcheck.http: expected one of test, http, tcp, file, notify, found "test" and "http"',
    ],
    [
      'healthcheck: {disable: true, tcp: 80}',
      '4:34 healthcheck.tcp: expected "disable" without a check, found "disable" and "tcp"',
    ],
    [
      'healthcheck: {test: NONE}',
      '4:25 healthcheck.test: expected a command, found "NONE".*; did you mean \\["NONE"\\]\\?',
    ],
    [
      'healthcheck: {test: [wget, localhost]}',
      '4:25 healthcheck.test: expected a list that starts with "CMD", .* found "wget"; did you mean \\["CMD", "wget", "localhost"\\]\\?',
    ],
    ['healthcheck: {test: []}', '4:25 healthcheck.test: expected a list that starts with .*, found an empty list'],
    ['healthcheck: {test: [CMD]}', '4:25 healthcheck.test: expected a program after "CMD", found only "CMD"'],
    ['healthcheck: {test: [NONE, x]}', '4:25 healthcheck.test: expected "NONE" to stand alone, found 2 entries'],
    [
      'healthcheck: {test: [CMD-SHELL, a, b]}',
      '4:25 healthcheck.test: expected one command after "CMD-SHELL", found 2 entries',
    ],
    ['healthcheck: {test: x, interval: 0s}', '4:38 healthcheck.interval: expected a duration above 0, found "0s"'],
    ['healthcheck: {test: x, interval: 5}', '4:38 healthcheck.interval: .*; did you mean "5s"\\?'],
    [
      'healthcheck: {test: x, retries: 0}',
      '4:37 healthcheck.retries: expected an integer from 1 .*, found the integer 0',
    ],
    ['healthcheck: {http: "https://localhost"}', '4:25 healthcheck.http: expected a URL such as .*, found .*https'],
    [
      'healthcheck: {http: "http://db/"}',
      '4:25 healthcheck.http: expected a URL such as .* with "localhost" or an address',
    ],
    [
      'healthcheck: {http: "http://1.2.3.400/"}',
      '4:25 healthcheck.http: expected an IPv4 or IPv6 address, found "1.2.3.400"',
    ],
    ['healthcheck: {tcp: "010.0.0.1:1"}', '4:24 healthcheck.tcp: expected an IPv4 or IPv6 address, found "010.0.0.1"'],
    [
      'healthcheck: {tcp: "[1::2::3]:1"}',
      '4:24 healthcheck.tcp: expected an IPv4 or IPv6 address, found "\\[1::2::3\\]"',
    ],
    ['healthcheck: {http: "http://localhost:0/"}', '4:25 healthcheck.http: expected a port from 1 to 65535, found 0'],
    ['healthcheck: {tcp: "localhost:99999"}', '4:24 healthcheck.tcp: expected a port from 1 to 65535, found 99999'],
    ['healthcheck: {tcp: "80"}', '4:24 healthcheck.tcp: .* found the string "80"'],
    ['healthcheck: {file: ready}', '4:25 healthcheck.file: expected the absolute path of a file, found .*"ready"'],
    ['healthcheck: {periodSeconds: 3}', '4:19 .*; did you mean "interval"\\?'],
    ['healthcheck: {httpGet: x}', '4:19 .*; did you mean "http"\\?'],
  ])('%s is one mistake', (keys, message) => {
    expect(mistakes(keys)).toEqual([expect.stringMatching(new RegExp(`^${message}`))]);
  });
});

describe('a key of another section', () => {
  test.each(['restart: always', 'restart_policy: {delay: 1s}', 'healthcheck: {tcp: 1}'])(
    '%s is for services',
    (keys) => {
      for (const section of ['onboot', 'onshutdown'])
        expect(mistakes(keys, section)).toEqual([
          expect.stringMatching(/^4:5 \w+: "\w+" is for services: this one runs once$/),
        ]);
    },
  );

  test.each(['on_failure: halt', 'timeout: 10s'])('%s is for onboot entries', (keys) => {
    for (const section of ['onshutdown', 'services'])
      expect(mistakes(keys, section)).toEqual([expect.stringMatching(/^4:5 \w+: "\w+" is for onboot entries/)]);
    expect(mistakes(keys, 'onboot')).toEqual([]);
  });

  test('an onboot entry cannot run for no time', () => {
    expect(mistakes('timeout: 0s', 'onboot')).toEqual(['4:14 timeout: expected a duration above 0, found "0s"']);
  });

  test.each(['reboot', 'poweroff', 'emergency'])('an onboot entry may ask for %s when it fails', (word) => {
    expect(mistakes(`on_failure: ${word}`, 'onboot')).toEqual([]);
  });
});

describe('a label', () => {
  test('has the keys of all sections, but no names of a spec', () => {
    const label = {
      restart: 'always',
      on_failure: 'halt',
      timeout: '1m',
      healthcheck: { tcp: 80 },
      stop_signal: 'INT',
    };
    expect(parseLabel(JSON.stringify(label), 'web')).toEqual(label);
    expect(refusalOf('spec', () => parseLabel('depends_on: [db]', 'web'))).toContain(
      ':1:1: depends_on: "depends_on" cannot be set in a label: an image does not know the names of a spec',
    );
  });

  test('is checked as an entry is', () => {
    expect(refusalOf('spec', () => parseLabel('healthcheck: {test: [curl]}', 'web'))).toContain(
      'did you mean ["CMD", "curl"]?',
    );
  });
});
