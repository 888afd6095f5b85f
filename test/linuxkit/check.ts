// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ProbeReport } from '../support/probe.ts';

/** What is known of a booted system when one of its containers is judged. */
export interface Seen {
  readonly report: ProbeReport;
  /** Of the collector, which is in the system's own namespaces and looks from its root. */
  readonly host: ProbeReport;
}

/** One statement about a container: what LinuxKit's rules ask for, and where that shows. */
export interface Check {
  readonly what: string;
  readonly wanted: unknown;
  readonly found: (seen: Seen) => unknown;
}
