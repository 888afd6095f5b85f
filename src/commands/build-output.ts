// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname, join } from 'node:path';
import { statSync } from 'node:fs';
import { TskitError } from '../errors.ts';
import { checkFormats, checkStreamFormat } from '../emit/check-formats.ts';
import { defaultFormat, defaultStreamFormat, formats } from '../emit/formats.ts';
import type { SbomOptions } from '../sbom/output.ts';
import type { Invocation, Option } from './command.ts';

/** What `--sbom` without a file stands for; no file has this name. */
const besideArtifacts = '/';

/** Of `tskit build`: what is written, and where. Names and defaults are LinuxKit's. */
export const outputOptions: Readonly<Record<string, Option>> = {
  format: {
    short: 'f',
    value: 'FORMAT',
    multiple: true,
    help: `formats to write, comma-separated or repeated: ${Object.keys(formats).join(', ')} (default ${defaultFormat}, with --o ${defaultStreamFormat})`,
  },
  name: { value: 'NAME', help: "what the files' names begin with (default: the last spec's name without its ending)" },
  dir: { value: 'DIR', help: 'output folder (default: the current one)' },
  o: { short: 'o', value: 'FILE', help: 'where one streamed format goes instead, - for standard output' },
  'input-tar': {
    value: 'TAR',
    help: 'tar of an earlier build: says which sections differ from it; what is unchanged comes from the cache anyway',
  },
  'decompress-kernel': { help: 'write the kernel that is inside of a bzImage or of a compressed kernel file' },
  size: { value: 'SIZE', help: 'least size of a disk image, as 1024M or 2G (default: what its content needs)' },
  docker: { help: 'LinuxKit: images from a Docker daemon; here `docker save` and docker-archive:FILE do that' },
  sbom: {
    value: 'FILE',
    omitted: { means: besideArtifacts, unless: /(?!)/ },
    help: 'write what the system is made of, SPDX 2.3 in JSON (--sbom=FILE; --sbom alone is NAME.spdx.json in the output folder)',
  },
  'sbom-output': { value: 'NAME', help: 'put the SBOM into the system, as the file NAME of its root' },
  'sbom-current-time': { help: 'date the SBOM now; without it a build gives the same bytes each time' },
  'no-sbom': { help: 'no SBOM, whatever --sbom-output says' },
};

/** What the options say, checked. */
export interface BuildOutput {
  readonly formats: readonly string[];
  readonly dir: string;
  readonly name: string;
  readonly output?: string;
  readonly inputTar?: string;
  /** Bytes that a disk is to have at least. */
  readonly size?: number;
  readonly decompressKernel: boolean;
  readonly sbom?: SbomOptions;
}

/** `specName` is what artifacts are called unless the user says otherwise. Throws `usage` for what contradicts itself or cannot be. */
export function outputOf(invocation: Invocation, specName: string): BuildOutput {
  refuseDocker(invocation);
  const size = sizeOf(invocation.one('size'));
  const output = invocation.one('o');
  const names = formatsOf(invocation.many('format'), output);
  if (output !== undefined) checkSingleOutput(invocation, output, names);
  const name = invocation.one('name') ?? specName;
  checkName(name);
  const dir = invocation.one('dir') ?? '.';
  const inputTar = invocation.one('input-tar');
  const files = names.flatMap((format) => (formats[format]?.suffixes ?? []).map((end) => join(dir, name + end)));
  const sbom = sbomOf(invocation, join(dir, `${name}.spdx.json`));
  const outputs = [...(output === undefined ? files : [output]), ...(sbom?.file === undefined ? [] : [sbom.file])];
  refuseSpecs(invocation.positionals, outputs);
  if (inputTar !== undefined) checkInputTar(inputTar, outputs, invocation.flag('pull'));
  return {
    formats: names,
    dir,
    name,
    ...(output !== undefined && { output }),
    ...(inputTar !== undefined && { inputTar }),
    ...(size !== undefined && { size }),
    ...(sbom !== undefined && { sbom }),
    decompressKernel: invocation.flag('decompress-kernel'),
  };
}

function usage(message: string, hint = 'see `tskit build --help`'): TskitError {
  return new TskitError('usage', `build: ${message}`, { hint });
}

