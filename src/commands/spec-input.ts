// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync, readSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { arch } from 'node:process';
import { TskitError } from '../errors.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { Platform } from '../oci/types.ts';
import { decodeSpec } from '../spec/decode.ts';
import type { ParseOptions } from '../spec/parse.ts';
import type { SpecSource } from '../spec/read-source.ts';
import { variableName } from '../spec/variables.ts';
import { type Command, type Invocation, type Option, usage } from './command.ts';

/** The option of commands that resolve images for a machine which need not be this one. */
export const platformOption: Readonly<Record<string, Option>> = {
  arch: { value: 'ARCH', help: "architecture of the images (default: this machine's)" },
};

/** OCI's names of the architectures that Node calls otherwise (OCI image-spec config.md, architecture: Go's GOARCH). */
const ociArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', x86_64: 'amd64', aarch64: 'arm64' };

/** The platform that images are wanted for: --arch, else this machine's. */
export function platformOf(invocation: Invocation): Platform {
  const name = invocation.one('arch') ?? arch;
  const architecture = Object.hasOwn(ociArchitectures, name) ? ociArchitectures[name] : name;
  return { os: 'linux', architecture: architecture ?? name };
}

/** Options of every command that reads specs. */
export const specOptions: Readonly<Record<string, Option>> = {
  set: {
    value: 'NAME=VALUE',
    multiple: true,
    help: 'value of ${NAME} in the specs; turns variables on in all of them',
  },
};

/** What a command reads specs from, for its usage line. */
export const specArguments = 'SPEC...';

/** Specs as they were read, before anything is made of them. */
export interface SpecInput {
  readonly sources: readonly SpecSource[];
  readonly parsing: ParseOptions;
  /** What tskit.lock lies beside: the first spec where it is a file, else a name in the current folder. */
  readonly beside: string;
}

/** Far more than anybody writes; a device file such as /dev/zero has no end. */
const maxSpecSize = 16 * 1024 * 1024;
const pieceSize = 64 * 1024;
const standardInput = '-';
/** LinuxKit's name for what it builds from standard input. */
const unnamed = 'moby';

/**
 * Reads the specs that a command line names: files, "-" for standard input, http(s) URLs with or without digest. Throws `usage` without
 * any, and `spec` when one cannot be read, is larger than 16 MiB or is not text.
 */
export async function readSpecs(
  command: Command,
  invocation: Invocation,
  positionals: readonly string[] = invocation.positionals,
): Promise<SpecInput> {
  const [first] = positionals;
  if (first === undefined) throw noSpec(command);
  if (positionals.filter((one) => one === standardInput).length > 1) {
    throw usage(command, 'expected "-" once, found it again: standard input can be read once');
  }
  const set = givenVariables(command, invocation);
  const sources: SpecSource[] = [];
  for (const positional of positionals) sources.push(await readSpec(positional, invocation));
  return {
    sources,
    parsing: {
      variables: { set, environment: invocation.env },
      ...(await templatesOf(sources)),
      warn: (message) => invocation.reporter.warn(message),
    },
    beside: isUrl(first) || first === standardInput ? standardInput : first,
  };
}

/** Loaded only where a spec has one: git is asked then. */
async function templatesOf(sources: readonly SpecSource[]): Promise<Pick<ParseOptions, 'template'>> {
  if (!sources.some(({ text }) => text.includes('@pkg:'))) return {};
  const { resolveTemplate } = await import('../packages/template.ts');
  return { template: resolveTemplate };
}

function givenVariables(command: Command, invocation: Invocation): ReadonlyMap<string, string> {
  const set = new Map<string, string>();
  for (const given of invocation.many('set')) {
    const equals = given.indexOf('=');
    const name = given.slice(0, Math.max(equals, 0));
    if (!variableName.test(name)) throw usage(command, `--set: expected NAME=VALUE, found "${given}"`);
    if (set.has(name)) throw usage(command, `--set ${name}: expected it once, found it again`);
    set.set(name, given.slice(equals + 1));
  }
  return set;
}

/** Whether a spec has to be fetched. */
export function isUrl(positional: string): boolean {
  return /^https?:\/\//i.test(positional);
}

function noSpec(command: Command): TskitError {
  return usage(command, 'expected SPEC, the path of a YAML file, found nothing');
}

/** What artifacts are called unless the user says otherwise: the last spec without ending, as in LinuxKit. Throws `usage` without any. */
export function specName(command: Command, { positionals }: Invocation): string {
  const last = positionals.at(-1);
  if (last === undefined) throw noSpec(command);
  if (last === standardInput) return unnamed;
  const path = isUrl(last) ? last.replace(/@[a-z0-9]+:[0-9A-Za-z]*$/, '').replace(/[?#].*$/, '') : last;
  return basename(path, extname(path));
}

/** A file's bytes, one more at most than a spec may have. Streams would take longer to load than a spec to read. */
function readFileStart(file: string): Buffer {
  const pieces: Buffer[] = [];
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const most = maxSpecSize + 1;
    for (let total = 0, read = -1; total < most && read !== 0; total += read) {
      const piece = Buffer.allocUnsafe(Math.min(pieceSize, most - total));
      read = readSync(fd, piece);
      pieces.push(piece.subarray(0, read));
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return Buffer.concat(pieces);
}

/** The same of standard input. */
async function readInputStart(name: string, signal: AbortSignal): Promise<Buffer> {
  const { readStart } = await import('./standard-input.ts');
  return await readStart(maxSpecSize, signal).catch((error: unknown) => {
    throwIfInterrupted(signal);
    throw unreadable(name, error);
  });
}

function unreadable(name: string, error: unknown): TskitError {
  const found = error instanceof Error ? error.message : String(error);
  return new TskitError('spec', `reading spec "${name}": expected a YAML file, found ${found}`, { cause: error });
}

async function readSpec(positional: string, invocation: Invocation): Promise<SpecSource> {
  if (isUrl(positional)) {
    const { fetchSpec, parseSpecUrl } = await import('./spec-url.ts');
    const address = parseSpecUrl(positional);
    const { env, reporter, signal } = invocation;
    const options = { limit: maxSpecSize, offline: invocation.flag('offline'), env, reporter, signal };
    const bytes = await fetchSpec(address, options);
    return { text: decodeSpec(bytes, address.name), name: address.name, folder: undefined };
  }
  const isInput = positional === standardInput;
  const name = isInput ? 'standard input' : positional;
  const bytes = isInput ? await readInputStart(name, invocation.signal) : readFileStart(positional);
  if (bytes.length > maxSpecSize) {
    throw new TskitError('spec', `reading spec "${name}": expected at most ${maxSpecSize} bytes, found more`);
  }
  return { text: decodeSpec(bytes, name), name, folder: isInput ? process.cwd() : dirname(resolve(positional)) };
}
