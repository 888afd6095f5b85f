// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import {
  AT_FDCWD,
  MNT_DETACH,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  O_WRONLY,
  PR_SET_DUMPABLE,
  PR_SET_NO_NEW_PRIVS,
  SIGCHLD,
} from '../linux.ts';

/** Has nothing in common with any user of an image. */
const nobody = 65_535;
/** With it ends the whole pod: nearly the last to be chosen when memory is short. */
const oomScore = '-998';
const forever = 2 ** 53;
/** A folder that is there, to be covered in a mount namespace of our own. */
const place = '/run';

/**
 * First process of the PID namespace of a pod, which lives as long as this does. The kernel reaps the orphans of one that ignores
 * SIGCHLD (wait(2), Notes). Whoever is in the pod sees it in /proc, and finds nothing behind it: its root is empty, and it is
 * nobody.
 */
export default function pause(): never {
  const score = sys.openat(AT_FDCWD, '/proc/self/oom_score_adj', O_WRONLY, 0);
  sys.write(score, sys.encodeUtf8(oomScore));
  sys.closeRange(0, 0xffff_ffff, 0);
  sys.mount(null, '/', null, MS_REC | MS_PRIVATE, null);
  sys.mount('pause', place, 'tmpfs', MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 'mode=0555');
  sys.chdir(place);
  sys.pivotRoot('.', '.');
  sys.umount2('.', MNT_DETACH);
  sys.chdir('/');
  sys.setgroups([]);
  sys.setresgid(nobody, nobody, nobody);
  sys.setresuid(nobody, nobody, nobody);
  sys.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sys.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys.sigreset([SIGCHLD]);
  for (;;) sys.nanosleep(forever);
}
