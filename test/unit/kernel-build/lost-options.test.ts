// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseKernelConfig } from '../../../src/kernel/config.ts';
import { type KconfigTree, readKconfig } from '../../../src/kernel-build/kconfig.ts';
import { lostOptions, lostOptionsError } from '../../../src/kernel-build/lost-options.ts';

const files: Readonly<Record<string, string>> = {
  Kconfig: 'mainmenu "Linux"\nsource "net/Kconfig"\nsource "arch/$(SRCARCH)/Kconfig"\n',
  'net/Kconfig': `
menuconfig NET
	bool "Networking support"
	help
	  Say Y. The words
	  depends on NOTHING
	  are part of this text.

if NET

config INET
	bool "TCP/IP networking"

menu "Filters"
	depends on INET || \\
		BROKEN

config NF_TABLES
	tristate "Tables"
	depends on BPF && !TINY
	select CRC

endmenu
endif

config BPF
	bool

config CRC
	bool "Checksums"

config LEVEL
	int "Level" if EXPERT
`,
  'arch/x86/Kconfig': 'config PVH\n\tbool "PVH"\n\tdepends on $(cc-option,-mpvh)\n',
};

let folder: string;
let kconfig: KconfigTree;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-kconfig-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  kconfig = readKconfig(folder, 'x86');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lost = (option: string, value: string, config: string): string | undefined => {
  const request = { option: `CONFIG_${option}`, value, place: 'my.config:7' };
  const [one] = lostOptions(new Map([[request.option, request]]), parseKernelConfig(config), kconfig);
  return one === undefined ? undefined : (one.why ?? 'unknown');
};

describe('an option that did not come out as asked', () => {
  test.each([
    ['NF_TABLES', 'y', '', 'NET is not set, neither INET nor BROKEN is set, BPF is not set'],
    ['NF_TABLES', 'y', 'CONFIG_NET=y\nCONFIG_INET=y\nCONFIG_BPF=y\nCONFIG_TINY=y\n', 'TINY is set'],
    ['INET', 'y', '', 'NET is not set'],
    ['BPF', 'y', '', 'it has no prompt: another option has to select it'],
    ['NOWHERE', 'y', '', 'this kernel has no such option for this architecture'],
    ['CRC', 'n', 'CONFIG_CRC=y\nCONFIG_NF_TABLES=m\n', 'selected by NF_TABLES'],
    ['LEVEL', '3', 'CONFIG_LEVEL=0\n', 'EXPERT is not set'],
    ['PVH', 'y', '', 'unknown'],
  ])('%s=%s with %j is explained: %s', (option, value, config, why) => {
    expect(lost(option, value, config)).toBe(why);
  });

  test('is none when it has what was asked for, or is absent as asked', () => {
    expect(lost('INET', 'y', 'CONFIG_INET=y')).toBeUndefined();
    expect(lost('INET', 'n', '')).toBeUndefined();
  });

  test('is named with the line that asks for it, together with all others', () => {
    const requests = new Map(
      ['INET', 'NOWHERE'].map((name, index) => [
        `CONFIG_${name}`,
        { option: `CONFIG_${name}`, value: 'y', place: `my.config:${index + 1}` },
      ]),
    );
    expect(lostOptionsError(lostOptions(requests, new Map(), kconfig)).message).toBe(
      'configuring the kernel: 2 options that Kconfig did not take\n' +
        'my.config:1: CONFIG_INET: expected y, found n: NET is not set\n' +
        'my.config:2: CONFIG_NOWHERE: expected y, found n: this kernel has no such option for this architecture',
    );
  });
});
