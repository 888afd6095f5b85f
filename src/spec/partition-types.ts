// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Words for partition types (UAPI Discoverable Partitions Specification; "linux" is its generic data partition). */
export const partitionTypes: Readonly<Record<string, string>> = {
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  home: '933ac7e1-2eb4-4f13-b844-0e14e2aef915',
  srv: '3b8f8425-20e0-4f3b-907f-1a25a76f98e8',
  var: '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
  tmp: '7ec6f557-3bc5-4aca-b293-16ef5df639d1',
  swap: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
};

/** A word of {@link partitionTypes} or a GUID as text. */
export const partitionTypeShape: RegExp = new RegExp(
  `^(${Object.keys(partitionTypes).join('|')}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$`,
);

/** The GUID, in lower case, of a text of the shape. */
export function partitionTypeGuid(text: string): string {
  return partitionTypes[text] ?? text.toLowerCase();
}
