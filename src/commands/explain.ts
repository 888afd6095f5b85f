// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { compose } from '../compose.ts';
import { answerTo } from '../explain/answer.ts';
import { readLock } from '../lock/file.ts';
import { parseSpecs } from '../spec/parse.ts';
import { buildContext, contextOptions, withoutNotes } from './build-context.ts';
import { initOf, initOption } from './build.ts';
import type { Command, Invocation } from './command.ts';
import { isSpecName, platformOf, platformOption, readSpecs, specArguments, specOptions } from './spec-input.ts';

export const explain: Command = {
  name: 'explain',
  arguments: `[flags] ${specArguments} [PATH]`,
  summary: 'says why something is in the system: a file, a capability, a size',
  description: [
    'Without PATH: the whole system in one screen, and what takes how much. PATH is one of',
    '  /etc/hosts           a file of the system: what it is, and the image, layer or line that brought it',
    '  web:/etc/hosts       the same of a file that container "web" sees',
    '  web                  every setting of a container, with the reason of each',
    '  web.capabilities     one setting, element by element (also services.web.binds, kernel.cmdline)',
    '  web.seccomp.mount    one element',
    'Images are resolved and pulled as for a build; nothing is written but the cache.',
  ].join('\n'),
  options: {
    ...specOptions,
    ...platformOption,
    ...initOption,
    json: { help: 'print the answer as JSON' },
    ...contextOptions,
  },
  whenInterrupted: 'what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const { specs, path } = argumentsOf(invocation);
    const context = buildContext(invocation);
    const { sources, parsing, beside } = await readSpecs(explain, { ...invocation, positionals: specs });
    const pins = await readLock(beside);
    const composition = await compose(
      parseSpecs(sources, parsing),
      {
        platform: platformOf(invocation),
        init: initOf(explain, invocation),
        ...(pins !== undefined && { lock: pins }),
      },
      withoutNotes(context),
    );
    const answer = await answerTo(path, specs.join(' '), composition, context, invocation.columns ?? defaultWidth);
    if (invocation.flag('json')) invocation.print(JSON.stringify(answer.json, undefined, 2));
    else for (const line of answer.lines) invocation.show(line);
  },
};

/** Where the output is no terminal. */
const defaultWidth = 100;

/** The last of several arguments is PATH, unless it is a spec: a URL, standard input, or a YAML file that is there. */
function argumentsOf({ positionals }: Invocation): {
  readonly specs: readonly string[];
  readonly path: string | undefined;
} {
  const last = positionals.at(-1);
  if (positionals.length < 2 || last === undefined || isSpec(last)) return { specs: positionals, path: undefined };
  return { specs: positionals.slice(0, -1), path: last };
}

function isSpec(argument: string): boolean {
  return isSpecName(argument) && (argument === '-' || argument.includes('://') || existsSync(argument));
}
