// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Mirrors } from './oci/registry/mirrors.ts';
import type { Reporter, StageName } from './reporter.ts';

/** What every stage of a build is given beside its input. */
export interface BuildContext {
  /** The cache folder: `<cache>/oci` is the OCI layout, `<cache>/diff` the spooled layers, `<cache>/segments` the initramfs segments. */
  readonly cache: string;
  readonly reporter: Reporter;
  /** Aborted by Ctrl-C: every wait and every stream gives up on it. */
  readonly signal: AbortSignal;
  /** Upper bound of every time stamp written, in seconds: SOURCE_DATE_EPOCH, else a fixed date. */
  readonly epoch: number;
  /** Never open a socket. */
  readonly offline: boolean;
  /** Look at the registry again although the store has the tag. */
  readonly pull: boolean;
  /** Registries (`host` or `host:port`) that may be spoken to without TLS; the loopback always may. */
  readonly plainHttp?: readonly string[];
  /** Registries that are asked instead of those that references name. */
  readonly mirrors?: Mirrors;
  /** Certificates (PEM) of authorities that are trusted beside those of Node, the machine and certs.d. */
  readonly authorities?: readonly string[];
}

/** The same context for one stage, which what it reports is shown as part of. */
export function inStage(ctx: BuildContext, stage: StageName): BuildContext {
  return { ...ctx, reporter: ctx.reporter.stage(stage) };
}
