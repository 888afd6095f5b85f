// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { parseSpec } from '../../src/spec/parse.ts';
import { SpecError } from '../../src/spec/spec-error.ts';

/** "line:column path: message; suggestion" of each mistake in a spec. */
export function specMistakes(text: string): readonly string[] {
  try {
    parseSpec(text, 'os.yml');
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.problems.map(({ line, column, path, message, suggestion }) =>
      [`${line}:${column} ${path}: ${message}`, ...(suggestion ? [suggestion] : [])].join('; '),
    );
  }
  return [];
}
