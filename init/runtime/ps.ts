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
import { loadState, withFolder } from './store.ts';

const table = { format: { kind: 'text', short: 'f' } } as const;

/**
 * "ps ID": the container's processes by the host's pids, as a table like that of "ps -ef" or as a JSON list of pids. Of the
 * options of ps(1), which may follow the id, only -e and -f are known: there need not be a ps on the host.
 */
export function ps(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const { options, operands } = parseArguments(words, table, { operandsLast: true });
  const [id, ...psOptions] = operands;
  if (id === undefined) throw new UsageError('expected a container id, found none');
  const foreign = psOptions.find((word) => !/^-[ef]+$/.test(word));
  if (foreign !== undefined) throw new UsageError(`expected no option of ps(1) but -e and -f, found "${foreign}"`);
  const { format = 'table' } = options;
  if (format !== 'table' && format !== 'json')
    throw new UsageError(`expected the format table or json, found "${format}"`);
  const pids = step(`ps "${id}"`, () =>
    withFolder(sys, root, id, 'read', (folder) => processes(sys, loadState(sys, folder).cgroup ?? {})),
  );
  print(sys, 1, format === 'json' ? `${stringifyJson(pids)}\n` : describeProcesses(sys, pids));
}
