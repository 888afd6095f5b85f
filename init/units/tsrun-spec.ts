// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { features } from '../runtime/features.ts';
import { spec } from '../runtime/spec.ts';
import type { Command } from './tsrun.ts';

const commands: Readonly<Record<string, Command>> = {
  features: (_global, words) => features(sys, words),
  spec: (_global, words) => spec(sys, words),
};

export default commands;
