// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Programs that the configuration runs at points of the container's life (config.md, POSIX-platform Hooks).

import type { Hook, Hooks } from '../contract/runtime-config.ts';
import { describeError } from '../files.ts';
import { stringifyJson } from '../json.ts';
import type { Sys } from '../sys.ts';
import { runProgram } from './run-program.ts';

/** What a hook reads from its standard input (runtime.md, State). */
export interface HookState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'stopped';
  /** As it is seen where the hook runs; absent when there is no process any more. */
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where hooks run, and with what environment when they have none. */
export interface HookPlace {
  /** Environment of hooks that have none of their own; the runtime's by default. */
  readonly env?: readonly string[];
  /** Working directory; the caller's by default. */
  readonly cwd?: string;
}

const names: readonly (keyof Hooks)[] = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
];

/** Throws an Error when a hook has a time limit that the specification rules out. Of members it does not have nothing is known. */
export function checkHooks(hooks: Hooks): void {
  for (const name of names)
    for (const [index, { timeout }] of (hooks[name] ?? []).entries())
      if (timeout !== undefined && timeout <= 0)
        throw new Error(`hooks.${name}[${index}].timeout: expected at least 1 second, found ${timeout}`);
}

/** Whether there are hooks of one of these names. */
export function hasHooks(hooks: Hooks | undefined, ...names: readonly (keyof Hooks)[]): boolean {
  return names.some((name) => (hooks?.[name] ?? []).length > 0);
}

/**
 * Runs the hooks of one name in their order, as children of the caller in the caller's namespaces. Throws an Error at the
 * first that fails, with its exit code or signal and what it wrote; those after it do not run then.
 */
export function runHooks(
  sys: Sys,
  name: keyof Hooks,
  hooks: Hooks | undefined,
  state: HookState,
  place: HookPlace = {},
): void {
  const input = hasHooks(hooks, name) ? stringifyJson(state) : '';
  for (const [index, hook] of (hooks?.[name] ?? []).entries())
    runHook(sys, `${name} hook ${index}`, hook, input, place);
}

/** Runs all poststop hooks: those that fail are warned of and keep nothing from going on (runtime.md, Lifecycle, step 13). */
export function runPoststopHooks(
  sys: Sys,
  hooks: Hooks | undefined,
  state: HookState,
  warn: (text: string) => void,
): void {
  for (const [index, hook] of (hooks?.poststop ?? []).entries()) {
    try {
      runHook(sys, `poststop hook ${index}`, hook, stringifyJson(state), { cwd: state.bundle });
    } catch (error) {
      warn(describeError(error));
    }
  }
}

function runHook(sys: Sys, title: string, hook: Hook, input: string, place: HookPlace): void {
  const { path, args = [path], env = place.env ?? sys.environ(), timeout } = hook;
  const failure = runProgram(sys, { path, args, env, cwd: place.cwd, input, seconds: timeout });
  if (failure !== undefined) throw new Error(`${title} "${path}": ${failure}`);
}
