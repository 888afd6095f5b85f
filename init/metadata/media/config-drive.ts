// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Findings } from '../findings.ts';
import { member, readJson } from '../json-members.ts';
import { readOpenStackMetadata } from '../network/openstack.ts';
import type { Seed } from './seed.ts';

const metadataFile = 'openstack/latest/meta_data.json';

/** The label that OpenStack gives the file system of a config drive. */
export function isConfigDriveLabel(label: string): boolean {
  return label.toLowerCase() === 'config-2';
}

/** OpenStack's config drive: the files of its metadata service. Whether there was any. Throws when it is damaged. */
export function readConfigDrive({ read, decode }: Seed, found: Findings): boolean {
  const metadata = read(metadataFile);
  if (metadata === undefined) return false;
  readOpenStackMetadata(readJson(decode(metadata), metadataFile), found);
  const ec2File = 'ec2/latest/meta-data.json';
  const ec2 = read(ec2File);
  if (ec2 !== undefined) {
    const all = readJson(decode(ec2), ec2File);
    found.set(member(all, 'instance-id'), 'instance_id');
    found.set(member(all, 'instance-type'), 'instance_type');
    found.set(member(all, 'local-hostname'), 'local_hostname');
    found.set(member(all, 'local-ipv4'), 'local_ipv4');
    found.set(member(all, 'public-ipv4'), 'public_ipv4');
  }
  if (!found.values.has('instance_id')) found.set(found.values.get('instance_uuid'), 'instance_id');
  found.userData = read('openstack/latest/user_data');
  found.vendorData = read('openstack/latest/vendor_data.json');
  return true;
}
