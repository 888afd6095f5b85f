// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe } from 'vitest';
import { proveRecipes } from '../../support/recipe-proof/prove.ts';

const profiles = '/proc/1/root/sys/kernel/security/apparmor';

describe('an image for the security of a system', () => {
  proveRecipes(
    [
      {
        recipe: 'apparmor',
        section: 'onboot',
        before: `printf tskit-proof > ${profiles}/.remove || true`,
        done: `grep '^tskit-proof (enforce)' ${profiles}/profiles`,
        without: { CAP_MAC_ADMIN: { said: 'ermission denied' } },
      },
      {
        recipe: 'auditd',
        section: 'services',
        before: 'rm -rf /var/log/audit/*',
        done: `
          hostname audited
          grep 'type=SYSCALL.*key="proof"' /var/log/audit/audit.log`,
        without: { CAP_AUDIT_CONTROL: { seen: `grep 'type=DAEMON_ABORT.*op=set-enable' /var/log/audit/audit.log` } },
      },
    ],
    {
      files: [
        {
          path: '/etc/apparmor.d/proof',
          contents: '#include <tunables/global>\nprofile tskit-proof {\n  #include <abstractions/base>\n}\n',
          mode: '0644',
        },
        { path: '/etc/audit.rules', contents: '-a always,exit -F arch=b64 -S sethostname -k proof\n', mode: '0640' },
      ],
      onboot: [
        {
          name: 'rules',
          image: 'pkg:auditd',
          command: ['/sbin/auditctl', '-R', '/etc/audit/audit.rules'],
          'binds.add': ['/etc/audit.rules:/etc/audit/audit.rules:ro'],
        },
      ],
    },
  );
});
