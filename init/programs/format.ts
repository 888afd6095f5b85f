// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { format } from '../program/format.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:format`: makes a partition with a file system on a blank disk. */
export default (): number => runProgram(sys, format);
