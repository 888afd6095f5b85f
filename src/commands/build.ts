// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { InitChoice } from '../assemble/init.ts';
import { buildSpec } from '../build.ts';
import { readLock } from '../lock/file.ts';
import { buildContext, contextOptions } from './build-context.ts';
import { outputOf, outputOptions } from './build-output.ts';
import { type Command, type Invocation, onlyPositional, usage } from './command.ts';
import { platformOf, platformOption, readSpec } from './spec-input.ts';

export const build: Command = {
  name: 'build',
  arguments: '[flags] SPEC.yml',
  summary: 'composes an operating system from a spec',
  description:
    'Writes NAME-kernel, NAME-initrd.img and NAME-cmdline into the output folder; `tskit run NAME` boots them. Other formats:\n' +
    'tar is NAME.tar, the whole root; docker is NAME.docker, the same as a context for `docker build`; tar-kernel-initrd is\n' +
    'NAME-initrd.tar, kernel, initrd and command line in one file.',
  options: {
    ...outputOptions,
    ...platformOption,
    init: {
      value: 'tskit|image|auto',
      help: "whose /init boots (default auto: an init image's where one brings it, else ours)",
    },
    json: { help: 'print the files written as JSON, and no progress' },
    ...contextOptions,
  },
  whenInterrupted: 'the files of an earlier build are as they were; what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const file = onlyPositional(build, invocation, 'SPEC.yml');
    const output = outputOf(invocation, file);
    const platform = platformOf(invocation);
    const init = initOf(invocation);
    const context = buildContext(invocation);
    const pins = await readLock(file);
    const written = await buildSpec(
      {
        text: await readSpec(file),
        file,
        platform,
        ...(pins !== undefined && { lock: pins }),
        init,
        ...output,
      },
      context,
    );
    if (invocation.flag('json')) invocation.print(JSON.stringify({ files: written }));
    else for (const path of written) invocation.print(path);
  },
};

function initOf(invocation: Invocation): InitChoice {
  const choice = invocation.one('init') ?? 'auto';
  if (choice !== 'auto' && choice !== 'tskit' && choice !== 'image') {
    throw usage(build, `--init: expected tskit, image or auto, found "${choice}"`);
  }
  return choice;
}
