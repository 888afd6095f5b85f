// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import { bold, dim, type Line } from '../styled-line.ts';
import type { Cover } from './cover.ts';
import type { ExplainedFile, FileOrigin } from './file.ts';
import type { InodeFacts } from './describe-inode.ts';
import { placeText } from './places.ts';
import { sourceText } from './settings.ts';

/** A builder's command can be a whole script. */
const maxCommand = 300;
const labelWidth = 13;
/** More names of one file are counted. */
const maxNames = 5;

const types: Readonly<Record<InodeFacts['type'], string>> = {
  file: 'regular file',
  directory: 'folder',
  symlink: 'symbolic link',
  char: 'character device',
  block: 'block device',
  fifo: 'fifo',
};

/** What is known of a file, for a reader. */
export function fileText(file: ExplainedFile): readonly Line[] {
  const row = (label: string, ...texts: readonly string[]): Line[] =>
    texts.map((text, index) => ['  ', dim((index === 0 ? label : '').padEnd(labelWidth)), text]);
  return [
    [bold(file.path)],
    ...file.links.flatMap(({ path, target }) => row('followed', `${path} -> ${target}`)),
    ...row('is', whatText(file)),
    ...(file.sha256 === undefined ? [] : row('sha256', file.sha256)),
    ...(file.target === undefined
      ? []
      : row('leads to', file.leadsTo ?? 'nothing that is there before the system boots')),
    ...(file.names === undefined ? [] : row('also named', ...cut(file.names))),
    ...(file.xattrs === undefined ? [] : row('attributes', file.xattrs.join(', '))),
    ...row('why', ...originText(file.origin)),
    ...(file.pathInImage === undefined ? [] : row('in the image', file.pathInImage)),
    ...(file.package === undefined ? [] : row('package', `${file.package.name} ${file.package.version}`)),
    ...row(
      'in place of',
      ...file.others.map(({ what, act, size }) =>
        act === 'removes'
          ? `${what}, which removes it`
          : `${what}${size === undefined ? '' : ` (${formatBytes(size)})`}`,
      ),
    ),
  ];
}

/** What a running container sees in its place. */
export function coverText(cover: Cover | undefined): readonly Line[] {
  if (cover === undefined) return [];
  const { shows, destination, mount, from } = cover;
  const seen = shows === undefined ? `${mount.split(' ')[0]}, mounted on ${destination}` : `${shows} of the system`;
  const said = from.length === 0 ? '' : ` (${from.map(sourceText).join(', ')})`;
  return [['  ', dim('when it runs'.padEnd(labelWidth)), `the container sees ${seen}${said}`]];
}

function whatText({ type, mode, uid, gid, size, target, device, entries, bytes }: InodeFacts): string {
  const parts = [
    target === undefined ? types[type] : `${types[type]} to ${target}`,
    ...(device === undefined ? [] : [device]),
    ...(type === 'symlink' ? [] : [mode]),
    `owner ${uid}:${gid}`,
    ...(size === undefined ? [] : [`${size} bytes`]),
    ...(entries === undefined ? [] : [`${entries} ${entries === 1 ? 'entry' : 'entries'}, ${formatBytes(bytes ?? 0)}`]),
  ];
  return parts.join(', ');
}

function originText(origin: FileOrigin): readonly string[] {
  if (origin.kind === 'tskit') {
    const made = `made by tskit: ${origin.reason}`;
    return origin.for === undefined ? [made] : [made, `for ${placeText(origin.for)} (${origin.for.entry})`];
  }
  if (origin.kind === 'spec') {
    const source = origin.source === undefined ? '' : `, from ${origin.source}`;
    return [`${placeText(origin)}${origin.place === undefined ? '' : ` (${origin.entry})`}${source}`];
  }
  const { layer, archive, reference, named } = origin;
  const from = archive === undefined ? '' : `${archive} in `;
  return [
    `image ${reference}, named in ${named.map(placeText).join(', ')}`,
    ...(layer === undefined ? [] : [`${from}layer ${layer.number} of ${layer.of}, ${layer.digest}`]),
    ...(layer?.createdBy === undefined ? [] : [`made by: ${shortened(layer.createdBy.replaceAll(/\s+/g, ' '))}`]),
  ];
}

function shortened(text: string): string {
  return text.length > maxCommand ? `${text.slice(0, maxCommand)}…` : text;
}

function cut(names: readonly string[]): readonly string[] {
  return names.length <= maxNames ? names : [...names.slice(0, maxNames), `and ${names.length - maxNames} more`];
}
