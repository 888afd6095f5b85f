// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Command, type Invocation, type Option, usage } from './command.ts';
import { contextOptions } from './build-context.ts';
import { platformOption } from './spec-input.ts';

type Action = (invocation: Invocation, args: readonly string[]) => Promise<void>;

/** Each action's module is loaded only when it is asked for. */
const actions: Readonly<Record<string, () => Promise<Action>>> = {
  new: async () => (await import('./pkg-new.ts')).newPackage,
  build: async () => (await import('./pkg-build.ts')).buildPackages,
  ls: async () => (await import('./pkg-ls.ts')).listPackages,
  lock: async () => (await import('./pkg-lock.ts')).lockPackages,
  update: async () => (await import('./pkg-lock.ts')).updatePackages,
  push: async () => (await import('./pkg-push.ts')).pushPackage,
};

const options: Readonly<Record<string, Option>> = {
  tag: {
    value: 'REF',
    multiple: true,
    help: 'build: name the image in the store, so that specs find it by this reference',
  },
  output: {
    short: 'o',
    value: 'TO',
    multiple: true,
    help: 'build: write the image to oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:TAG]',
  },
  sbom: { value: 'FILE', help: "build: write the image's SBOM to a file, SPDX 2.3 in JSON" },
  'build-arg': { value: 'NAME=VALUE', multiple: true, help: 'build: argument of a Dockerfile' },
  json: { help: 'print the result as JSON' },
  ...platformOption,
  ...contextOptions,
};

export const pkg: Command = {
  name: 'pkg',
  arguments: 'new|build|ls|lock|update|push [flags] [WHAT...]',
  actionArguments: { new: '', build: 'RECIPE...', ls: '', lock: 'DIR...', update: '[LOCKED]', push: 'RECIPE REF' },
  summary: 'makes images of packages: the shelf and your own',
  description: [
    'new NAME        writes a recipe that builds into the folder NAME, as a start for your own',
    'build WHAT...   makes images; prints name and digest. WHAT is a shipped recipe, or a folder with recipe.yml, build.yml or Dockerfile,',
    '                or that file',
    'ls              lists the shipped recipes, with the images that the store has',
    'lock DIR...     pins the packages of your recipe in the tskit.lock beside it',
    'update [WHERE]  pins the recipes of a tskit.lock anew: that of a recipe, a spec or a folder (default the current one); prints what',
    '                changed, with the security fixes that the changelogs name',
    'push WHAT REF   makes an image and pushes it to a registry, its SBOM with it',
  ].join('\n'),
  options,
  whenInterrupted: 'locks and files are as they were; what was downloaded so far is kept in the cache',
  run: async (invocation) => {
    const [name, ...args] = invocation.positionals;
    const known = Object.keys(actions);
    const load = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (name === undefined || load === undefined) {
      const found = name === undefined ? 'nothing' : `"${name}"`;
      throw usage(pkg, `expected ${known.slice(0, -1).join(', ')} or ${known.at(-1)}, found ${found}`);
    }
    for (const option of ['tag', 'output', 'sbom', 'build-arg'] as const) {
      if (name !== 'build' && invocation.many(option).length > 0)
        throw usage(pkg, `${name}: option "--${option}" belongs to build`);
    }
    await (await load())(invocation, args);
  },
};
