// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AF_INET, IFF_UP, SOCK_CLOEXEC, SOCK_DGRAM } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Sets the loopback interface up; the kernel gives it 127.0.0.1 and ::1 then. */
export function raiseLoopback(sys: Sys): void {
  const fd = sys.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    sys.setInterfaceFlags(fd, 'lo', sys.interfaceFlags(fd, 'lo') | IFF_UP);
  } finally {
    sys.close(fd);
  }
}
