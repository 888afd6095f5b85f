// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';

/** Prints the names that the module really has, for the comparison with its types. */
export default function main(): number {
  sys.write(1, sys.encodeUtf8(`${Object.keys(sys).sort().join('\n')}\n`));
  return 0;
}
