// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { tarEnd } from '../archive/tar-writer.ts';
import type { BuildContext } from '../context.ts';
import { type Bytes, bytesOf, type FileTree } from '../file-tree.ts';
import { inlineFile } from '../inodes.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem } from './boot-files.ts';
import { systemTrees } from './system-trees.ts';
import { writeTree } from './tar.ts';

/** What LinuxKit's init runs in a container: it starts the services without making file systems of the machine's. */
const containerInit = bytesOf('bin/rc.init');

/**
 * Writes NAME.docker: the tar with a Dockerfile beside the root's folders, a context that `docker build` and `buildah build`
 * make an image of that holds the whole system.
 * @throws TskitError `io`, `store`, and what loading the trees throws.
 */
export async function emitDocker({ rootfs }: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await artifacts.write('.docker', async (sink) => {
    let bringsContainerInit = false;
    for await (const { tree, prefix, label, attributionOf } of systemTrees(rootfs)) {
      const task = label === undefined ? undefined : ctx.reporter.task(`packing ${label}`);
      bringsContainerInit ||= prefix === '' && tree.has(containerInit);
      await writeTree(sink, tree, prefix, attributionOf, ctx);
      task?.done();
    }
    const entrypoint = bringsContainerInit && rootfs.init === undefined ? `/${containerInit}` : '/init';
    const dockerfile = inlineFile(0, `FROM scratch\nCOPY . ./\nENTRYPOINT ["${entrypoint}"]\n`);
    const tree: FileTree = new Map([[bytesOf('Dockerfile'), dockerfile]]);
    await writeTree(sink, tree, '' as Bytes, () => rootfs.attributions.own, ctx);
    await sink.write(tarEnd);
  });
}
