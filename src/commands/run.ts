// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type ClaimedMachine, claimMachine, machineName } from '../control/run-folder.ts';
import { TskitError } from '../errors.ts';
import { type Accelerator, chooseAccelerator } from '../qemu/accelerator.ts';
import { buildArguments, type Machine } from '../qemu/arguments.ts';
import { type Artifact, findArtifact } from '../qemu/artifact.ts';
import { createDataImage } from '../qemu/data-image.ts';
import { createDisk, diskCommand } from '../qemu/disk-image.ts';
import { findProgram } from '../qemu/find-program.ts';
import { type KvmVerdict, probeKvm } from '../qemu/kvm-probe.ts';
import { parseDisk, parsePublish } from '../qemu/options.ts';
import { runSession } from '../qemu/session.ts';
import { readUnpackedSize } from '../qemu/unpacked-size.ts';
import { shellQuote } from '../shell-quote.ts';
import { cacheDir } from './build-context.ts';
import { cacheOption, type Command, type Invocation, usage } from './command.ts';

/** For an initrd that does not say how large it is once unpacked. */
const fallbackMemoryMiB = 1024;
const program = 'qemu-system-x86_64';

export const run: Command = {
  name: 'run',
  arguments: '[qemu] PATH',
  summary: 'boots what a build wrote; the console is the terminal',
  description:
    'PATH is the name that the build printed, such as "hello" for hello-kernel, hello-initrd.img and hello-cmdline.\n' +
    'Ctrl-C presses the power button, a second Ctrl-C ends the machine at once.',
  options: {
    cpus: { value: 'N', help: 'number of processors (default 1)' },
    mem: { value: 'MIB', help: 'memory in MiB (default: what the unpacked image needs)' },
    publish: {
      value: '[ADDRESS:]HOST:GUEST[/PROTO]',
      multiple: true,
      help: 'forward a host port, on 127.0.0.1 by default',
    },
    disk: {
      value: '[file=]PATH[,size=SIZE][,format=F]',
      multiple: true,
      help: 'add a disk; made when missing and a size is given',
    },
    data: { value: 'STRING', help: 'metadata for the guest, on a CD with the one file /config' },
    'data-file': { value: 'FILE', help: 'the same, from a file' },
    accel: { value: 'kvm|tcg|auto', help: 'accelerator (default auto: KVM when a probe guest ran, TCG otherwise)' },
    machine: { value: 'TYPE', help: 'QEMU machine type (default q35); microvm only with KVM' },
    name: { value: 'NAME', help: 'what `tskit ctl --name` calls the machine (default: the name of the build)' },
    print: { help: 'print the QEMU command and do not run it' },
    ...cacheOption,
  },
  run: async (invocation) => {
    const artifact = await findArtifact(artifactPath(invocation));
    const qemu = await findProgram(program);
    if (qemu === undefined) {
      throw new TskitError('qemu', `run: expected "${program}" in PATH, found none`, {
        hint: 'install qemu-system-x86',
      });
    }
    const machine = await machineOf(invocation, artifact, qemu);
    const data = await metadata(invocation);
    const name = nameOf(invocation);
    if (invocation.flag('print')) {
      if (data !== undefined)
        invocation.reporter.note('--data makes its image only for a run; the command is shown without it');
      await printCommands(invocation, [qemu, ...buildArguments(machine)], machine);
      return;
    }
    for (const disk of machine.disks) await createDisk(disk);
    const image = data === undefined ? undefined : await createDataImage(data);
    let claimed: ClaimedMachine | undefined;
    try {
      claimed = await claim(invocation, name);
      const terminal = {
        input: process.stdin,
        output: process.stdout,
        note: (line: string) => invocation.reporter.note(line),
      };
      const more = {
        ...(image && { dataImage: image.file }),
        ...(claimed && { controlSockets: claimed.sockets }),
      };
      await runSession(qemu, { ...machine, ...more }, terminal, invocation.signal);
    } finally {
      await claimed?.release();
      await image?.remove();
    }
  },
};

