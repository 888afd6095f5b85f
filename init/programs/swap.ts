// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { runProgram } from '../program/run.ts';
import { swap } from '../program/swap.ts';

/** `pkg:swap`: makes a file swap space. */
export default (): number => runProgram(sys, swap);
