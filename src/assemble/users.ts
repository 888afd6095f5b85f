// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { FlattenedImage } from '../flatten.ts';
import { inContext } from '../oci/error-context.ts';
import type { Origin } from '../spec/origin.ts';
import type { ImageSpec } from '../spec/types.ts';
import { entryError, type Section, settingsOf } from './settings.ts';
import { findUser, type ImageUser, userText } from './user.ts';

/** Whom entries run as that name a user, or whose image does. */
export type Users = ReadonlyMap<ImageSpec, ImageUser>;

/** An entry of the spec and its image. */
export interface Container {
  readonly section: Section;
  readonly index: number;
  readonly entry: ImageSpec;
  readonly image: FlattenedImage;
}

/** Looks up users by name in the images. Throws a TskitError that names the entry and where the user comes from. */
export async function findUsers(containers: readonly Container[], ctx: BuildContext, origin?: Origin): Promise<Users> {
  const users = new Map<ImageSpec, ImageUser>();
  for (const { section, index, entry, image } of containers) {
    try {
      const settings = settingsOf(section, entry, image);
      const text = userText(settings, image);
      if (text === undefined) continue;
      const subject = settings.user === undefined ? `USER "${text}" of image "${image.reference}"` : `user "${text}"`;
      users.set(entry, await inSubject(subject, () => findUser(text, image, ctx)));
    } catch (error) {
      throw entryError(origin, section, index, entry, error);
    }
  }
  return users;
}

async function inSubject<T>(subject: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw inContext(subject, error);
  }
}
