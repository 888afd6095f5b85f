// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { enrol } from '../archive/efi-variables.ts';
import { type SecureVariable, signatureList, signedUpdate } from '../archive/efi-signature.ts';
import { contentId, guidText } from '../archive/guid.ts';
import { TskitError } from '../errors.ts';
import { openSigner, type Signer } from './signer.ts';

/** Names of the variables that hold keys: the owner's, the one that may change the list, the list of what may boot. */
const names = ['PK', 'KEK', 'db'] as const;
type KeyName = (typeof names)[number];
/** Whose key signs the update of a variable (UEFI, 8.2.2). */
const signerOf: Readonly<Record<KeyName, KeyName>> = { PK: 'PK', KEK: 'PK', db: 'KEK' };
const days = 3650;
/** The file of firmware variables in a folder of keys. */
export const variablesFile = 'vars.fd';

/** What is generated. */
export interface KeySetOptions {
  readonly dir: string;
  /** In the names of the certificates. */
  readonly commonName: string;
  /** An empty OVMF_VARS; without it no `vars.fd` is written. */
  readonly template?: string;
}

/**
 * Generates a set of keys for Secure Boot: NAME.key (PEM, 0600), NAME.crt (PEM), NAME.esl and NAME.auth for each of PK, KEK and
 * db, and `vars.fd`, a firmware's variables with all three enrolled.
 * @returns the paths of the files in the order in which they were written.
 * @throws TskitError `io` when a file exists already or cannot be written, `not-found` without openssl, `format` for a
 * template that is none.
 */
export async function generateKeys(options: KeySetOptions, signal: AbortSignal): Promise<readonly string[]> {
  const { dir, commonName, template } = options;
  const path = (name: string): string => join(dir, name);
  const files = [
    ...names.flatMap((name) => [`${name}.key`, `${name}.crt`, `${name}.esl`, `${name}.auth`]),
    ...(template === undefined ? [] : [variablesFile]),
  ].map(path);
  const present = files.filter((file) => existsSync(file));
  if (present.length > 0) {
    throw new TskitError(
      'io',
      `keys generate: expected no keys in "${dir}", found ${present.map((file) => `"${file}"`).join(', ')}`,
      {
        hint: 'keys are never overwritten; choose another folder',
      },
    );
  }
  mkdirSync(dir, { recursive: true });
  try {
    for (const name of names)
      await generateKey(path(`${name}.key`), path(`${name}.crt`), `${commonName} ${name}`, signal);
    const signers = new Map<KeyName, Signer>(
      names.map((name) => [
        name,
        openSigner({ certificate: path(`${name}.crt`), key: { kind: 'file', path: path(`${name}.key`) } }, signal),
      ]),
    );
    await writeEnrolment(options, signers, path);
  } catch (error) {
    for (const file of files) rmSync(file, { force: true });
    throw error;
  }
  return files;
}

async function writeEnrolment(
  { template }: KeySetOptions,
  signers: ReadonlyMap<KeyName, Signer>,
  path: (name: string) => string,
): Promise<void> {
  const seconds = Math.floor(Date.now() / 1000);
  const variables: SecureVariable[] = [];
  for (const [name, { certificate }] of signers) {
    const variable: SecureVariable = { name, value: signatureList(certificate, ownerOf(certificate)) };
    const signer = signers.get(signerOf[name]);
    if (signer === undefined) continue;
    writeFileSync(path(`${name}.esl`), variable.value);
    writeFileSync(path(`${name}.auth`), await signedUpdate(variable, seconds, signer.certificate, signer.sign));
    variables.push(variable);
  }
  if (template !== undefined) writeFileSync(path(variablesFile), enrolled(template, variables, seconds));
}

function enrolled(template: string, variables: readonly SecureVariable[], seconds: number): Buffer {
  try {
    return enrol(readFileSync(template), variables, seconds);
  } catch (error) {
    throw new TskitError(
      'format',
      `keys generate: "${template}": expected an empty store of firmware variables: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** A GUID for who owns a certificate, made from it: version 8 (RFC 9562, 5.8). */
function ownerOf(certificate: Buffer): string {
  return guidText(contentId(createHash('sha256').update(certificate).digest()));
}

/** A key of RSA 2048, which every firmware takes, and its certificate. */
async function generateKey(key: string, certificate: string, subject: string, signal: AbortSignal): Promise<void> {
  // The key has its mode before it has its content.
  writeFileSync(key, '', { mode: 0o600 });
  // biome-ignore format: one option with its value a line would be longer
  const args = [
    'req', '-new', '-x509', '-newkey', 'rsa:2048', '-noenc', '-sha256', '-days', String(days),
    '-subj', `/CN=${subject.replaceAll(/[\\/+]/g, '\\$&')}`, '-keyout', key, '-out', certificate,
  ];
  const child = spawn('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' ? 'ENOENT' : error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : `it ended with ${code}`));
  });
  const [failure, said] = await Promise.all([ended, text(child.stderr)]);
  signal.throwIfAborted();
  if (failure === 'ENOENT') {
    throw new TskitError('not-found', 'keys generate: expected "openssl" in PATH, found none', {
      hint: 'install openssl',
    });
  }
  if (failure !== undefined) {
    const why = said.trim().split('\n').at(-1) || failure;
    throw new TskitError('io', `keys generate: making "${key}" with openssl: ${why}`);
  }
}
