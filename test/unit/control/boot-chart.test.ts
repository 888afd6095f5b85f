// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { bootChart } from '../../../src/control/boot-chart.ts';
import { someBoot } from '../../support/boot-times.ts';

/** Left edge and width of the bars whose title matches, in pixels. */
function bars(svg: string, title: RegExp): readonly (readonly [number, number])[] {
  return [...svg.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"[^>]*><title>([^<]*)</g)]
    .filter(([, , , text = '']) => title.test(text))
    .map(([, x, width]) => [Number(x), Number(width)] as const);
}

describe('the boot chart', () => {
  const units = someBoot.units.filter(({ id }) => id !== 'services/late');
  const svg = bootChart({ ...someBoot, units });

  test('is well-formed XML, whatever entries are called', () => {
    const check = 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())';
    execFileSync('python3', ['-c', check], { input: svg });
    expect(svg).toContain('services/&#60;log&#62;');
  });

  test('draws to scale: one second is as long everywhere', () => {
    const [kernel] = bars(svg, /^kernel /);
    const [web] = bars(svg, /^services\/web is not yet healthy/);
    expect(web?.[1]).toBeCloseTo((kernel?.[1] ?? 0) * 0.75, 0);
    expect((web?.[0] ?? 0) - (kernel?.[0] ?? 0)).toBeCloseTo((kernel?.[1] ?? 0) * 4.25, 0);
  });

  test('ends where the boot ended, also for a service that ended later', () => {
    const right = Math.max(...bars(svg, /./).map(([x, width]) => x + width));
    const [kernel = [0, 0]] = bars(svg, /^kernel /);
    expect(right - kernel[0]).toBeCloseTo(kernel[1] * 5, 0);
    expect(bars(svg, /^services\/&#60;log&#62; runs/)).toHaveLength(1);
  });

  test('shows what the end of the boot hung on', () => {
    const red = [...svg.matchAll(/fill="#b3261e">([^<]*)</g)].map(([, label]) => label);
    expect(red).toEqual(['onboot/000-disk', 'onboot/001-dhcp', 'services/db', 'services/web']);
  });

  test('has few lines on its axis, for a short boot and for a long one', () => {
    for (const factor of [0.01, 1, 500]) {
      const chart = bootChart({ ...someBoot, bootedAt: 5 * factor, units: [] });
      const count = chart.match(/<line /g)?.length ?? 0;
      expect(count).toBeGreaterThan(2);
      expect(count).toBeLessThanOrEqual(11);
    }
  });
});
