// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec, parseSpecs } from '../../../src/spec/parse.ts';
import { SpecError } from '../../../src/spec/spec-error.ts';

/** "file:line:column path: message; suggestion" of each mistake, of files a.yml, b.yml … */
function mistakes(...texts: readonly string[]): readonly string[] {
  try {
    parseSpecs(texts.map((text, index) => ({ text, name: `${'abc'.charAt(index)}.yml`, folder: '/specs' })));
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(({ file, line, column, path, message, suggestion }) =>
      [`${file}:${line}:${column} ${path}: ${message}`, ...(suggestion ? [suggestion] : [])].join('; '),
    );
  }
  return [];
}

/** An entry on a line of its own. */
function entry(name: string, keys = ''): string {
  return `  - {name: ${name}, image: x${keys === '' ? '' : `, ${keys}`}}\n`;
}

const services = (...entries: readonly string[]): string => `services:\n${entries.join('')}`;
const onboot = (...entries: readonly string[]): string => `onboot:\n${entries.join('')}`;

describe('names in depends_on', () => {
  test('are of onboot entries and services, before and after, in any file', () => {
    const web = entry('web', 'depends_on: [dhcp, db]');
    expect(mistakes(onboot(entry('dhcp')) + services(web, entry('db')))).toEqual([]);
    expect(mistakes(services(web), onboot(entry('dhcp')), services(entry('db')))).toEqual([]);
  });

  test('that are unknown are mistakes, with the nearest suggested', () => {
    expect(mistakes(services(entry('web', 'depends_on: [databse]'), entry('database')))).toEqual([
      'a.yml:2:40 services[0].depends_on[0]: expected the name of an onboot entry or a service, found "databse"; did you mean "database"?',
    ]);
    expect(
      mistakes(services(entry('web', 'depends_on: {dbb: {condition: service_started}}')), services(entry('db'))),
    ).toEqual([
      'a.yml:2:40 services[0].depends_on.dbb: expected the name of an onboot entry or a service, found "dbb"; did you mean "db"?',
    ]);
  });

  test('in the second of two files are told with its place', () => {
    expect(mistakes(services(entry('db')), `\n${services(entry('web', 'depends_on: [bd]'))}`)).toEqual([
      'b.yml:3:40 services[0].depends_on[0]: expected the name of an onboot entry or a service, found "bd"; did you mean "db"?',
    ]);
  });

  test('need not be there when they are not required', () => {
    expect(mistakes(services(entry('web', 'depends_on: {db: {required: false}}')))).toEqual([]);
    expect(mistakes(services(entry('web', 'depends_on: {db: {required: true}}')))).toHaveLength(1);
  });

  test('are not of onshutdown entries', () => {
    expect(mistakes(services(entry('web', 'depends_on: [sync]')), `onshutdown:\n${entry('sync')}`)).toEqual([
      'a.yml:2:40 services[0].depends_on[0]: expected the name of an onboot entry or a service, found "sync", which runs at shutdown',
    ]);
    expect(mistakes(`onshutdown:\n${entry('sync', 'depends_on: [web]')}${services(entry('web'))}`)).toEqual([
      'a.yml:2:28 onshutdown[0].depends_on: "depends_on" is for onboot entries and services: these run one after the other',
    ]);
  });

  test('are not its own', () => {
    expect(mistakes(services(entry('web', 'depends_on: [web]')))).toEqual([
      'a.yml:2:40 services[0].depends_on[0]: expected the name of another entry, found "web", its own',
    ]);
  });

  test('stand for one entry each', () => {
    const spec = onboot(entry('set'), entry('set')) + services(entry('web', 'depends_on: [set]'));
    expect(mistakes(spec)).toEqual([
      'a.yml:5:40 services[0].depends_on[0]: expected the name of an onboot entry or a service that no other has, found "set", which stands at a.yml:2:12 and a.yml:3:12',
    ]);
    expect(mistakes(onboot(entry('dhcp')) + services(entry('dhcp'), entry('web', 'depends_on: [dhcp]')))).toHaveLength(
      1,
    );
  });

  test('come once', () => {
    expect(mistakes(services(entry('db'), entry('web', 'depends_on: [db, db]')))).toEqual([
      'a.yml:3:44 services[1].depends_on[1]: expected each name once, found "db" again',
    ]);
  });

  test('come in a list, though one was meant', () => {
    expect(mistakes(services(entry('db'), entry('web', 'depends_on: db')))).toEqual([
      'a.yml:3:39 services[1].depends_on: expected a list of names or a map from names to conditions, found the string "db"; did you mean ["db"]?',
    ]);
  });
});

