// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { makeBundle } from '../../../src/assemble/bundle.ts';
import { buildable, type Said, saidOf, without } from '../../../src/explain/inputs.ts';
import { type Build, type Reason, reasonsFor } from '../../../src/explain/reasons.ts';
import type { FlattenedImage } from '../../../src/flatten.ts';
import type { ImageConfig } from '../../../src/oci/types.ts';
import type { ImageSettings, ImageSpec } from '../../../src/spec/types.ts';
import { containerTerms } from '../../../src/terms/container-terms.ts';
import { termId, termText } from '../../../src/terms/term.ts';
import { flattenedStub } from '../../support/flattened-stub.ts';
import { randomNumbers, randomSettings } from '../../support/random-settings.ts';

const context = {
  ids: new Map([['web', 100]]),
  profiles: new Map(),
  platform: { os: 'linux', architecture: 'amd64' },
  users: new Map(),
  volumes: new Map(),
  folders: [],
  health: new Map(),
  dependencies: { get: () => ({ after: [], waitsForOnboot: true }) },
};

function builder(image: FlattenedImage): Build {
  return (said: Said) => {
    const made = buildable(said, image);
    return containerTerms(makeBundle('services', 0, made.entry, made.image, context));
  };
}

function explain(
  entry: Partial<ImageSpec>,
  label: ImageSettings = {},
  config: NonNullable<ImageConfig['config']> = { Cmd: ['/x'] },
): readonly Reason[] {
  const image = flattenedStub(config, label);
  return reasonsFor(saidOf({ name: 'web', image: 'x', ...entry }, image), builder(image));
}

/** "CAP_CHOWN <- label capabilities.0", one a line. */
function told(reasons: readonly Reason[], setting: string): readonly string[] {
  return reasons
    .filter(({ term }) => term.setting === setting)
    .map(({ term, causes }) => {
      const said = causes.map(({ voice, path }) => `${voice} ${path.join('.')}`).join(', ');
      return `${termText(term)} <- ${said === '' ? 'default' : said}`;
    });
}

describe('each element of a setting has its own reason', () => {
  test('capabilities of the label, and those that the entry adds', () => {
    const reasons = explain({ 'capabilities.add': ['CAP_KILL'] }, { capabilities: ['CAP_CHOWN', 'CAP_NET_RAW'] });
    expect(told(reasons, 'capabilities')).toEqual([
      'CAP_CHOWN <- label capabilities.0',
      'CAP_NET_RAW <- label capabilities.1',
      'CAP_KILL <- spec capabilities.add.0',
    ]);
  });

  test('one that both say is there because of both', () => {
    const reasons = explain({ 'capabilities.add': ['CAP_CHOWN'] }, { capabilities: ['CAP_CHOWN'] });
    expect(told(reasons, 'capabilities')).toEqual(['CAP_CHOWN <- spec capabilities.add.0, label capabilities.0']);
  });

  test('one that the entry says twice is there because of both words', () => {
    const reasons = explain({ capabilities: ['CAP_CHOWN'], 'capabilities.add': ['CAP_CHOWN'] });
    expect(told(reasons, 'capabilities')).toEqual(['CAP_CHOWN <- spec capabilities.0, spec capabilities.add.0']);
  });

  test('binds, of which a later one takes the place of an earlier', () => {
    const reasons = explain({ 'binds.add': ['/b:/x'] }, { binds: ['/a:/x', '/c:/y'] });
    expect(told(reasons, 'binds')).toEqual([
      '/x: /b rw,rbind,rshared <- spec binds.add.0',
      '/y: /c rw,rbind,rshared <- label binds.1',
    ]);
  });

  test('variables of the image, and the PATH that nobody gives', () => {
    const reasons = explain({}, {}, { Cmd: ['/x'], Env: ['A=1', 'B=2'] });
    expect(told(reasons, 'env')).toEqual([
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin <- default',
      'A=1 <- image Env.0',
      'B=2 <- image Env.1',
    ]);
  });
});

describe('a setting of one value', () => {
  test('comes from whoever has the last word', () => {
    const image = { Cmd: ['/x'], WorkingDir: '/image' };
    expect(told(explain({ cwd: '/spec' }, { cwd: '/label' }, image), 'cwd')).toEqual(['/spec <- spec cwd']);
    expect(told(explain({}, { cwd: '/label' }, image), 'cwd')).toEqual(['/label <- label cwd']);
    expect(told(explain({}, {}, image), 'cwd')).toEqual(['/image <- image WorkingDir']);
    expect(told(explain({}), 'cwd')).toEqual(['/ <- default']);
  });

  test('that says what would stand anyway comes from whoever says it', () => {
    expect(told(explain({ readonly: false }), 'readonly')).toEqual(['false <- spec readonly']);
    expect(told(explain({ uid: 0 }), 'uid')).toEqual(['0 <- spec uid']);
  });

  test('is explained though the container cannot be without it', () => {
    expect(told(explain({ command: ['/only'] }, {}, {}), 'command')).toEqual(['["/only"] <- spec command']);
    const named = explain({ hostname: 'h', uts: 'new' });
    expect(told(named, 'hostname')).toEqual(['h <- spec hostname']);
    expect(told(named, 'uts')).toEqual(['new <- spec uts']);
  });
});

test('an effect of another setting names that setting', () => {
  const reasons = explain({ readonly: true, capabilities: ['CAP_SYS_ADMIN'] });
  expect(told(reasons, 'mounts')).toContain('/sys: sysfs nosuid,noexec,nodev,ro <- spec readonly');
  const calls = told(reasons, 'seccomp');
  expect(calls).toContain('mount: allow <- spec capabilities.0');
  expect(calls).toContain('read: allow <- default');
});

/** Reasons of a container that do not hold: a default that somebody said, a cause without which nothing changes. */
function wrongReasons(said: Said, build: Build): readonly string[] {
  const nobody = { spec: { name: 'web', image: 'x', seccomp: 'unconfined' }, label: {}, image: { Cmd: ['/x'] } };
  const defaults = new Set(build(nobody).map(termId));
  return reasonsFor(said, build).flatMap(({ term, causes }) => {
    const id = termId(term);
    if (causes.length === 0) return defaults.has(id) ? [] : [`no default: ${id}`];
    if (defaults.has(id) || term.setting === 'name' || term.setting === 'image') return [];
    const rest = without(said, causes);
    const terms = build({ ...rest, image: { Cmd: ['/x'], ...(rest.image as object) } });
    return terms.some((other) => termId(other) === id) ? [`no cause: ${id}`] : [];
  });
}

test('nothing of many containers is unexplained, and no reason is wrong', { timeout: 120_000 }, () => {
  const random = randomNumbers(1);
  for (let round = 0; round < 40; round += 1) {
    const image = flattenedStub(
      { Cmd: ['/x'], Env: ['A=1', 'C=3'], WorkingDir: '/w' },
      { ...randomSettings(random, 0.25), seccomp: 'unconfined' },
    );
    const entry = { name: 'web', image: 'x', ...randomSettings(random, 0.35), seccomp: 'unconfined' };
    expect(wrongReasons(saidOf(entry, image), builder(image)), `round ${round}`).toEqual([]);
  }
});
