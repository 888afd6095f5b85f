// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isIP } from 'node:net';
import { defaultRegistry } from '../reference.ts';

/** Docker Hub's name in references is not the host that serves its images. */
const hubHost = 'registry-1.docker.io';

/** How a registry is spoken to: `plain-first` tries plain HTTP and goes over to TLS when the server asks for it. */
export type Scheme = 'tls' | 'plain' | 'plain-first';

/** Whether a host[:port] is this machine itself (RFC 6761 localhost, RFC 1122 127/8, RFC 4291 ::1). */
export function isLoopback(host: string): boolean {
  const name = hostName(host);
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') {
    return true;
  }
  return isIP(name) === 4 && name.startsWith('127.');
}

/** Plain HTTP is for the loopback and for hosts that the user named (with or without port); everything else gets TLS. */
export function schemeFor(host: string, plainHttp: readonly string[]): Scheme {
  if (plainHttp.includes(host) || plainHttp.includes(hostName(host))) {
    return 'plain';
  }
  return isLoopback(host) ? 'plain-first' : 'tls';
}

/** The host[:port] that serves a registry's API. */
export function apiHost(registry: string): string {
  return registry === defaultRegistry ? hubHost : registry;
}

/** A URL for messages: without user, password and query, which may hold tokens. */
export function showUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function hostName(host: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d+$/, '')).toLowerCase();
}
