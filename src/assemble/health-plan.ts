// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { HealthPlan, Probe } from '../../init/contract/unit-plan.ts';
import { TskitError } from '../errors.ts';
import type { ImageConfig, ImageHealthcheck } from '../oci/types.ts';
import { durationSeconds } from '../spec/duration.ts';
import { hasProbe } from '../spec/merge-supervision.ts';
import { httpShape, tcpShape } from '../spec/schema-health.ts';
import type { HealthcheckSpec } from '../spec/supervision-types.ts';
import type { ImageSettings } from '../spec/types.ts';

/** Docker's. */
const defaults = { interval: 30, timeout: 30, retries: 3, startPeriod: 0, startInterval: 5 } as const;
const defaultShell = ['/bin/sh', '-c'] as const;

/** A health check, and what it needs of the image. */
export interface Health {
  readonly plan: HealthPlan;
  /** Path of the shell that a command is given to. */
  readonly shell?: string;
  /** The image's HEALTHCHECK, which nobody asked for. */
  readonly fromImage: boolean;
}

/**
 * How to see that a service works: what the settings say, field by field over the HEALTHCHECK of the image, as Docker does. Undefined
 * for no check. Throws when there are times but nothing to check.
 */
export function healthOf({ healthcheck = {} }: ImageSettings, { config }: ImageConfig): Health | undefined {
  const image = config?.Healthcheck ?? {};
  const shell = config?.Shell?.[0] === undefined ? defaultShell : config.Shell;
  if (healthcheck.disable === true) return undefined;
  const fromImage = !hasProbe(healthcheck);
  const found = fromImage ? testProbe(image.Test ?? [], shell) : specProbe(healthcheck, shell);
  if (found === undefined) {
    checkNothingElse(fromImage && image.Test?.[0] !== 'NONE' ? healthcheck : {});
    return undefined;
  }
  const { probe, ...needs } = found;
  return { plan: { probe, ...times(healthcheck, probe.kind === 'notify' ? {} : image) }, ...needs, fromImage };
}

function checkNothingElse({ disable: _disable, notify: _notify, ...rest }: HealthcheckSpec): void {
  const [key] = Object.keys(rest);
  if (key === undefined) return;
  throw new TskitError(
    'spec',
    `healthcheck: expected one of test, http, tcp, file and notify beside ${key}, found none, and no HEALTHCHECK in the image`,
    { hint: 'say how to see that the service works, or leave `healthcheck` out' },
  );
}

function times(spec: HealthcheckSpec, image: ImageHealthcheck): Omit<HealthPlan, 'probe'> {
  return {
    interval: secondsOf(spec.interval) ?? seconds(image.Interval) ?? defaults.interval,
    timeout: secondsOf(spec.timeout) ?? seconds(image.Timeout) ?? defaults.timeout,
    retries: spec.retries ?? (image.Retries || defaults.retries),
    startPeriod: secondsOf(spec.start_period) ?? seconds(image.StartPeriod) ?? defaults.startPeriod,
    startInterval: secondsOf(spec.start_interval) ?? seconds(image.StartInterval) ?? defaults.startInterval,
  };
}

/** Of nanoseconds; 0 stands for the default. */
function seconds(nanoseconds: number | undefined): number | undefined {
  return nanoseconds ? nanoseconds / 1e9 : undefined;
}

function secondsOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationSeconds(duration);
}

interface Found {
  readonly probe: Probe;
  readonly shell?: string;
}

function specProbe({ test, http, tcp, file, interval }: HealthcheckSpec, shell: readonly string[]): Found | undefined {
  if (test !== undefined) return testProbe(typeof test === 'string' ? ['CMD-SHELL', test] : test, shell);
  if (http !== undefined) return { probe: httpProbe(http) };
  if (tcp !== undefined) return { probe: tcpProbe(tcp) };
  if (file !== undefined) return { probe: { kind: 'file', path: file } };
  const watchdog = secondsOf(interval);
  return { probe: { kind: 'notify', ...(watchdog !== undefined && { watchdog }) } };
}

/** What Docker calls a test; undefined for none, and for what it does not know either. */
function testProbe([kind, ...rest]: readonly string[], shell: readonly string[]): Found | undefined {
  if (kind === 'CMD' && rest[0]) return { probe: { kind: 'exec', args: rest } };
  const [program = ''] = shell;
  if (kind !== 'CMD-SHELL' || !rest[0]) return undefined;
  return { probe: { kind: 'exec', args: [...shell, rest[0]] }, shell: program };
}

function httpProbe(url: string): Probe {
  const [, host = '', port, path = '/'] = httpShape.exec(url) ?? [];
  const named = port === undefined ? host : `${host}:${port}`;
  return { kind: 'http', address: addressOf(host), port: Number(port ?? 80), host: named, path };
}

function tcpProbe(target: string | number): Probe {
  const [, host = 'localhost', port = String(target)] = tcpShape.exec(String(target)) ?? [];
  return { kind: 'tcp', address: addressOf(host), port: Number(port) };
}

function addressOf(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host.replaceAll(/[[\]]/g, '');
}
