// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan, DependencyPlan } from '../../init/contract/container-plan.ts';
import { TskitError } from '../errors.ts';
import { hasDefaultOrder } from '../spec/default-order.ts';
import { formatPath, type Path } from '../spec/document.ts';
import type { DependencySpec } from '../spec/supervision-types.ts';
import type { ImageSpec, Spec } from '../spec/types.ts';
import { entryId } from './bundle-path.ts';
import type { HealthPlans } from './health-plans.ts';
import { placeIn } from './place.ts';
import { settingsOf } from './settings.ts';
import { restartCondition } from './unit-plan.ts';
import type { Container } from './users.ts';

/** What each entry waits for. */
export type Dependencies = ReadonlyMap<ImageSpec, Pick<ContainerPlan, 'after' | 'waitsForOnboot'>>;

const conditions = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
} as const;

/**
 * What has to have happened before each entry starts: what it names in `depends_on`, else LinuxKit's order. Names are known to be right
 * and the order to be free of cycles (src/spec/check-dependencies.ts). Throws for a condition that label and image make impossible.
 */
export function planDependencies(spec: Spec, containers: readonly Container[], health: HealthPlans): Dependencies {
  const problems: string[] = [];
  const found = new Map(containers.map((container) => [container.entry, waitsOf(container, containers)] as const));
  for (const container of containers) {
    for (const { dependency, target, name } of wantedBy(container, containers)) {
      const message = impossible(dependency, target, health);
      if (message === undefined) continue;
      const path: Path = [container.section, container.index, 'depends_on', name, 'condition'];
      problems.push(`${placeIn(spec, path)}${formatPath(path)}: ${message}`);
    }
  }
  if (problems.length === 0) return found;
  throw new TskitError('spec', problems.join('\n'), {
    hint: 'choose a condition that can come true, or change the entry that is waited for',
  });
}

/** What one entry waits for, among all of a spec. */
export function waitsOf(
  container: Container,
  containers: readonly Container[],
): Pick<ContainerPlan, 'after' | 'waitsForOnboot'> {
  const { section, index, entry } = container;
  const wanted = entry.depends_on === undefined ? undefined : namesOf(entry.depends_on);
  const found = wantedBy(container, containers);
  if (section === 'onshutdown') return { after: [], waitsForOnboot: false };
  if (!hasDefaultOrder(wanted, found)) {
    return { after: found.map(({ dependency, target }) => edge(dependency, target)), waitsForOnboot: false };
  }
  if (section === 'services') return { after: [], waitsForOnboot: true };
  const before = containers.find((other) => other.section === 'onboot' && other.index === index - 1);
  return { after: before === undefined ? [] : [{ on: idOf(before), condition: 'finished' }], waitsForOnboot: false };
}

function edge({ condition, restart, required }: DependencySpec, target: Container): DependencyPlan {
  const standard = target.section === 'onboot' ? 'service_completed_successfully' : 'service_started';
  return {
    on: idOf(target),
    condition: conditions[condition ?? standard],
    ...(required === false && { optional: true }),
    ...(restart === true && { restart }),
  };
}

function idOf({ section, index, entry }: Container): string {
  return entryId(section, index, entry.name);
}

function namesOf(wanted: NonNullable<ImageSpec['depends_on']>): readonly (readonly [string, DependencySpec])[] {
  // The type guard of Array.isArray does not know readonly lists.
  const list = wanted as readonly string[] | Readonly<Record<string, DependencySpec>>;
  return Array.isArray(list)
    ? (list as readonly string[]).map((name) => [name, {}] as const)
    : Object.entries(list as Readonly<Record<string, DependencySpec>>);
}

interface Wanted {
  readonly name: string;
  readonly dependency: DependencySpec;
  readonly target: Container;
}

/** What an entry names and the spec has. */
function wantedBy({ entry }: Container, containers: readonly Container[]): readonly Wanted[] {
  return namesOf(entry.depends_on ?? []).flatMap(([name, dependency]) => {
    const target = containers.find((other) => other.section !== 'onshutdown' && other.entry.name === name);
    return target === undefined ? [] : [{ name, dependency, target }];
  });
}

function impossible({ condition }: DependencySpec, target: Container, health: HealthPlans): string | undefined {
  const { section, entry, image } = target;
  if (condition === 'service_healthy' && !health.has(entry)) {
    return `expected a health check of "${entry.name}", found none: not in its entry, nor in label or HEALTHCHECK of image "${image.reference}"`;
  }
  if (condition !== 'service_completed_successfully' || section !== 'services') return undefined;
  const restart = restartCondition(settingsOf(section, entry, image));
  if (restart !== 'always' && restart !== 'unless-stopped') return undefined;
  return `expected a service that completes, found "${entry.name}", which is always started again (restart: ${restart})`;
}
