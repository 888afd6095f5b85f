// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, readTextIfPresent } from '../files.ts';
import { Failure } from '../program/failure.ts';
import type { Program } from '../program/run.ts';
import { say, warn } from '../program/say.ts';
import type { Sys } from '../sys.ts';
import { parseArguments, type Request } from './arguments.ts';
import { askNetwork } from './ask-network.ts';
import { identify } from './dmi.ts';
import { Findings } from './findings.ts';
import { setHostname } from './hostname.ts';
import { findFile, findLocal, type Found } from './local.ts';
import { keysOf, treeOf } from './tree.ts';
import { parseUserData } from './user-data.ts';
import { writeTree } from './write-tree.ts';

const help = `usage: metadata [-v] [-timeout SECONDS] [PROVIDER]...

Gets what a cloud, or whoever started this machine, tells it, and writes it below /run/config: hostname, ssh/authorized_keys, userdata,
and more; of user data in JSON also the files that it describes. Sets the host name.

providers:
  aws azure digitalocean equinixmetal gcp hetzner metaldata openstack scaleway vultr
                 over the network; several are asked at the same time, and the first in this line that answers counts
  cdrom nocloud  a file system with the label "cidata", or any disc with a file user-data or config
  configdrive    OpenStack's drive with the label "config-2"
  ovf vmware     a disc with ovf-env.xml
  fw_cfg         QEMU's -fw_cfg name=opt/org.tskit/user-data,file=FILE
  file=PATH      a file with user data, or a folder with user-data and meta-data

Without any, the firmware says which cloud this is, and that one is asked; then comes what is on discs, and QEMU.

options:
  -v                 says who is asked, and what could not be read
  -timeout SECONDS   what the network has in all, tries again included (10)

Exit code 1 when a provider was named, or the firmware named one, and nobody told anything, or something of it is missing.
`;

const configFolder = '/run/config';
const dmiFolder = '/sys/class/dmi/id';
/** Seconds that discs have to appear: the kernel looks for them while the system boots. */
const discPatience = 3;
const pause = 0.1;
/** Problems that are told; a full file system makes one of each file. */
const mostTold = 50;

/** Gets metadata and user data, and writes them below /run/config. Throws Failure when there should have been some. */
export const metadata: Program = {
  name: 'metadata',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const request = parseArguments(words);
    const cloud = identify((name) => readTextIfPresent(sys, name.startsWith('/') ? name : `${dmiFolder}/${name}`));
    const notes: string[] = [];
    const note = (text: string): void => {
      if (!notes.includes(text)) notes.push(text);
    };
    if (request.isVerbose) say(sys, `metadata: the firmware names ${cloud === undefined ? 'no cloud' : `"${cloud}"`}`);
    const found = findAny(sys, request, cloud, note);
    if (request.isVerbose || found === undefined) for (const text of notes) warn(sys, `metadata: ${text}`);
    if (found === undefined) {
      giveUp(sys, request, cloud);
      return;
    }
    keep(sys, found);
  },
};

/** The network first, then what is beside the machine, then files, as LinuxKit has it. */
function findAny(
  sys: Sys,
  request: Request,
  cloud: string | undefined,
  note: (text: string) => void,
): Found | undefined {
  const ids = networkOf(request, cloud);
  if (request.isVerbose) say(sys, `metadata: asks ${[...ids, ...request.local, ...request.files].join(', ')}`);
  // A config drive is OpenStack's too, and needs no network.
  const drive = ids.includes('openstack') && ids[0] === 'openstack' ? findLocal(sys, ['configdrive'], note) : undefined;
  if (drive !== undefined) return drive;
  if (ids.length > 0) {
    const result = askNetwork(sys, ids, request.seconds);
    if ('found' in result) {
      if (result.found.origin.id === 'azure') addCustomData(sys, result.found.findings, note);
      return result.found;
    }
    for (const failure of result.failures) note(failure);
  }
  return findLocalInTime(sys, request, note) ?? findFirstFile(sys, request.files, note);
}

