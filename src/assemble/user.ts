// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { readContent } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type FileTree } from '../file-tree.ts';
import type { FlattenedImage } from '../flatten.ts';
import { inContext } from '../oci/error-context.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import type { ImageSettings } from '../spec/types.ts';
import { realPath } from '../tree-lookup.ts';
import { remember } from '../facts.ts';
import { maxId } from './ids.ts';
import { keyOf } from './key.ts';

/** Whom a process runs as. */
export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Further groups. */
  readonly groups: readonly number[];
}

/** LinuxKit's user of every container, and what `user: root` means. */
export const root: ImageUser = { uid: 0, gid: 0, groups: [] };

/** The user that the settings, else the image ask for; undefined where nobody is named. */
export function userText(settings: ImageSettings, image: FlattenedImage): string | undefined {
  if (settings.user !== undefined) return String(settings.user);
  const { uid, gid, additionalGids } = settings;
  if (uid !== undefined || gid !== undefined || additionalGids !== undefined) return undefined;
  return image.config.config?.User || undefined;
}

/**
 * A user "name[:group]" or "uid[:gid]", looked up in the image as Docker does: with a group the process has that alone, without
 * one it has those of the user. A number that the image does not know is in group 0. The tree is loaded for what is not numbers
 * already and not known from an earlier build. Throws a TskitError `spec` for a name that is not there, naming image and file.
 */
export async function findUser(text: string, image: FlattenedImage, ctx: BuildContext): Promise<ImageUser> {
  if (text === 'root' || text === 'root:root') return root;
  const [user = '', group, ...rest] = text.split(':');
  if (user === '' || group === '' || rest.length > 0) {
    throw new TskitError('spec', `expected "name[:group]" or "uid[:gid]", found "${text}"`, { hint: userHint });
  }
  const [uid, gid] = [numberOf(user), group === undefined ? undefined : numberOf(group)];
  if (uid === 0 && (gid === 0 || group === undefined)) return root;
  if (uid !== undefined && gid !== undefined) return { uid, gid, groups: [gid] };
  return remember(ctx.cache, keyOf('user', image.tree.key, text), isImageUser, async () =>
    lookUp(await image.tree.load(), user, group),
  );
}

const userHint = 'set `user` in this entry: a name of the image, numbers "uid:gid", or "root"';

function isImageUser(value: unknown): value is ImageUser {
  const user = value as Partial<ImageUser> | null | undefined;
  return isId(user?.uid) && isId(user.gid) && Array.isArray(user.groups) && user.groups.every(isId);
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxId;
}

/** An id in decimal digits; undefined for a name. Throws for a number that is no id. */
function numberOf(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const number = Number(text);
  if (isId(number)) return number;
  throw new TskitError('spec', `expected an id from 0 to ${maxId}, found ${text}`, { hint: userHint });
}

const passwdPath = '/etc/passwd';
const groupPath = '/etc/group';

function lookUp(tree: FileTree, user: string, group: string | undefined): ImageUser {
  const found = findPasswd(tree, user);
  const gid = group === undefined ? (found?.gid ?? 0) : findGroup(tree, group);
  const uid = found?.uid ?? numberOf(user);
  if (uid === undefined) throw new Error('a name that is not there was not refused');
  // The main group is among the others, so that nobody gains by a file that denies something to its group (CVE-2022-36109).
  const others = group !== undefined || found === undefined ? [] : groupsOf(tree, found.name);
  return { uid, gid, groups: [...new Set([gid, ...others])] };
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** passwd(5). A number is looked for among names too, which come first, and need not be there. */
function findPasswd(tree: FileTree, user: string): PasswdEntry | undefined {
  const lines = linesOf(tree, passwdPath) ?? [];
  const number = numberOf(user);
  const line =
    lines.find(([name]) => name === user) ??
    lines.find(([, , uid = '']) => number !== undefined && /^[0-9]+$/.test(uid) && Number(uid) === number);
  if (line !== undefined) {
    const [name = '', , uid, gid] = line;
    return { name, uid: idIn(passwdPath, name, uid), gid: idIn(passwdPath, name, gid) };
  }
  if (number !== undefined) return undefined;
  throw notThere('user', user, passwdPath, tree, lines);
}

/** group(5). */
function findGroup(tree: FileTree, group: string): number {
  const number = numberOf(group);
  if (number !== undefined) return number;
  const lines = linesOf(tree, groupPath) ?? [];
  const line = lines.find(([name]) => name === group);
  if (line === undefined) throw notThere('group', group, groupPath, tree, lines);
  return idIn(groupPath, group, line[2]);
}

function groupsOf(tree: FileTree, user: string): readonly number[] {
  const lines = linesOf(tree, groupPath) ?? [];
  const own = lines.filter(([, , , members]) => members?.split(',').includes(user) === true);
  if (own.length > mostGroups) {
    throw new TskitError(
      'spec',
      `"${groupPath}": expected at most ${mostGroups} groups of "${user}", found ${own.length}`,
      {
        hint: 'Linux gives no process more (setgroups(2))',
      },
    );
  }
  return own.map(([name = '', , gid]) => idIn(groupPath, name, gid));
}

/** NGROUPS_MAX of Linux. */
const mostGroups = 65_536;

function idIn(file: string, name: string, field: string | undefined): number {
  const id = /^[0-9]{1,10}$/.test(field ?? '') ? Number(field) : undefined;
  if (isId(id)) return id;
  throw new TskitError('spec', `"${file}": expected an id from 0 to ${maxId} of "${name}", found "${field ?? ''}"`, {
    hint: 'the file of the image is damaged; give `user` as numbers "uid:gid"',
  });
}

function notThere(
  what: string,
  name: string,
  file: string,
  tree: FileTree,
  lines: readonly (readonly string[])[],
): TskitError {
  if (contentAt(tree, file) === undefined) {
    return new TskitError('spec', `expected the ${what} "${name}" in "${file}" of the image, found no such file`, {
      hint: 'give `user` in this entry as numbers "uid:gid", or "root"',
    });
  }
  const near = nearestKey(name, lines.flatMap(([known]) => known ?? []).slice(0, mostSuggested));
  const suggestion = near === undefined ? '' : `; did you mean "${near}"?`;
  return new TskitError('spec', `expected the ${what} "${name}" in "${file}" of the image, found none${suggestion}`, {
    hint: userHint,
  });
}

/** Names that are compared with a mistyped one. */
const mostSuggested = 1000;
/** Far above what any image has; a hostile one is not held in memory. */
const mostBytes = 1024 * 1024;

/** Lines by their fields; undefined when the image has no such file. */
function linesOf(tree: FileTree, path: string): readonly (readonly string[])[] | undefined {
  const content = contentAt(tree, path);
  if (content === undefined) return undefined;
  try {
    return readContent(content, mostBytes)
      .toString('utf8')
      .split('\n')
      .map((line) => line.trim().split(':'));
  } catch (error) {
    throw inContext(`reading "${path}" of the image`, error);
  }
}

/** Of a regular file, by way of links inside the image. */
function contentAt(tree: FileTree, path: string) {
  const real: Bytes | undefined = realPath(tree, bytesOf(path.slice(1)));
  const inode = real === undefined ? undefined : tree.get(real);
  return inode?.type === 'file' ? inode.content : undefined;
}
