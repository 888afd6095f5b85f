// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BundleContext, makeBundle } from '../assemble/bundle.ts';
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
  { section, index, entry, image }: Container,
  context: Omit<BundleContext, 'users'>,
  ctx: BuildContext,
): Promise<Build> {
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
    const text = userText(settingsOf(section, made.entry, made.image), made.image);
    const user = text === undefined ? undefined : known.get(text);
    if (text !== undefined && user === undefined)
      throw new TskitError('spec', `user "${text}": the image has none of this name`);
    const users = new Map(user === undefined ? [] : [[made.entry, user]]);
    return containerTerms(makeBundle(section, index, made.entry, made.image, { ...context, users }));
  };
}
