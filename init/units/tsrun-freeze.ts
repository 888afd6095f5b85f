// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { pause, resume } from '../runtime/pause.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  pause: (global, words) => pause(sys, global, words),
  resume: (global, words) => resume(sys, global, words),
};

export default commands;
