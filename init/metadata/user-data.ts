// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// User data as LinuxKit has it: JSON whose keys are names of files and folders ({"ssh": {"entries": {"sshd_config": {"perm": "0600",
// "content": "..."}}}}). Anything else is data of the user's own form, and stays one file.

import { type Json, parseJson } from '../json.ts';
import { type FileEntry, splitName } from './tree.ts';

const defaultFileMode = 0o644;
const defaultFolderMode = 0o755;
const mostEntries = 4096;
const deepest = 32;
/** More than anybody reads; the last of them says that there are more. */
const mostProblems = 20;
const longestShown = 200;

/** What user data says, and what in it is wrong; the rest counts all the same. Names are in problems, contents never. */
export interface UserData {
  readonly entries: readonly FileEntry[];
  readonly problems: readonly string[];
}

/** Undefined when the text is no JSON object: then there is nothing to take apart. */
export function parseUserData(text: string): UserData | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  let root: Json;
  try {
    root = parseJson(text, { size: 8 * 1024 * 1024, depth: 200 });
  } catch {
    return undefined;
  }
  const entries: FileEntry[] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(root as Readonly<Record<string, Json>>)) take([], name, value);
  return { entries, problems };

  function refuse(at: string, problem: string): void {
    if (problems.length < mostProblems) problems.push(`user data: ${at}: ${problem}`);
    else if (problems.length === mostProblems) problems.push('user data: more is wrong, which is not told');
  }

  function take(folder: readonly string[], name: string, value: Json): void {
    const steps = splitName(name);
    const path = [...folder, ...(steps ?? [])];
    const at = shown([...folder, name].join('/'));
    if (steps === undefined) refuse(at, 'expected a name of a file, found one that leads elsewhere');
    else if (entries.length >= mostEntries || path.length > deepest)
      refuse(at, `expected at most ${mostEntries} entries, ${deepest} folders deep, found more`);
    else takeEntry(path, at, membersOf(value));
  }

  function takeEntry(path: readonly string[], at: string, entry: Readonly<Record<string, Json>> | undefined): void {
    const { perm = null, content = null, entries: inside = null } = entry ?? {};
    const folder = membersOf(inside);
    const mode = parseMode(perm);
    if ((content === null) === (inside === null)) refuse(at, 'expected either "content" or "entries"');
    else if (mode === undefined) refuse(at, 'expected an octal number as "perm", such as "0600"');
    else if (typeof content === 'string')
      entries.push({ kind: 'file', path, mode: mode ?? defaultFileMode, text: content });
    else if (folder !== undefined) {
      entries.push({ kind: 'folder', path, mode: mode ?? defaultFolderMode });
      for (const [name, value] of Object.entries(folder)) take(path, name, value);
    } else refuse(at, 'expected text as "content", or an object as "entries"');
  }
}

/** A path as a message has it. */
function shown(path: string): string {
  return JSON.stringify(path.length > longestShown ? `${path.slice(0, longestShown)}…` : path);
}

function membersOf(value: Json): Readonly<Record<string, Json>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, Json>>) : undefined;
}

/** Null for the default; undefined when it is wrong. */
function parseMode(perm: Json): number | null | undefined {
  if (perm === null || perm === '') return null;
  return typeof perm === 'string' && /^0?[0-7]{1,3}$/.test(perm) ? Number.parseInt(perm, 8) : undefined;
}