/** Who is asked over the network: of several named ones only the cloud that the firmware names, when it is among them. */
function networkOf({ network, isNamed }: Request, cloud: string | undefined): readonly string[] {
  if (cloud === undefined) return network;
  return network.includes(cloud) || !isNamed ? [cloud] : network;
}

/** Azure gives user data by its service and custom data on a disc, which is what came first and counts. */
function addCustomData(sys: Sys, findings: Findings, note: (text: string) => void): void {
  const disc = findLocal(sys, ['ovf'], note);
  findings.userData = disc?.findings.userData ?? findings.userData;
  findings.problems.push(...(disc?.findings.problems ?? []));
}

function findLocalInTime(
  sys: Sys,
  { local, isNamed, seconds }: Request,
  note: (text: string) => void,
): Found | undefined {
  if (local.length === 0) return undefined;
  const patience = isNamed ? Math.min(seconds, discPatience) : 0;
  for (let waited = 0; ; waited += pause) {
    const found = findLocal(sys, local, note);
    if (found !== undefined) return found;
    if (waited >= patience) break;
    sys.nanosleep(pause * 1e9);
  }
  if (isNamed) note(`${local.join(', ')}: no such data on any device`);
  return undefined;
}

function findFirstFile(sys: Sys, paths: readonly string[], note: (text: string) => void): Found | undefined {
  for (const path of paths) {
    try {
      const found = findFile(sys, path);
      if (found !== undefined) return found;
      note(`${path}: there is no such file, and no folder with user-data or meta-data`);
    } catch (error) {
      note(`${path}: ${describeError(error)}`);
    }
  }
  return undefined;
}

function giveUp(sys: Sys, { isNamed }: Request, cloud: string | undefined): void {
  writeTree(sys, configFolder, keysOf(new Findings()));
  if (isNamed || cloud !== undefined) {
    throw new Failure(
      'no provider told anything',
      'a provider over the network needs one that is up: is there a dhcp entry before this one?',
    );
  }
  say(sys, 'metadata: none: the firmware names no cloud, and nothing was put on a disc or into fw_cfg');
}

function keep(sys: Sys, { origin, findings }: Found): void {
  const { userData } = findings;
  const text = userData === undefined ? '' : sys.decodeUtf8(userData);
  const parsed = parseUserData(text);
  if (parsed === undefined && text.trimStart().startsWith('{'))
    warn(sys, 'metadata: user data begins as JSON does but is none, or too much of it, so that it stays one file');
  const problems = [
    ...findings.problems,
    ...writeTree(sys, configFolder, [...treeOf(origin, findings), ...(parsed?.entries ?? [])]),
    ...(parsed?.problems ?? []),
  ];
  const hostname = tryHostname(sys, problems);
  const parts = [
    ...(hostname === undefined ? [] : [`host name ${hostname}`]),
    findings.keys.length === 1 ? 'one ssh key' : `${findings.keys.length || 'no'} ssh keys`,
    userData === undefined ? 'no user data' : `${userData.length} bytes of user data`,
    ...(parsed === undefined ? [] : [`${parsed.entries.length} files and folders in it`]),
  ];
  say(sys, `metadata: ${origin.name}: ${parts.join(', ')}`);
  for (const problem of problems.slice(0, mostTold)) warn(sys, `metadata: ${origin.name}: ${problem}`);
  if (problems.length > mostTold)
    warn(sys, `metadata: ${origin.name}: ${problems.length - mostTold} more problems, which are not told`);
  if (problems.length > 0)
    throw new Failure(`${origin.name}: not everything could be had; the rest is in ${configFolder}`);
}

function tryHostname(sys: Sys, problems: string[]): string | undefined {
  try {
    return setHostname(sys, `${configFolder}/hostname`);
  } catch (error) {
    problems.push(describeError(error));
    return undefined;
  }
}
