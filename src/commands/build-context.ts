// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { Invocation, Option } from './command.ts';
import { cacheOption } from './command.ts';
import { authoritiesOf, mirrorsOf, registryOptions } from './registry-options.ts';

/** Time stamps without SOURCE_DATE_EPOCH: 2020-01-01T00:00:00Z. */
const fixedEpoch = 1_577_836_800;

/** Options of every command that resolves images. */
export const contextOptions: Readonly<Record<string, Option>> = {
  pull: { help: 'look at the registry again for tags that the store has' },
  offline: { help: 'never open a socket; everything must be in the store' },
  ...registryOptions,
  ...cacheOption,
};

/** The cache folder: --cache, else $XDG_CACHE_HOME/tskit, else ~/.cache/tskit (XDG Base Directory Specification). */
export function cacheDir(invocation: Invocation): string {
  const given = invocation.one('cache');
  if (given !== undefined) return resolve(given);
  const xdg = invocation.env['XDG_CACHE_HOME'];
  return join(xdg?.startsWith('/') === true ? xdg : join(homedir(), '.cache'), 'tskit');
}

/** What the stages of a build are given, from the command line and the environment. */
export function buildContext(invocation: Invocation): BuildContext {
  const pull = invocation.flag('pull');
  const offline = invocation.flag('offline');
  if (pull && offline) throw new TskitError('usage', '--pull and --offline: expected one of them, found both');
  return {
    cache: cacheDir(invocation),
    reporter: invocation.reporter,
    signal: invocation.signal,
    epoch: epochOf(invocation.env['SOURCE_DATE_EPOCH']),
    offline,
    pull,
    plainHttp: invocation.many('plain-http'),
    mirrors: mirrorsOf(invocation),
    authorities: authoritiesOf(invocation),
  };
}

/** SOURCE_DATE_EPOCH as its specification has it: seconds since 1970, decimal digits. */
function epochOf(text: string | undefined): number {
  if (text === undefined || text === '') return fixedEpoch;
  // newc holds 32 bits of seconds.
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) {
    throw new TskitError('usage', `SOURCE_DATE_EPOCH: expected seconds since 1970 up to 4294967295, found "${text}"`);
  }
  return Number(text);
}
