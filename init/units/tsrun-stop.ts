// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { remove } from '../runtime/delete.ts';
import { kill } from '../runtime/kill.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  kill: (global, words) => kill(sys, global, words),
  delete: (global, words, log) => remove(sys, global, words, log),
};

export default commands;
