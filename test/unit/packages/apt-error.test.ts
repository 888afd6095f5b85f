// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { aptError } from '../../../src/packages/apt-error.ts';

describe("apt's complaints", () => {
  it('are condensed: each once, at most three, without the summary', () => {
    const lines = ['a', 'b', 'b', 'c', 'd'].map((name) => `E: Failed to fetch ${name}.`);
    const stderr = `W: by the way\n${lines.join('\n')}\nE: Some index files failed to download. They have been ignored`;
    expect(aptError('reading', stderr, 100).message).toBe(
      'reading: Failed to fetch a; Failed to fetch b; Failed to fetch c; and 1 more',
    );
  });

  it('lose the passwords of mirrors', () => {
    expect(aptError('reading', 'E: Failed to fetch https://me:secret@mirror.example.com/x  401', 100).message).toBe(
      'reading: Failed to fetch https://***@mirror.example.com/x  401',
    );
  });

  it('are the exit code when there are none', () => {
    expect(aptError('reading', 'noise', 7).message).toBe('reading: exit code 7');
  });

  it.each([
    ["E: Failed to fetch http://x/  Temporary failure resolving 'x'", 'network'],
    [
      'E: Failed to fetch http://x/  Could not connect to x:80 (127.0.0.1). - connect (111: Connection refused)',
      'network',
    ],
    ['E: Write error - write (28: No space left on device)', 'store'],
    ["W: GPG error: x InRelease: NO_PUBKEY 1\nE: The repository 'x InRelease' is not signed.", 'package'],
    ['E: Release file for x is expired (invalid since 3d).', 'package'],
    ['E: Unable to locate package wrods', 'package'],
    ["E: Version '9' for 'words' was not found", 'package'],
  ])('%s is of the kind %s and has a hint', (stderr, code) => {
    const error = aptError('x', stderr, 100);
    expect(error.code).toBe(code);
    expect(error.hint).toBeDefined();
  });
});
