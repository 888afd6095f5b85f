// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * An id names a folder, so it holds what runc allows: letters, digits, "_", "+", "-" and "."; not "." or "..". How long it may
 * be is the file system's matter (ENAMETOOLONG). Throws an Error.
 */
export function checkId(id: string): string {
  if (isId(id)) return id;
  const [wrong] = /[^A-Za-z0-9_+.-]/.exec(id) ?? [];
  throw new Error(
    wrong === undefined
      ? `invalid container ID format: expected a name for a folder, found "${id}"`
      : `invalid container ID format: invalid character "${wrong}" in container ID "${id}"`,
  );
}

/** Whether a name can be a container's. */
export function isId(name: string): boolean {
  return /^[A-Za-z0-9_+.-]+$/.test(name) && name !== '.' && name !== '..';
}
