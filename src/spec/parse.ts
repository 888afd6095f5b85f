// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname, resolve } from 'node:path';
import { builtValue } from './built-value.ts';
import { checkSpec } from './checks.ts';
import { plainValue } from './document.ts';
import { validateSpec } from './generated/validate.js';
import { originOf, type Origin } from './origin.ts';
import { readValid, withoutMark } from './read-valid.ts';
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
  const origin = originOf(file, dirname(resolve(file)), withoutMark(text), root);
  return toSpec(builtValue(plainValue(root, 'exact'), specSchema) as Sections, file, origin);
}

/** A valid document: null stands for an empty section. */
type Sections = { readonly [Key in keyof Omit<Spec, 'file' | 'origin'>]?: Spec[Key] | null };

function toSpec(sections: Sections, file: string, origin: Origin): Spec {
  return {
    file,
    origin,
    ...(sections.kernel ? { kernel: sections.kernel } : {}),
    init: sections.init ?? [],
    onboot: sections.onboot ?? [],
    onshutdown: sections.onshutdown ?? [],
    services: sections.services ?? [],
    files: sections.files ?? [],
  };
}
