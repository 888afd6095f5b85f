// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { runTskit } from '../support/cli.ts';
import type { Result } from './results.ts';
import type { Snapshot } from './snapshot.ts';
import { plainSpec, referencesOf } from './spec-text.ts';

const file = 'linuxkit-template.yml';

/**
 * linuxkit-template.yml names packages by their folders, of which LinuxKit's linuxkit.yml has the tags that its own tool made: tskit has to
 * make the same.
 */
export async function proveTemplates(snapshot: Snapshot, repository: string, folder: string): Promise<Result> {
  const clone = join(folder, 'clone');
  mkdirSync(clone);
  const git = ['-C', clone, '-c', 'user.name=tskit', '-c', 'user.email=tskit@example.com'];
  const script = 'git -C "$1" archive HEAD pkg linuxkit-template.yml | tar -C "$2" -x';
  // A clone without its largest blobs complains of those, having written the rest.
  await execa('sh', ['-c', script, 'sh', repository, clone], { reject: false });
  await execa('git', [...git, 'init', '--quiet']);
  await execa('git', [...git, 'add', '--all', '--force']);
  await execa('git', [...git, 'commit', '--quiet', '--message', 'packages']);
  const { exitCode, stdout, stderr } = await runTskit(['build', '--dry-run', join(clone, file)]);
  if (exitCode !== 0)
    return { file, validated: stderr, containers: 0, asAsked: 0, differences: [], note: '', ok: false };
  const made = new Set(referencesOf(plainSpec(stdout)));
  const missing = referencesOf(plainSpec(await snapshot.read('linuxkit.yml'))).filter((name) => !made.has(name));
  const differences = missing.map((name) => `templates: ${name} of linuxkit.yml is not among ${[...made].join(', ')}`);
  const note = 'templates give the tags of linuxkit.yml';
  return { file, validated: 'yes', containers: 0, asAsked: 0, differences, note, ok: missing.length === 0 };
}
