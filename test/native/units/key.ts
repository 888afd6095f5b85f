// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const KEYCTL_GET_KEYRING_ID = 0;
const KEYCTL_SETPERM = 5;
const KEY_SPEC_SESSION_KEYRING = -3;
const everythingToPossessor = 0x3f000000;

export default function main(): number {
  check('a process joins a session keyring of its own and sets who may use it', () => {
    const status = inChild(0, () => {
      const before = sys.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1, 0, 0);
      const named = sys.joinSessionKeyring(`_tskit.${sys.getpid()}`);
      ok(named > 0 && named !== before, 'another keyring');
      equal(sys.keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0), named);
      equal(sys.keyctl(KEYCTL_SETPERM, named, everythingToPossessor, 0, 0), 0);
      ok(sys.joinSessionKeyring(null) !== named, 'a nameless one');
      return 1;
    });
    equal(status, 1);
  });
  check('what is wrong with a key is told', () => {
    fails('EINVAL', 'keyctl', () => sys.keyctl(KEYCTL_SETPERM, 0, 0, 0, 0));
    fails('EPERM', 'keyctl', () => sys.joinSessionKeyring('.reserved'), 'KEYCTL_JOIN_SESSION_KEYRING');
    rejects('TypeError', () => sys.joinSessionKeyring('a\0b'));
  });
  return failed();
}
