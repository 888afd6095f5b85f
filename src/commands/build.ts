// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { InitChoice } from '../assemble/init.ts';
import { buildSpec } from '../build.ts';
import { readLock } from '../lock/file.ts';
import { buildContext, contextOptions } from './build-context.ts';
import { type Command, type Invocation, usage } from './command.ts';
import { parseSpecs } from '../spec/parse.ts';
import { outputOf, outputOptions } from './build-output.ts';
import { reportWritten } from './build-result.ts';
import {
  platformOf,
  platformOption,
  readSpecs,
  specArguments,
  type SpecInput,
  specName,
  specOptions,
} from './spec-input.ts';

export const build: Command = {
  name: 'build',
  arguments: `[flags] ${specArguments}`,
  summary: 'composes an operating system from a spec of one or more files',
  description:
    'Writes NAME-kernel, NAME-initrd.img and NAME-cmdline into the output folder; `tskit run NAME` boots them. Other formats:\n' +
    'tar is NAME.tar, the whole root; docker is NAME.docker, the same as a context for `docker build`; tar-kernel-initrd is\n' +
    'NAME-initrd.tar, kernel, initrd and command line in one file.\n' +
    'A SPEC is a YAML file, "-" for standard input, or a URL with @sha256:HEX; several are merged in their order.',
  options: {
    ...outputOptions,
    ...specOptions,
    'dry-run': { help: 'print the spec, merged and with variables and templates replaced, and build nothing' },
    ...platformOption,
    init: {
      value: 'tskit|image|auto',
      help: "whose /init boots (default auto: an init image's where one brings it, else ours)",
    },
    json: { help: 'print events as JSON, one a line; the last has the files written' },
    ...contextOptions,
  },
  hasEvents: true,
  whenInterrupted: 'the files of an earlier build are as they were; what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const platform = platformOf(invocation);
    const init = initOf(invocation);
    const context = buildContext(invocation);
    // Before the specs are read: a wrong option should not wait for a URL.
    const output = outputOf(invocation, specName(build, invocation));
    const { sources, parsing, beside } = await readSpecs(build, invocation);
    if (invocation.flag('dry-run')) return await printMerged(sources, parsing, invocation);
    const pins = await readLock(beside);
    const written = await buildSpec(
      {
        sources,
        parsing,
        platform,
        ...(pins !== undefined && { lock: pins }),
        init,
        ...output,
      },
      context,
    );
    reportWritten(invocation, written, platform);
  },
};

/** The spec that a build would be of, all files, variables and templates in it; nothing is written and nothing pulled. */
async function printMerged(
  sources: SpecInput['sources'],
  parsing: SpecInput['parsing'],
  invocation: Invocation,
): Promise<void> {
  const spec = parseSpecs(sources, parsing);
  const { printSpec } = await import('../spec/print.ts');
  for (const line of printSpec(spec).trimEnd().split('\n')) invocation.print(line);
}

function initOf(invocation: Invocation): InitChoice {
  const choice = invocation.one('init') ?? 'auto';
  if (choice !== 'auto' && choice !== 'tskit' && choice !== 'image') {
    throw usage(build, `--init: expected tskit, image or auto, found "${choice}"`);
  }
  return choice;
}