describe('a condition that cannot come true is a mistake', () => {
  const web = (condition: string): string => entry('web', `depends_on: {db: {condition: ${condition}}}`);

  test('of health, for an onboot entry', () => {
    expect(mistakes(onboot(entry('db')) + services(web('service_healthy')))).toEqual([
      'a.yml:4:56 services[0].depends_on.db.condition: expected "service_started" or "service_completed_successfully", found "service_healthy" of "db", an onboot entry, which has no health check',
    ]);
  });

  test.each(['disable: true', 'test: [NONE]'])('of health, for a service with {%s}', (keys) => {
    expect(mistakes(services(entry('db', `healthcheck: {${keys}}`), web('service_healthy')))).toEqual([
      expect.stringMatching(
        /^a\.yml:3:56 .* found "service_healthy" of "db", disabled at a\.yml:2:\d+, which has no health check$/,
      ),
    ]);
    expect(mistakes(services(entry('db', 'healthcheck: {tcp: 1}'), web('service_healthy')))).toEqual([]);
  });

  test.each(['restart: always', 'restart: unless-stopped', 'restart_policy: {condition: any}'])(
    'of completion, for a service with %s',
    (keys) => {
      const message =
        /^a\.yml:3:56 .* found "service_completed_successfully" of "db", which never completes: it is always started again, at a\.yml:2:\d+$/;
      expect(mistakes(services(entry('db', keys), web('service_completed_successfully')))).toEqual([
        expect.stringMatching(message),
      ]);
      expect(mistakes(services(entry('db', keys), web('service_started')))).toEqual([]);
    },
  );

  test('but completion of one that is started again after failures is none', () => {
    expect(mistakes(services(entry('db', 'restart: on-failure'), web('service_completed_successfully')))).toEqual([]);
  });

  test('of a restart, for what runs once', () => {
    expect(mistakes(onboot(entry('db')) + services(entry('web', 'depends_on: {db: {restart: true}}')))).toEqual([
      'a.yml:4:54 services[0].depends_on.db.restart: expected "restart" between two services only: an onboot entry runs once',
    ]);
  });
});

describe('a cycle is drawn', () => {
  test('of services, each with its line', () => {
    expect(mistakes(services(entry('web', 'depends_on: [db]'), entry('db', 'depends_on: {web: {}}')))).toEqual([
      'a.yml:2:40 services[0].depends_on[0]: expected an order without a cycle, found web -> db -> web: web waits for db at a.yml:2:40, db for web at a.yml:3:39',
    ]);
  });

  test('over several files', () => {
    const a = services(entry('a', 'depends_on: [b]'));
    const b = services(entry('b', 'depends_on: [c]'), entry('other', 'depends_on: [a]'));
    const c = services(entry('c', 'depends_on: [a]'));
    expect(mistakes(a, b, c)).toEqual([
      'a.yml:2:38 services[0].depends_on[0]: expected an order without a cycle, found a -> b -> c -> a: a waits for b at a.yml:2:38, b for c at b.yml:2:38, c for a at c.yml:2:38',
    ]);
  });

  test('by way of the order that entries have by default', () => {
    const fetch = entry('fetch', 'depends_on: [proxy]');
    expect(mistakes(onboot(entry('dhcp'), fetch) + services(entry('proxy')))).toEqual([
      'a.yml:3:42 onboot[1].depends_on[0]: expected an order without a cycle, found fetch -> proxy -> fetch: fetch waits for proxy at a.yml:3:42, proxy for all onboot entries, having no depends_on, at a.yml:5:12',
    ]);
    expect(mistakes(onboot(entry('dhcp'), fetch) + services(entry('proxy', 'depends_on: [dhcp]')))).toEqual([]);
    expect(mistakes(onboot(entry('a', 'depends_on: [b]'), entry('b')))).toEqual([
      'a.yml:2:38 onboot[0].depends_on[0]: expected an order without a cycle, found a -> b -> a: a waits for b at a.yml:2:38, b for a, the entry before it, having no depends_on, at a.yml:3:12',
    ]);
  });

  test('each once', () => {
    const ring = (first: string, second: string): string =>
      entry(first, `depends_on: [${second}]`) + entry(second, `depends_on: [${first}]`);
    expect(mistakes(services(ring('a', 'b'), ring('c', 'd')))).toHaveLength(2);
  });

  test('in part when it is long', () => {
    const ring = Array.from({ length: 2000 }, (_, index) => entry(`s${index}`, `depends_on: [s${(index + 1) % 2000}]`));
    expect(mistakes(services(...ring))).toEqual([
      expect.stringMatching(
        /found s0 -> s1 -> .* -> s8 -> … 1991 more -> s0: s0 waits for s1 at a\.yml:2:\d+, .*, … 1991 more$/,
      ),
    ]);
  });
});

test('a spec keeps what it says', () => {
  const spec = parseSpec(
    services(entry('db'), entry('web', 'depends_on: {db: {condition: service_started}}')),
    'os.yml',
  );
  expect(spec.services[1]?.depends_on).toEqual({ db: { condition: 'service_started' } });
});
