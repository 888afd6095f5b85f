// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { ps } from '../runtime/ps.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  ps: (global, words) => ps(sys, global, words),
};

export default commands;
