// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import { refusalOf } from '../../support/refusal.ts';

function service(settings: string): string {
  return `services: [{name: a, image: b, ${settings}}]`;
}

/** The first message without place and path of the service. */
function headline(settings: string): string {
  const [first = ''] = refusalOf('spec', () => parseSpec(service(settings), 'os.yml')).split('\n', 1);
  return first.replace(/^os\.yml:1:\d+: services\[0\]\./, '');
}

test.each([
  'uidMappings: [{hostID: 1000, size: 10}, {containerID: 10, hostID: 2000, size: 4294965000}]',
  'mounts: [{type: bind, source: /a, destination: /b, uidmappings: [{size: 1}], gidMappings: [{size: 1}]}]',
  'mounts: [{type: none, source: /a, destination: /b, options: [rbind], uidMappings: [{size: 1}], gidMappings: [{size: 1}]}]',
  'mounts: [{type: proc, uidMappings: []}]',
  'runtime: {interfaces: [{name: eth0, add: veth, peer: "b.@"}, {name: wg0, add: wireguard, createInRoot: true}, {name: eth1}]}',
  'runtime: {bindNS: {net: /run/netns/a, uts: ""}, namespace: k8s.io}',
  'user: 1000',
  'user: "1000:1000"',
  'user: 1000:docker',
  'user: web-data',
  'apparmor: unconfined',
  'resources: {devices: [{allow: false}, {allow: true, type: c, major: 10, minor: -1, access: rw}], hugepageLimits: [{pageSize: 2097152, limit: 0}, {pageSize: 1GB, limit: 9223372036854775807}]}',
])('%s is accepted', (settings) => {
  expect(() => parseSpec(service(settings), 'os.yml')).not.toThrow();
});

test.each([
  [
    'uidMappings: [{size: 10}, {containerID: 9, hostID: 100, size: 1}]',
    'uidMappings[1]: expected ids that no other mapping has, found some of mapping 0',
  ],
  [
    'gidMappings: [{size: 10}, {containerID: 100, hostID: 5, size: 1}]',
    'gidMappings[1]: expected ids that no other mapping has, found some of mapping 0',
  ],
  [
    'uidMappings: [{hostID: 4294967294, size: 2}]',
    'uidMappings[0]: expected ids below 4294967295, found a range up to 4294967295',
  ],
  [
    'uidMappings: [{hostID: 0}]',
    'uidMappings[0]: expected the key "size" with a number from 1 to 4294967295, found only "hostID"',
  ],
  [
    'mounts: [{type: bind, source: /a, destination: /b, uidmappings: [{size: 1}]}]',
    'mounts[0].uidmappings: expected the key "gidMappings" too, found only "type", "source", "destination", "uidmappings"',
  ],
  [
    'runtime: {mounts: [{type: tmpfs, destination: /b, gidMappings: [{size: 1}], uidMappings: [{size: 1}]}]}',
    'runtime.mounts[0].uidMappings: expected mappings of a bind, found another type of mount',
  ],
  [
    'runtime: {interfaces: [{add: veth, peer: x}]}',
    'runtime.interfaces[0]: expected the key "name" with the name of an interface: at most 15 characters without spaces, "/", ":" and "%", found only "add", "peer"',
  ],
  [
    'runtime: {interfaces: [{name: eth0, add: veth}]}',
    'runtime.interfaces[0]: expected the key "peer" for a veth pair, found only "name", "add"',
  ],
  [
    'runtime: {interfaces: [{name: eth0}, {name: eth0, add: dummy}]}',
    'runtime.interfaces[1].name: expected a name of its own, found "eth0" as in interfaces[0]',
  ],
  ...['eth%d', 'a/b', 'a:b', '..', 'sixteen-letters-', '"a b"'].map((name): [string, string] => [
    `runtime: {interfaces: [{name: ${name}}]}`,
    `runtime.interfaces[0].name: expected the name of an interface: at most 15 characters without spaces, "/", ":" and "%", found the string ${JSON.stringify(name.replaceAll('"', ''))}`,
  ]),
  [
    'runtime: {bindNS: {net: netns/a}}',
    'runtime.bindNS.net: expected the absolute path of a file, found the string "netns/a"',
  ],
  [
    'runtime: {bindNS: {network: /a}}',
    'runtime.bindNS.network: expected a known key, found "network"; did you mean "net"?',
  ],
  ['user: "a:b:c"', 'user: expected a user "name", "name:group", "uid" or "uid:gid", found the string "a:b:c"'],
  ['user: ""', 'user: expected a user "name", "name:group", "uid" or "uid:gid", found an empty string'],
  ['user: -1', 'user: expected a user "name", "name:group", "uid" or "uid:gid", found the integer -1'],
  [
    'resources: {hugepageLimits: [{pageSize: 2M, limit: 1}]}',
    'resources.hugepageLimits[0].pageSize: expected a size such as "2MB", or a number of bytes, found the string "2M"',
  ],
  ['resources: {blockIO: {}}', 'resources.blockIO: expected a known key, found "blockIO"; did you mean "blockio"?'],
  [
    'resources: {devices: [{access: rx}]}',
    'resources.devices[0].access: expected some of the letters "rwm", found the string "rx"',
  ],
  [
    'resources: {rdma: {mlx5_0: {handles: 1}}}',
    'resources.rdma.mlx5_0.handles: expected a known key, found "handles"; did you mean "hcaHandles"?',
  ],
])('%s is an error that says what is expected', (settings, message) => {
  expect(headline(settings)).toBe(message);
});
