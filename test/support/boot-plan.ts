// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BootPlan, bootPlanPath } from '../../init/contract.ts';
import { initrdParts, listCpio } from './initrd-parts.ts';
import { temporaryFolder } from './temporary-folder.ts';

const member = bootPlanPath.slice(1);

/**
 * Replaces the boot plan of a built initrd by what `change` makes of it, for what init does with a plan rather than how a spec says
 * so: a later archive writes over the file of an earlier one.
 */
export function changeBootPlan(initrd: string, change: (plan: BootPlan) => BootPlan): void {
  using folder = temporaryFolder();
  const archive = initrdParts(initrd).findLast((part) => listCpio(part).includes(member));
  if (archive === undefined) throw new Error(`${initrd} has no ${member}`);
  execFileSync('cpio', ['--extract', '--make-directories', '--quiet', member], { input: archive, cwd: folder.path });
  const file = join(folder.path, member);
  const plan = change(JSON.parse(readFileSync(file, 'utf8')) as BootPlan);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(plan));
  const bytes = execFileSync('cpio', ['--create', '--format=newc', '--quiet'], {
    input: `${member}\n`,
    cwd: folder.path,
  });
  // Archives begin at a multiple of four.
  appendFileSync(initrd, Buffer.alloc((4 - (readFileSync(initrd).length % 4)) % 4));
  appendFileSync(initrd, bytes);
}
