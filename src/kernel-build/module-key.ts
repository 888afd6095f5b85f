// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TskitError } from '../errors.ts';
import type { RequestedOption } from './fragments.ts';

const option = 'CONFIG_MODULE_SIG_KEY';

/** What Kconfig calls the key that the build would make for itself. */
export const generatedKey = '"certs/signing_key.pem"';

/** Where the key is looked for in a source tree, as a link: where it really is would stand in the configuration, which is part of the kernel. */
export const moduleKeyLink = 'certs/tskit-module-key.pem';

/** The key that signs modules. */
export interface ModuleKey {
  /** PEM file with the private key and its certificate, by its absolute path. */
  readonly file: string;
  /** SHA-256 in hex of the certificate, which stands for the key: RSA PKCS #1 v1.5 signs the same bytes alike every time. */
  readonly certificateHash: string;
}

/**
 * The key that an option names by its absolute path, checked, and the options with the name that it has in the source tree; both as they are
 * when there is none. Throws `package` for another path, `io` when the file cannot be read, and `format` when it is no such key or certificate, or they do not belong
 * together.
 */
export async function settleModuleKey(
  options: ReadonlyMap<string, RequestedOption>,
): Promise<{ readonly options: ReadonlyMap<string, RequestedOption>; readonly key?: ModuleKey }> {
  const request = options.get(option);
  const file = request?.value.replace(/^"(.*)"$/, '$1');
  if (request === undefined || file === undefined || file === '' || request.value === generatedKey) return { options };
  if (!file.startsWith('/')) {
    throw new TskitError(
      'package',
      `${request.place}: ${option}: expected the absolute path of a key, found ${request.value}`,
      { hint: 'give the key with --module-key KEY.pem: its name in a finished configuration is the build’s own' },
    );
  }
  const pem = await readFile(file, 'utf8').catch((error: Error) => {
    throw new TskitError('io', `${request.place}: reading the key for modules "${file}": ${error.message}`, {
      cause: error,
    });
  });
  const settled = { ...request, value: `"${moduleKeyLink}"` };
  return {
    options: new Map([...options].map(([name, one]) => [name, name === option ? settled : one])),
    key: { file, certificateHash: certificateHash(pem, file) },
  };
}

const howToMake = 'make one of a key and its certificate: `cat keys/db.key keys/db.crt > module-key.pem`';

function certificateHash(pem: string, file: string): string {
  const expected = (what: string, found: string, hint = howToMake): TskitError =>
    new TskitError('format', `the key for modules "${file}": expected ${what}, found ${found}`, { hint });
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    // What OpenSSL says of a key never quotes it.
    throw expected('a private key in PEM, without a passphrase', (error as Error).message);
  }
  if (key.asymmetricKeyType !== 'rsa') {
    const hint =
      'signatures of other keys hold a random number, so that the same kernel would be other bytes every time';
    throw expected('an RSA key', `one of type "${key.asymmetricKeyType ?? key.type}"`, hint);
  }
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    throw expected('an X.509 certificate in PEM beside the private key', (error as Error).message);
  }
  // The kernel would trust them all.
  const count = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (count > 1) throw expected('one certificate, that of the key', `${count}`);
  if (!certificate.checkPrivateKey(key)) throw expected('the certificate of its key', 'that of another key');
  return createHash('sha256').update(certificate.raw).digest('hex');
}
