// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { KEYCTL_SETPERM } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** What the kernel gives to a named session keyring (join_session_keyring(3)): all to who has it, view, read and link to its user. */
const given = 0x3f13_0000;
/** KEY_USR_SEARCH and KEY_OTH_SEARCH: may be found by its name. */
const userMaySearch = 0x8_0000;
const othersMaySearch = 0x8;

/**
 * Puts the process into a session keyring of its own, "_ses.ID", so that it has no keys of the runtime's; `exec` finds it by
 * that name. Where there are no keyrings (ENOSYS), or a sandbox around the runtime keeps them away, there are none to share.
 */
export function joinOwnKeyring(sys: Sys, id: string, inUserNamespace: boolean): void {
  step('make a session keyring', () => {
    let keyring: number;
    try {
      keyring = sys.joinSessionKeyring(`_ses.${id}`);
    } catch (error) {
      if (['ENOSYS', 'EPERM', 'EACCES'].includes(errnoOf(error) ?? '')) return;
      throw error;
    }
    sys.keyctl(KEYCTL_SETPERM, keyring, given | (inUserNamespace ? othersMaySearch : userMaySearch), 0, 0);
  });
}
