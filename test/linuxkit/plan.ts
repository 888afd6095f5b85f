// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { acts, brought, broughtFiles } from './behaviour.ts';
import { kernelSetting } from './checks.ts';
import { mountsDev } from './device-checks.ts';
import { cgroupFiles, sysctlPath } from './limit-checks.ts';
import { mountTable } from './mount-table.ts';
import { sourcePath } from './mount-checks.ts';
import { type ImageSettings, nameOf, settingsOf } from './package-image.ts';
import { idsOf, type Wanted, wantedOf } from './settings.ts';
import { asText, type PlainSpec, type Section, sections } from './spec-text.ts';
import { type StandIn, standInName } from './stand-in.ts';

/** One container of a spec and what it is to have. */
export interface PlannedContainer {
  readonly section: Section;
  readonly name: string;
  /** Of those with this name in this section: they share a log. */
  readonly turn: number;
  readonly image: string;
  readonly wanted: Wanted;
}

/** The containers of a spec in the order of its sections. */
export function containersOf(
  spec: PlainSpec,
  packages: ReadonlyMap<string, ImageSettings>,
): readonly PlannedContainer[] {
  const ids = idsOf(spec);
  return sections.flatMap((section) => {
    const entries = spec[section] ?? [];
    return entries.map((entry, index) => ({
      section,
      name: entry.name,
      turn: entries.slice(0, index).filter(({ name }) => name === entry.name).length,
      image: entry.image,
      wanted: wantedOf(entry, settingsOf(entry.image, packages), ids),
    }));
  });
}

/** The stand-in of every image that the specs name, but the kernels'. */
export function standInsOf(
  specs: readonly PlainSpec[],
  packages: ReadonlyMap<string, ImageSettings>,
): ReadonlyMap<string, StandIn> {
  const all = new Map<string, Record<'programs' | 'lines' | 'folders' | 'files', Set<string>>>();
  const standIn = (written: string) => {
    // "busybox" and "busybox:latest" are one image.
    const reference = standInName('', written).slice(1);
    const found = all.get(reference);
    if (found !== undefined) return found;
    const name = nameOf(reference);
    const made = {
      programs: new Set<string>(),
      lines: new Set(acts[name] ?? []),
      folders: new Set<string>(),
      files: new Set<string>(),
    };
    all.set(reference, made);
    return made;
  };
  for (const spec of specs) {
    for (const reference of spec.init ?? []) {
      const made = standIn(reference);
      const { files = [], folders = [] } = brought[nameOf(reference)] ?? {};
      for (const file of files) made.files.add(file);
      for (const folder of folders) made.folders.add(folder);
    }
    for (const { image } of spec.volumes ?? []) if (image) standIn(image);
    for (const { image, wanted } of containersOf(spec, packages)) {
      const { programs, lines, folders } = standIn(image);
      if (wanted.args[0]) programs.add(wanted.args[0]);
      for (const path of pathsOf(wanted)) lines.add(path);
      folders.add(wanted.cwd);
      // An image that runs with a read-only root has to bring its mount points, as the real ones do.
      if (wanted.readonly) for (const { destination } of mountTable(wanted)) folders.add(destination);
    }
  }
  return new Map(
    [...all].map(([reference, made]) => [reference, { ...made, settings: settingsOf(reference, packages) }]),
  );
}

/** What the probe looks at in a container. */
function pathsOf(wanted: Wanted): readonly string[] {
  const devices = wanted.devices.map(({ path }) => asText(path)).filter((path) => path !== 'all');
  return [
    ...mountTable(wanted)
      .filter(({ type }) => type === 'bind')
      .map(({ destination }) => destination),
    ...devices,
    ...(mountsDev(wanted) ? ['/dev/vda'] : []),
    ...Object.keys(wanted.sysctl).map(sysctlPath),
    ...cgroupFiles(wanted).keys(),
    ...(wanted.maskedPaths ?? []),
    ...(wanted.readonlyPaths ?? []),
    kernelSetting,
    '/proc/kcore',
  ];
}

/** What the collector looks at in the system: sources of binds, kept namespaces, folders that `runtime` makes, and the spec's files. */
export function hostPathsOf(spec: PlainSpec, packages: ReadonlyMap<string, ImageSettings>): readonly string[] {
  const paths = containersOf(spec, packages).flatMap(({ wanted }) => [
    ...mountTable(wanted)
      .filter(({ type }) => type === 'bind')
      .map(({ source }) => sourcePath(source)),
    ...Object.values(wanted.namespaces).filter((value) => value.startsWith('/')),
    ...Object.values((wanted.runtime['bindNS'] ?? {}) as Readonly<Record<string, string>>).filter(Boolean),
    ...((wanted.runtime['mkdir'] ?? []) as readonly string[]).filter((path) => path.startsWith('/')),
  ]);
  const files = (spec.files ?? []).map(({ path }) => `/${asText(path).replace(/^\//, '')}`);
  return [...new Set(['/etc', '/run', '/tmp', '/var', ...broughtFiles(spec.init ?? []), ...paths, ...files])];
}
