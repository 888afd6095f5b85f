// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TskitError } from '../errors.ts';
import { parseConfigLine } from '../kernel/config.ts';
import { storeError } from '../oci/store-error.ts';
import { nearestKey } from '../spec/nearest-key.ts';

/** Fragments that come with tskit: beside src/ in a checkout and beside dist/ where it is installed. */
export const shippedFragments: string = fileURLToPath(new URL('../../kernel-configs/', import.meta.url));

/** A part of a kernel's configuration. */
export interface Fragment {
  /** For messages: "kernel-configs/base.config", or the path as the user wrote it. */
  readonly name: string;
  readonly text: string;
  /** Of a recipe, which may be a stranger's: nothing of it may mean files of this machine. */
  readonly isOfRecipe?: boolean;
}

/** One option that a fragment asks for. */
export interface RequestedOption {
  readonly option: string;
  /** As {@link parseConfigLine} has it. */
  readonly value: string;
  /** Where it is asked for: "kernel-configs/base.config:12". */
  readonly place: string;
}

/**
 * Reads the fragment that a name means: a shipped one ("base"), or a file when it has a slash or ends in ".config"; relative to
 * `folder`. `${arch}` in it is the architecture. Throws `not-found` with what there is.
 */
export function readFragment(name: string, folder: string, architecture: string): Fragment {
  const named = name.replaceAll('${arch}', architecture);
  const isPath = isFragmentPath(named);
  const file = isPath ? resolve(folder, named) : join(shippedFragments, `${named}.config`);
  try {
    return {
      name: isPath ? shownPath(named, file) : `kernel-configs/${named}.config`,
      text: readFileSync(file, 'utf8'),
    };
  } catch (error) {
    const known = shippedNames();
    const nearest = nearestKey(named, known);
    throw new TskitError('not-found', `kernel fragment "${named}": ${storeError('reading', file, error).message}`, {
      hint: isPath
        ? 'a name with "/" or ".config" is the path of a file with lines such as CONFIG_WIREGUARD=y'
        : nearest === undefined
          ? `shipped fragments: ${known.join(', ')}; your own need a path, such as ./${named}.config`
          : `did you mean "${nearest}"?`,
      cause: error,
    });
  }
}

/** Whether a fragment's name means a file of the user's. */
export function isFragmentPath(name: string): boolean {
  return name.includes('/') || name.endsWith('.config');
}

function shownPath(named: string, file: string): string {
  return isAbsolute(named) ? named : relative(process.cwd(), file) || named;
}

function shippedNames(): readonly string[] {
  return readdirSync(shippedFragments)
    .filter((name) => name.endsWith('.config'))
    .map((name) => name.replace(/\.config$/, ''))
    .sort();
}

/** What is built: lines of fragments may be for some of it only. */
export interface FragmentTarget {
  /** "6.12" */
  readonly series: string;
  /** OCI's name: "amd64". */
  readonly architecture: string;
}

/**
 * What fragments ask for together: of several lines about one option the last counts, so that a later fragment changes an earlier
 * one. `#since 6.6`, `#until 6.6` and `#arch amd64` on a line of their own hold up to the next empty line: what is below counts from that
 * series on, before it, or for that architecture. Throws `package` with every line that is no line of a configuration.
 */
export function mergeFragments(
  fragments: readonly Fragment[],
  target: FragmentTarget,
): ReadonlyMap<string, RequestedOption> {
  const merged = new Map<string, RequestedOption>();
  const mistakes: string[] = [];
  for (const { name, text, isOfRecipe = false } of fragments) {
    let applies = true;
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') applies = true;
      applies &&= meansTarget(line, target);
      const parsed = parseConfigLine(line);
      const place = `${name}:${index + 1}`;
      if (parsed === null || (parsed !== undefined && isDangerous(parsed, isOfRecipe)))
        mistakes.push(`${place}: found "${line.trim()}"`);
      if (parsed === undefined || parsed === null || !applies) continue;
      merged.set(parsed.option, { ...parsed, place });
    }
  }
  if (mistakes.length > 0) {
    throw new TskitError(
      'package',
      `reading kernel fragments: expected lines such as CONFIG_X=y, "# CONFIG_X is not set" or comments\n${mistakes.join('\n')}`,
      {
        hint: 'values are y, m, n, numbers, and texts in quotes without any of $ ` ; | & < >; CONFIG_LOCALVERSION is letters, digits and . + _ ~ -, and those of a recipe name no files',
      },
    );
  }
  // Sorted, so that nothing depends on the order in which they were given. Of a choice only one can be asked for: another one is lost.
  return new Map([...merged].sort(([one], [two]) => (one < two ? -1 : 1)));
}

/** The kernel's Makefiles hand texts on to make and to a shell as they are, and make paths of the release's name. */
function isDangerous({ option, value }: Pick<RequestedOption, 'option' | 'value'>, isOfRecipe: boolean): boolean {
  if (/[$`;|&<>]/.test(value)) return true;
  if (option === 'CONFIG_LOCALVERSION') return !/^"[A-Za-z0-9.+_~-]*"$/.test(value);
  return isOfRecipe && value !== '""' && (namesFiles.test(option) || /^"(?:-|\/|(?:.*\/)?\.\.(?:\/|"))/.test(value));
}

/** Options whose files the build of a kernel reads. */
const namesFiles =
  /^CONFIG_(?:INITRAMFS_SOURCE|EXTRA_FIRMWARE(?:_DIR)?|SYSTEM_\w*(?:KEYS|HASH_LIST)|MODULE_SIG_KEY|BOOT_CONFIG_EMBED_FILE)$/;

/** False for a condition that the target does not meet; true for any other line. */
function meansTarget(line: string, { series, architecture }: FragmentTarget): boolean {
  const [, condition, value = ''] = /^#(since|until|arch) (\S+)$/.exec(line.trim()) ?? [];
  if (condition === 'arch') return value === architecture;
  if (condition === 'since') return compareSeries(series, value) >= 0;
  return condition !== 'until' || compareSeries(series, value) < 0;
}

function compareSeries(one: string, two: string): number {
  const [[majorOne = 0, minorOne = 0], [majorTwo = 0, minorTwo = 0]] = [one, two].map((series) =>
    series.split('.').map(Number),
  ) as [number[], number[]];
  return majorOne - majorTwo || minorOne - minorTwo;
}

/** Requests as lines that Kconfig reads. */
export function requestLines(requests: Iterable<Pick<RequestedOption, 'option' | 'value'>>): string {
  return [...requests]
    .map(({ option, value }) => (value === 'n' ? `# ${option} is not set\n` : `${option}=${value}\n`))
    .join('');
}
