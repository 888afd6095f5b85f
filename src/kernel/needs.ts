// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** An option of the kernel that a system does not work without. */
export interface KernelNeed {
  readonly option: string;
  /** What asks for it, in words that follow "for": "the network interface wg0 of type wireguard". */
  readonly why: string;
  /** Where the spec asks, for readers: "os.yml:14:5"; absent for what every system needs. */
  readonly place?: string;
  /** The same as a path: "services[1].runtime.interfaces[0]". */
  readonly entry?: string;
  /** The spec or an image names the option itself. */
  readonly isAsked?: true;
}

/** A need, and what the kernel says to it. */
export interface CheckedNeed extends KernelNeed {
  /** "y", "m", "n" or another value. */
  readonly found: string;
  /** Of what is not met: a module suffices where the system has modules. */
  readonly isMet: boolean;
}

/** Compares needs with the values of a kernel's options; what is not among them is not set. */
export function checkNeeds(
  needs: readonly KernelNeed[],
  values: ReadonlyMap<string, string>,
  hasModules: boolean,
): readonly CheckedNeed[] {
  return needs.map((need) => {
    const found = values.get(need.option) ?? 'n';
    return { ...need, found, isMet: found !== 'n' && (found !== 'm' || hasModules) };
  });
}

/** "not set"; "a module, of which the system has none" */
export function foundText({ found }: CheckedNeed): string {
  if (found === 'n') return 'it not set';
  return found === 'm' ? 'it as a module, of which the system has none' : `"${found}"`;
}
