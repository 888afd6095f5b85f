// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What can be told of formats before any work is done for them.

import { TskitError } from '../errors.ts';
import type { Spec } from '../spec/types.ts';
import { formats } from './formats.ts';
import { requireTools } from './tools.ts';

/**
 * Checks names of formats before anything is pulled.
 * @throws TskitError `usage` for a name that is unknown, and for two that write the same file.
 */
export function checkFormats(names: readonly string[]): void {
  const known = Object.keys(formats)
    .map((name) => `"${name}"`)
    .join(', ');
  for (const name of names) {
    if (!Object.hasOwn(formats, name)) {
      throw new TskitError('usage', `--format: "${name}" is no format, expected ${known}`);
    }
  }
  const writers = new Map<string, string>();
  for (const name of new Set(names)) {
    for (const suffix of formats[name]?.suffixes ?? []) {
      const other = writers.get(suffix);
      if (other !== undefined) {
        throw new TskitError('usage', `--format: "${other}" and "${name}" both write NAME${suffix}`, {
          hint: 'build them one after the other, with another --name',
        });
      }
      writers.set(suffix, name);
    }
  }
}

/**
 * Checks that what formats take is installed, before anything is pulled.
 * @throws TskitError `not-found` that names what is missing and how to install it.
 */
export async function checkTools(names: readonly string[]): Promise<void> {
  await requireTools(
    `--format ${names.join(',')}`,
    names.flatMap((name) => formats[name]?.tools ?? []),
  );
}

/**
 * Checks before anything is pulled that these formats can keep the root where the spec wants it.
 * @throws TskitError `usage` for one that cannot.
 */
export function checkRoot(spec: Spec['root'], names: readonly string[]): void {
  const type = typeof spec === 'string' ? spec : (spec?.type ?? 'auto');
  if (type === 'auto') return;
  for (const name of names) {
    const root = formats[name]?.root ?? 'either';
    if (root === 'either' || root === 'archive' || root === type) continue;
    const why = root === 'erofs' || root === 'own' ? 'is a root image' : 'has no disk for a root image';
    const hint = type === 'erofs' ? 'write kernel+erofs or a disk image' : 'write another format';
    throw new TskitError('usage', `--format: "${name}" ${why}, but the spec says \`root: ${type}\``, {
      hint: `${hint}, or say \`root: auto\``,
    });
  }
}

/**
 * Checks before anything is pulled that formats which boot a kernel have one.
 * @throws TskitError `spec` for one that has none.
 */
export function checkKernel({ kernel }: Pick<Spec, 'kernel'>, names: readonly string[]): void {
  if (kernel !== undefined) return;
  const name = names.find((each) => formats[each]?.kernelIsOptional !== true);
  if (name === undefined) return;
  throw new TskitError('spec', `format "${name}": expected a kernel to boot, found none in the spec`, {
    hint: 'name a kernel image under `kernel:`, or write kernel+initrd or tar, which can do without',
  });
}

/**
 * Checks that an artifact of these formats can go to one named output.
 * @throws TskitError `usage` when there are several or it is not one file.
 */
export function checkStreamFormat(names: readonly string[]): void {
  const streams = Object.keys(formats).filter((name) => formats[name]?.isStream === true);
  const expected = `expected one format of ${streams.map((name) => `"${name}"`).join(', ')}`;
  const found = names.map((name) => `"${name}"`).join(', ');
  if (names.length !== 1 || !streams.includes(names[0] ?? '')) {
    throw new TskitError('usage', `--o: ${expected}, found ${found}`, {
      hint: 'leave --o out; --dir and --name say where several files go',
    });
  }
}
