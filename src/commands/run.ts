// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ClaimedMachine, claimMachine, machineName } from '../control/run-folder.ts';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { type Accelerator, chooseAccelerator } from '../qemu/accelerator.ts';
import { buildArguments, type Machine } from '../qemu/arguments.ts';
import { type Artifact, enrolledVariables, findArtifact } from '../qemu/artifact.ts';
import { type BootChoice, bootOf, chooseBoot, prepareFirmware } from '../qemu/boot-choice.ts';
import { createDataImage } from '../qemu/data-image.ts';
import { createDisk, diskCommand } from '../qemu/disk-image.ts';
import { copyKernelOf } from '../qemu/image-kernel.ts';
import { type KvmVerdict, probeKvm } from '../qemu/kvm-probe.ts';
import { neededMemory } from '../qemu/memory.ts';
import { parseDisk, parsePublish } from '../qemu/options.ts';
import { scratchFolder } from '../scratch-folder.ts';
import { runSession } from '../qemu/session.ts';
import { startTpm } from '../qemu/tpm.ts';
import { shellQuote } from '../shell-quote.ts';
import { cacheDir } from './build-context.ts';
import { type Command, type Invocation, usage } from './command.ts';
import { bootOptions, runOptions } from './run-options.ts';

const program = 'qemu-system-x86_64';

export const run: Command = {
  name: 'run',
  arguments: '[qemu] PATH',
  summary: 'boots what a build wrote; the console is the terminal',
  description:
    'PATH is the name that the build printed, such as "hello" for hello-kernel, hello-initrd.img and hello-cmdline, or an\n' +
    'image: a disk (raw, qcow2, vmdk, VHD, VHDX), an ISO or a unified kernel image; its kind is read from its bytes.\n' +
    'Ctrl-C presses the power button, a second Ctrl-C ends the machine at once.',
  options: runOptions,
  run: async (invocation) => {
    const artifact = await findArtifact(artifactPath(invocation));
    const choice = await chooseBoot(artifact, bootOptions(invocation));
    const qemu = await findProgram(program);
    if (qemu === undefined) {
      throw new TskitError('qemu', `run: expected "${program}" in PATH, found none`, {
        hint: 'install qemu-system-x86',
      });
    }
    await using scratch = await scratchFolder('run');
    const machine = await machineOf(invocation, { artifact, choice, qemu, scratch: scratch.path });
    const data = await metadata(invocation);
    const name = nameOf(invocation);
    const tpmState = tpmFolder(invocation, scratch.path);
    if (invocation.flag('print')) {
      noteWhatIsMissing(invocation, choice, artifact);
      await printCommands(invocation, [qemu, ...buildArguments(machine)], machine);
      return;
    }
    for (const disk of machine.disks) await createDisk(disk);
    if (tpmState !== undefined) await mkdir(tpmState, { recursive: true });
    await using tpm = tpmState === undefined ? undefined : await startTpm(tpmState, scratch.path);
    const image = data === undefined ? undefined : await createDataImage(data, scratch.path);
    let claimed: ClaimedMachine | undefined;
    try {
      claimed = await claim(invocation, name);
      const terminal = {
        input: process.stdin,
        output: process.stdout,
        note: (line: string) => invocation.reporter.note(line),
      };
      const more = {
        ...(image !== undefined && { dataImage: image }),
        ...(claimed && { controlSockets: claimed.sockets }),
        ...(tpm && { tpmSocket: tpm.socket }),
      };
      await runSession(qemu, { ...machine, ...more }, terminal, invocation.signal);
    } finally {
      await claimed?.release();
    }
  },
};

/** What is made for a run and gone after it cannot be in a command for later. */
function noteWhatIsMissing(invocation: Invocation, { firmware }: BootChoice, artifact: Artifact): void {
  const made = [
    ...((invocation.one('data') ?? invocation.one('data-file')) ? ['the image of --data'] : []),
    ...(invocation.flag('tpm') || invocation.one('tpm-state') !== undefined ? ['the TPM'] : []),
    ...(firmware === 'uefi' && invocation.one('vars') === undefined ? ["the firmware's variables"] : []),
    ...(artifact.kind === 'image' && artifact.media.kind === 'efi' ? ['the folder of the EFI program'] : []),
  ];
  if (made.length > 0) invocation.reporter.note(`made only for a run, and gone after it: ${made.join(', ')}`);
}

/** Where the state of a TPM is; undefined without one. */
function tpmFolder(invocation: Invocation, scratch: string): string | undefined {
  return invocation.one('tpm-state') ?? (invocation.flag('tpm') ? join(scratch, 'tpm-state') : undefined);
}

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

interface Given {
  readonly artifact: Artifact;
  readonly choice: BootChoice;
  readonly qemu: string;
  readonly scratch: string;
}

async function machineOf(invocation: Invocation, given: Given): Promise<Machine> {
  const { artifact, choice, scratch } = given;
  const needed = await neededMemory(artifact, choice);
  const memoryMiB = positiveInteger(invocation, 'mem') ?? needed;
  if (memoryMiB < needed && artifact.kind === 'kernel') {
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
  if (choice.firmware === 'uefi' && !/^q35(,|$)/.test(machine))
    throw usage(run, `--machine: expected q35 for UEFI firmware, found "${machine}"`);
  const options = bootOptions(invocation);
  return {
    accel: await acceleratorOf(invocation, machine, given),
    machine,
    cpus,
    memoryMiB,
    boot: await bootOf(artifact, options, scratch),
    ...(choice.firmware === 'uefi' && {
      firmware: await prepareFirmware(
        choice,
        options,
        await enrolledVariables(artifactPath(invocation)),
        scratch,
        invocation.env,
      ),
    }),
    publish,
    disks,
  };
}

function acceleratorOf(invocation: Invocation, machine: string, given: Given): Promise<Accelerator> {
  const asked = invocation.one('accel') ?? 'auto';
  if (asked !== 'kvm' && asked !== 'tcg' && asked !== 'auto') {
    throw usage(run, `--accel: expected kvm, tcg or auto, found "${asked}"`);
  }
  const probe = (): Promise<KvmVerdict> =>
    probeKvm(given.qemu, () => kernelOf(given), cacheDir(invocation), invocation.signal);
  return chooseAccelerator(asked, machine, probe, (line) => invocation.reporter.note(line));
}

async function kernelOf({ artifact, scratch }: Given): Promise<string | undefined> {
  if (artifact.kind === 'kernel') return artifact.kernel;
  const copy = join(scratch, 'kernel');
  return (await copyKernelOf(artifact.file, copy)) ? copy : undefined;
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
