// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSigning } from '../../src/check-signing.ts';
import { parseSpecs } from '../../src/spec/parse.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { signal } = new AbortController();
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
  const options = ['-x509', '-newkey', 'rsa:2048', '-noenc', '-subj', '/CN=test', '-keyout', 'a.key', '-out', 'a.crt'];
  execFileSync('openssl', ['req', '-new', ...options], { cwd: folder.path, stdio: 'pipe' });
  execFileSync('openssl', ['genrsa', '-out', 'b.key', '2048'], { cwd: folder.path, stdio: 'pipe' });
});
afterAll(() => folder[Symbol.dispose]());

const check = (secureboot: string, formats = ['tar', 'raw-efi']): Promise<void> => {
  const text = `secureboot: ${secureboot}\n`;
  return checkSigning(parseSpecs([{ name: 'os.yml', text, folder: folder.path }]), formats, signal);
};

describe('what signs, before anything is pulled,', () => {
  test('is a key of its certificate, or a command, which is not run', async () => {
    await expect(check('{certificate: a.crt, key: a.key}')).resolves.toBeUndefined();
    await expect(check('{certificate: a.crt, command: [nosuch]}')).resolves.toBeUndefined();
  });

  test.each([
    ['{keyset: none}', () => `reading the certificate "${join(folder.path, 'none/db.crt')}": ENOENT`],
    ['{certificate: a.crt, key: none.key}', () => `reading the key "${join(folder.path, 'none.key')}": ENOENT`],
    ['{certificate: b.key, command: [nosuch]}', () => 'expected an X.509 certificate with an RSA key'],
    ['{certificate: a.crt, key: b.key}', () => 'that is not by its key'],
  ])('cannot be %s', async (secureboot, message) => {
    await expect(check(secureboot)).rejects.toThrow(message());
  });

  test('is not looked at where nothing is signed', async () => {
    await expect(check('{keyset: none}', ['tar', 'raw-bios'])).resolves.toBeUndefined();
  });
});
