// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * An id names a folder, so it holds what runc allows: letters, digits, "_", "+", "-" and "."; not "." or "..". How long it may
 * be is the file system's matter (ENAMETOOLONG). Throws an Error.
 */
export function checkId(id: string): string {
  if (!isId(id))
    throw new Error(`invalid container ID format: expected letters, digits, "_", "+", "-" and ".", found "${id}"`);
  return id;
}

/** Whether a name can be a container's. */
export function isId(name: string): boolean {
  return /^[A-Za-z0-9_+.-]+$/.test(name) && name !== '.' && name !== '..';
}
