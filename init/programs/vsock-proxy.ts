// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { vsockProxy } from '../program/vsock-proxy.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:vsock-proxy`: forwards connections between vsock and other sockets. */
export default (): number => runProgram(sys, vsockProxy);
