// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isDeepStrictEqual } from 'node:util';
import { type Boot, collectorName } from './boot.ts';
import { checksOf } from './checks.ts';
import { deliberate } from './differences.ts';
import { fileChecks, initChecks } from './file-checks.ts';
import type { ImageSettings } from './package-image.ts';
import { containersOf, type PlannedContainer } from './plan.ts';
import { idsOf } from './settings.ts';
import { type PlainSpec, plainSpec } from './spec-text.ts';

/** How a boot fared. */
export interface Verdict {
  readonly booted: string;
  readonly containers: number;
  /** Containers that report exactly what was asked for. */
  readonly asAsked: number;
  /** How many statements about containers and files were looked at. */
  readonly checks: number;
  readonly differences: readonly string[];
  readonly ok: boolean;
}

/** Compares what the containers reported with what the spec asks for. `booted` is the spec as it was built, `text` the original. */
export function judge(
  file: string,
  booted: PlainSpec,
  text: string,
  packages: ReadonlyMap<string, ImageSettings>,
  boot: Boot,
): Verdict {
  const original = containersOf(plainSpec(text), packages);
  const ids = idsOf(booted);
  const differences: string[] = [];
  let unexpected = 0;
  let checks = 0;
  const tell = (container: string, difference: string): void => {
    const meant = deliberate.find(
      (entry) => entry.file.test(file) && entry.container === container && entry.what.test(difference),
    );
    if (meant === undefined) unexpected += 1;
    differences.push(`${container}: ${difference}${meant === undefined ? '' : ` (on purpose: ${meant.why})`}`);
  };
  const { host } = boot;
  if (host === undefined) {
    tell(
      collectorName,
      `nothing was collected; the console ended with\n${boot.console.split('\n').slice(-15).join('\n')}`,
    );
    return { booted: 'no', containers: original.length, asAsked: 0, checks, differences, ok: false };
  }
  const judged = original.map((container) => {
    const found = differencesOf(container, boot, (count) => (checks += count));
    for (const difference of found) tell(container.name, difference);
    return found.length === 0;
  });
  for (const folder of ['/', '/etc', '/run', '/tmp', '/var']) {
    checks += 1;
    const wanted = folder === '/' || folder === '/etc' ? 'EROFS' : 'ok';
    const found = host.paths[folder]?.write;
    if (found !== wanted) tell('system', describe(`writing ${folder}`, wanted, found));
  }
  for (const check of [...fileChecks(plainSpec(text), ids), ...initChecks(plainSpec(text))]) {
    checks += 1;
    const found = check.found(host);
    if (!isDeepStrictEqual(found, check.wanted)) tell('files', describe(check.what, check.wanted, found));
  }
  return {
    booted: 'yes',
    containers: original.length,
    asAsked: judged.filter(Boolean).length,
    checks,
    differences,
    ok: unexpected === 0,
  };
}

function differencesOf(
  { section, name, turn, wanted }: PlannedContainer,
  boot: Boot,
  count: (checks: number) => void,
): readonly string[] {
  const report = boot.report(section, name, turn);
  if (typeof report === 'string') return [`no report: ${report}`];
  if (boot.host === undefined) return ['nothing was collected'];
  const seen = { report, host: boot.host };
  const checks = checksOf(section, wanted);
  count(checks.length);
  return checks.flatMap(({ what, wanted, found }) => {
    const value = found(seen);
    return isDeepStrictEqual(value, wanted) ? [] : [describe(what, wanted, value)];
  });
}

function describe(what: string, wanted: unknown, found: unknown): string {
  return `${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`;
}
