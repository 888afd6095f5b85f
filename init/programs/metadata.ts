// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { metadata } from '../metadata/program.ts';
import { runProgram } from '../program/run.ts';

/** `pkg:metadata`: gets what a cloud tells the machine. */
export default (): number => runProgram(sys, metadata);
