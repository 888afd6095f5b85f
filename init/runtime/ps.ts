// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { processes } from '../container/cgroup/processes.ts';
import { step } from '../container/step.ts';
import { stringifyJson } from '../json.ts';
import type { Sys } from '../sys.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { print } from './log.ts';
import { describeProcesses } from './process-table.ts';
import { listByPs } from './ps-program.ts';
import { loadState, withFolder } from './store.ts';

const table = { format: { kind: 'text', short: 'f' } } as const;

/**
 * "ps ID": the container's processes by the host's pids, as a table or as a JSON list of pids. The table is ours, like that of
 * "ps -ef", since there need not be a ps on the host; other options of ps(1), which follow the id, are for the host's.
 */
export function ps(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const { options, operands } = parseArguments(words, table, { operandsLast: true });
  const [id, ...psOptions] = operands;
  if (id === undefined) throw new UsageError('expected a container id, found none');
  const { format = 'table' } = options;
  if (format !== 'table' && format !== 'json')
    throw new UsageError(`expected the format table or json, found "${format}"`);
  step(`ps "${id}"`, () => {
    const pids = withFolder(sys, root, id, 'read', (folder) => processes(sys, loadState(sys, folder).cgroup ?? {}));
    if (format === 'json') return print(sys, 1, `${stringifyJson(pids)}\n`);
    const isOurs = psOptions.every((word) => /^-[ef]+$/.test(word));
    print(sys, 1, isOurs ? describeProcesses(sys, pids) : listByPs(sys, psOptions, pids));
  });
}
