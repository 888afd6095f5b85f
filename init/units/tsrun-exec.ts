// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { exec } from '../runtime/exec.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  exec: (global, words, log) => exec(sys, global, words, log),
};

export default commands;
