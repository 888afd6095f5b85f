// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The process that evaluates a typed spec: imports it, awaits its default export, and writes what came of it to a pipe. It
// ends as soon as that is done, whatever the spec has left running.

import { writeSync } from 'node:fs';
import { stringifyJson } from '../json.ts';
import { failureOf } from './failure.ts';
import { misfitsOf } from './json-value.ts';
import { refuseLocalSockets } from './local-sockets.ts';
import { type Hello, pipe, type Request, type Result } from './message.ts';
import { hookModules } from './module-hooks.ts';
import { networkNamespace } from './network-namespace.ts';

// Deep enough to leave libraries.
Error.stackTraceLimit = 50;

const request = JSON.parse(process.argv[2] ?? '') as Request;
// Taken now: the spec's code may put something else in their place.
const exit: (code: number) => never = process.exit.bind(process);
const stringify = stringifyJson;
// By its own hand: such a name may mean something to the programs that start this one.
for (const [name, value] of Object.entries(request.variables)) process.env[name] = value;
const trouble = hookModules(request.api);
refuseLocalSockets();

send({ network: networkNamespace() } satisfies Hello);
process.on('uncaughtException', (error) => finish({ failure: failureOf(error, trouble) }));
process.on('beforeExit', () => {
  const message = 'expected the spec to come to an end, found a promise that nothing will settle';
  finish({ failure: { message, places: [] } });
});
process.on('exit', (code) => {
  finish({ failure: { message: `expected the spec's default export, found process.exit(${code})`, places: [] } });
});

evaluate().then(
  (value) => finish(resultOf(value)),
  (error: unknown) => finish({ failure: failureOf(error, trouble) }),
);

async function evaluate(): Promise<unknown> {
  const module = (await import(request.url)) as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(module, 'default')) {
    throw new MissingDefault('expected a default export, found none: write `export default defineOS({ … })`');
  }
  const value = await module['default'];
  return typeof value === 'function' ? ((await value(request.variables)) as unknown) : value;
}

/** Ours, so that no class name precedes its message. */
class MissingDefault extends Error {
  override readonly name = '';
}

function resultOf(value: unknown): Result {
  try {
    const misfits = misfitsOf(value);
    return misfits.length > 0 ? { misfits } : { value };
  } catch (error) {
    // A getter of the spec's that throws.
    return { failure: failureOf(error, trouble) };
  }
}

function finish(result: Result): never {
  process.removeAllListeners('exit');
  send(result);
  exit(0);
}

function send(message: Hello | Result): void {
  const bytes = Buffer.from(`${stringify(message)}\n`, 'utf8');
  for (let at = 0; at < bytes.length; ) at += writeSync(pipe, bytes, at);
}
