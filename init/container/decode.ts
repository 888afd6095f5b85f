// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RuntimeConfig } from '../contract.ts';
import { parseJson } from '../json.ts';

export function decodeConfig(text: string): RuntimeConfig {
  return parseJson(text) as unknown as RuntimeConfig;
}
