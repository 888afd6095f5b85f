// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A user's name by the text of /etc/passwd (passwd(5)); "#1000" of one without. */
export function userName(passwd: string, uid: number): string {
  const line = passwd.split('\n').find((candidate) => candidate.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? `#${uid}`;
}
