// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a provider told of the machine, whichever provider it was.

/** Names of LinuxKit's and of ours that a value may have; each becomes a file of that name below /run/config. */
export type ValueName =
  | 'hostname'
  | 'local_hostname'
  | 'instance_id'
  | 'instance_uuid'
  | 'instance_type'
  | 'region'
  | 'availability_zone'
  | 'public_ipv4'
  | 'local_ipv4'
  | 'public_ipv6'
  // LinuxKit's other names for some of these.
  | 'failure_domain'
  | 'id'
  | 'instance_location'
  | 'machine_id'
  | 'machine_type'
  | 'private_ip'
  | 'private_ipv4'
  | 'private_netmask'
  | 'public_ip'
  | 'region_code';

/** Characters of a value: names, addresses and identifiers. */
const longestValue = 1024;
/** Characters of a line of authorized_keys: an RSA key of 16,384 bits with options and a comment has 4,000. */
const longestKey = 16_384;
const mostKeys = 1000;

/** Collects what a provider gives. Whatever is no value is not kept and becomes a problem, without its text: it may be a secret. */
export class Findings {
  readonly values: Map<ValueName, string> = new Map();
  /** Lines of authorized_keys, each once. */
  readonly keys: string[] = [];
  /** What should have been there and was not, each once; the rest counts all the same. */
  readonly problems: string[] = [];
  userData: Uint8Array | undefined;
  vendorData: Uint8Array | undefined;

  /** Keeps a value under one or several names. Nothing happens without a value, or with an empty one. */
  set(value: unknown, ...names: readonly ValueName[]): void {
    const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
    if (typeof text !== 'string' || text.trim() === '') return;
    const kept = text.trim();
    if (kept.length <= longestValue && !/[\u0000-\u001f\u007f]/.test(kept))
      for (const name of names) this.values.set(name, kept);
    else this.problems.push(`${names[0]}: expected one line of at most ${longestValue} characters, found other text`);
  }

  /** Keeps keys: text with one a line, or a list of such texts. Empty lines and comments are passed over. */
  addKeys(text: unknown): void {
    if (Array.isArray(text)) {
      for (const one of text) this.addKeys(one);
      return;
    }
    if (typeof text !== 'string') return;
    for (const line of text.split('\n').map((one) => one.trim())) {
      if (line === '' || line.startsWith('#') || this.keys.includes(line)) continue;
      if (
        line.length > longestKey ||
        /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line) ||
        this.keys.length === mostKeys
      ) {
        const problem = `ssh keys: expected at most ${mostKeys} lines of at most ${longestKey} characters, found other text`;
        if (!this.problems.includes(problem)) this.problems.push(problem);
        return;
      }
      this.keys.push(line);
    }
  }
}
