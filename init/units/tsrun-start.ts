// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { start } from '../runtime/start.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  start: (global, words, log) => start(sys, global, words, log),
};

export default commands;
