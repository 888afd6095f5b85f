// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Document, Scalar, visit } from 'yaml';
import { resolvePlain } from './scalar.ts';
import type { Spec } from './types.ts';

/** Characters that a text may not have, or that a reader would change, unless they are escaped. */
const escaped = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u;

/** A spec as YAML. What is parsed from it is the same spec, whichever reader takes it, of YAML 1.1 or 1.2. */
export function printSpec(spec: Spec): string {
  const { file: _file, origin: _origin, ...sections } = spec;
  const filled = Object.entries(sections).filter(([, section]) => !Array.isArray(section) || section.length > 0);
  const document = new Document(Object.fromEntries(filled), { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && needsQuotes(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  return text.replaceAll(
    new RegExp(escaped, 'gu'),
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether the text unquoted would be read as something else. */
function needsQuotes(text: string): boolean {
  return text === '<<' || escaped.test(text) || typeof resolvePlain(text) !== 'string' || isOldWord(text);
}

/** What readers of YAML 1.1 take for a boolean, a number or a date, near enough. */
function isOldWord(text: string): boolean {
  return /^(y|n|yes|no|on|off)$/i.test(text) || /^[-+]?(\.[0-9_]*|\.?[0-9][0-9a-z_:.,+ -]*)$/i.test(text);
}
