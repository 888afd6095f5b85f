// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Command, type Invocation, usage } from './command.ts';
import { kernelBuildOptions, runKernelBuild } from './kernel-build.ts';
import { kernelCheckOptions, runKernelCheck } from './kernel-check.ts';

type Action = (invocation: Invocation, args: readonly string[], command: Command) => Promise<number | void>;

const actions: Readonly<Record<string, Action>> = {
  build: runKernelBuild,
  check: runKernelCheck,
};

export const kernel: Command = {
  name: 'kernel',
  arguments: 'build|check [flags] [SPEC...]',
  summary: 'builds kernels, and checks their configuration',
  description: [
    "build  compiles Debian's kernel source with fragments of configuration, into an image of the store",
    'check  compares a configuration with what a spec needs, or with the hardening that kernel developers recommend',
  ].join('\n'),
  options: { ...kernelBuildOptions, ...kernelCheckOptions },
  whenInterrupted: 'no image was written',
  hasEvents: true,
  run: async (invocation) => {
    const [name, ...args] = invocation.positionals;
    const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined)
      throw usage(kernel, `expected build or check, found ${name === undefined ? 'nothing' : `"${name}"`}`);
    refuseOptionsOf(name === 'build' ? 'check' : 'build', invocation);
    return await action(invocation, args, kernel);
  },
};

/** Refuses options that only the other action has. */
function refuseOptionsOf(other: 'build' | 'check', invocation: Invocation): void {
  const [own, others] =
    other === 'build' ? [kernelCheckOptions, kernelBuildOptions] : [kernelBuildOptions, kernelCheckOptions];
  for (const [option, { value }] of Object.entries(others)) {
    if (Object.hasOwn(own, option)) continue;
    const isGiven = value === undefined ? invocation.flag(option) : invocation.many(option).length > 0;
    if (isGiven) throw usage(kernel, `option "--${option}" belongs to ${other}`);
  }
}
