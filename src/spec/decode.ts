// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

/**
 * The text of a spec file: UTF-8, or UTF-16 with a byte order mark (YAML 1.2, 5.2). `file` names it in the error.
 *
 * @throws TskitError 'spec' naming line, column and the byte that is not UTF-8
 */
export function decodeSpec(bytes: Uint8Array, file: string): string {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (mark === 0xfffe) return new TextDecoder('utf-16le').decode(bytes);
  if (mark === 0xfeff) return new TextDecoder('utf-16be').decode(bytes);
  const text = new TextDecoder().decode(bytes);
  const at = firstInvalid(bytes, text);
  if (at === undefined) return text;
  const before = bytes.subarray(0, at);
  const line = before.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 1);
  const lineStart = before.lastIndexOf(0x0a) + 1;
  const column = Array.from(new TextDecoder().decode(before.subarray(lineStart))).length + 1;
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  throw new TskitError('spec', `${file}:${line}:${column}: expected UTF-8 text, found the byte 0x${byte}`, {
    hint: `convert it, for example with \`iconv -f latin1 -t utf-8 ${file}\``,
  });
}

/** The offset of the first byte that the decoder replaced: where encoding the text again gives other bytes. */
function firstInvalid(bytes: Uint8Array, text: string): number | undefined {
  if (!text.includes('\ufffd')) return undefined;
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const again = new TextEncoder().encode(text);
  const at = again.findIndex((byte, index) => byte !== bytes[start + index]);
  return at === -1 ? undefined : start + at;
}
