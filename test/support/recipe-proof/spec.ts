// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Entry, neededBy, type ProofRun, type RecipeProof, rightsOf, runsOf } from './proof.ts';

/** What jobs find in the machine, beside each other. */
export interface Scene {
  readonly files?: readonly Entry[];
  /** Run once, before the first job. */
  readonly onboot?: readonly Entry[];
  /** Others that the jobs talk to. */
  readonly services?: readonly Entry[];
  /** Further keys of the spec. */
  readonly spec?: Entry;
}

/** The spec of a machine in which a prover starts all runs of the proofs, one after the other. */
export function proofSpec(proofs: readonly RecipeProof[], scene: Scene): object {
  const runs = proofs.flatMap(runsOf);
  const entries = (section: RecipeProof['section']) =>
    runs.filter(({ proof }) => proof.section === section).map(entryOf);
  return {
    kernel: { image: 'pkg:kernel', cmdline: 'console=ttyS0 quiet tskit.console' },
    ...scene.spec,
    onboot: [
      ...(scene.onboot ?? []),
      // What waits for it waits for the prover.
      { name: 'never', image: 'pkg:busybox', command: ['false'], depends_on: [] },
      ...entries('onboot'),
    ],
    services: [...(scene.services ?? []), ...entries('services'), prover],
    files: [
      ...(scene.files ?? []),
      { path: '/etc/prover', source: new URL('prover.sh', import.meta.url).pathname, mode: '0755' },
      text('/etc/proofs/order', runs.map(({ name }) => `${name}\n`).join('')),
      ...runs.flatMap(filesOf),
    ],
  };
}

const prover: Entry = {
  name: 'prover',
  image: 'pkg:busybox',
  capabilities: ['all'],
  pid: 'host',
  binds: ['/init:/usr/bin/tsctl', '/dev:/dev', '/run:/run', '/var:/var', '/etc/proofs:/proofs', '/etc/prover:/prover'],
  command: ['/prover'],
};

function entryOf({ name, proof, missing }: ProofRun): Entry {
  return {
    ...proof.entry,
    name,
    image: `pkg:${proof.recipe}`,
    depends_on: { never: { condition: 'service_completed_successfully' } },
    ...(proof.section === 'onboot' ? { on_failure: 'continue' } : { restart: 'no' }),
    // Without a word on them it has those of its label.
    ...(missing === undefined && proof.fewest === undefined ? {} : rightsWithout(proof, missing)),
  };
}

function rightsWithout(proof: RecipeProof, missing: string | undefined): Entry {
  const { ambient } = rightsOf(proof.recipe);
  const rest = (list: readonly string[]) => list.filter((capability) => capability !== missing);
  const isAmbient = missing !== undefined && ambient.includes(missing);
  return { capabilities: rest(neededBy(proof)), ...(isAmbient ? { ambient: rest(ambient) } : {}) };
}

function filesOf({ name, proof, missing }: ProofRun): readonly Entry[] {
  const loss = missing === undefined ? undefined : proof.without[missing];
  const texts = {
    section: proof.section,
    seconds: String(proof.seconds ?? 15),
    before: proof.before,
    done: proof.done,
    ...loss,
  };
  return Object.entries(texts).flatMap(([file, contents]) =>
    contents === undefined ? [] : [text(`/etc/proofs/${name}/${file}`, `${contents}\n`)],
  );
}

function text(path: string, contents: string): Entry {
  return { path, contents, mode: '0644' };
}
