// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseSeccompProfile } from '../../../src/assemble/seccomp-profile.ts';

const target = { capabilities: ['CAP_SYS_TIME'], architecture: 'amd64' };

function parse(profile: object): ReturnType<typeof parseSeccompProfile> {
  return parseSeccompProfile(JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', ...profile }), target);
}

function rule(name: string, conditions: object = {}): object {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [], comment: '', includes: {}, excludes: {}, ...conditions };
}

describe('a seccomp profile', () => {
  test("the OCI's section comes out as it is, with all digits of its values", () => {
    const json = `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
      {"names":["write"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}`;
    expect(parseSeccompProfile(json, target)).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [
        {
          names: ['write'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 1,
          args: [{ index: 0, value: 18446744073709551615n, op: 'SCMP_CMP_EQ' }],
        },
      ],
    });
  });

  test("of Docker's map of architectures the machine's own family counts", () => {
    const archMap = [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    ];
    expect(parse({ archMap }).architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
  });

  test.each([
    ['a capability that is granted', { includes: { caps: ['CAP_SYS_TIME'] } }, true],
    ['one of two that is not', { includes: { caps: ['CAP_SYS_TIME', 'CAP_SYS_ADMIN'] } }, false],
    ['no capability that is granted', { excludes: { caps: ['CAP_SYS_ADMIN', 'CAP_SYS_TIME'] } }, false],
    ['no capability that is not', { excludes: { caps: ['CAP_SYS_ADMIN'] } }, true],
    ['this architecture', { includes: { arches: ['arm64', 'amd64'] } }, true],
    ['another architecture', { includes: { arches: ['s390'] } }, false],
    ['any architecture but this', { excludes: { arches: ['amd64'] } }, false],
    ['a kernel that is met by all', { includes: { minKernel: '4.8' } }, true],
    ['a kernel that may not be met', { includes: { minKernel: '6.1' } }, false],
  ])("Docker's rule for %s", (_title, conditions, applies) => {
    const { syscalls } = parse({ syscalls: [rule('clock_settime', conditions)] });
    expect(syscalls).toEqual(applies ? [{ names: ['clock_settime'], action: 'SCMP_ACT_ALLOW' }] : []);
  });

  test('a rule of the oldest format has one name', () => {
    expect(parse({ syscalls: [{ name: 'read', action: 'SCMP_ACT_ALLOW', args: null }] }).syscalls).toEqual([
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
    ]);
  });

  test('another shape is an error that names the place', () => {
    expect(() => parse({ syscalls: [rule('a'), { ...rule('b'), names: 'read' }] })).toThrow(
      'syscalls[1].names: expected a list, found "read"',
    );
    expect(() => parseSeccompProfile('{}', target)).toThrow('defaultAction: expected a value, found none');
  });
});
