// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { checkAddress } from './check-supervision.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, type Path, quote, text } from './document.ts';
import { driversOf } from './logging-keys.ts';
import { logging, syslogShape } from './schema-logging.ts';
import { sizeBytes } from './size.ts';

const least = 4 * 1024;
const most = 1024 ** 3;

/** Mistakes in `logging` of a container or label. That either has the server of driver "syslog" is known when both are there. */
export function checkLogging(node: DocumentNode, path: Path): readonly Diagnostic[] {
  const map = child(node, 'logging');
  if (map?.kind !== 'map') return [];
  const at = [...path, 'logging'];
  return [
    ...checkDriver(map, at),
    ...checkSize(child(map, 'max_size'), [...at, 'max_size']),
    ...checkAddress(child(map, 'address'), [...at, 'address'], syslogShape),
  ];
}

function checkDriver(node: DocumentNode & { kind: 'map' }, path: Path): readonly Diagnostic[] {
  const driver = text(child(node, 'driver'));
  if (driver === undefined || logging.properties?.['driver']?.enum?.includes(driver) !== true) return [];
  const useless = [...driversOf].flatMap(([key, drivers]) => {
    const entry = node.entries.get(key);
    if (entry === undefined || drivers.some((one) => one === driver)) return [];
    const wanted = drivers.map(quote).join(' or ');
    return [
      diagnostic(entry.key, [...path, key], `expected ${quote(key)} with driver ${wanted}, found ${quote(driver)}`),
    ];
  });
  return useless;
}

function checkSize(node: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  if (node?.kind !== 'scalar' || node.value === null) return [];
  const bytes = sizeBytes(node.source);
  if (bytes === undefined || (bytes >= least && bytes <= most)) return [];
  return [diagnostic(node, path, `expected a size from "4k" to "1g", found ${quote(node.source)}`)];
}
