// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes, formatCount, formatSeconds } from '../amounts.ts';
import type { Outcome } from '../reporter.ts';
import type { Stages } from './tracker.ts';

/** What a build did not have to do again, for its summary and for programs. */
export interface CacheUse {
  readonly images: Share;
  readonly segments: Share;
  readonly fetchedBytes: number;
}

/** So many of a total came from the cache. */
export interface Share {
  readonly cached: number;
  readonly total: number;
}

export function cacheUse(stages: Stages): CacheUse {
  const share = (...names: Parameters<Stages['get']>): Share => {
    const { cached = 0, done = 0 } = stages.get(...names) ?? {};
    return { cached, total: cached + done };
  };
  return {
    images: share('resolve'),
    segments: share('pack'),
    fetchedBytes: (stages.get('pull')?.bytes ?? 0) + (stages.get('packages')?.bytes ?? 0),
  };
}

/** The last lines for a person: what was made in which time, what the cache had, and what to type next. */
export function summaryLines({ files, next }: Outcome, stages: Stages, seconds: number): readonly string[] {
  // What goes to standard output or into a pipe leaves no file.
  const written = stages.get('write')?.bytes ?? 0;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const made =
    files.length === 0
      ? `${formatBytes(written)} streamed`
      : `${formatCount(files.length, 'file')}, ${formatBytes(bytes)}`;
  const { images, segments, fetchedBytes } = cacheUse(stages);
  const facts = [
    ...(images.total === 0 ? [] : [`${images.cached} of ${formatCount(images.total, 'image')} in the store`]),
    ...(segments.total === 0 ? [] : [`${segments.cached} of ${formatCount(segments.total, 'segment')} cached`]),
    fetchedBytes === 0 ? 'nothing fetched' : `${formatBytes(fetchedBytes)} fetched`,
  ];
  return [
    `${made}, in ${formatSeconds(seconds)}: ${facts.join(', ')}`,
    ...(next === undefined ? [] : [`next: ${next}`]),
  ];
}
