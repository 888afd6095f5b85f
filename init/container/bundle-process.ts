// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What runtime.json says for the container's process, which is there and waits: done before its program runs.

import type { BundleRuntime } from '../contract/bundle-runtime.ts';
import type { Sys } from '../sys.ts';
import { keepNamespaces, releaseNamespaces } from './namespace/kept-namespaces.ts';
import { giveInterfaces } from './network/interfaces.ts';
import { step } from './step.ts';

/** What was done for a process; one of the three is called in the end. */
export interface PreparedProcess {
  /** The program runs: interfaces and namespaces stay as they are, whenever it ends. */
  settle(): void;
  /** It has run: interfaces are taken back, so that it can get them again. Namespaces stay, and are replaced by its next ones. */
  end(): void;
  /** It does not run: all is taken back. */
  takeBack(): void;
}

const nothing = (): void => undefined;
const nothingDone: PreparedProcess = { settle: nothing, end: nothing, takeBack: nothing };

/** Interfaces first, then namespaces, as LinuxKit does. Throws an Error that names the step; what was done is taken back. */
export function prepareProcess(sys: Sys, bundle: string, pid: number, runtime: BundleRuntime): PreparedProcess {
  const { interfaces = [], bindNS = {} } = runtime;
  return step(`bundle ${bundle}`, () => {
    const given = interfaces.length === 0 ? undefined : giveInterfaces(sys, interfaces, pid);
    const takeInterfacesBack = (): void => {
      try {
        given?.takeBack();
      } finally {
        given?.close();
      }
    };
    try {
      keepNamespaces(sys, bindNS, pid);
    } catch (error) {
      takeInterfacesBack();
      throw error;
    }
    if (given === undefined && Object.keys(bindNS).length === 0) return nothingDone;
    return {
      settle: () => given?.close(),
      end: takeInterfacesBack,
      takeBack() {
        try {
          releaseNamespaces(sys, bindNS);
        } finally {
          takeInterfacesBack();
        }
      },
    };
  });
}
