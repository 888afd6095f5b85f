// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe } from 'vitest';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';

// Of the file "wg9.conf"; nobody has the other key.
const privateKey = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';
const publicKey = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';

describe('an image for the network', () => {
  proveRecipes(
    [
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
        recipe: 'dhcpcd',
        section: 'services',
        before: `
          ip addr flush dev eth0
          ip -6 addr flush dev eth0 scope site
          ip link set eth0 down
          : > /run/resolvconf/resolv.conf`,
        done: `
          ip addr show eth0 | grep 'inet 10.0.2.15/24'
          grep '^fec0.* eth0$' /proc/net/if_inet6
          grep '^0* 00 .* fe800000000000000000000000000002 .* eth0$' /proc/net/ipv6_route
          grep 'nameserver 10.0.2.3' /run/resolvconf/resolv.conf`,
        without: {
          CAP_NET_ADMIN: { said: 'Operation not permitted' },
          CAP_NET_BIND_SERVICE: { said: 'Permission denied' },
          CAP_NET_RAW: { said: 'Operation not permitted' },
          // Without these it would go on as root, which its processes that read the network are not meant to be.
          CAP_SETGID: { said: 'failed to drop privileges: Operation not permitted' },
          CAP_SETUID: { said: 'failed to drop privileges: Operation not permitted' },
          CAP_SYS_CHROOT: { said: 'dropprivs: chroot: .*: Operation not permitted' },
        },
      },
      {
        recipe: 'ip',
        section: 'onboot',
        entry: {
          binds: ['/etc/proofs/ip-files:/etc/ip', '/run/resolvconf:/run/resolvconf'],
          command: [
            'sh',
            '-ec',
            'ip -b /etc/ip/lan.conf; nft -f /etc/ip/nftables.conf; wg-config add /etc/ip/wg9.conf; nft list ruleset; wg show wg9',
          ],
        },
        done: `
          ip addr show lan0 | grep 'inet 192.0.2.1/24'
          ip addr show wg9 | grep 'inet 198.51.100.1/24'
          ip route | grep '203.0.113.0/24 dev wg9'
          grep 'nameserver 198.51.100.53' /run/resolvconf/resolv.conf
          tsctl logs $JOB | grep 'tcp dport 22 drop'
          tsctl logs $JOB | grep 'peer: ${publicKey}'`,
        without: { CAP_NET_ADMIN: { said: 'Operation not permitted' } },
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
    ],
    {
      files: [
        {
          path: '/etc/proofs/ip-files/lan.conf',
          contents: 'link add lan0 type dummy\naddress add 192.0.2.1/24 dev lan0\nlink set lan0 up\n',
        },
        {
          path: '/etc/proofs/ip-files/nftables.conf',
          contents:
            'table inet filter {\n chain input {\n  type filter hook input priority 0\n  tcp dport 22 drop\n }\n}\n',
        },
        {
          path: '/etc/proofs/ip-files/wg9.conf',
          contents: `[Interface] # as wg-quick has it
Address = 198.51.100.1/24
DNS = 198.51.100.53
MTU = 1400
PrivateKey = ${privateKey}
[Peer]
PublicKey = ${publicKey}
AllowedIPs = 198.51.100.2/32, 203.0.113.0/24
`,
        },
      ],
    },
  );
});
