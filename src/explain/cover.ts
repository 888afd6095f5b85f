// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ExplainedSetting, Source } from './settings.ts';

/** A mount of a container that lies over a path of its image, so that what the image has there is not seen. */
export interface Cover {
  readonly setting: string;
  readonly destination: string;
  /** Type or source, and options. */
  readonly mount: string;
  /** The path in the system that is seen instead, of a bind. */
  readonly shows?: string;
  readonly from: readonly Source[];
}

/** The deepest mount at or above a path; undefined when there is none. */
export function coverOf(settings: readonly ExplainedSetting[], path: string): Cover | undefined {
  const above = settings
    .filter(({ setting }) => /^(binds|mounts|tmpfs)$/.test(setting))
    .flatMap(({ setting, terms }) => terms.map((term) => ({ setting, ...term })))
    .filter(({ key }) => path === key || path.startsWith(`${key.replace(/\/$/, '')}/`));
  const deepest = above.sort((a, b) => b.key.length - a.key.length)[0];
  if (deepest === undefined) return undefined;
  const { setting, key, value, from } = deepest;
  const source = setting === 'binds' ? value.split(' ')[0] : undefined;
  return {
    setting,
    destination: key,
    mount: value,
    ...(source === undefined
      ? {}
      : { shows: `${source.replace(/\/$/, '')}${path.slice(key.replace(/\/$/, '').length)}` }),
    from,
  };
}
