// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SecretPlan } from '../../init/contract/container-plan.ts';
import { TskitError } from '../errors.ts';
import { secretPathIn } from '../spec/secret-path.ts';
import type { ImageSettings, SecretSpec, Spec } from '../spec/types.ts';

/** Compose's: readable by whoever the container runs as, since no other has the file. */
const defaultMode = 0o444;

/** The secrets of a container. Throws a TskitError for one that a label names and the spec has not. */
export function secretPlans({ secrets = [] }: ImageSettings, sources: Spec['secrets'] = {}): readonly SecretPlan[] {
  const known = new Map(Object.entries(sources));
  return secrets.map((use) => {
    const { source, target = source, uid = 0, gid = 0, mode } = typeof use === 'string' ? { source: use } : use;
    const found = known.get(source);
    if (found === undefined) {
      throw new TskitError('spec', `secrets: expected the name of a secret of the spec, found "${source}"`, {
        hint: `add \`secrets: { ${source}: { fw_cfg: opt/org.example/${source} } }\` to the spec`,
      });
    }
    return {
      name: source,
      from: placeOf(found),
      path: secretPathIn(target),
      uid,
      gid,
      mode: mode === undefined ? defaultMode : Number.parseInt(mode, 8),
    };
  });
}

function placeOf({ fw_cfg: name, file: path = '' }: SecretSpec): SecretPlan['from'] {
  return name === undefined ? { kind: 'file', path } : { kind: 'fw_cfg', name };
}
