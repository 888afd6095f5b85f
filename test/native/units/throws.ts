// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Fails while it loads, for the test of loadUnit. */
export default (() => {
  throw new RangeError('thrown while loading');
})() as () => number;
