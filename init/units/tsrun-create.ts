// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { create } from '../runtime/create.ts';
import { run } from '../runtime/run.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  create: (global, words, log) => create(sys, global, words, log),
  run: (global, words, log) => run(sys, global, words, log),
};

export default commands;
