// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { update } from '../runtime/update.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  update: (global, words, log) => update(sys, global, words, log),
};

export default commands;
