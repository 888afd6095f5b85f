// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Interfaces of the host that a container gets (linux.netDevices), one end of a veth pair each time.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../init/contract/linux-config.ts';
import { baseConfig, makeBundle, tsrun } from '../support/container-bundle.ts';
import { buildProbe } from '../support/probe.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const probe = join(folder.path, 'probe');

beforeAll(() => buildProbe(probe));
afterAll(() => folder[Symbol.dispose]());

/** Of "ip -json addr". */
interface Interface {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address: string;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[];
}

let count = 0;

/** A pair with addresses on one end, which is up; taken away with either end, wherever that is by then. */
async function makePair(): Promise<{ readonly name: string; readonly other: string } & AsyncDisposable> {
  count += 1;
  const name = `tsk${process.pid}a${count}`.slice(0, 15);
  const other = `tsk${process.pid}b${count}`.slice(0, 15);
  await ip('link', 'add', name, 'mtu', '1400', 'type', 'veth', 'peer', 'name', other);
  await ip('link', 'set', name, 'address', '02:00:00:00:00:07', 'up');
  await ip('address', 'add', '192.0.2.7/24', 'broadcast', '+', 'dev', name);
  await ip('address', 'add', '2001:db8::7/64', 'dev', name, 'nodad');
  await ip('address', 'add', '198.51.100.7/32', 'dev', name, 'scope', 'link');
  await ip('address', 'add', '203.0.113.7/32', 'dev', name, 'valid_lft', '1000', 'preferred_lft', '1000');
  return {
    name,
    other,
    [Symbol.asyncDispose]: async () => void (await execa('ip', ['link', 'delete', other], { reject: false })),
  };
}

const ip = (...words: readonly string[]) => execa('ip', words);

/** Creates a container and lists the interfaces of its network namespace; the error when it cannot be created. */
async function interfacesOf(linux: Linux): Promise<readonly Interface[] | string> {
  await using bundle = await makeBundle(probe);
  await bundle.write({ ...baseConfig('--wait=15'), linux });
  const pidFile = join(bundle.folder, 'pid');
  const log = join(bundle.folder, 'log');
  const words = ['--log', log, ...bundle.words('run', '-d', '--pid-file', pidFile)];
  // A pipe to read from would be the container's, too.
  const created = await execa(tsrun, words, { reject: false, stdio: 'ignore' });
  if (created.exitCode !== 0) return readFileSync(log, 'utf8').replaceAll('\\"', '"');
  const { stdout } = await execa('sh', ['-c', `nsenter -t $(cat ${pidFile}) -n ip -json address`]);
  return JSON.parse(stdout) as readonly Interface[];
}

const namespaces = baseConfig().linux.namespaces ?? [];

function find(interfaces: readonly Interface[] | string, name: string): Interface {
  const found = typeof interfaces === 'string' ? undefined : interfaces.find(({ ifname }) => ifname === name);
  if (found === undefined) throw new Error(`no interface ${name}: ${JSON.stringify(interfaces)}`);
  return found;
}

function addresses({ addr_info }: Interface): readonly string[] {
  const global = addr_info.filter(({ local }) => !local.startsWith('fe80:'));
  return global.map(({ local, prefixlen, scope }) => `${local}/${prefixlen} ${scope}`);
}

describe('a network device', () => {
  test('is moved with its attributes and its permanent global addresses, renamed, and up', async () => {
    await using pair = await makePair();
    const moved = find(await interfacesOf({ namespaces, netDevices: { [pair.name]: { name: 'net0' } } }), 'net0');
    expect(addresses(moved)).toEqual(['192.0.2.7/24 global', '2001:db8::7/64 global']);
    expect([moved.mtu, moved.address, moved.flags.includes('UP')]).toEqual([1400, '02:00:00:00:00:07', true]);
  });

  test('keeps its name unless told otherwise, and gets a free number for "%d"', async () => {
    await using first = await makePair();
    await using second = await makePair();
    const linux = { namespaces, netDevices: { [first.name]: {}, [second.name]: { name: 'net%d' } } };
    const interfaces = await interfacesOf(linux);
    expect([find(interfaces, first.name).mtu, find(interfaces, 'net0').mtu]).toEqual([1400, 1400]);
  });

  test('can be named in a sysctl by its new name, and go to a container with a user namespace', async () => {
    await using pair = await makePair();
    const ids = [{ containerID: 0, hostID: 100_000, size: 1000 }];
    const interfaces = await interfacesOf({
      namespaces: [...namespaces, { type: 'user' }],
      uidMappings: ids,
      gidMappings: ids,
      netDevices: { [pair.name]: { name: 'net0' } },
      sysctl: { 'net.ipv4.conf.net0.forwarding': '1' },
    });
    expect(addresses(find(interfaces, 'net0'))).toHaveLength(2);
  });

  test('stays as it was when its new name is taken inside', async () => {
    await using pair = await makePair();
    const interfaces = await interfacesOf({ namespaces, netDevices: { [pair.name]: { name: 'lo' } } });
    expect(interfaces).toContain(
      `move the network device "${pair.name}": the container's network namespace has an interface "lo" already`,
    );
    const [left] = JSON.parse((await ip('-json', 'address', 'show', pair.name)).stdout) as Interface[];
    expect(addresses(left as Interface)).toHaveLength(4);
  });

  test('that is not there, or not to be had, is an error', async () => {
    expect(await interfacesOf({ namespaces, netDevices: { nowhere: {} } })).toContain(
      'move the network device "nowhere": expected an interface of that name, found none',
    );
    expect(await interfacesOf({ namespaces, netDevices: { eth9: { name: 'a/b' } } })).toContain(
      'linux.netDevices.eth9.name: "a/b" is no interface\'s name',
    );
    const host = namespaces.filter(({ type }) => type !== 'network');
    expect(await interfacesOf({ namespaces: host, netDevices: { eth9: {} } })).toContain(
      'linux.netDevices: it needs the container to have its own network namespace',
    );
  });
});
