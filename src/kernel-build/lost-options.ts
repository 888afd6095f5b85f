// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { configValue, isEnabled, type KernelConfig } from '../kernel/config.ts';
import { unmetParts } from './condition.ts';
import type { RequestedOption } from './fragments.ts';
import type { KconfigTree } from './kconfig.ts';

/** An option that did not come out as a fragment asks for. */
export interface LostOption {
  readonly request: RequestedOption;
  readonly found: string;
  /** As far as Kconfig's files tell. */
  readonly why?: string;
}

/**
 * Every request that the finished configuration does not fulfil. Kconfig drops what it cannot set without a word, which is how a
 * kernel comes to lack what it was built for.
 */
export function lostOptions(
  requests: ReadonlyMap<string, RequestedOption>,
  config: KernelConfig,
  kconfig: KconfigTree,
): readonly LostOption[] {
  return [...requests.values()].flatMap((request) => {
    const found = configValue(config, request.option);
    if (found === request.value) return [];
    const why = reasonOf(request, config, kconfig);
    return [{ request, found, ...(why !== undefined && { why }) }];
  });
}

function reasonOf(request: RequestedOption, config: KernelConfig, kconfig: KconfigTree): string | undefined {
  const name = request.option.replace(/^CONFIG_/, '');
  const definitions = kconfig.options.get(name);
  if (definitions === undefined) return 'this kernel has no such option for this architecture';
  const selectors = (kconfig.selectors.get(name) ?? [])
    .filter(
      ({ by, condition }) => isEnabled(config, `CONFIG_${by}`) && unmetParts(condition ?? '', config).length === 0,
    )
    .map(({ by }) => by);
  if (request.value === 'n') return selectors.length === 0 ? undefined : `selected by ${selectors.join(', ')}`;
  const askable = definitions.filter(({ prompt }) => prompt);
  if (askable.length === 0) return 'it has no prompt: another option has to select it';
  const unmet = askable.map(({ depends }) => depends.flatMap((condition) => unmetParts(condition, config)));
  // One definition that fails at nothing was visible: then it is something else.
  if (unmet.some((parts) => parts.length === 0)) {
    return request.value === 'y' && configValue(config, request.option) === 'm'
      ? 'what it depends on is a module'
      : undefined;
  }
  return [...new Set(unmet.map((parts) => [...new Set(parts)].join(', ')))].join('; or ');
}

/** The error that names all of them. */
export function lostOptionsError(lost: readonly LostOption[]): TskitError {
  const lines = lost.map(({ request: { option, value, place }, found, why }) => {
    const reason = why === undefined ? '' : `: ${why}`;
    return `${place}: ${option}: expected ${value}, found ${found}${reason}`;
  });
  const count = lost.length === 1 ? '1 option that' : `${lost.length} options that`;
  return new TskitError('package', `configuring the kernel: ${count} Kconfig did not take\n${lines.join('\n')}`, {
    hint: 'ask for what they depend on as well, or leave them out; a later --config overrides an earlier one',
  });
}
