// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { runProgram } from '../program/run.ts';
import { sysctl } from '../program/sysctl.ts';

/** `pkg:sysctl`: writes the settings of /etc/sysctl.d into /proc/sys. */
export default (): number => runProgram(sys, sysctl);
