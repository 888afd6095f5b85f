// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { showUrl } from './endpoint.ts';
import { TransientError } from '../retry.ts';
import { errnoOf } from '../store-error.ts';

/** Failures that a second try often does not see. */
const passing: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  ENETDOWN: 'the network is down',
  EAI_AGAIN: 'the name server did not answer',
  UND_ERR_SOCKET: 'the connection was closed',
};

interface Lasting {
  readonly text: string;
  readonly hint: string;
}

const unknownIssuer: Lasting = {
  text: 'its certificate is signed by an authority that this machine does not know',
  hint: "put the authority's certificate into /etc/docker/certs.d/HOST/ca.crt or name its file with --cert-file",
};
const notTls: Lasting = {
  text: 'the server does not speak TLS',
  hint: 'if the registry really has none, allow it with --plain-http HOST',
};

const lasting: Readonly<Record<string, Lasting>> = {
  ECONNREFUSED: { text: 'the connection was refused', hint: 'check that the registry runs and that the port is right' },
  ENOTFOUND: { text: 'the host name does not exist', hint: 'check the spelling of the registry and the network' },
  EHOSTUNREACH: { text: 'the host cannot be reached', hint: 'check the network' },
  ENETUNREACH: {
    text: 'the network cannot be reached',
    hint: 'check the network, or use --offline with a filled store',
  },
  EACCES: { text: 'this machine forbids the connection', hint: 'check the firewall' },
  CERT_HAS_EXPIRED: { text: 'its certificate has expired', hint: "check this machine's clock, then tell who runs it" },
  CERT_NOT_YET_VALID: { text: 'its certificate is not valid yet', hint: "check this machine's clock" },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    text: 'its certificate is for another host',
    hint: 'use the name that the certificate has',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  EPROTO: { text: 'the TLS handshake failed', hint: 'check that the port is the one of the registry' },
};

/** Whether the server's certificate is signed by somebody who is not trusted. */
export function isUnknownIssuer(error: unknown): boolean {
  return error instanceof TskitError && lasting[errnoOf(error.cause) ?? ''] === unknownIssuer;
}

/** Whether the other side turned out not to speak TLS at all. */
export function isPlainServer(error: unknown): boolean {
  const code = error instanceof TskitError ? (errnoOf(error.cause) ?? '') : '';
  return lasting[code] === notTls || code === 'EPROTO';
}

/** Whether a failure of plain HTTP may mean that the other side wants TLS: it closed the connection, or answered in TLS. */
export function mayWantTls(error: unknown): boolean {
  const code = error instanceof Error ? (errnoOf(error.cause) ?? '') : '';
  return code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_');
}

/** Turns what Node's http says into a TransientError, or into a `network` error that explains it. */
export function connectionError(method: string, url: URL, error: unknown): Error {
  if (error instanceof TskitError || error instanceof TransientError) {
    return error;
  }
  const code = errnoOf(error) ?? '';
  const act = `${method} ${showUrl(url)}`;
  const transient = passing[code];
  if (transient !== undefined) {
    return new TransientError(`${act}: ${transient} (${code})`, { cause: error });
  }
  const known = lasting[code];
  if (known !== undefined) {
    return new TskitError('network', `${act}: ${known.text} (${code})`, { hint: known.hint, cause: error });
  }
  if (code.startsWith('HPE_')) {
    return new TskitError('network', `${act}: expected an HTTP answer, found something else (${code})`, {
      hint: 'check that the port is the one of the registry',
      cause: error,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new TskitError('network', `${act}: ${text}`, { cause: error });
}
