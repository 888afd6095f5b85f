// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../init/sys.d.ts" />
import * as sys from 'tskit:sys';

let failures = 0;

function print(line: string): void {
  sys.write(2, sys.encodeUtf8(`${line}\n`));
}

/** Runs one check and goes on after a failure, which is printed. */
export function check(title: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    failures++;
    print(`not ok: ${title}: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`);
  }
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof Uint8Array) return [...item];
    return typeof item === 'bigint' ? `${item}n` : item;
  });
}

export function equal(found: unknown, expected: unknown): void {
  if (show(found) !== show(expected)) throw new Error(`expected ${show(expected)}, found ${show(found)}`);
}

export function ok(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected ${what}`);
}

/** The act throws a SysError with this code and system call; `detail` is what its message is about. */
export function fails(code: string, syscall: string, act: () => unknown, detail?: string): void {
  const error = thrown(act) as sys.SysError;
  equal([error.code, error.syscall], [code, syscall]);
  equal(error.message, detail === undefined ? `${syscall}: ${code}` : `${syscall} ${detail}: ${code}`);
  ok(error.errno > 0, 'a positive errno');
}

/** The act throws an ordinary JavaScript error of this class: a wrong argument, which must not reach the kernel. */
export function rejects(name: string, act: () => unknown): void {
  const error = thrown(act);
  equal([error.name, 'errno' in error], [name, false]);
}

function thrown(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure, found none');
}

/** Exit status of a child that runs the act; 99 when the act throws. */
export function inChild(flags: number, act: () => number): number {
  const { pid } = sys.clone3({ flags, exitSignal: 17 });
  if (pid === 0) {
    let code = 99;
    try {
      code = act();
    } catch (error) {
      print(`child: ${String(error)}`);
    }
    sys.exit(code);
  }
  const { status } = sys.wait4(pid, 0);
  return (status & 0x7f) === 0 ? status >> 8 : 128 + (status & 0x7f);
}

/** Number of failed checks so far, as an exit code. */
export function failed(): number {
  return Math.min(failures, 100);
}
