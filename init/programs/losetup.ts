// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { losetup } from '../program/losetup.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:losetup`: makes a file a block device. */
export default (): number => runProgram(sys, losetup);
