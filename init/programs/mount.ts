// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { mount } from '../program/mount.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:mount`: mounts a file system. */
export default (): number => runProgram(sys, mount);
