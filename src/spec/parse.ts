// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { builtValue } from './built-value.ts';
import { checkSpec } from './checks.ts';
import { type PlacedDocument, plainValue } from './document.ts';
import { validateSpec } from './generated/validate.js';
import { checkedRoot, type DocumentKind, readValid } from './read-valid.ts';
import { specSchema } from './schema.ts';
import type { Spec } from './types.ts';

/**
 * Parses a spec. `file` names it in messages and in the result; `text` is its content (see decode.ts for bytes), or the
 * document that it says where that is not YAML.
 *
 * @throws TskitError 'spec' that lists every mistake with its place, an excerpt, and what was meant where that can be guessed
 */
export function parseSpec(text: string | PlacedDocument, file: string): Spec {
  const kind = { ...specKind, file };
  const root = typeof text === 'string' ? readValid(text, kind) : checkedRoot(text, kind);
  return toSpec(builtValue(plainValue(root, 'exact'), specSchema) as Sections, file);
}

const specKind: Omit<DocumentKind, 'file'> = {
  subject: 'a spec',
  schema: specSchema,
  validate: validateSpec,
  check: checkSpec,
};

/** A valid document: null stands for an empty section. */
type Sections = { readonly [Key in keyof Omit<Spec, 'file'>]?: Spec[Key] | null };

function toSpec(sections: Sections, file: string): Spec {
  return {
    file,
    ...(sections.kernel ? { kernel: sections.kernel } : {}),
    init: sections.init ?? [],
    onboot: sections.onboot ?? [],
    onshutdown: sections.onshutdown ?? [],
    services: sections.services ?? [],
    files: sections.files ?? [],
  };
}
