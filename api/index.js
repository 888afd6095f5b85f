// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What `import … from 'tskit'` gives a typed spec. index.d.ts beside this file has the types; tskit itself looks at the
// default export of the spec.

/** Returns what it is given: it is there for the types. */
export function defineOS(definition) {
  return definition;
}
