// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, expect, test } from 'vitest';
import { assemble } from '../../../src/assemble/rootfs.ts';
import type { ImageSpec } from '../../../src/spec/types.ts';
import { Assembly, flattened } from '../../support/assembly.ts';

let assembly = new Assembly();
afterEach(() => {
  assembly[Symbol.dispose]();
  assembly = new Assembly();
});

/** What is said of a service with these settings. */
async function warningsOf(own: Partial<ImageSpec>): Promise<readonly string[]> {
  const image = assembly.image('example.com/web:1', [{ name: 'a', data: 'x' }], { Cmd: ['/a'] });
  const services = [{ name: 'web', image: image.reference, ...own }];
  await assemble(flattened({ services }, [image]), { init: 'tskit' }, assembly.ctx);
  return assembly.warnings;
}

test.each([
  { binds: ['/run:/run'] },
  { binds: ['/run/:/host/run:ro'] },
  { binds: ['/:/hostroot'] },
  { mounts: [{ type: 'bind', source: '/run/tskit', destination: '/control', options: ['rbind'] }] },
])('root that finds the socket of PID 1 in %j is told of', async (settings) => {
  expect(await warningsOf(settings)).toEqual([
    expect.stringMatching(/^services "web": root with the system's \/run bound in may command PID 1/),
  ]);
});

test.each([
  {},
  { binds: ['/run/resolvconf:/etc/resolvconf', '/var:/var', '/running:/run'] },
  { binds: ['/run:/run'], uid: 1000 },
  {
    binds: ['/run:/run'],
    userns: 'new',
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  },
  { binds: ['/run:/run', '/run/tskit/api.sock:/run/tskit/api.sock'] },
])('nothing is said of %j', async (settings) => {
  expect(await warningsOf(settings)).toEqual([]);
});
