// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import { SpecError } from '../../../src/spec/spec-error.ts';
import { brokenSpecs } from '../../support/broken-specs.ts';

function problemsOf(text: string): SpecError['problems'] {
  try {
    parseSpec(text, 'os.yml');
  } catch (error) {
    if (error instanceof SpecError) return error.problems;
    throw error;
  }
  return [];
}

const cases = brokenSpecs();

describe('one mistake is one error at its place', () => {
  test.each(cases.map((broken) => [broken.title, broken] as const))('%s', (_, broken) => {
    const { text, line, column, path, message, suggestion } = broken;
    const problems = problemsOf(text);
    expect(problems, text).toEqual([
      {
        file: 'os.yml',
        line,
        column,
        path,
        message: expect.stringMatching(message),
        ...(suggestion === undefined
          ? problems[0]?.suggestion !== undefined && { suggestion: problems[0].suggestion }
          : { suggestion: expect.stringMatching(suggestion) }),
      },
    ]);
  });
});
