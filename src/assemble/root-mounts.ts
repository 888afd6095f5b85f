// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Mount } from '../../init/contract/runtime-config.ts';

// LinuxKit's runtime.json begins with the mounts that make `rootfs` of an image's tree, which serves several containers.

/** What one container may not write, none can. A bind takes `ro` only from a second call. */
export function boundRoot(bundle: string, image: string): readonly Mount[] {
  const destination = `${bundle}/rootfs`;
  return [
    { destination, source: image, options: ['bind'] },
    { destination, options: ['remount', 'bind', 'ro'] },
  ];
}

/**
 * Writes go to a tmpfs that only the overlay sees; whoever carries this out makes upperdir and workdir, as LinuxKit
 * does.
 */
export function overlaidRoot(bundle: string, image: string): readonly Mount[] {
  const scratch = `${bundle}/tmp`;
  return [
    { destination: scratch, type: 'tmpfs', source: 'tmpfs' },
    { destination: scratch, options: ['private'] },
    {
      destination: `${bundle}/rootfs`,
      type: 'overlay',
      source: 'overlay',
      options: [`lowerdir=${image}`, `upperdir=${scratch}/upper`, `workdir=${scratch}/work`],
    },
  ];
}
