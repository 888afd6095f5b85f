// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Makes what several formats of one build need, when the first of them asks for it: one value for all that ask with the same
 * first argument, such as the boot files that they share. What failed for one fails for the others.
 */
export function onceFor<Key extends object, Rest extends readonly unknown[], Value>(
  make: (key: Key, ...rest: Rest) => Promise<Value>,
): (key: Key, ...rest: Rest) => Promise<Value> {
  const made = new WeakMap<Key, Promise<Value>>();
  return (key, ...rest) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key, ...rest);
    made.set(key, value);
    return value;
  };
}
