// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stringifyJson } from '../json.ts';
import type { Spec } from '../spec/types.ts';

/**
 * The whole spec as a document, for `metadata: yaml` and `metadata: json`; where its file lay on the host is not part
 * of it.
 */
export async function specDocument(spec: Spec, format: 'yaml' | 'json'): Promise<string> {
  if (format === 'yaml') return (await import('../spec/print.ts')).printSpec(spec);
  const { file: _file, origin: _origin, ...document } = spec;
  return `${stringifyJson(document, 2)}\n`;
}
