// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bashCompletion } from '../completion/bash-script.ts';
import { type Command, onlyPositional, usage } from './command.ts';

/** `tskit completion`; `load` gives all commands, which the script is made from. */
export function completionOf(load: () => Promise<readonly Command[]>): Command {
  const completion: Command = {
    name: 'completion',
    arguments: 'bash',
    summary: 'prints a script that completes commands, flags and their values',
    description:
      'For the current shell: source <(tskit completion bash)\n' +
      'For every one: tskit completion bash > ~/.local/share/bash-completion/completions/tskit\n' +
      'zsh takes the same after: autoload -U bashcompinit && bashcompinit',
    options: {},
    run: async (invocation) => {
      const shell = onlyPositional(completion, invocation, 'the shell "bash"');
      if (shell !== 'bash') throw usage(completion, `expected the shell "bash", found "${shell}"`);
      invocation.print(bashCompletion([...(await load()), completion]));
    },
  };
  return completion;
}
