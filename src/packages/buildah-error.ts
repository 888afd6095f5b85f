// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ErrorCode, TskitError } from '../errors.ts';

/** What helps, by what buildah says. */
const explanations: readonly { readonly pattern: RegExp; readonly code: ErrorCode; readonly hint: string }[] = [
  {
    pattern: /checking on sources under|no such file or directory.*(?:COPY|ADD)|copier: (?:get|stat)/,
    code: 'package',
    hint: 'COPY and ADD take files of the folder that is built, by paths relative to it; .dockerignore leaves files out',
  },
  {
    pattern: /image not known|pull policy/,
    code: 'not-found',
    hint: 'with --offline only what needs no image is built; leave it out so that buildah pulls the image of FROM',
  },
  {
    pattern: /Unknown instruction|parse error|unknown flag|requires (?:at least|exactly|an) /i,
    code: 'package',
    hint: 'correct that line of the Dockerfile; buildah knows what `man Containerfile` has',
  },
  {
    pattern: /unauthorized|authentication required|denied: /,
    code: 'auth',
    hint: 'log in with `buildah login` or `docker login` to the registry of that image',
  },
  {
    pattern: /manifest unknown|name unknown|reading manifest .* not found/,
    code: 'not-found',
    hint: 'check the name and tag of the image behind FROM',
  },
  {
    pattern: /dial tcp|no such host|connection refused|i\/o timeout|network is unreachable/,
    code: 'network',
    hint: 'check the connection and http_proxy; a name without a registry is looked for where registries.conf says',
  },
  {
    pattern: /No space left on device|no space left/i,
    code: 'store',
    hint: 'free some space with `tskit cache clean`, or choose another folder with --cache',
  },
];

/** Lines of a step's own output that a message has. */
const shown = 5;
const longestLine = 300;
/** What buildah, and the runtime under it, say to their own developers. */
const noise =
  /^time="|^tsrun: warning: |\+\(UNHANDLED LOGLEVEL\)|^(?:COMMIT|--> |Getting image|Writing manifest|Storing sig)/;

/**
 * Turns what buildah wrote into one error: `act` ('building "kit/Dockerfile"'), the step that failed, how, and what it said. Whole output
 * is in `stdout` and `stderr`, with steps in the former.
 */
export function buildahError(act: string, stdout: string, stderr: string, code: number | null): TskitError {
  const steps = linesOf(stdout);
  const last = steps.findLastIndex((line) => /^STEP \d+/.test(line));
  const step = /^STEP (\d+(?:\/\d+)?): (.*)$/.exec(steps[last] ?? '');
  const complaint = linesOf(stderr).findLast((line) => line.startsWith('Error: '));
  const evidence = complaint === undefined ? `exit code ${code ?? 'none'}` : condense(complaint);
  const where = step === null ? '' : `step ${step[1]}, ${cut(step[2] ?? '')}: `;
  const said = [...steps.slice(last + 1), ...linesOf(stderr)].filter((line) => line !== complaint && !noise.test(line));
  const output =
    said.length === 0 || !/exit status/.test(evidence) ? '' : `; it said: ${said.slice(-shown).map(cut).join(' | ')}`;
  const known = explanations.find(({ pattern }) => pattern.test(complaint ?? ''));
  const hint = known?.hint ?? `run \`buildah build FOLDER\` by hand to see all that it says`;
  return new TskitError(
    known?.code ?? 'package',
    `${act} with buildah: ${where}expected it to succeed, found ${evidence}${output}`,
    { hint },
  );
}

/** Without the step again, the levels in between, and the program's own structures. */
function condense(complaint: string): string {
  const text = complaint
    .replace(/^Error: /, '')
    .replace(/^building at STEP "(?:[^"\\]|\\.)*": /, '')
    .replace(/^while running runtime: /, '')
    .replace(/^Build error: /, '')
    .replace(/ &imagebuilder\.Step\{.*$/s, '');
  return cut(text);
}

function cut(text: string): string {
  return text.length > longestLine ? `${text.slice(0, longestLine)}…` : text;
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '');
}
