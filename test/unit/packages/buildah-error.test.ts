// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { buildahError } from '../../../src/packages/buildah-error.ts';

// What buildah 1.28 of Debian 12 writes.

test.each([
  {
    name: 'of a command says the step, how it ended and what it said last',
    stdout: 'STEP 1/3: FROM scratch\nSTEP 2/3: COPY x /x\nSTEP 3/3: RUN make\ncompiling\n',
    stderr:
      'tsrun: warning: can\'t raise ambient capability CAP_CHOWN\nmain.c:1: bad thing\nError: building at STEP "RUN make": while running runtime: exit status 3\n',
    message:
      'building "kit" with buildah: step 3/3, RUN make: expected it to succeed, found exit status 3; it said: compiling | main.c:1: bad thing',
    hint: 'run `buildah build FOLDER` by hand to see all that it says',
  },
  {
    name: 'of a file that is not there names it',
    stdout: 'STEP 1/2: FROM scratch\nSTEP 2/2: COPY absent /x\n',
    stderr:
      'Error: building at STEP "COPY absent /x": checking on sources under "/w/copy": copier: stat: "/absent": no such file or directory\n',
    message:
      'building "kit" with buildah: step 2/2, COPY absent /x: expected it to succeed, found checking on sources under "/w/copy": copier: stat: "/absent": no such file or directory',
    hint: expect.stringContaining('relative to it'),
  },
  {
    name: 'of an instruction that there is not has nothing of buildah inside',
    stdout: 'STEP 1/2: FROM scratch\nSTEP 2/2: FOO bar\n',
    stderr:
      'time="2026-12-01T02:34:09Z" level=error msg="+(UNHANDLED LOGLEVEL) &imagebuilder.Step{Env:[]string{\\"PATH=/bin\\"}}"\nError: building at STEP "FOO ": Build error: Unknown instruction: "FOO" &imagebuilder.Step{Env:[]string{"PATH=/bin"}, Original:"FOO bar"}\n',
    message: 'building "kit" with buildah: step 2/2, FOO bar: expected it to succeed, found Unknown instruction: "FOO"',
    hint: expect.stringContaining('correct that line'),
  },
  {
    name: 'of an image that is not there says what offline means',
    stdout: 'STEP 1/2: FROM docker.io/library/nothing-here:1\n',
    stderr: 'Error: creating build container: docker.io/library/nothing-here:1: image not known\n',
    message:
      'building "kit" with buildah: step 1/2, FROM docker.io/library/nothing-here:1: expected it to succeed, found creating build container: docker.io/library/nothing-here:1: image not known',
    hint: expect.stringContaining('--offline'),
  },
  {
    name: 'without a word has the exit code',
    stdout: '',
    stderr: '',
    message: 'building "kit" with buildah: expected it to succeed, found exit code 125',
    hint: expect.stringContaining('by hand'),
  },
])('a failure $name', ({ stdout, stderr, message, hint }) => {
  expect(buildahError('building "kit"', stdout, stderr, 125)).toMatchObject({ message, hint });
});
