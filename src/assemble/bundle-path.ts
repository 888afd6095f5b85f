// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { containersDir, onbootDir, onshutdownDir, servicesDir } from '../../init/contract/paths.ts';
import type { Section } from './settings.ts';

const sectionDirs: Readonly<Record<Section, string>> = {
  onboot: onbootDir,
  onshutdown: onshutdownDir,
  services: servicesDir,
};

/**
 * Where an entry's bundle lies. `index` is its place in the section: onboot and onshutdown entries may share a name, and LinuxKit's
 * init runs them in the order of their folders.
 */
export function bundlePath(section: Section, index: number, name: string): string {
  const folder = section === 'services' ? name : `${index.toString().padStart(3, '0')}-${name}`;
  return `${sectionDirs[section]}/${folder}`;
}

/** An entry's id in the boot plan: the same below /containers. */
export function entryId(section: Section, index: number, name: string): string {
  return bundlePath(section, index, name).slice(containersDir.length + 1);
}
