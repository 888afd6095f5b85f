// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { tskit } from '../support/cli.ts';
import { imageRoutes, sampleImage, sampleLayer, startHostileRegistry } from '../support/hostile-registry.ts';
import { buildIn, type OsWorkplace, osWorkplace, specText } from '../support/os-workplace.ts';
import { OnTerminal } from '../support/terminal.ts';

let place: OsWorkplace;
beforeAll(async () => {
  place = osWorkplace({ serviceBytes: 8 << 20 });
  await buildIn(place);
});
afterAll(() => place[Symbol.dispose]());

const escape = '\u001b';
/** What moves the cursor: live progress. */
const redraw = `${escape}[0J`;
const colour = /\u001b\[\d+m/;

function build(name: string): readonly [string, ...string[]] {
  return [tskit, ...place.buildArgs({ cache: join(place.path, name) })];
}

describe('on a terminal', () => {
  test('progress is redrawn in place, ends as lines, and leaves nothing drawn', async () => {
    await using terminal = new OnTerminal(build('live'));
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw).toContain(redraw);
    expect(terminal.raw).toMatch(colour);
    const lines = terminal.screen();
    expect(lines.filter((line) => /^✓ pack {6}\d segments, /.test(line))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('  '))).toEqual([]);
    expect(lines.filter((line) => line.includes('os-'))).toEqual([
      expect.stringMatching(/os-kernel {6} +[\d.]+ k?B$/),
      expect.stringMatching(/os-initrd\.img +[\d.]+ MB$/),
      expect.stringMatching(/os-cmdline {5} +\d+ B$/),
    ]);
    expect(lines.at(-2)).toMatch(/^3 files, .* nothing fetched$|fetched$/);
    expect(lines.at(-1)).toMatch(/^next: tskit run /);
  });

  test.each([
    ['NO_COLOR', { NO_COLOR: '1' }, true],
    ['TERM=dumb', { TERM: 'dumb' }, false],
  ])('%s takes the colours away', async (name, env, redraws) => {
    await using terminal = new OnTerminal(build(name), { env });
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw).not.toMatch(colour);
    expect(terminal.raw.includes(redraw)).toBe(redraws);
  });

  test('a download shows how much of how much, and Ctrl-C takes it away and says so', async () => {
    const layer = sampleLayer(200_000);
    await using registry = await startHostileRegistry(imageRoutes('web', '1', sampleImage({ layers: [layer] })));
    registry.routes[`/v2/web/blobs/${digestOf(layer)}`] = { body: layer, stallAfter: 100_000 };
    const spec = join(place.path, 'slow.yml');
    writeFileSync(spec, specText(`${registry.host}/web:1`));
    const cache = join(place.path, 'slow');
    await using terminal = new OnTerminal([tskit, 'build', '--cache', cache, '--dir', place.out, spec]);
    await terminal.waitFor(/ 100 kB of 200 kB █████/);
    terminal.type('\u0003');
    expect(await terminal.ended()).toBe(1);
    expect(terminal.screen().at(-2)).toBe('tskit: interrupted by SIGINT');
    expect(terminal.screen().join('\n')).not.toContain('█');
  });

  test('results are escaped where a terminal would obey them, and raw where a program reads them', async () => {
    const args = ['build', '--cache', place.cache, '--dir', join(place.out, `odd${escape}[2J`), place.spec];
    await using terminal = new OnTerminal([tskit, ...args]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw).toContain('odd\\u001b[2J/');
    expect(terminal.raw).not.toContain(`odd${escape}[2J`);
  });
});
