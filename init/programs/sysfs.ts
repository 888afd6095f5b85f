// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { sysfs } from '../program/sysfs.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:sysfs`: writes settings of the kernel into /sys. */
export default (): number => runProgram(sys, sysfs);
