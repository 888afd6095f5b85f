// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { InitChoice } from '../assemble/init.ts';
import { buildSpec } from '../build.ts';
import { checkTools } from '../emit/check-formats.ts';
import { readLock } from '../lock/file.ts';
import { buildContext, contextOptions } from './build-context.ts';
import { parseSpecs } from '../spec/parse.ts';
import { type Command, type Invocation, type Option, usage } from './command.ts';
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

/** The option of commands that compose a system. */
export const initOption: Readonly<Record<string, Option>> = {
  init: {
    value: 'tskit|image|auto',
    help: "whose /init boots (default auto: an init image's where one brings it, else ours)",
  },
};

export const build: Command = {
  name: 'build',
  arguments: `[flags] ${specArguments}`,
  summary: 'composes an operating system from a spec of one or more files',
  description:
    'Writes NAME-kernel, NAME-initrd.img and NAME-cmdline into the output folder; `tskit run NAME` boots them. Other formats are\n' +
    'disks and discs that firmware boots (raw-efi is NAME-efi.img, iso is NAME.iso), images for clouds and machine monitors, and\n' +
    'archives (tar is NAME.tar, the whole root); docs/formats.md and docs/disks.md have all of them and what they take.\n' +
    'A SPEC is a YAML file, "-" for standard input, or a URL with @sha256:HEX; several are merged in their order.',
  options: {
    ...outputOptions,
    ...specOptions,
    'dry-run': { help: 'print the spec, merged and with variables and templates replaced, and build nothing' },
    ...platformOption,
    ...initOption,
    json: { help: 'print events as JSON, one a line; the last has the files written' },
    ...contextOptions,
  },
  hasEvents: true,
  whenInterrupted: 'the files of an earlier build are as they were; what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const platform = platformOf(invocation);
    const init = initOf(build, invocation);
    // Before the specs are read, since a wrong option should not wait for a URL, and before anything is reported: it may be about
    // standard output.
    const output = outputOf(invocation, specName(build, invocation));
    const context = buildContext(invocation);
    const { sources, parsing, beside } = await readSpecs(build, invocation);
    if (invocation.flag('dry-run')) return await printMerged(sources, parsing, invocation);
    await checkTools(output.formats);
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

/** The choice that `command` was given. */
export function initOf(command: Command, invocation: Invocation): InitChoice {
  const choice = invocation.one('init') ?? 'auto';
  if (choice !== 'auto' && choice !== 'tskit' && choice !== 'image') {
    throw usage(command, `--init: expected tskit, image or auto, found "${choice}"`);
  }
  return choice;
}
