// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawn } from 'node:child_process';
import { TskitError } from '../../errors.ts';
import type { Credentials } from './credentials.ts';
import { interruptionOf } from '../interruption.ts';
import { isObject } from '../json-fields.ts';
import { errnoOf } from '../store-error.ts';

const timeoutMs = 60_000;
const outputLimit = 64 * 1024;
/** The user name with which a helper says that the secret is an identity token (docker-credential-helpers, README). */
const tokenUser = '<token>';

/**
 * Asks `docker-credential-NAME get` for a server's login (docker-credential-helpers protocol: server on stdin, JSON on
 * stdout, exit code 1 and a sentence on stdout when it has none). Throws `auth`; what the helper printed is not in the message.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
    throw new TskitError('auth', `credential helper "${name}": expected the name of a docker-credential-… program`);
  }
  const program = `docker-credential-${name}`;
  const { code, output } = await runHelper(program, server, signal);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) {
      return undefined;
    }
    throw new TskitError('auth', `asking \`${program} get\` for the login of "${server}": exit code ${code}`, {
      hint: `run \`echo ${server} | ${program} get\` to see what it says`,
    });
  }
  return parseAnswer(output, program);
}

function parseAnswer(output: string, program: string): Credentials | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    answer = undefined;
  }
  if (!isObject(answer) || typeof answer['Username'] !== 'string' || typeof answer['Secret'] !== 'string') {
    throw new TskitError(
      'auth',
      `asking \`${program} get\`: expected JSON with "Username" and "Secret", found something else`,
    );
  }
  const { Username: username, Secret: secret } = answer as { Username: string; Secret: string };
  if (secret === '') {
    return undefined;
  }
  return username === tokenUser
    ? { kind: 'identity', token: secret }
    : { kind: 'password', username, password: secret };
}

function runHelper(program: string, server: string, signal: AbortSignal): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, outputLimit);
    });
    // The helper may exit without reading; its exit code says more than EPIPE.
    child.stdin.on('error', () => {}).end(`${server}\n`);
    child.once('error', (error) => reject(signal.aborted ? interruptionOf(signal) : startError(program, error)));
    child.once('close', (code) => resolve({ code: code ?? -1, output }));
  });
}

function startError(program: string, error: Error): TskitError {
  if (errnoOf(error) === 'ENOENT') {
    return new TskitError('auth', `asking for a login: expected the program \`${program}\` in PATH, found none`, {
      hint: "install it, or remove it from credsStore or credHelpers in Docker's config.json",
    });
  }
  return new TskitError(
    'auth',
    `asking for a login: \`${program}\`: ${error.name === 'AbortError' ? `no answer within ${timeoutMs / 1000} seconds` : error.message}`,
  );
}
