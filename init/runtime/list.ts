// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, isPresent, readTextIfPresent } from '../files.ts';
import { stringifyJson } from '../json.ts';
import { AT_EMPTY_PATH } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { expectOperands, parseArguments, UsageError } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { type Log, print } from './log.ts';
import { type ContainerReport, describeContainer } from './state.ts';
import { statusOf } from './status.ts';
import { containerIds, hasFile, isBusy, loadState, stateName, withFolder } from './store.ts';
import { formatTable } from './table.ts';
import { userName } from './user-name.ts';

const table = {
  format: { kind: 'text', short: 'f' },
  quiet: { kind: 'flag', short: 'q' },
} as const;

/** "list": all containers of the root. One that cannot be read is told of and left out. */
export function list(sys: Sys, global: GlobalOptions, words: readonly string[], log: Log): void {
  const { options, operands } = parseArguments(words, table);
  expectOperands(operands);
  const reports = reportAll(sys, global, log);
  if (options.quiet) return print(sys, 1, reports.map(({ id }) => `${id}\n`).join(''));
  switch (options.format ?? 'table') {
    case 'table':
      return print(sys, 1, formatReports(reports));
    case 'json':
      // As runc: no list at all when there is no container.
      return print(sys, 1, `${reports.length === 0 ? 'null' : stringifyJson(reports)}\n`);
    default:
      throw new UsageError(`expected the format table or json, found "${options.format}"`);
  }
}

function formatReports(reports: readonly ContainerReport[]): string {
  const rows = reports.map(({ id, pid, status, bundle, created, owner }) => [id, pid, status, bundle, created, owner]);
  return formatTable([['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], ...rows], 12);
}

function reportAll(sys: Sys, { root, isRootGiven }: GlobalOptions, log: Log): readonly ContainerReport[] {
  const ids = idsIn(sys, root, isRootGiven);
  const users = ids.length === 0 ? '' : (readTextIfPresent(sys, '/etc/passwd') ?? '');
  return ids.flatMap((id) => {
    try {
      return reportOne(sys, root, id, users, log);
    } catch (error) {
      // It may have been deleted meanwhile.
      if (isPresent(sys, `${root}/${id}`)) log.warn(`list "${id}": ${describeError(error)}`);
      return [];
    }
  });
}

/** A root that does not exist has no containers, unless someone named it. */
function idsIn(sys: Sys, root: string, isRootGiven: boolean): readonly string[] {
  try {
    return containerIds(sys, root);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && !isRootGiven) return [];
    throw error;
  }
}

/** None of a container that is not yet one, or that was never finished. */
function reportOne(sys: Sys, root: string, id: string, users: string, log: Log): readonly ContainerReport[] {
  return withFolder(sys, root, id, 'read', (folder) => {
    if (!hasFile(sys, folder, stateName)) {
      if (!isBusy(sys, folder)) log.warn(`list "${id}": it has no ${stateName}: "delete --force" removes it`);
      return [];
    }
    const state = loadState(sys, folder);
    const { uid } = sys.statx(folder.fd, '', AT_EMPTY_PATH);
    return [describeContainer(state, statusOf(sys, folder, state), userName(users, uid))];
  });
}
