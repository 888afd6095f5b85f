// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { parseSpec } from '../spec/parse.ts';
import { type Command, usage } from './command.ts';
import { readSpec } from './spec-input.ts';

export const validate: Command = {
  name: 'validate',
  arguments: '[flags] SPEC.yml...',
  summary: 'checks specs without the network',
  options: {},
  run: async (invocation) => {
    if (invocation.positionals.length === 0) throw usage(validate, 'expected SPEC.yml, found nothing');
    for (const file of invocation.positionals) {
      parseSpec(await readSpec(file), file);
      invocation.print(`${file}: valid`);
    }
  },
};
