// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { events } from '../runtime/events.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  events: (global, words) => events(sys, global, words),
};

export default commands;
