// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeLoss, standing } from './entry.ts';
import type { Node } from './node.ts';

/** Whether all is there that an entry waits for, or may come, or what is lost of it. */
export type Prospects = 'ready' | 'open' | { readonly lost: string };

/** `waitsForOnboot` is whether onboot entries have yet to end. */
export function prospectsOf({ plan }: Node, byId: ReadonlyMap<string, Node>, waitsForOnboot: boolean): Prospects {
  let prospects: Prospects = plan.waitsForOnboot && waitsForOnboot ? 'open' : 'ready';
  for (const { on, condition, optional } of plan.after) {
    const other = byId.get(on);
    const now = other === undefined ? 'never' : standing(other, condition);
    if (now === 'open') prospects = 'open';
    if (now === 'never' && optional !== true)
      return { lost: other === undefined ? `there is no ${on}` : describeLoss(other) };
  }
  return prospects;
}
