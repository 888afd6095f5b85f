// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { initOptions } from '../assemble/kernel-options.ts';
import { compose } from '../compose.ts';
import { TskitError } from '../errors.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { type CheckedNeed, checkNeeds, foundText, type KernelNeed } from '../kernel/needs.ts';
import { readLock } from '../lock/file.ts';
import { parseSpecs } from '../spec/parse.ts';
import { bold, dim, type Line } from '../styled-line.ts';
import { buildContext, withoutNotes } from './build-context.ts';
import type { Command, Invocation } from './command.ts';
import { platformOf, readSpecs } from './spec-input.ts';

/** A configuration that the user names in place of the kernel image's. */
export interface NamedConfig {
  readonly file: string;
  readonly config: KernelConfig;
}

/** What needs came to. */
interface NeedsReport {
  /** Where the configuration was found; absent when nothing is known of the kernel. */
  readonly source?: string;
  readonly needs: readonly (KernelNeed & Partial<CheckedNeed>)[];
}

/**
 * `tskit kernel check SPEC`, or of a configuration alone: what the specs, or else any system, need of the kernel, line by line.
 * @returns the exit code: 1 when something is missing.
 */
export async function runNeedsCheck(
  command: Command,
  invocation: Invocation,
  specs: readonly string[],
  named: NamedConfig | undefined,
): Promise<number> {
  const report = specs.length === 0 ? ofAnySystem(named) : await ofSpecs(command, invocation, specs, named);
  if (invocation.flag('json')) invocation.print(JSON.stringify(report, undefined, 2));
  else for (const line of linesOf(report)) invocation.show(line);
  return report.needs.some(({ isMet }) => isMet === false) ? 1 : 0;
}

function ofAnySystem(named: NamedConfig | undefined): NeedsReport {
  const needs = initOptions.map((option): KernelNeed => ({ option, why: "tskit's init" }));
  return named === undefined ? { needs } : compared(needs, named, true);
}

function compared(needs: readonly KernelNeed[], { file, config }: NamedConfig, hasModules: boolean): NeedsReport {
  return { source: `"${file}"`, needs: checkNeeds(needs, config, hasModules) };
}

async function ofSpecs(
  command: Command,
  invocation: Invocation,
  specs: readonly string[],
  named: NamedConfig | undefined,
): Promise<NeedsReport> {
  const { sources, parsing, beside } = await readSpecs(command, { ...invocation, positionals: specs });
  const pins = await readLock(beside);
  const { rootfs, spec } = await compose(
    parseSpecs(sources, parsing),
    {
      platform: platformOf(invocation),
      init: 'auto',
      mayLackOptions: true,
      ...(pins !== undefined && { lock: pins }),
    },
    withoutNotes(buildContext(invocation)),
  );
  const { kernelCheck } = rootfs;
  if (kernelCheck === undefined && named === undefined) return { needs: [] };
  if (kernelCheck === undefined) {
    throw new TskitError(
      'spec',
      'kernel check: expected a spec with `kernel`, found none: what it needs depends on it',
      {
        hint: 'add `kernel: {image: pkg:kernel}`, or leave the spec out to compare with what any system needs',
      },
    );
  }
  if (named !== undefined) return compared(kernelCheck.needs, named, spec.kernel?.modules !== 'none');
  if (kernelCheck.source === undefined) return { needs: kernelCheck.needs };
  return { source: `${kernelCheck.source} of "${spec.kernel?.image ?? ''}"`, needs: kernelCheck.checked };
}

function linesOf({ source, needs }: NeedsReport): readonly Line[] {
  const options = [...new Set(needs.map(({ option }) => option))].sort();
  const column = Math.max(0, ...options.map(({ length }) => length)) + 2;
  const lines = options.map((option): Line => {
    const asking = needs.filter((need) => need.option === option);
    const [first] = asking;
    const mark = first?.isMet === undefined ? '?' : first.isMet ? '✓' : '✗';
    const reasons = [...new Set(asking.map(({ why, place }) => (place === undefined ? why : `${why} (${place})`)))];
    const more = reasons.length > 1 ? `, and ${reasons.length - 1} more` : '';
    const found =
      first?.isMet === false ? `, found ${foundText({ ...first, found: first.found ?? 'n', isMet: false })}` : '';
    return [`${mark} `, option.padEnd(column), dim(`${reasons[0] ?? ''}${more}`), found];
  });
  const missing = options.filter((option) => needs.some((need) => need.option === option && need.isMet === false));
  return [...lines, lastLine(source, options.length, missing.length)];
}

function lastLine(source: string | undefined, count: number, missing: number): Line {
  if (count === 0) return ['the spec names no kernel'];
  if (source === undefined) {
    return [bold(`${count} options needed`), '; the kernel image brings no configuration to compare with'];
  }
  return [bold(missing === 0 ? `all ${count} options there` : `${missing} of ${count} missing`), ` in ${source}`];
}
