// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { modprobe } from '../program/modprobe.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:modprobe`: loads kernel modules. */
export default (): number => runProgram(sys, modprobe);