function formatsOf(lists: readonly string[], output: string | undefined): readonly string[] {
  const given = lists.flatMap((list) => list.split(',').map((name) => name.trim()));
  const names = given.length > 0 ? [...new Set(given)] : [output === undefined ? defaultFormat : defaultStreamFormat];
  checkFormats(names);
  return names;
}

function checkSingleOutput(invocation: Invocation, output: string, names: readonly string[]): void {
  checkStreamFormat(names);
  for (const option of ['name', 'dir']) {
    if (invocation.one(option) !== undefined) throw usage(`--o and --${option}: expected one of them, found both`);
  }
  if (output !== '-') return;
  if (invocation.flag('json')) throw usage('--o - and --json: expected one of them on standard output, found both');
  if (process.stdout.isTTY) {
    throw usage('--o -: expected a pipe or a file for standard output, found a terminal', 'name a file with --o FILE');
  }
}

/** One line a file is what scripts read, so that no name may have two. */
function checkName(name: string): void {
  if (name !== '' && !/[/\p{Cc}]/u.test(name)) return;
  throw usage(`--name: expected a file name without control characters, found "${name}"`);
}

function checkInputTar(input: string, outputs: readonly string[], pull: boolean): void {
  if (pull) {
    throw usage('--input-tar and --pull: expected one of them, found both');
  }
  const stats = statSync(input, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) {
    const found = stats === undefined ? 'no such file' : 'something else';
    throw usage(`--input-tar "${input}": expected the tar of an earlier build, found ${found}`);
  }
  const same = outputs.find((path) => isSameFile(stats, path));
  if (same === undefined) return;
  throw usage(
    `--input-tar "${input}": expected another file than the one to write, found "${same}" to be both`,
    `write elsewhere, for example into another folder than "${dirname(same)}"`,
  );
}

/** A slip such as `-o os.yml os.yml` would be the end of the spec. */
function refuseSpecs(specs: readonly string[], outputs: readonly string[]): void {
  for (const spec of specs) {
    const stats = statSync(spec, { throwIfNoEntry: false });
    const same = stats?.isFile() === true ? outputs.find((path) => isSameFile(stats, path)) : undefined;
    if (same === undefined) continue;
    throw usage(`"${same}": expected another file than a spec to write, found the spec "${spec}"`);
  }
}

function isSameFile(stats: { readonly dev: number; readonly ino: number }, path: string): boolean {
  const other = statSync(path, { throwIfNoEntry: false });
  return other !== undefined && other.dev === stats.dev && other.ino === stats.ino;
}

/** LinuxKit's notation: mebibytes with M or alone, gibibytes with G. In bytes. */
function sizeOf(size: string | undefined): number | undefined {
  if (size === undefined) return undefined;
  const [, digits, unit] = /^0*([1-9]\d{0,8})([MG]?)$/.exec(size) ?? [];
  if (digits === undefined) throw usage(`--size: expected a size such as "1024M" or "2G", found "${size}"`);
  return Number(digits) * 2 ** (unit === 'G' ? 30 : 20);
}

function refuseDocker(invocation: Invocation): void {
  if (!invocation.flag('docker')) return;
  throw usage(
    '--docker: expected images from registries, layouts and archives, found a wish for those of a Docker daemon',
    'save the image with `docker save --output web.tar web:1` and write `docker-archive:web.tar` in the spec',
  );
}

/** What of an SBOM is asked for; undefined for nothing. */
function sbomOf(invocation: Invocation, beside: string): SbomOptions | undefined {
  const given = invocation.one('sbom');
  const inRoot = invocation.one('sbom-output');
  const isCurrent = invocation.flag('sbom-current-time');
  if (invocation.flag('no-sbom')) {
    if (given !== undefined) throw usage('--no-sbom and --sbom: expected one of them, found both');
    // As in LinuxKit, whose scripts name the file either way.
    return undefined;
  }
  if (inRoot !== undefined && (!/^[^/\p{Cc}]+$/u.test(inRoot) || /^\.{1,2}$/.test(inRoot))) {
    throw usage(`--sbom-output: expected the name of a file in the root, such as "sbom.spdx.json", found "${inRoot}"`);
  }
  if (given === undefined && inRoot === undefined) return undefined;
  const file = given === besideArtifacts ? beside : given;
  return { ...(file !== undefined && { file }), ...(inRoot !== undefined && { inRoot }), isCurrent };
}
