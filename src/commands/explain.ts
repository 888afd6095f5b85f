// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import type { BuildContext } from '../context.ts';
import { bundleContext } from '../assemble/rootfs.ts';
import { type Composition, compose } from '../compose.ts';
import { TskitError } from '../errors.ts';
import { coverOf } from '../explain/cover.ts';
import { explainFile, type LoadedSystem } from '../explain/file.ts';
import { coverText, fileText } from '../explain/file-text.ts';
import { explainKernel } from '../explain/kernel-settings.ts';
import { missingFile } from '../explain/missing.ts';
import { overviewOf } from '../explain/overview.ts';
import { overviewText } from '../explain/overview-text.ts';
import { imageFolders } from '../explain/owner.ts';
import { placeText } from '../explain/places.ts';
import { parseQuery, type Query } from '../explain/query.ts';
import { type Container, explainContainer, type ExplainedSetting } from '../explain/settings.ts';
import { containerText, settingText } from '../explain/settings-text.ts';
import { wholeTree } from '../explain/whole-tree.ts';
import { readLock } from '../lock/file.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import { parseSpecs } from '../spec/parse.ts';
import { bold, dim, type Line } from '../styled-line.ts';
import { buildContext, contextOptions } from './build-context.ts';
import { initOf, initOption } from './build.ts';
import type { Command, Invocation } from './command.ts';
import { platformOf, platformOption, readSpecs, specArguments, specOptions } from './spec-input.ts';

export const explain: Command = {
  name: 'explain',
  arguments: `[flags] ${specArguments} [PATH]`,
  summary: 'says why something is in the system: a file, a capability, a size',
  description: [
    'Without PATH: the whole system in one screen, and what takes how much. PATH is one of',
    '  /etc/hosts           a file of the system: what it is, and the image, layer or line that brought it',
    '  web:/etc/hosts       the same of a file that container "web" sees',
    '  web                  every setting of a container, with the reason of each',
    '  web.capabilities     one setting, element by element (also services.web.binds, kernel.cmdline)',
    'Images are resolved and pulled as for a build; nothing is written but the cache.',
  ].join('\n'),
  options: {
    ...specOptions,
    ...platformOption,
    ...initOption,
    json: { help: 'print the answer as JSON' },
    ...contextOptions,
  },
  whenInterrupted: 'what was pulled so far is kept in the cache',
  run: async (invocation) => {
    const { specs, path } = argumentsOf(invocation);
    const context = buildContext(invocation);
    const { sources, parsing, beside } = await readSpecs(explain, { ...invocation, positionals: specs });
    const pins = await readLock(beside);
    const composition = await compose(
      parseSpecs(sources, parsing),
      {
        platform: platformOf(invocation),
        init: initOf(explain, invocation),
        ...(pins !== undefined && { lock: pins }),
      },
      { ...context, reporter: quiet(context) },
    );
    const answer = await answerTo(path, specs.join(' '), composition, context, invocation.columns ?? defaultWidth);
    if (invocation.flag('json')) invocation.print(JSON.stringify(answer.json, undefined, 2));
    else for (const line of answer.lines) invocation.show(line);
  },
};

/** Where the output is no terminal. */
const defaultWidth = 100;

/** What a build would note is not what was asked for. */
function quiet({ reporter }: BuildContext): BuildContext['reporter'] {
  return { ...reporter, task: (...task) => reporter.task(...task), note: () => {}, warn: () => {} };
}

/** The last of several arguments is PATH, unless it is a spec: a URL, standard input, or a YAML file that is there. */
function argumentsOf({ positionals }: Invocation): {
  readonly specs: readonly string[];
  readonly path: string | undefined;
} {
  const last = positionals.at(-1);
  if (positionals.length < 2 || last === undefined || isSpec(last)) return { specs: positionals, path: undefined };
  return { specs: positionals.slice(0, -1), path: last };
}

function isSpec(argument: string): boolean {
  return (
    argument === '-' ||
    /^https?:\/\//i.test(argument) ||
    (/\.(ya?ml|[mc]?[jt]s)$/.test(argument) && existsSync(argument))
  );
}

interface Answer {
  readonly json: unknown;
  readonly lines: readonly Line[];
}

async function answerTo(
  path: string | undefined,
  title: string,
  composition: Composition,
  ctx: BuildContext,
  width: number,
): Promise<Answer> {
  const query = path === undefined ? undefined : parseQuery(path, composition.flattened);
  switch (query?.kind) {
    case undefined: {
      const overview = await overviewOf(await load(composition));
      return { json: overview, lines: overviewText(overview, title, width) };
    }
    case 'file':
      return await explainPath(await load(composition), query, ctx);
    case 'setting':
      return await explainSettings(composition, query.containers, query.setting);
    case 'kernel':
      return kernelAnswer(composition, query.setting);
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
  const cover = container && coverOf(explainContainer(spec, container, await bundleContext(flattened)), path);
  const explained = await explainFile(system, root, path, ctx);
  if (explained === undefined) throw await missingFile(system, root, path, cover, ctx);
  return { json: { ...explained, ...(cover && { cover }) }, lines: [...fileText(explained), ...coverText(cover)] };
}

async function explainSettings(
  { spec, flattened }: Composition,
  containers: readonly Container[],
  setting: string | undefined,
): Promise<Answer> {
  const context = await bundleContext(flattened);
  const explained = containers.map((container) => {
    const settings = explainContainer(spec, container, context);
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

function chosen(name: string, settings: readonly ExplainedSetting[]): ExplainedSetting {
  const found = settings.find(({ setting }) => setting === name || setting === name.replace(/\.add$/, ''));
  if (found !== undefined) return found;
  const known = settings.map(({ setting }) => setting);
  const near = nearestKey(name, known);
  throw new TskitError(
    'not-found',
    `explaining "${name}": expected a setting that this container has, found none of this name`,
    {
      hint: near === undefined ? `it has ${known.join(', ')}` : `did you mean "${near}"?`,
    },
  );
}

function kernelAnswer({ spec }: Composition, setting: string | undefined): Answer {
  const settings = explainKernel(spec).filter((each) => setting === undefined || each.setting === setting);
  if (settings.length === 0) {
    throw new TskitError(
      'not-found',
      `explaining "kernel${setting === undefined ? '' : `.${setting}`}": found nothing`,
      {
        hint:
          spec.kernel === undefined ? 'the spec names no kernel' : 'a kernel has image, cmdline, binary, tar and ucode',
      },
    );
  }
  return {
    json: settings,
    lines: [
      [bold('kernel')],
      ...settings.map((each): Line => {
        const reason = each.default === undefined ? placeText(each) : `default: ${each.default}`;
        return ['  ', each.setting.padEnd(9), each.value, each.value === '' ? '' : '  ', dim(reason)];
      }),
    ],
  };
}
