// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, quote, text } from './document.ts';
import { durationSeconds, durationShape } from './duration.ts';

/** Fed three times within it; what drivers count in, whole seconds of 16 bits. */
const least = 3;
const most = 18 * 3600;

/** Mistakes in the `watchdog` of a spec. */
export function checkWatchdog(root: DocumentNode): readonly Diagnostic[] {
  const node = child(child(root, 'watchdog'), 'timeout');
  const timeout = text(node);
  if (node === undefined || timeout === undefined || !durationShape.test(timeout)) return [];
  const seconds = durationSeconds(timeout);
  if (Number.isInteger(seconds) && seconds >= least && seconds <= most) return [];
  const message = `expected a duration of whole seconds from "3s" to "18h", found ${quote(timeout)}`;
  return [diagnostic(node, ['watchdog', 'timeout'], message)];
}
