// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { parseReference, type Reference } from '../oci/reference.ts';

const hint = 'see `tskit pkg --help`';

/** The one argument of an action. Throws `usage`. */
export function onlyArgument(action: string, what: string, args: readonly string[]): string {
  const [first, ...rest] = args;
  if (first === undefined) throw pkgUsage(`${action}: expected ${what}, found nothing`);
  if (rest.length > 0) throw pkgUsage(`${action}: expected ${what} alone, found also "${rest.join('" "')}"`);
  return first;
}

/** The arguments of an action that takes several. Throws `usage` without any. */
export function someArguments(action: string, what: string, args: readonly string[]): readonly string[] {
  if (args.length === 0) throw pkgUsage(`${action}: expected ${what}, found nothing`);
  return args;
}

/** A reference of one of these kinds. Throws `reference`, or `usage` for another kind. */
export function referenceOf<K extends Reference['kind']>(
  action: string,
  text: string,
  kinds: readonly K[],
  what: string,
): Extract<Reference, { readonly kind: K }> {
  const reference = parseReference(text);
  if (kinds.some((kind) => kind === reference.kind)) return reference as Extract<Reference, { readonly kind: K }>;
  throw pkgUsage(`${action}: expected ${what}, found "${text}"`);
}

/** A usage error of `tskit pkg`. */
export function pkgUsage(message: string): TskitError {
  return new TskitError('usage', `pkg ${message}`, { hint });
}
