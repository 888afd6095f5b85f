// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bold, dim, type Line } from '../styled-line.ts';
import { configValue, isEnabled, type KernelConfig } from './config.ts';
import { type HardeningRule, hardeningGroups } from './hardening-rules.ts';

/** What became of one recommendation. `absent` is what means nothing for this kernel: other architecture, or without what it belongs to. */
export interface HardeningResult {
  readonly option: string;
  readonly status: 'followed' | 'not-followed' | 'absent';
  /** "y", "n", a string in quotes, or "at least N". */
  readonly expected: string;
  readonly found: string;
  readonly why: string;
}

/** A configuration compared with the recommendations, in groups. */
export interface HardeningReport {
  readonly groups: readonly { readonly title: string; readonly results: readonly HardeningResult[] }[];
  readonly followed: number;
  readonly notFollowed: number;
}

/** Compares the configuration of a kernel of an OCI architecture with what the Kernel Self-Protection Project recommends. */
export function hardeningReport(config: KernelConfig, architecture: string): HardeningReport {
  const groups = hardeningGroups.map(({ title, rules }) => ({
    title,
    results: rules.map((rule) => compare(config, architecture, rule)),
  }));
  const count = (status: HardeningResult['status']) =>
    groups.flatMap(({ results }) => results).filter((result) => result.status === status).length;
  return { groups, followed: count('followed'), notFollowed: count('not-followed') };
}

function compare(config: KernelConfig, architecture: string, rule: HardeningRule): HardeningResult {
  const { option, expected, why } = rule;
  const found = configValue(config, option);
  const result = {
    option,
    expected: typeof expected === 'string' ? expected : `at least ${expected.atLeast}`,
    found,
    why,
  };
  const isElsewhere = rule.architectures?.includes(architecture) === false;
  if (isElsewhere || (rule.onlyWith !== undefined && !isEnabled(config, rule.onlyWith))) {
    return { ...result, status: 'absent' };
  }
  const isFollowed =
    typeof expected === 'string' ? found === expected : /^\d+$/.test(found) && Number(found) >= expected.atLeast;
  const isFollowedOtherwise = rule.or !== undefined && isEnabled(config, rule.or);
  return { ...result, status: isFollowed || isFollowedOtherwise ? 'followed' : 'not-followed' };
}

/** The report for a reader: what is not followed, in its groups, and how much is. */
export function formatHardening(report: HardeningReport): readonly Line[] {
  const lines: Line[] = [];
  for (const { title, results } of report.groups) {
    const counted = results.filter(({ status }) => status !== 'absent');
    const open = counted.filter(({ status }) => status === 'not-followed');
    lines.push([bold(title), dim(`  ${counted.length - open.length} of ${counted.length}`)]);
    for (const { option, expected, found, why } of open) {
      lines.push([`  ${option}: expected ${expected}, found ${found}`, dim(`  ${why}`)]);
    }
  }
  lines.push([`${report.followed} of ${report.followed + report.notFollowed} recommendations followed`]);
  return lines;
}
