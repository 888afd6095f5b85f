// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { createPrivateKey, createSign, createVerify, X509Certificate } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { certificateDer, type Sign } from '../archive/pkcs7.ts';
import { TskitError } from '../errors.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { KeySource, Signing } from '../rootfs.ts';
import { scratchFolder } from '../scratch-folder.ts';

/** Who signs: a certificate and what makes signatures with its key. */
export interface Signer {
  /** DER */
  readonly certificate: Buffer;
  readonly sign: Sign;
}

const commandTimeoutMs = 120_000;

/**
 * Opens what signs. Each signature is checked with the certificate before it is used.
 * @throws TskitError `io` when a file cannot be read, `format` when it is no RSA key or certificate or they do not belong
 * together.
 */
export function openSigner({ certificate: certificatePath, key }: Signing, signal: AbortSignal): Signer {
  const certificate = readCertificate(certificatePath);
  const make = key.kind === 'file' ? fileSign(key.path) : commandSign(key, signal);
  const { publicKey } = new X509Certificate(certificate);
  return {
    certificate,
    sign: async (bytes) => {
      const signature = await make(bytes);
      if (createVerify('sha256').update(bytes).verify(publicKey, signature)) return signature;
      const source = key.kind === 'file' ? `"${key.path}"` : `"${key.command.join(' ')}"`;
      throw new TskitError(
        'format',
        `secureboot: expected ${source} to sign for the certificate "${certificatePath}", found a signature of ${signature.length} bytes that is not by its key`,
        key.kind === 'file'
          ? { hint: 'name the key that belongs to the certificate' }
          : {
              hint: 'the command gets the bytes on standard input and prints RSA PKCS #1 v1.5 over their SHA-256, bare',
            },
      );
    },
  };
}

/**
 * The certificate of a file in PEM or DER, as DER.
 * @throws TskitError `io`, `format`
 */
export function readCertificate(path: string): Buffer {
  const bytes = readBytes(path, 'the certificate');
  try {
    return certificateDer(bytes);
  } catch (error) {
    throw new TskitError(
      'format',
      `secureboot: "${path}": expected an X.509 certificate with an RSA key, found ${(error as Error).message}`,
      { cause: error },
    );
  }
}

type Command = Extract<KeySource, { kind: 'command' }>;

function fileSign(path: string): Sign {
  const pem = readBytes(path, 'the key');
  try {
    const key = createPrivateKey(pem);
    return (bytes) => Promise.resolve(createSign('sha256').update(bytes).sign(key));
  } catch (error) {
    // What OpenSSL says of a key never quotes it.
    throw new TskitError(
      'format',
      `secureboot: "${path}": expected a private key in PEM: ${(error as Error).message}`,
      {
        hint: 'a key behind a passphrase or on a token signs by `command`',
      },
    );
  }
}

function commandSign({ command, folder: cwd }: Command, signal: AbortSignal): Sign {
  const [name = '', ...args] = command;
  // Where the folder is has nothing to do with PATH, but with what a path means.
  const program = name.includes('/') ? resolve(cwd, name) : name;
  return async (bytes) => {
    await using folder = await scratchFolder('sign');
    const [input, output] = [join(folder.path, 'input'), join(folder.path, 'output')];
    // Files, since many such programs open /dev/stdin and /dev/stdout, which cannot be done with the sockets of a pipe.
    writeFileSync(input, bytes);
    const stdio = [openSync(input, 'r'), openSync(output, 'w'), 'pipe'] as const;
    const child = spawn(program, args, { cwd, stdio: [...stdio], signal, timeout: commandTimeoutMs });
    const ended = new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, killedBy) => resolve(code === 0 ? undefined : `it ended with ${code ?? killedBy}`));
    });
    const [failure, said] = await Promise.all([ended, child.stderr === null ? '' : text(child.stderr)]);
    closeSync(stdio[0]);
    closeSync(stdio[1]);
    throwIfInterrupted(signal);
    if (failure === undefined) return readFileSync(output);
    const why = said.trim().split('\n').slice(-3).join('; ') || failure;
    throw new TskitError('io', `secureboot: signing with "${command.join(' ')}": ${why}`);
  };
}

function readBytes(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TskitError('io', `secureboot: reading ${what} "${path}": ${(error as Error).message}`, { cause: error });
  }
}
