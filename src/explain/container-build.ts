// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BundleContext, makeBundle } from '../assemble/bundle.ts';
import { waitsOf } from '../assemble/dependencies.ts';
import { healthOf } from '../assemble/health-plan.ts';
import type { LookedUp } from '../assemble/rootfs.ts';
import { settingsOf } from '../assemble/settings.ts';
import { findUser, type ImageUser, userText } from '../assemble/user.ts';
import type { Container } from '../assemble/users.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { parseLabel, settingsLabel } from '../spec/label.ts';
import { containerTerms } from '../terms/container-terms.ts';
import { buildable } from './inputs.ts';
import type { Build } from './reasons.ts';

/** The build's way from what is said of a container to its terms. Users are looked up before: that reads the image. */
export async function containerBuild(
  container: Container,
  containers: readonly Container[],
  context: Omit<BundleContext, LookedUp>,
  ctx: BuildContext,
): Promise<Build> {
  const { section, index, entry, image } = container;
  const label = image.config.config?.Labels?.[settingsLabel];
  const named = [
    entry.user,
    label === undefined ? undefined : parseLabel(label, entry.image).user,
    image.config.config?.User,
  ];
  const known = new Map<string, ImageUser>();
  for (const text of new Set(named.flatMap((user) => (user === undefined || user === '' ? [] : [String(user)])))) {
    // One that is overridden need not be there.
    const user = await findUser(text, image, ctx).catch(() => undefined);
    if (user !== undefined) known.set(text, user);
  }
  return (said) => {
    const made = buildable(said, image);
    const settings = settingsOf(section, made.entry, made.image);
    const text = userText(settings, made.image);
    const user = text === undefined ? undefined : known.get(text);
    if (text !== undefined && user === undefined)
      throw new TskitError('spec', `user "${text}": the image has none of this name`);
    const users = new Map(user === undefined ? [] : [[made.entry, user]]);
    const own = { ...container, ...made };
    const listed = containers.map((other) => (other.section === section && other.index === index ? own : other));
    const checked = section === 'services' ? healthOf(settings, made.image.config) : undefined;
    const lookedUp = {
      users,
      health: new Map(checked === undefined ? [] : [[made.entry, checked.plan]]),
      dependencies: new Map([[made.entry, waitsOf(own, listed)]]),
    };
    return containerTerms(makeBundle(section, index, made.entry, made.image, { ...context, ...lookedUp }));
  };
}
