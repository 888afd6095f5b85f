// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ErrorCode, TskitError } from '../errors.ts';
import { sourcesVariable } from './host-sources.ts';

interface Explanation {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly hint: string;
}

/** What helps, by what apt says. */
const explanations: readonly Explanation[] = [
  {
    pattern: /No space left on device/,
    code: 'store',
    hint: 'free some space with `tskit cache clean`, or choose another folder with --cache',
  },
  {
    pattern: /NO_PUBKEY|is not signed|invalid signature|signatures couldn't be verified|EXPKEYSIG|no longer signed/,
    code: 'package',
    hint: `update the package debian-archive-keyring, or name only Debian's archives in ${sourcesVariable}`,
  },
  {
    pattern: /is expired|not valid (yet|until)/,
    code: 'package',
    hint: "check this machine's clock; a frozen mirror needs `Check-Valid-Until: no` in its source",
  },
  {
    pattern:
      /resolv|Could not connect|Cannot initiate the connection|[Cc]onnection (refused|timed out|failed)|unreachable|Connection reset/,
    code: 'network',
    hint: 'check the connection and http_proxy; with the packages in the cache, --offline builds without the network',
  },
  {
    pattern: /Unable to locate package|Couldn't find any package|has no installation candidate/,
    code: 'package',
    hint: "check the name in the recipe's `packages`; `apt-cache search NAME` finds what the archive has",
  },
  {
    pattern: /Version '.*' for '.*' was not found/,
    code: 'package',
    hint: 'take the version off in the recipe: `tskit lock` pins the one that the archive has',
  },
  {
    pattern: /unmet dependencies|held broken packages/,
    code: 'package',
    hint: "the recipe's packages cannot be installed together from these archives; change its `packages`",
  },
];

/** How many of apt's complaints fit into one message. */
const shown = 3;

/** Turns what apt wrote to stderr into one error: its own complaints, condensed, and what helps. `act` says what was being done. */
export function aptError(act: string, stderr: string, code: number | null): TskitError {
  const complaints = complaintsOf(stderr);
  const known = explanations.find(({ pattern }) => pattern.test(complaints.join('\n')));
  const rest = complaints.length > shown ? `; and ${complaints.length - shown} more` : '';
  const evidence = complaints.length > 0 ? `${complaints.slice(0, shown).join('; ')}${rest}` : `exit code ${code}`;
  return new TskitError(
    known?.code ?? 'package',
    `${act}: ${evidence}`,
    known === undefined ? {} : { hint: known.hint },
  );
}

/** apt's error lines, each once, without passwords, and without the summary that repeats them. */
function complaintsOf(stderr: string): readonly string[] {
  const lines = stderr.split('\n').map((line) => /^(?:E|W): (.*)$/.exec(line));
  const errors = lines.filter((line) => line !== null && line[0].startsWith('E:'));
  const relevant = errors.length > 0 ? errors : lines.filter((line) => line !== null);
  const texts = relevant.map((line) =>
    (line?.[1] ?? '')
      .replaceAll(/(\w:\/\/)[^/@\s]+@/g, '$1***@')
      .replace(/\.$/, '')
      .trim(),
  );
  return [...new Set(texts)].filter((text) => !/^(Some index files failed|Unable to fetch some archives)/.test(text));
}
