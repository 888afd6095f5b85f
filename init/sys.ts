// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The ambient module has to be named: the compiler takes a sys.d.ts beside a sys.ts for its output and leaves it out.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./sys.d.ts" />
import type * as sys from 'tskit:sys';

/**
 * The system calls as one value. Everything in init/ but the units takes it as a parameter, so that its logic runs in Node
 * against a recording fake.
 */
export type Sys = typeof sys;

export type {
  CapabilitySets,
  Dirent,
  EpollEvent,
  OpenHow,
  SchedAttr,
  SignalInfo,
  SocketAddress,
  Stat,
  SysError,
} from 'tskit:sys';
