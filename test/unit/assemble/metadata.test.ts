// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { specDocument } from '../../../src/assemble/metadata.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import type { Spec } from '../../../src/spec/types.ts';

/** What LinuxKit cannot read back once it wrote it (resources), and what YAML reads as something else when it is not quoted. */
const text = `
kernel:
  image: linuxkit/kernel:6.6
  cmdline: "console=ttyS0 # not a comment"
  tar: none
init: [linuxkit/init:1]
onboot:
  - name: sysctl
    image: linuxkit/sysctl:1
    capabilities: []
    binds.add: ["/etc/x:/etc/x:ro"]
services:
  - name: web
    image: nginx
    command: ["yes", "0x10", "@hello", "null", " lead", "- dash", "a: b", ""]
    env: ["A=1\\tB", "ÜMLAUT=é"]
    uid: "web"
    gid: 7
    readonly: true
    oomScoreAdj: -5
    rlimits: ["nofile,100,unlimited"]
    sysctl: {net.core.somaxconn: "1024"}
    devices: [{path: /dev/x, type: c, major: 1, minor: 3, mode: "0666"}]
    resources:
      memory: {limit: 9223372036854771712, reservation: 1048576, swap: -1}
      cpu: {shares: 512, quota: 50000, period: 100000, burst: 10, idle: 0, cpus: "0-1", mems: "0"}
      pids: {limit: -1}
      unified: {memory.high: "64M"}
files:
  - path: etc/linuxkit.yml
    metadata: yaml
    mode: "0644"
  - path: etc/lines
    contents: "one\\n  two\\n\\n"
`;

function withoutPlace(spec: Spec): unknown {
  return JSON.parse(
    JSON.stringify({ ...spec, file: '', origin: '' }, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    ),
  );
}

test.each(['yaml', 'json'] as const)(
  'a spec that metadata: %s writes is read back as the same spec',
  async (format) => {
    const spec = parseSpec(text, 'os.yml');
    const document = await specDocument(spec, format);
    expect(withoutPlace(parseSpec(document, 'again.yml'))).toEqual(withoutPlace(spec));
    expect(await specDocument(parseSpec(document, 'again.yml'), format)).toBe(document);
  },
);
