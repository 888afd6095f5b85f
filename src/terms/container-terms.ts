// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BundleRuntime } from '../../init/contract/bundle-runtime.ts';
import type { ContainerPlan, DependencyPlan } from '../../init/contract/container-plan.ts';
import type { Mount, Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { leavesOf } from './leaves.ts';
import { linuxTerms } from './linux-terms.ts';
import type { Term } from './term.ts';

/** What a container is, as it lies in the image: its folder's two files and its line of the boot plan. */
export interface ContainerFiles {
  readonly config: RuntimeConfig;
  readonly runtime: BundleRuntime;
  /** Absent in a root that another tool composed. */
  readonly plan?: ContainerPlan;
}

/**
 * Everything that the build says of a container, term by term. What has no word in a spec, or is new in config.json, comes
 * under its own name there ("hooks.prestart.0.path"): nothing is left out.
 */
export function containerTerms({ config, runtime, plan }: ContainerFiles): readonly Term[] {
  const { ociVersion, process, root, mounts, hostname, linux, ...others } = config;
  return [
    ...planTerms(plan),
    ...processTerms(process),
    single('readonly', String(root.readonly ?? false)),
    ...optional('hostname', hostname),
    ...(mounts ?? []).map(mountTerm),
    ...linuxTerms(linux ?? {}),
    ...runtimeTerms(runtime),
    single('ociVersion', ociVersion),
    ...optional('rootfs', root.path),
    ...named(others),
  ];
}

function planTerms(plan: ContainerPlan | undefined): readonly Term[] {
  if (plan === undefined) return [];
  // Where it lies, how it is read, and what follows from its section and its health check, is no fact about it.
  const {
    id: _id,
    bundle: _bundle,
    bigIntegers: _bigIntegers,
    name,
    image,
    after,
    waitsForOnboot,
    unit,
    stopSignal,
    health,
    log,
    ...others
  } = plan;
  const { isService: _isService, isChecked: _isChecked, restart, stopGrace, timeout, onFailure, onUnhealthy } = unit;
  const { condition, ...policy } = restart;
  return [
    single('name', name),
    single('image', image),
    single('on_failure', onFailure),
    ...optional('timeout', timeout === undefined ? undefined : `${timeout} s`),
    single('restart', condition),
    ...named({ restart_policy: policy }),
    ...after.flatMap((dependency) => dependencyTerms(dependency)),
    ...(waitsForOnboot ? [{ setting: 'depends_on', key: 'onboot', value: 'finished' }] : []),
    ...named({ healthcheck: health }),
    single('healthcheck.on_unhealthy', onUnhealthy),
    ...optional('stop_signal', stopSignal),
    single('stop_grace_period', `${stopGrace} s`),
    ...named({ logging: log }),
    ...named(others),
  ];
}

/** The order of onboot entries that say nothing is a fact about the section, and so is where in it one stands. */
function dependencyTerms({ on, ...wait }: DependencyPlan): readonly Term[] {
  if (wait.condition === 'finished') return [];
  return [{ setting: 'depends_on', key: on.replace(/^onboot\/[0-9]+-/, 'onboot/'), value: waitWords(wait).join(' ') }];
}

function waitWords({ condition, optional: isOptional, restart }: Omit<DependencyPlan, 'on'>): readonly string[] {
  return [condition, ...(isOptional ? ['optional'] : []), ...(restart ? ['restart'] : [])];
}

function processTerms(process: Process): readonly Term[] {
  const { args, env, cwd, user, capabilities, rlimits, noNewPrivileges, terminal, ...others } = process;
  const { uid, gid, additionalGids, ...userOthers } = user;
  const { effective = [], ambient = [], ...sets } = capabilities ?? {};
  const granted = new Set([...effective, ...ambient]);
  // The other sets follow from these two; whatever does not, shows.
  const rest = Object.entries(sets).flatMap(([set, names]) =>
    names
      .filter((name) => !granted.has(name))
      .map((name) => ({ setting: `capabilities.${set}`, key: name, value: '' })),
  );
  return [
    single('command', JSON.stringify(args)),
    ...(env ?? []).map(variable),
    single('cwd', cwd),
    single('uid', String(uid)),
    single('gid', String(gid)),
    ...(additionalGids ?? []).map((id) => ({ setting: 'additionalGids', key: String(id), value: '' })),
    ...named(userOthers),
    ...effective.map((name) => ({ setting: 'capabilities', key: name, value: '' })),
    ...ambient.map((name) => ({ setting: 'ambient', key: name, value: '' })),
    ...rest,
    ...(rlimits ?? []).map(({ type, soft, hard }) => ({
      setting: 'rlimits',
      key: type.replace(/^RLIMIT_/, '').toLowerCase(),
      value: `${soft},${hard}`,
    })),
    single('noNewPrivileges', String(noNewPrivileges ?? false)),
    ...(terminal === true ? [single('terminal', 'true')] : []),
    ...named(others),
  ];
}

function variable(text: string): Term {
  const equals = text.indexOf('=');
  return { setting: 'env', key: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** A bind under `binds`, whichever key of the spec has it; `tmpfs` likewise. */
function mountTerm({ destination, type, source, options, ...others }: Mount): Term {
  const bind = type === 'bind' || (type === undefined && (options ?? []).some((option) => /^r?bind$/.test(option)));
  const words = [
    type !== undefined && !bind ? type : '',
    source === type ? '' : (source ?? ''),
    (options ?? []).join(','),
  ];
  const rest = leavesOf(others).map(([path, value]) => `${path.join('.')}=${value}`);
  const setting = bind ? 'binds' : type === 'tmpfs' ? 'tmpfs' : 'mounts';
  return { setting, key: destination, value: [...words, ...rest].filter((word) => word !== '').join(' ') };
}

function runtimeTerms({ mounts = [], mkdir = [], cgroups = [], ...others }: BundleRuntime): readonly Term[] {
  return [
    ...mounts.map((mount, index) => {
      const { key, value } = mountTerm(mount);
      // Two calls for one place are two mounts: a read-only bind is made in two steps.
      const again = mounts.slice(0, index).some(({ destination }) => destination === mount.destination);
      return { setting: 'runtime.mounts', key: again ? `${key} (again)` : key, value };
    }),
    ...mkdir.map((path) => ({ setting: 'runtime.mkdir', key: path, value: '' })),
    ...cgroups.map((path) => ({ setting: 'runtime.cgroups', key: path, value: '' })),
    ...named(others, 'runtime.'),
  ];
}

/** A setting of one value. */
export function single(setting: string, value: string): Term {
  return { setting, key: '', value };
}

function optional(setting: string, value: string | undefined): readonly Term[] {
  return value === undefined ? [] : [single(setting, value)];
}

/** Each member under its own name, what is in it by its path. */
export function named(values: object, prefix = ''): readonly Term[] {
  return Object.entries(values).flatMap(([name, value]) =>
    leavesOf(value).map(([path, text]) => ({ setting: `${prefix}${name}`, key: path.join('.'), value: text })),
  );
}
