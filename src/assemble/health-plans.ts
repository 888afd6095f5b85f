// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { HealthPlan } from '../../init/contract/unit-plan.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { bytesOf, type FileTree } from '../file-tree.ts';
import type { FlattenedImage } from '../flatten.ts';
import type { ImageSettings, ImageSpec, Spec } from '../spec/types.ts';
import { realPath } from '../tree-lookup.ts';
import { isBoolean, remember } from '../facts.ts';
import { healthOf } from './health-plan.ts';
import { keyOf } from './key.ts';
import { entryError, settingsOf } from './settings.ts';
import type { Container } from './users.ts';

/** The health checks of services that have one. */
export type HealthPlans = ReadonlyMap<ImageSpec, HealthPlan>;

/**
 * Plans the health checks of all services. One that needs a shell which the image lacks is an error in a spec or label; the image's own
 * is left out with a warning, since the spec did not ask for it. Trees are loaded for a shell that no earlier build has looked for.
 */
export async function planHealth(
  spec: Spec,
  containers: readonly Container[],
  ctx: BuildContext,
): Promise<HealthPlans> {
  const plans = new Map<ImageSpec, HealthPlan>();
  for (const { section, index, entry, image } of containers) {
    if (section !== 'services') continue;
    try {
      const settings = settingsOf(section, entry, image);
      const health = healthOf(settings, image.config);
      warnOfTest(entry, settings, image, health === undefined, ctx);
      if (health === undefined) continue;
      if (health.shell === undefined || (await hasShell(health.shell, settings, image, ctx))) {
        plans.set(entry, health.plan);
      } else if (health.fromImage) {
        ctx.reporter.warn(
          `services "${entry.name}": the HEALTHCHECK of image "${image.reference}" is left out: it needs ${health.shell}, which the image does not have`,
        );
      } else {
        throw noShell(health.shell);
      }
    } catch (error) {
      throw entryError(spec.origin, section, index, entry, error);
    }
  }
  return plans;
}

/** Docker's engine ignores it too. */
function warnOfTest(
  { name, healthcheck }: ImageSpec,
  settings: ImageSettings,
  { reference, config }: FlattenedImage,
  isUnchecked: boolean,
  ctx: BuildContext,
): void {
  const [kind] = config.config?.Healthcheck?.Test ?? [];
  const isOwn = healthcheck !== undefined || settings.healthcheck !== undefined;
  if (!isUnchecked || isOwn || kind === undefined || kind === 'NONE') return;
  ctx.reporter.warn(
    `services "${name}": the HEALTHCHECK of image "${reference}" is left out: expected "CMD" or "CMD-SHELL" with a command, found "${kind}"`,
  );
}

function noShell(shell: string): TskitError {
  return new TskitError(
    'spec',
    `healthcheck.test: expected ${shell} in the image, which a command as one string is for, found no such file`,
    { hint: 'write test: ["CMD", "program", "argument"], or use http, tcp, file or notify' },
  );
}

async function hasShell(
  shell: string,
  settings: ImageSettings,
  image: FlattenedImage,
  ctx: BuildContext,
): Promise<boolean> {
  if (isMountedOver(shell, settings)) return true;
  return remember(ctx.cache, keyOf('program', image.tree.key, shell), isBoolean, async () =>
    hasFile(await image.tree.load(), shell),
  );
}

function hasFile(tree: FileTree, path: string): boolean {
  const real = realPath(tree, bytesOf(path.slice(1)));
  return real !== undefined && tree.get(real)?.type === 'file';
}

/** Whether the container has something else there than its image; /bin is often a link to /usr/bin. */
function isMountedOver(shell: string, { binds = [], mounts = [], tmpfs = [] }: ImageSettings): boolean {
  const destinations = [
    ...binds.map((bind) => bind.split(':')[1]),
    ...tmpfs.map((text) => text.split(':')[0]),
    ...mounts.map(({ destination }) => destination),
  ];
  return destinations.some(
    (path) =>
      path !== undefined && [shell, `/usr${shell}`].some((file) => file === path || file.startsWith(`${path}/`)),
  );
}
