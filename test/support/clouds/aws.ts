// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Cloud, type CloudAnswer, keys, notFound, textAt, userData } from './cloud.ts';

const tree: Readonly<Record<string, string>> = {
  '/latest/meta-data/hostname': 'ip-10-0-0-5.eu-west-1.compute.internal',
  '/latest/meta-data/local-hostname': 'ip-10-0-0-5.eu-west-1.compute.internal',
  '/latest/meta-data/instance-id': 'i-0123456789abcdef0',
  '/latest/meta-data/instance-type': 't3.micro',
  '/latest/meta-data/local-ipv4': '10.0.0.5',
  '/latest/meta-data/public-ipv4': '203.0.113.25',
  '/latest/meta-data/placement/availability-zone': 'eu-west-1a',
  '/latest/meta-data/placement/region': 'eu-west-1',
  '/latest/meta-data/public-keys/': '0=laptop\n1=spare',
  '/latest/meta-data/public-keys/0/openssh-key': `${keys.one}\n`,
  '/latest/meta-data/public-keys/1/openssh-key': `${keys.two}\n`,
  '/latest/user-data': userData,
};

const token = 'AQAEAJCLJOVOt-ko2Sj0vnwM3zB2jIdrvGlyqUYwRj0Y3hSVwUYzHw==';
const refused: CloudAnswer = { status: 401, body: '<?xml version="1.0"?><title>401 - Unauthorized</title>' };

/** "Use the Instance Metadata Service": version 2 alone (HttpTokens: required). */
export const aws: Cloud = ({ method, path, headers }) => {
  if (path === '/latest/api/token') {
    const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds']);
    if (headers['x-forwarded-for'] !== undefined) return { status: 403 };
    if (method !== 'PUT') return { status: 405 };
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 21_600) return { status: 400 };
    return { status: 200, headers: { 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds': String(seconds) }, body: token };
  }
  if (headers['x-aws-ec2-metadata-token'] !== token) return refused;
  return method === 'GET' ? textAt(tree, path) : { status: 405 };
};

/** Version 1, which knows nothing of tokens, and an instance without a key or user data. */
export const awsOld: Cloud = ({ path }) =>
  path.includes('token') || path.includes('public-keys') || path === '/latest/user-data'
    ? notFound
    : textAt(tree, path);

/** Switched off (HttpEndpoint: disabled). */
export const awsOff: Cloud = () => ({ status: 403 });
