// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { list } from '../runtime/list.ts';
import { state } from '../runtime/state.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  state: (global, words) => state(sys, global, words),
  list: (global, words, log) => list(sys, global, words, log),
};

export default commands;
