// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe } from 'vitest';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';

describe('an image for the network', () => {
  proveRecipes([
    {
      recipe: 'dhcp',
      section: 'services',
      entry: { command: ['/usr/sbin/dhcp', 'service'] },
      before: `
        ip addr flush dev eth0
        : > /run/resolvconf/resolv.conf`,
      // A renewal goes to the server alone, from the port of DHCP clients.
      done: `
        ip addr show eth0 | grep 'inet 10.0.2.15/24'
        ip route | grep 'default via 10.0.2.2 dev eth0'
        grep 'nameserver 10.0.2.3' /run/resolvconf/resolv.conf
        kill -USR1 $(pidof udhcpc)
        [ $(tsctl logs $JOB | grep -c 'eth0 has 10.0.2.15/24') -gt 1 ]`,
      without: {
        CAP_NET_ADMIN: { said: 'ifconfig: SIOCSIF.*: Operation not permitted' },
        CAP_NET_BIND_SERVICE: { said: 'bind.*: Permission denied' },
        CAP_NET_RAW: { said: 'socket.*: Operation not permitted' },
      },
    },
    {
      recipe: 'nginx',
      section: 'services',
      done: `wget -q -O - http://127.0.0.1/ | grep 'nginx is running'`,
      without: {
        CAP_CHOWN: { said: 'chown.*Operation not permitted' },
        CAP_NET_BIND_SERVICE: { said: 'bind.. to 0.0.0.0:80 failed .13: Permission denied' },
        CAP_SETGID: { said: 'setgid.33. failed' },
        CAP_SETUID: { said: 'setuid.33. failed' },
      },
    },
  ]);
});
