// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TskitError } from '../errors.ts';
import { decodeSpec } from '../spec/decode.ts';
import type { PlacedDocument } from '../spec/document.ts';
import { mostCharacters } from '../spec/read-yaml.ts';
import { failureError, misfitError } from './evaluation-error.ts';
import { launches } from './isolation.ts';
import { literalOf } from './literal.ts';
import type { Request } from './message.ts';
import { networkNamespace } from './network-namespace.ts';
import { runChild } from './run-child.ts';
import { documentOf } from './typed-document.ts';

export interface EvaluationOptions {
  /** What the spec gets as its argument, and as all of its environment. */
  readonly variables?: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  /** Told when the spec could have used the network. */
  readonly warn: (message: string) => void;
  /** Milliseconds. */
  readonly limit?: number;
  /** Folders where `unshare` is looked for, as PATH. */
  readonly path?: string;
}

/** More than any computation of a spec takes. */
const standardLimit = 60_000;

/** The module `tskit`: beside src/ in a checkout and beside dist/ where it is installed, both two levels up from the code. */
const api = new URL('../../api/index.js', import.meta.url).href;
/** The code of the process, in a checkout and once bundled. */
const child = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './typed-child.mjs', import.meta.url),
);

/**
 * Evaluates a spec that is written in TypeScript or JavaScript, in a process of its own that can read files and nothing
 * else: no network where the system allows to take it away, no writing, no programs, no environment but the variables.
 *
 * @throws TskitError 'spec' with the place in the user's files
 */
export async function evaluateTypedSpec(file: string, options: EvaluationOptions): Promise<PlacedDocument> {
  checkNode(process.versions.node, file);
  const { path, bytes } = await readCode(file);
  const source = decodeSpec(bytes, file);
  const variables = Object.fromEntries(options.variables ?? []);
  const request: Request = { url: pathToFileURL(path).href, api, variables };
  const answer = await runChild(
    await launches([process.execPath, ...nodeFlags, child, JSON.stringify(request)], options.path),
    {
      // Time zone and language are the same for everybody: they would change what a spec computes.
      env: { TZ: 'UTC' },
      // So are the files that it reads by a relative path, wherever tskit is called.
      cwd: dirname(resolve(file)),
      limit: options.limit ?? standardLimit,
      most: mostCharacters,
      signal: options.signal,
      file,
    },
  );
  if (!isIsolated(answer.network)) {
    options.warn(
      `${file}: isolation is unavailable: the spec was evaluated with the network in reach, since ${answer.refusal ?? 'no `unshare` was found in PATH'}`,
    );
  }
  const { result } = answer;
  const files = { spec: file, path, source };
  if ('failure' in result) throw await failureError(result.failure, files);
  const literal = literalOf(source);
  if ('misfits' in result) throw misfitError(result.misfits, files, literal);
  return { source, root: documentOf(result.value, literal) };
}

/** Synchronous hooks and the permission model came to Node 22 later than to 23. Throws `spec` for those between. */
export function checkNode(version: string, file: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 23 || minor >= 5) return;
  throw new TskitError('spec', `evaluating "${file}": expected Node.js 22.15, 23.5 or later, found ${version}`, {
    hint: 'install another Node.js, or write the spec in YAML',
  });
}

/** The text and where it really is: imports of a linked file start from there. */
async function readCode(file: string): Promise<{ path: string; bytes: Buffer }> {
  try {
    const path = await realpath(file);
    return { path, bytes: await readFile(path) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new TskitError('spec', `reading spec "${file}": expected a TypeScript file, found ${found}`, {
      cause: error,
    });
  }
}

/** Reads of files are all that the spec's code is allowed (Node.js, Permissions). The heap is bounded, in MiB. */
const nodeFlags = [
  '--permission',
  '--allow-fs-read=*',
  '--disable-warning=ExperimentalWarning',
  '--max-old-space-size=512',
];

/** Whether the child's network namespace is another one than this process's. */
function isIsolated(network: string): boolean {
  return network !== '' && network !== networkNamespace();
}