/** `run PATH` and LinuxKit's `run qemu PATH` are the same. */
function artifactPath(invocation: Invocation): string {
  const [first, ...rest] = invocation.positionals;
  if (first === undefined) throw usage(run, 'expected the PATH of a build, found nothing');
  if (rest.length === 0) return first;
  if (rest.length > 1 || rest[0] === undefined)
    throw usage(run, `expected one PATH, found also "${rest.slice(1).join(' ')}"`);
  if (first !== 'qemu') throw usage(run, `expected the backend "qemu", found "${first}"`);
  return rest[0];
}

function nameOf(invocation: Invocation): string | undefined {
  const name = invocation.one('name');
  if (name === undefined || name === machineName(name)) return name;
  throw usage(run, `--name: expected up to 60 letters, digits, "_", "-" and ".", found "${name}"`);
}

/** A machine that cannot be commanded is still one that runs. */
async function claim(invocation: Invocation, name: string | undefined): Promise<ClaimedMachine | undefined> {
  const wanted = name ?? machineName(artifactPath(invocation));
  try {
    const claimed = await claimMachine(invocation.env, wanted, name !== undefined);
    if (claimed.name !== wanted)
      invocation.reporter.note(`"${wanted}" runs already; this one is \`tskit ctl --name ${claimed.name}\``);
    return claimed;
  } catch (error) {
    if (name !== undefined || !(error instanceof TskitError)) throw error;
    invocation.reporter.warn(`${error.message}: \`tskit ctl\` cannot reach the machine`);
    return undefined;
  }
}

async function machineOf(invocation: Invocation, artifact: Artifact, qemu: string): Promise<Machine> {
  const unpacked = await readUnpackedSize(artifact.initrd);
  const needed = unpacked?.memoryMiB ?? fallbackMemoryMiB;
  const memoryMiB = positiveInteger(invocation, 'mem') ?? needed;
  if (memoryMiB < needed) {
    invocation.reporter.warn(
      `--mem ${memoryMiB}: the image needs ${needed} MiB to unpack, the boot may stop for lack of memory`,
    );
  }
  const cpus = positiveInteger(invocation, 'cpus') ?? 1;
  if (cpus > availableParallelism())
    invocation.reporter.warn(`--cpus ${cpus}: this host has ${availableParallelism()}`);
  const publish = invocation.many('publish').map(parsePublish);
  const disks = invocation.many('disk').map(parseDisk);
  const machine = invocation.one('machine') ?? 'q35';
  return {
    accel: await acceleratorOf(invocation, machine, artifact, qemu),
    machine,
    cpus,
    memoryMiB,
    kernel: artifact.kernel,
    initrd: artifact.initrd,
    cmdline: artifact.cmdline,
    publish,
    disks,
  };
}

function acceleratorOf(
  invocation: Invocation,
  machine: string,
  artifact: Artifact,
  qemu: string,
): Promise<Accelerator> {
  const asked = invocation.one('accel') ?? 'auto';
  if (asked !== 'kvm' && asked !== 'tcg' && asked !== 'auto') {
    throw usage(run, `--accel: expected kvm, tcg or auto, found "${asked}"`);
  }
  const probe = (): Promise<KvmVerdict> => probeKvm(qemu, artifact.kernel, cacheDir(invocation), invocation.signal);
  return chooseAccelerator(asked, machine, probe, (line) => invocation.reporter.note(line));
}

function positiveInteger(invocation: Invocation, name: string): number | undefined {
  const text = invocation.one(name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usage(run, `--${name}: expected a whole number above 0, found "${text}"`);
  return Number(text);
}

async function metadata(invocation: Invocation): Promise<Uint8Array | undefined> {
  const text = invocation.one('data');
  const file = invocation.one('data-file');
  if (text !== undefined && file !== undefined)
    throw usage(run, '--data and --data-file: expected one of them, found both');
  if (file === undefined) return text === undefined ? undefined : Buffer.from(text);
  return await readFile(file).catch((error: Error) => {
    throw new TskitError('io', `run: --data-file "${file}": ${error.message}`, { cause: error });
  });
}

/** What a shell can be given instead: the commands that make missing disks, then QEMU's. */
async function printCommands(invocation: Invocation, command: readonly string[], machine: Machine): Promise<void> {
  const commands = [...(await Promise.all(machine.disks.map(diskCommand))), command];
  for (const words of commands) {
    if (words !== undefined) invocation.print(words.map(shellQuote).join(' '));
  }
}
