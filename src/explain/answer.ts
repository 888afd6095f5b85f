// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bundleContext } from '../assemble/rootfs.ts';
import type { Container } from '../assemble/users.ts';
import type { Composition } from '../compose.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import { bold, dim, type Line } from '../styled-line.ts';
import { containerBuild } from './container-build.ts';
import { coverOf } from './cover.ts';
import { explainFile, type LoadedSystem } from './file.ts';
import { coverText, fileText } from './file-text.ts';
import { explainKernel, type KernelSetting } from './kernel-settings.ts';
import { missingFile } from './missing.ts';
import { overviewOf } from './overview.ts';
import { overviewText } from './overview-text.ts';
import { imageFolders } from './owner.ts';
import { placeText } from './places.ts';
import { containersOf, parseQuery, type Query } from './query.ts';
import type { Build } from './reasons.ts';
import { explainContainer, type ExplainedSetting } from './settings.ts';
import { containerText, settingText } from './settings-text.ts';
import { explainWatchdog } from './watchdog-settings.ts';
import { wholeTree } from './whole-tree.ts';

/** What is said of one question, for programs and for readers. */
export interface Answer {
  readonly json: unknown;
  readonly lines: readonly Line[];
}

/**
 * Answers what is asked of a composed system: a path, a setting, or all of it without a question. `title` names the system, lines are laid
 * out for `width` columns. Throws `not-found` for what the system does not have.
 */
export async function answerTo(
  path: string | undefined,
  title: string,
  composition: Composition,
  ctx: BuildContext,
  width: number,
): Promise<Answer> {
  const query = path === undefined ? undefined : parseQuery(path, composition.flattened);
  switch (query?.kind) {
    case undefined: {
      const overview = await overviewOf(await load(composition), ctx);
      return { json: overview, lines: overviewText(overview, title, width) };
    }
    case 'file':
      return await explainPath(await load(composition), query, ctx);
    case 'setting':
      return await explainSettings(composition, query.containers, query.setting, ctx);
    case 'kernel':
      return partAnswer('kernel', explainKernel(composition.spec), query.setting);
    case 'watchdog':
      return partAnswer('watchdog', explainWatchdog(composition.spec), query.setting);
    case 'unknown': {
      const near = nearestKey(query.word, query.known);
      throw new TskitError(
        'not-found',
        `explaining "${path}": expected a container's name or a path that begins with "/", found "${query.word}"`,
        {
          hint: near === undefined ? `the spec has ${query.known.join(', ')}` : `did you mean "${near}"?`,
        },
      );
    }
  }
}

async function load(composition: Composition): Promise<LoadedSystem> {
  return {
    composition,
    whole: await wholeTree(composition.rootfs),
    folders: imageFolders(composition.flattened),
  };
}

async function explainPath(system: LoadedSystem, query: Query & { kind: 'file' }, ctx: BuildContext): Promise<Answer> {
  const { root, path, container } = query;
  const { spec, flattened } = system.composition;
  const build =
    container && (await containerBuild(container, containersOf(flattened), await bundleContext(flattened), ctx));
  const cover = build && coverOf(explainContainer(spec, container, build), path);
  const explained = await explainFile(system, root, path, ctx);
  if (explained === undefined) throw await missingFile(system, root, path, cover, ctx);
  return { json: { ...explained, ...(cover && { cover }) }, lines: [...fileText(explained), ...coverText(cover)] };
}

async function explainSettings(
  { spec, flattened }: Composition,
  containers: readonly Container[],
  setting: string | undefined,
  ctx: BuildContext,
): Promise<Answer> {
  const context = await bundleContext(flattened);
  const listed = containersOf(flattened);
  const builds = await Promise.all(containers.map((container) => containerBuild(container, listed, context, ctx)));
  const explained = containers.map((container, index) => {
    const settings = explainContainer(spec, container, builds[index] as Build);
    return { container, settings: setting === undefined ? settings : [chosen(setting, settings)] };
  });
  return {
    json: explained.map(({ container, settings }) => ({
      section: container.section,
      name: container.entry.name,
      image: container.entry.image,
      settings,
    })),
    lines: explained.flatMap(({ container, settings }, index) => [
      ...(index === 0 ? [] : [[]]),
      ...(setting === undefined
        ? containerText(container, settings)
        : settings.flatMap((each) => settingText(container, each))),
    ]),
  };
}

/** A setting by its name, or one element of it: "capabilities", "capabilities.CAP_CHOWN", "seccomp.mount". */
function chosen(name: string, settings: readonly ExplainedSetting[]): ExplainedSetting {
  const plain = name.replace(/\.add(?=\.|$)/, '');
  const found = settings.find(({ setting }) => setting === plain) ?? elementOf(plain, settings);
  if (found !== undefined) return found;
  const known = settings.map(({ setting }) => setting);
  const whole = settings.find(({ setting }) => plain.startsWith(`${setting}.`));
  if (whole !== undefined) throw noElement(plain.slice(whole.setting.length + 1), whole);
  const near = nearestKey(name, known);
  throw new TskitError(
    'not-found',
    `explaining "${name}": expected a setting that this container has, found none of this name`,
    {
      hint: near === undefined ? `it has ${known.join(', ')}` : `did you mean "${near}"?`,
    },
  );
}

function noElement(element: string, { setting, terms }: ExplainedSetting): TskitError {
  const keys = terms.map(({ key }) => key).filter((key) => key !== '');
  const near = nearestKey(element, keys);
  const absent = setting === 'seccomp' ? 'a system call without a rule is refused; ' : '';
  const some = `${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ', …' : ''}`;
  return new TskitError(
    'not-found',
    `explaining "${setting}.${element}": expected an element that ${setting} has, found none of this name`,
    {
      hint: near === undefined ? `${absent}it has ${some}` : `${absent}did you mean "${near}"?`,
    },
  );
}

function elementOf(name: string, settings: readonly ExplainedSetting[]): ExplainedSetting | undefined {
  for (const setting of settings) {
    const terms = setting.terms.filter(({ key }) => name === `${setting.setting}.${key}`);
    if (terms.length > 0) return { ...setting, terms };
  }
  return undefined;
}

/** A part of the spec that is no container. `all` is empty where the spec does not have it. */
function partAnswer(part: string, all: readonly KernelSetting[], setting: string | undefined): Answer {
  const settings = all.filter((each) => setting === undefined || each.setting === setting);
  if (settings.length === 0) {
    throw new TskitError(
      'not-found',
      `explaining "${part}${setting === undefined ? '' : `.${setting}`}": found nothing`,
      {
        hint: all.length === 0 ? `the spec has no ${part}` : `it has ${all.map((each) => each.setting).join(', ')}`,
      },
    );
  }
  return {
    json: settings,
    lines: [
      [bold(part)],
      ...settings.map((each): Line => {
        const reason = each.default === undefined ? placeText(each) : `default: ${each.default}`;
        return ['  ', each.setting.padEnd(9), each.value, each.value === '' ? '' : '  ', dim(reason)];
      }),
    ],
  };
}
