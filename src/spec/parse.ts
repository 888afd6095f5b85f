// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { builtValue } from './built-value.ts';
import { checkSpec } from './checks.ts';
import { plainValue } from './document.ts';
import { validateSpec } from './generated/validate.js';
import { readValid } from './read-valid.ts';
import { specSchema } from './schema.ts';
import type { Spec } from './types.ts';

/**
 * Parses a spec. `file` names it in messages and in the result; `text` is its content (see decode.ts for bytes).
 *
 * @throws TskitError 'spec' that lists every mistake with its place, an excerpt, and what was meant where that can be guessed
 */
export function parseSpec(text: string, file: string): Spec {
  const root = readValid(text, {
    subject: 'a spec',
    file,
    schema: specSchema,
    validate: validateSpec,
    check: checkSpec,
  });
  return toSpec(builtValue(plainValue(root, 'exact'), specSchema) as Sections, file);
}

/** A valid document: null stands for an empty section. */
type Sections = { readonly [Key in keyof Omit<Spec, 'file'>]?: Spec[Key] | null };

function toSpec(sections: Sections, file: string): Spec {
  return {
    file,
    ...(sections.kernel ? { kernel: sections.kernel } : {}),
    init: sections.init ?? [],
    volumes: sections.volumes ?? [],
    onboot: sections.onboot ?? [],
    onshutdown: sections.onshutdown ?? [],
    services: sections.services ?? [],
    files: sections.files ?? [],
  };
}
