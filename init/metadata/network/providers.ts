// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inquiry } from '../ask.ts';
import type { Findings } from '../findings.ts';
import { inquireAws } from './aws.ts';
import { inquireAzure } from './azure.ts';
import { inquireDigitalOcean } from './digitalocean.ts';
import { inquireEquinixMetal } from './equinix-metal.ts';
import { inquireGcp } from './gcp.ts';
import { inquireHetzner } from './hetzner.ts';
import { inquireMetaldata } from './metaldata.ts';
import { inquireOpenStack } from './openstack.ts';
import { inquireScaleway } from './scaleway.ts';
import { inquireVultr } from './vultr.ts';

/** A cloud that gives metadata over the network. */
export interface NetworkProvider {
  /** As LinuxKit's file `provider` has it. */
  readonly name: string;
  /** Asks for everything. Throws when this cloud does not answer, or another one does; what else goes wrong is a problem. */
  inquire(found: Findings, encode: (text: string) => Uint8Array): Inquiry<void>;
}

/** By the name that the command line has for them. */
export const networkProviders: ReadonlyMap<string, NetworkProvider> = new Map([
  ['aws', { name: 'AWS', inquire: inquireAws }],
  ['gcp', { name: 'GCP', inquire: inquireGcp }],
  ['azure', { name: 'Azure', inquire: inquireAzure }],
  ['hetzner', { name: 'Hetzner', inquire: inquireHetzner }],
  ['openstack', { name: 'openstack', inquire: inquireOpenStack }],
  ['scaleway', { name: 'Scaleway', inquire: inquireScaleway }],
  ['vultr', { name: 'Vultr', inquire: inquireVultr }],
  ['digitalocean', { name: 'DigitalOcean', inquire: inquireDigitalOcean }],
  ['equinixmetal', { name: 'EquinixMetal', inquire: inquireEquinixMetal }],
  ['metaldata', { name: 'metaldata', inquire: inquireMetaldata }],
]);
