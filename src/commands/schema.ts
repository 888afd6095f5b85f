// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { publishedSchema } from '../spec/published-schema.ts';
import { type Command, usage } from './command.ts';

export const schema: Command = {
  name: 'schema',
  arguments: '',
  summary: 'prints the JSON Schema of a spec',
  description:
    'For editors: `tskit schema > spec.schema.json`, then the line `# yaml-language-server: $schema=spec.schema.json` at the top\n' +
    'of a spec makes VS Code and others complete, describe and check every key.',
  options: {},
  run: (invocation) => {
    const [extra] = invocation.positionals;
    if (extra !== undefined) throw usage(schema, `expected no argument, found "${extra}"`);
    invocation.print(publishedSchema().trimEnd());
    return Promise.resolve();
  },
};
