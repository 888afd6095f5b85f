// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../init/sys.d.ts" />
import { argv, loadUnit } from 'tskit:sys';

/** First unit of the test binary: `bindings UNIT FOLDER` runs a unit of test/native/units/ in a folder of its own. */
export default function main(): number {
  const run = loadUnit(argv[1] ?? '') as () => number;
  return run();
}
