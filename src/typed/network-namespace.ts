// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readlinkSync } from 'node:fs';

/** What tells this process's network namespace from others (namespaces(7)); '' where the system has none. */
export function networkNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return '';
  }
}
