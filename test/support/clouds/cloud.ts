// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** What a fake metadata server answers. */
export interface CloudAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Writes what it likes instead of the rest of this. */
  readonly raw?: (socket: Socket) => void;
}

/** A request as a fake server sees it; `isPrivileged` says that it came from a port below 1024. */
export interface CloudRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly isPrivileged: boolean;
}

/** One cloud's metadata service: as its vendor documents it, as far as anybody asks. */
export type Cloud = (request: CloudRequest) => CloudAnswer;

export const notFound: CloudAnswer = { status: 404, body: '<!DOCTYPE html><title>404 - Not Found</title>' };

/** Text by path. */
export function textAt(tree: Readonly<Record<string, string | undefined>>, path: string): CloudAnswer {
  const body = Object.hasOwn(tree, path) ? tree[path] : undefined;
  return body === undefined ? notFound : { status: 200, headers: { 'Content-Type': 'text/plain' }, body };
}

export function json(value: unknown): CloudAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}

/** Keys as users have them. */
export const keys: { readonly one: string; readonly two: string } = {
  one: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne one@example.com',
  two: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQTwo two@example.com',
};
/** User data that becomes a file. */
export const userData = '{"app": {"entries": {"token": {"perm": "0600", "content": "s3cret"}}}}';
