// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { mergeSettings } from '../../../src/spec/merge.ts';
import type { ImageSettings } from '../../../src/spec/types.ts';

describe('settings of a label and a spec', () => {
  test.each<[string, ImageSettings, ImageSettings, ImageSettings]>([
    ['nothing from nothing', {}, {}, {}],
    ['the label alone', { readonly: true, env: ['A=1'] }, {}, { readonly: true, env: ['A=1'] }],
    ['the spec alone', {}, { readonly: true, env: ['A=1'] }, { readonly: true, env: ['A=1'] }],
    ['the spec replaces a list', { env: ['A=1', 'B=2'] }, { env: ['C=3'] }, { env: ['C=3'] }],
    [
      'an empty list clears',
      { env: ['A=1'], capabilities: ['all'] },
      { env: [], capabilities: [] },
      { env: [], capabilities: [] },
    ],
    ['false replaces true', { readonly: true }, { readonly: false }, { readonly: false }],
    ['zero replaces a number', { uid: 5, oomScoreAdj: 3 }, { uid: 0, oomScoreAdj: 0 }, { uid: 0, oomScoreAdj: 0 }],
    ['a map is replaced whole', { sysctl: { a: '1', b: '2' } }, { sysctl: { a: '3' } }, { sysctl: { a: '3' } }],
    [
      'resources are replaced whole',
      { resources: { memory: { limit: 1 }, pids: { limit: 2 } } },
      { resources: { cpu: { shares: 3 } } },
      { resources: { cpu: { shares: 3 } } },
    ],
    [
      'runtime is replaced key by key',
      { runtime: { mkdir: ['/a'], cgroups: ['x'] } },
      { runtime: { mkdir: [], mounts: [{ type: 'proc' }] } },
      { runtime: { mkdir: [], cgroups: ['x'], mounts: [{ type: 'proc' }] } },
    ],
    [
      'an empty string is not given',
      { cwd: '/a', net: 'new', pid: 'host' },
      { cwd: '', net: '', pid: '' },
      { cwd: '/a', net: 'new', pid: 'host' },
    ],
    ['an empty string of a label is not given', { cwd: '', hostname: '' }, {}, {}],
    [
      'an empty path replaces',
      { cgroupsPath: '/a', rootfsPropagation: 'shared' },
      { cgroupsPath: '', rootfsPropagation: '' },
      { cgroupsPath: '', rootfsPropagation: '' },
    ],
    [
      'bindNS is replaced key by key, and an empty path clears one',
      { runtime: { bindNS: { net: '/a', uts: '/b', ipc: '/c' }, namespace: 'x' } },
      { runtime: { bindNS: { net: '/d', ipc: '' } } },
      { runtime: { bindNS: { net: '/d', uts: '/b', ipc: '' }, namespace: 'x' } },
    ],
    [
      'bindNS of the label alone',
      { runtime: { bindNS: { net: '/a' } } },
      { runtime: { mkdir: ['/b'] } },
      { runtime: { bindNS: { net: '/a' }, mkdir: ['/b'] } },
    ],
    [
      'interfaces are replaced whole',
      { runtime: { interfaces: [{ name: 'a' }, { name: 'b' }] } },
      { runtime: { interfaces: [{ name: 'c' }] } },
      { runtime: { interfaces: [{ name: 'c' }] } },
    ],
    [
      'user of the spec replaces the ids of the label',
      { uid: 1, gid: 2, additionalGids: [3], readonly: true },
      { user: 'web', gid: 4 },
      { user: 'web', gid: 4, readonly: true },
    ],
    ['an id of the spec wins over user of the label', { user: 'web' }, { uid: 1 }, { user: 'web', uid: 1 }],
    ['what a failure does', { on_failure: 'halt' }, { on_failure: 'continue' }, { on_failure: 'continue' }],
  ])('%s', (_what, label, spec, merged) => {
    expect(mergeSettings(label, spec)).toStrictEqual(merged);
  });

  test.each<[string, ImageSettings, ImageSettings, readonly string[]]>([
    [
      'come on top of the label',
      { capabilities: ['CAP_A', 'CAP_B'] },
      { 'capabilities.add': ['CAP_C'] },
      ['CAP_A', 'CAP_B', 'CAP_C'],
    ],
    [
      'are not repeated',
      { capabilities: ['CAP_A', 'CAP_B'] },
      { 'capabilities.add': ['CAP_B', 'CAP_A', 'CAP_C'] },
      ['CAP_A', 'CAP_B', 'CAP_C'],
    ],
    ['need no label', {}, { 'capabilities.add': ['CAP_A'] }, ['CAP_A']],
    [
      'come on top of the plain key',
      { capabilities: ['CAP_A'] },
      { capabilities: ['CAP_B'], 'capabilities.add': ['CAP_C'] },
      ['CAP_B', 'CAP_C'],
    ],
    ['count in a label', { capabilities: ['CAP_A'], 'capabilities.add': ['CAP_B'] }, {}, ['CAP_A', 'CAP_B']],
    [
      'of a label go with it when the spec replaces it',
      { 'capabilities.add': ['CAP_B'] },
      { capabilities: ['CAP_A'] },
      ['CAP_A'],
    ],
    ['swallow none', { capabilities: ['none'] }, { 'capabilities.add': ['CAP_A'] }, ['CAP_A']],
    ['are swallowed by all', { capabilities: ['all'] }, { 'capabilities.add': ['CAP_A'] }, ['all']],
    ['may be all', { capabilities: ['CAP_A'] }, { 'capabilities.add': ['ALL'] }, ['all']],
    ['may be none at all', { capabilities: ['none'] }, { 'capabilities.add': ['none'] }, ['none']],
  ])('added capabilities %s', (_what, label, spec, capabilities) => {
    expect(mergeSettings(label, spec)).toStrictEqual({ capabilities });
  });

  test.each<[string, ImageSettings, ImageSettings, readonly string[]]>([
    ['come on top of the label', { binds: ['/a:/a'] }, { 'binds.add': ['/b:/b'] }, ['/a:/a', '/b:/b']],
    ['are not repeated', { binds: ['/a:/a', '/b:/b'] }, { 'binds.add': ['/a:/a'] }, ['/a:/a', '/b:/b']],
    [
      'replace a bind to the same place',
      { binds: ['/a:/x', '/b:/b'] },
      { 'binds.add': ['/c:/x:ro'] },
      ['/c:/x:ro', '/b:/b'],
    ],
    ['count in a label', { 'binds.add': ['/a:/a'] }, { 'binds.add': ['/b:/b'] }, ['/a:/a', '/b:/b']],
    ['come on top of the plain key', { binds: ['/a:/a'] }, { binds: [], 'binds.add': ['/b:/b'] }, ['/b:/b']],
  ])('added binds %s', (_what, label, spec, binds) => {
    expect(mergeSettings(label, spec)).toStrictEqual({ binds });
  });

  test('leave the values that they come from alone', () => {
    const label: ImageSettings = Object.freeze({ binds: Object.freeze(['/a:/a']), runtime: Object.freeze({}) });
    const spec: ImageSettings = Object.freeze({ 'binds.add': Object.freeze(['/b:/b']), runtime: { mkdir: ['/x'] } });
    mergeSettings(label, spec);
    expect([label, spec]).toEqual([
      { binds: ['/a:/a'], runtime: {} },
      { 'binds.add': ['/b:/b'], runtime: { mkdir: ['/x'] } },
    ]);
  });
});
