// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the boot waited for. Imported by the host's side too: no system calls, nothing of Node.

import type { DependencyPlan } from '../contract/container-plan.ts';
import type { BootTimes, UnitTimes } from '../contract/status.ts';

/** An entry in the boot: seconds since the kernel started. */
export interface BootPart {
  readonly unit: UnitTimes;
  /** What it waits for is there. */
  readonly readyAt: number;
  /** It is what the boot waited for of it: running, healthy or done; absent before. */
  readonly upAt?: number;
  /** Without it the boot would have been over sooner. */
  readonly isCritical: boolean;
}

/** The entries in their order, with the chain that the end of the boot hung on. */
export function partsOf({ entriesAt, bootedAt = Infinity, units }: BootTimes): readonly BootPart[] {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const awaited = new Set(
    units.flatMap(({ after }) =>
      after.flatMap(({ on, condition }) => (condition === 'completed' || condition === 'finished' ? on : [])),
    ),
  );

  /** When the condition came to hold, or was given up. */
  function metAt(unit: UnitTimes, condition: DependencyPlan['condition']): number | undefined {
    const { runningAt, healthyAt, endedAt } = unit;
    switch (condition) {
      case 'started':
        return runningAt ?? endedAt;
      case 'healthy':
        return unit.isChecked ? (healthyAt ?? endedAt) : (runningAt ?? endedAt);
      case 'completed':
      case 'finished':
        return endedAt;
    }
  }

  function upAt(unit: UnitTimes): number | undefined {
    return metAt(unit, !unit.isService || awaited.has(unit.id) ? 'finished' : 'healthy');
  }

  /** What an entry waited for, with its time. */
  function causes(unit: UnitTimes): readonly { readonly unit: UnitTimes; readonly at: number }[] {
    const barrier = unit.waitsForOnboot
      ? units.flatMap((other) => (other.isService ? [] : { unit: other, at: other.endedAt ?? 0 }))
      : [];
    const named = unit.after.flatMap(({ on, condition }) => {
      const other = byId.get(on);
      return other === undefined ? [] : { unit: other, at: metAt(other, condition) ?? 0 };
    });
    return [...barrier, ...named];
  }

  const critical = new Set<UnitTimes>();
  const inTime = units.filter((unit) => (upAt(unit) ?? Infinity) <= bootedAt);
  const last = latest(inTime.map((unit) => ({ unit, at: upAt(unit) ?? 0 })));
  for (let link = last; link !== undefined && !critical.has(link.unit); link = latest(causes(link.unit)))
    critical.add(link.unit);

  return units.map((unit) => {
    const at = upAt(unit);
    return {
      unit,
      readyAt: Math.max(entriesAt, ...causes(unit).map((cause) => cause.at)),
      ...(at === undefined ? {} : { upAt: at }),
      isCritical: critical.has(unit),
    };
  });
}

function latest<T extends { readonly at: number }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>((best, one) => (best === undefined || one.at > best.at ? one : best), undefined);
}
