// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { arch } from 'node:process';
import type { InitChoice } from '../assemble/init.ts';
import { buildSpec } from '../build.ts';
import { checkFormats, defaultFormat } from '../emit/formats.ts';
import { TskitError } from '../errors.ts';
import type { Platform } from '../oci/types.ts';
import { buildContext, contextOptions } from './build-context.ts';
import { type Command, type Invocation, onlyPositional, usage } from './command.ts';

export const build: Command = {
  name: 'build',
  arguments: '[flags] SPEC.yml',
  summary: 'composes an operating system from a spec',
  description:
    'Writes NAME-kernel, NAME-initrd.img and NAME-cmdline into the output folder; `tskit run NAME` boots them.',
  options: {
    format: {
      short: 'f',
      value: 'FORMAT',
      multiple: true,
      help: `formats to write, comma-separated (default ${defaultFormat})`,
    },
    name: { value: 'NAME', help: "what the files' names begin with (default: the spec's name without .yml)" },
    dir: { value: 'DIR', help: 'output folder (default: the current one)' },
    arch: { value: 'ARCH', help: "architecture of the images (default: this machine's)" },
    init: {
      value: 'tskit|image|auto',
      help: "whose /init boots (default auto: an init image's where one brings it, else ours)",
    },
    json: { help: 'print the files written as JSON, and no progress' },
    ...contextOptions,
  },
  run: async (invocation) => {
    const file = onlyPositional(build, invocation, 'SPEC.yml');
    const formats = formatsOf(invocation);
    const name = invocation.one('name') ?? basename(file).replace(/\.ya?ml$/, '');
    if (name === '' || name.includes('/')) throw usage(build, `--name: expected a file name, found "${name}"`);
    const written = await buildSpec(
      {
        text: await readSpec(file),
        file,
        platform: platformOf(invocation),
        init: initOf(invocation),
        formats,
        dir: invocation.one('dir') ?? '.',
        name,
      },
      buildContext(invocation),
    );
    if (invocation.flag('json')) invocation.print(JSON.stringify({ files: written }));
    else for (const path of written) invocation.print(path);
  },
};

function formatsOf(invocation: Invocation): readonly string[] {
  const given = invocation.many('format').flatMap((list) => list.split(',').map((name) => name.trim()));
  const formats = given.length === 0 ? [defaultFormat] : [...new Set(given)];
  checkFormats(formats);
  return formats;
}

function initOf(invocation: Invocation): InitChoice {
  const choice = invocation.one('init') ?? 'auto';
  if (choice !== 'auto' && choice !== 'tskit' && choice !== 'image') {
    throw usage(build, `--init: expected tskit, image or auto, found "${choice}"`);
  }
  return choice;
}

/** OCI's names of the architectures that Node calls otherwise (OCI image-spec config.md, architecture: Go's GOARCH). */
const ociArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', x86_64: 'amd64', aarch64: 'arm64' };

function platformOf(invocation: Invocation): Platform {
  const name = invocation.one('arch') ?? arch;
  const architecture = Object.hasOwn(ociArchitectures, name) ? ociArchitectures[name] : name;
  return { os: 'linux', architecture: architecture ?? name };
}

async function readSpec(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const found = error instanceof TypeError ? 'bytes that are not UTF-8' : (error as Error).message;
    throw new TskitError('spec', `reading spec "${file}": expected a YAML file, found ${found}`, { cause: error });
  }
}
