// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Cloud, keys, notFound, userData } from './cloud.ts';

/** Numbers as they are: JSON.stringify would round them. */
const tree = (attributes: object): string =>
  `{"instance":{"attributes":${JSON.stringify(attributes)},"hostname":"box.europe-west1-b.c.acme.internal","id":6230425110392837145,` +
  '"machineType":"projects/123/machineTypes/e2-small","name":"box","zone":"projects/123/zones/europe-west1-b","networkInterfaces":' +
  '[{"accessConfigs":[{"externalIp":"203.0.113.26","type":"ONE_TO_ONE_NAT"}],"ip":"10.132.0.2","mac":"42:01:0a:84:00:02"}]},' +
  `"project":{"attributes":{"ssh-keys":${JSON.stringify(`root:${keys.two}\n`)}},"numericProjectId":123,"projectId":"acme"}}`;

function cloud(attributes: object): Cloud {
  return ({ path, headers }) => {
    const head = { Server: 'Metadata Server for VM', 'Metadata-Flavor': 'Google', 'Content-Type': 'application/json' };
    if (headers['x-forwarded-for'] !== undefined || headers['metadata-flavor'] !== 'Google') return { status: 403 };
    if (headers.host !== 'metadata.google.internal') return { status: 403 };
    if (path !== '/computeMetadata/v1/?recursive=true&alt=json') return notFound;
    return { status: 200, headers: head, body: tree(attributes) };
  };
}

/** "About VM metadata": the whole tree in one answer, for those who say that they know what they ask. */
export const gcp: Cloud = cloud({ 'ssh-keys': `admin:${keys.one}`, 'user-data': userData });

/** The project's keys are not for this instance. */
export const gcpBlocked: Cloud = cloud({ 'block-project-ssh-keys': 'TRUE', 'ssh-keys': `admin:${keys.one}` });
