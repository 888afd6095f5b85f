// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe } from 'vitest';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';

describe("an image that is one program of tskit's", () => {
  proveRecipes(
    [
      {
        recipe: 'sysctl',
        section: 'onboot',
        entry: { binds: ['/etc/sysctl.d:/etc/sysctl.d'] },
        before: `
          sysctl -w net.ipv4.ip_forward=0 kernel.dmesg_restrict=0 net.ipv4.conf.eth0.log_martians=0 net.ipv4.conf.lo.log_martians=0`,
        done: `
          [ "$(sysctl -n net.ipv4.ip_forward kernel.dmesg_restrict vm.max_map_count | tr '\\n' ' ')" = '1 1 1048576 ' ]
          [ "$(sysctl -n net.ipv4.conf.eth0.log_martians net.ipv4.conf.lo.log_martians | tr '\\n' ' ')" = '1 0 ' ]`,
        without: {
          CAP_NET_ADMIN: { said: '10-mine.conf:1: net.ipv4.ip_forward = 1: .* found no permission' },
          CAP_SYS_ADMIN: { said: '00-tskit.conf:[0-9]+: kernel.dmesg_restrict = 1: .* found no permission' },
        },
      },
    ],
    {
      files: [
        {
          path: 'etc/sysctl.d/10-mine.conf',
          contents: 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.*.log_martians=1\n-net.ipv4.conf.lo.log_martians\n',
        },
      ],
    },
  );
});
