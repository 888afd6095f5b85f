// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stringifyJson } from '../json.ts';
import type { Sys } from '../sys.ts';
import { expectId, parseArguments } from './arguments.ts';
import type { GlobalOptions } from './global-options.ts';
import { print } from './log.ts';
import type { ContainerState } from './state-file.ts';
import { type Status, statusOf } from './status.ts';
import { loadState, missingMessage, withFolder } from './store.ts';

/** The members of runtime.md, State, and those that runc adds, in runc's order. */
export interface ContainerReport {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 when it is stopped. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** User whom its folder belongs to; empty in "state". */
  readonly owner: string;
}

/** "state ID": prints what the container is as JSON. */
export function state(sys: Sys, { root }: GlobalOptions, words: readonly string[]): void {
  const id = expectId(parseArguments(words, {}).operands);
  const report = withFolder(sys, root, id, 'read', (folder) => {
    const kept = loadState(sys, folder);
    const status = statusOf(sys, folder, kept);
    // As for callers of runc: they ask again until the container is there.
    if (status === 'creating' && kept.process === undefined) throw new Error(`${missingMessage} yet`);
    return describeContainer(kept, status, '');
  });
  print(sys, 1, `${stringifyJson(report, 2)}\n`);
}

/** What "state" and "list" print of one container. */
export function describeContainer(state: ContainerState, status: Status, owner: string): ContainerReport {
  const { ociVersion, id, bundle, rootfs, created, annotations } = state;
  return {
    ociVersion,
    id,
    pid: status === 'stopped' ? 0 : (state.process?.pid ?? 0),
    status,
    bundle,
    rootfs,
    created,
    ...(annotations === undefined ? {} : { annotations }),
    owner,
  };
}
