// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ProbeReport } from '../support/probe.ts';
import { broughtFiles } from './behaviour.ts';
import { asText, type PlainSpec } from './spec-text.ts';

/** One statement about a file of the booted system. */
export interface FileCheck {
  readonly what: string;
  readonly wanted: unknown;
  readonly found: (host: ProbeReport) => unknown;
}

/** Empty file systems are mounted there at boot, under LinuxKit's init too. */
const covered = /^\/(dev|proc|sys|run|tmp|var)(\/|$)/;

/** Every file that an init image brings is in the root. */
export function initChecks(spec: PlainSpec): readonly FileCheck[] {
  return broughtFiles(spec.init ?? []).map((path) => ({
    what: `file ${path} of an init image`,
    wanted: 'file',
    found: (host) => host.paths[path]?.type,
  }));
}

/** Each entry of `files`, as docs/yaml.md says what it is: type, mode, owner, content. The last one of a path counts; optional ones are left out. */
export function fileChecks(spec: PlainSpec, ids: ReadonlyMap<string, number>): readonly FileCheck[] {
  const byPath = new Map((spec.files ?? []).map((file) => [`/${asText(file['path']).replace(/^\//, '')}`, file]));
  return [...byPath]
    .filter(([path, { optional }]) => !covered.test(path) && optional !== true)
    .map(([path, file]) => {
      const isFolder = file['directory'] === true;
      const isLink = typeof file['symlink'] === 'string';
      const mode = isLink ? 0o777 : Number.parseInt(asText(file['mode'] ?? (isFolder ? '0700' : '0600')), 8);
      const owner = (key: string): number => {
        const value = file[key];
        return typeof value === 'number' ? value : (ids.get(asText(value)) ?? 0);
      };
      const contents = typeof file['contents'] === 'string' ? file['contents'].slice(0, 255) : undefined;
      return {
        what: `file ${path}`,
        wanted: [
          isLink ? 'link' : isFolder ? 'folder' : 'file',
          mode.toString(8),
          owner('uid'),
          owner('gid'),
          file['symlink'] ?? contents,
        ],
        found: (host) => {
          const found = host.paths[path];
          const content = contents === undefined ? undefined : found?.content;
          return [found?.type, found?.mode?.toString(8), found?.uid, found?.gid, isLink ? found?.target : content];
        },
      };
    });
}
