// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { compose } from '../compose.ts';
import { compareSystems, isEmpty } from '../diff/compare.ts';
import { diffMarkdown } from '../diff/diff-markdown.ts';
import { diffText } from '../diff/diff-text.ts';
import { addSegments, type ReadParts } from '../diff/known-parts.ts';
import { type ArtifactSource, artifactSide, recogniseArtifact, specSide } from '../diff/open-side.ts';
import type { Side } from '../diff/side.ts';
import type { PlacedEntries } from '../explain/whole-tree.ts';
import { readLock } from '../lock/file.ts';
import { parseSpecs } from '../spec/parse.ts';
import { buildContext, contextOptions, withoutNotes } from './build-context.ts';
import { initOf, initOption } from './build.ts';
import { type Command, type Invocation, usage } from './command.ts';
import { isSpecName, platformOf, platformOption, readSpecs, specOptions } from './spec-input.ts';

export const diff: Command = {
  name: 'diff',
  arguments: '[flags] A B',
  summary: 'says what differs between two systems: settings, packages, files and bytes',
  description: [
    'A and B are each a spec (resolved as for a build), the NAME of a build, an initrd or a tar. What differs is said in the',
    "system's own terms: kernel, command line, containers with their capabilities, mounts and users, packages, files. Time",
    'stamps do not count. The exit code is 0 with differences too, unless --exit-code is given.',
  ].join('\n'),
  options: {
    files: { help: 'name every file, however many differ' },
    markdown: { help: 'print Markdown for a pull request: a table, and details that unfold' },
    json: { help: 'print the comparison as JSON' },
    'exit-code': { help: 'end with 1 when there is a difference' },
    ...specOptions,
    ...platformOption,
    ...initOption,
    ...contextOptions,
  },
  whenInterrupted: 'what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const [first, second] = argumentsOf(invocation);
    if (invocation.flag('json') && invocation.flag('markdown')) {
      throw usage(diff, '--json and --markdown: expected one of them, found both');
    }
    const context = withoutNotes(buildContext(invocation));
    const sources = [await recogniseSide(first), await recogniseSide(second)] as const;
    const packed = sources.some(({ kind }) => kind === 'build' || kind === 'initrd');
    const shared: Shared = { parts: new Map(), trees: new Map(), packed };
    const open = (label: string, source: SideSource): Promise<Side> =>
      sideOf(label, source, invocation, context, shared);
    // A spec first: what it was packed to is not unpacked again.
    const late = sources[1].kind === 'spec' ? await open(second, sources[1]) : undefined;
    const before = await open(first, sources[0]);
    const after = late ?? (await open(second, sources[1]));
    const found = compareSystems(before, after);
    print(invocation, found);
    return invocation.flag('exit-code') && !isEmpty(found) ? 1 : 0;
  },
};

function argumentsOf(invocation: Invocation): readonly [string, string] {
  const [first, second, ...rest] = invocation.positionals;
  if (first === undefined || second === undefined) {
    throw usage(diff, `expected two systems, found ${first === undefined ? 'none' : `only "${first}"`}`);
  }
  if (rest.length > 0) throw usage(diff, `expected two systems, found also "${rest.join('" "')}"`);
  return [first, second];
}

type SideSource = ArtifactSource | { readonly kind: 'spec'; readonly file: string };

async function recogniseSide(argument: string): Promise<SideSource> {
  return isSpecName(argument) ? { kind: 'spec', file: argument } : await recogniseArtifact(argument);
}

/** What the second side need not read again. */
interface Shared {
  readonly parts: ReadParts;
  readonly trees: PlacedEntries;
  /** Whether one of them is packed. */
  readonly packed: boolean;
}

async function sideOf(
  label: string,
  source: SideSource,
  invocation: Invocation,
  ctx: BuildContext,
  shared: Shared,
): Promise<Side> {
  if (source.kind !== 'spec') return await artifactSide(label, source, shared.parts, ctx);
  const { sources, parsing, beside } = await readSpecs(diff, { ...invocation, positionals: [source.file] });
  const pins = await readLock(beside);
  const options = {
    platform: platformOf(invocation),
    init: initOf(diff, invocation),
    ...(pins !== undefined && { lock: pins }),
  };
  const composition = await compose(parseSpecs(sources, parsing), options, ctx);
  if (shared.packed) await addSegments(shared.parts, composition.rootfs, ctx);
  return await specSide(label, composition, shared.trees);
}

function print(invocation: Invocation, found: ReturnType<typeof compareSystems>): void {
  const all = invocation.flag('files');
  if (invocation.flag('json')) invocation.print(JSON.stringify({ different: !isEmpty(found), ...found }, undefined, 2));
  else if (invocation.flag('markdown')) for (const line of diffMarkdown(found, all)) invocation.print(line);
  else for (const line of diffText(found, all)) invocation.show(line);
}
