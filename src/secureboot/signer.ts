// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { createPrivateKey, createSign, createVerify, X509Certificate } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { certificateDer, type Sign } from '../archive/pkcs7.ts';
import { keepAtExit, removeAtExit } from '../at-exit.ts';
import { TskitError } from '../errors.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';

/** Who signs: a certificate and what makes signatures with its key. */
export interface Signer {
  /** DER */
  readonly certificate: Buffer;
  readonly sign: Sign;
}

/** A key in a file, or a command that has it: a smart card's, a cloud's. */
export type KeySource =
  | { readonly kind: 'file'; readonly path: string }
  /** Gets the bytes on standard input and prints the bare signature (RSA PKCS #1 v1.5, SHA-256). */
  | { readonly kind: 'command'; readonly command: readonly string[] };

const commandTimeoutMs = 120_000;

/**
 * Opens what signs. Each signature is checked with the certificate before it is used.
 * @throws TskitError `io` when a file cannot be read, `format` when it is no RSA key or certificate or they do not belong
 * together.
 */
export function openSigner(certificatePath: string, key: KeySource, signal: AbortSignal): Signer {
  const certificate = readCertificate(certificatePath);
  const make = key.kind === 'file' ? fileSign(key.path) : commandSign(key.command, signal);
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

function commandSign(command: readonly string[], signal: AbortSignal): Sign {
  const [program = '', ...args] = command;
  return async (bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'tskit-sign-'));
    removeAtExit(folder);
    const [input, output] = [join(folder, 'input'), join(folder, 'output')];
    try {
      // Files, since many such programs open /dev/stdin and /dev/stdout, which cannot be done with the sockets of a pipe.
      writeFileSync(input, bytes);
      const stdio = [openSync(input, 'r'), openSync(output, 'w'), 'pipe'] as const;
      const child = spawn(program, args, { stdio: [...stdio], signal, timeout: commandTimeoutMs });
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
    } finally {
      rmSync(folder, { recursive: true, force: true });
      keepAtExit(folder);
    }
  };
}

function readBytes(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TskitError('io', `secureboot: reading ${what} "${path}": ${(error as Error).message}`, { cause: error });
  }
}
