// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Ask, describeAsk, type Inquiry, need } from '../ask.ts';
import type { Findings } from '../findings.ts';
import type { Json } from '../../json.ts';
import { member, readJson, textOf } from '../json-members.ts';
import { linkLocal } from './ec2.ts';

/** All of it in one answer. By address: the name needs a resolver, and the server looks at the Host header. */
const ask: Ask = {
  method: 'GET',
  host: linkLocal,
  name: 'metadata.google.internal',
  path: '/computeMetadata/v1/?recursive=true&alt=json',
  headers: { 'Metadata-Flavor': 'Google' },
};

/** Google Compute Engine's metadata server. */
export function* inquireGcp(found: Findings, encode: (text: string) => Uint8Array): Inquiry<void> {
  const answer = yield* need(ask);
  if (answer.headers.get('metadata-flavor') !== 'Google')
    throw new Error(`${describeAsk(ask)}: expected the header "Metadata-Flavor: Google", found none`);
  const all = readJson(answer.text, describeAsk(ask));
  const instance = member(all, 'instance');
  if (instance === undefined) throw new Error(`${describeAsk(ask)}: expected an instance, found none`);
  found.set(member(instance, 'hostname'), 'hostname', 'local_hostname');
  found.set(member(instance, 'id'), 'instance_id');
  found.set(lastPart(member(instance, 'machineType')), 'instance_type');
  const zone = lastPart(member(instance, 'zone'));
  found.set(zone, 'availability_zone');
  // us-central1-a lies in us-central1.
  found.set(zone?.replace(/-[a-z0-9]+$/, ''), 'region');
  const card = member(instance, 'networkInterfaces', 0);
  found.set(member(card, 'ip'), 'local_ipv4');
  found.set(member(card, 'accessConfigs', 0, 'externalIp'), 'public_ipv4');
  found.set(member(card, 'ipv6s', 0), 'public_ipv6');
  for (const keys of keyLists(all)) found.addKeys(keys);
  const userData =
    textOf(member(instance, 'attributes', 'user-data')) ?? textOf(member(instance, 'attributes', 'userdata'));
  if (userData !== undefined) found.userData = encode(userData);
}

/** Names are paths: "projects/123/zones/us-central1-a". */
function lastPart(value: Json | undefined): string | undefined {
  const path = textOf(value);
  return path?.slice(path.lastIndexOf('/') + 1);
}

/**
 * Of the instance, and of the project unless the instance blocks them. A line is "user:key"; all users' keys are for one account, as
 * LinuxKit has it.
 */
function keyLists(all: Json): string[][] {
  const attributes = member(all, 'instance', 'attributes');
  const isBlocked = textOf(member(attributes, 'block-project-ssh-keys'))?.toLowerCase() === 'true';
  const texts = [
    member(attributes, 'ssh-keys'),
    ...(isBlocked ? [] : [member(all, 'project', 'attributes', 'ssh-keys')]),
  ];
  return texts.map((text) => (textOf(text) ?? '').split('\n').map((line) => line.replace(/^[^:\s]*:/, '')));
}
