// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { findCgroupRoot } from '../container/cgroup/hierarchies.ts';
import { step } from '../container/step.ts';
import { stringifyJson } from '../json.ts';
import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { expectOperands, parseArguments } from './arguments.ts';
import { absolutePath } from './path-option.ts';
import { exampleConfig, rootlessConfig } from './example-config.ts';
import { print } from './log.ts';

const table = {
  bundle: { kind: 'text', short: 'b' },
  rootless: { kind: 'flag' },
} as const;

/** "spec": writes a config.json to begin with into the bundle, where there is none. */
export function spec(sys: Sys, words: readonly string[]): void {
  const { options, operands } = parseArguments(words, table);
  expectOperands(operands);
  const unified = findCgroupRoot(sys) === '/sys/fs/cgroup';
  const example = exampleConfig(unified);
  const config = options.rootless ? rootlessConfig(example, sys.geteuid(), sys.getegid()) : example;
  const file = `${absolutePath(sys, options.bundle ?? '.')}/config.json`;
  step(`write ${file}`, () => {
    const fd = sys.openat(AT_FDCWD, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666);
    try {
      print(sys, fd, `${stringifyJson(config, 2)}\n`);
    } finally {
      sys.close(fd);
    }
  });
}
