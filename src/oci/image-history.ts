// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isObject } from './json-fields.ts';
import type { ImageConfig } from './types.ts';

/** How a layer came to be, in the words of the tool that built the image (OCI image-spec config.md, history). */
export interface LayerHistory {
  readonly createdBy?: string;
  readonly comment?: string;
  readonly created?: string;
}

/**
 * The history of each layer, lowest first. Builders write what they like and some nothing: a history that does not have one
 * entry for each layer says nothing of any, and what is malformed is left out.
 */
export function layerHistories(config: ImageConfig): readonly (LayerHistory | undefined)[] {
  const { history } = config as { readonly history?: unknown };
  const layers = config.rootfs.diff_ids.length;
  const entries = Array.isArray(history)
    ? history.filter((entry) => isObject(entry) && entry['empty_layer'] !== true)
    : [];
  if (entries.length !== layers) return Array.from({ length: layers }, () => undefined);
  return entries.map((entry: Readonly<Record<string, unknown>>) => ({
    ...text('createdBy', entry['created_by']),
    ...text('comment', entry['comment']),
    ...text('created', entry['created']),
  }));
}

function text<Name extends string>(name: Name, value: unknown): { readonly [Key in Name]?: string } {
  return typeof value === 'string' && value !== '' ? ({ [name]: value } as { readonly [Key in Name]: string }) : {};
}
