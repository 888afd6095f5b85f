// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { temporaryFolder } from '../temporary-folder.ts';

const program = new URL('../../../dist/programs/metadata', import.meta.url).pathname;
const server = new URL('network-of-its-own.ts', import.meta.url).pathname;

/**
 * A root of its own with the real program in it, in a network of its own with a fake cloud: what the program reads of /sys and /dev are
 * files, what it asks are sockets.
 */
export class CloudMachine implements AsyncDisposable {
  readonly #folder = temporaryFolder();
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    mkdirSync(join(this.#folder.path, 'usr/bin'), { recursive: true });
    copyFileSync(program, join(this.#folder.path, 'usr/bin/metadata'));
    chmodSync(join(this.#folder.path, 'usr/bin/metadata'), 0o755);
    this.write('etc/resolv.conf', 'nameserver 127.0.0.1\n');
    this.write('dev/urandom', 'ab');
    this.firmware({ sys_vendor: 'QEMU' });
  }

  static async start(): Promise<CloudMachine> {
    const child = spawn('unshare', ['--net', '--uts', process.execPath, server], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new CloudMachine(child);
  }

  get root(): string {
    return this.#folder.path;
  }

  /** Makes a file, of what a device or the kernel would have. */
  write(path: string, content: string | Buffer): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** What SMBIOS says. */
  firmware(fields: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries({ sys_vendor: '', ...fields }))
      this.write(`sys/class/dmi/id/${name}`, `${value}\n`);
  }

  /** A device with that content. */
  device(name: string, content: Buffer): void {
    mkdirSync(join(this.root, 'sys/class/block', name), { recursive: true });
    this.write(`dev/${name}`, content);
  }

  /** Plays another cloud from now on; "none" knows no path. */
  async play(cloud: string): Promise<void> {
    const answer = once(this.#child, 'message');
    this.#child.send(cloud);
    await answer;
  }

  /** Runs the program as root; `prefix` is a command that starts it. */
  async run(args: readonly string[], prefix: readonly string[] = []): Promise<Ran> {
    const words = ['--target', String(this.#child.pid), '--net', '--uts', ...prefix];
    const { exitCode, stdout, stderr } = await execa(
      'nsenter',
      [...words, 'chroot', this.root, '/usr/bin/metadata', ...args],
      {
        reject: false,
        timeout: 60_000,
      },
    );
    return { exitCode, stdout, stderr };
  }

  /** The host name of the machine. */
  async hostname(): Promise<string> {
    return (await execa('nsenter', ['--target', String(this.#child.pid), '--uts', 'uname', '-n'])).stdout;
  }

  /** Files below /run/config by path: mode and content. */
  get tree(): Readonly<Record<string, string>> {
    return Object.fromEntries(filesBelow(join(this.root, 'run/config'), ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
    this.#folder[Symbol.dispose]();
  }
}

/** How the program ended. */
export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function filesBelow(root: string, folder: string): [string, string][] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return [[path, `link to ${readlinkSync(join(root, path))}`]];
    if (entry.isDirectory()) return filesBelow(root, path);
    const mode = (statSync(join(root, path)).mode & 0o7777).toString(8);
    return [[path, `${mode} ${readFileSync(join(root, path), 'utf8')}`]];
  });
}
