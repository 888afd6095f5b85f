// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { rngd } from '../program/rngd.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:rngd`: feeds the kernel's random numbers from hardware. */
export default (): number => runProgram(sys, rngd);
