// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secureAttributes, vendorOf } from '../../src/archive/efi-signature.ts';
import { enrol } from '../../src/archive/efi-variables.ts';
import { guidBytes } from '../../src/archive/guid.ts';
import { contentInfo } from '../../src/archive/pkcs7.ts';
import type { BootFiles } from '../../src/emit/boot-files.ts';
import { DraftFile } from '../../src/emit/draft-file.ts';
import { unifiedKernelImage } from '../../src/emit/uki.ts';
import type { KeySource, Signing } from '../../src/rootfs.ts';
import { openSigner } from '../../src/secureboot/signer.ts';
import { testContext } from '../support/build-context.ts';
import { runTskit } from '../support/cli.ts';
import { efiProgram } from '../support/efi-program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const { signal } = new AbortController();
const kernel = efiProgram(randomBytes(123_457));

beforeAll(async () => {
  await runTskit(['keys', 'generate', '--name', 'a/b+c', at('keys')]);
  await runTskit(['keys', 'generate', at('others')]);
}, 60_000);

afterAll(() => folder[Symbol.dispose]());

/** A unified kernel image that is signed, or not. */
async function image(name: string, signing?: Signing): Promise<string> {
  const files: BootFiles = {
    kernel: { kind: 'inline', data: kernel },
    initrd: { size: 3, memoryMiB: 256, parts: [{ kind: 'inline', data: Buffer.from('abc') }] },
    cmdline: 'console=ttyS0',
    ...(signing && { signing }),
  };
  const ctx = testContext(folder.path);
  const uki = await unifiedKernelImage(files, ctx);
  const draft = await DraftFile.create(at(name), at(`${name}.tmp`));
  await uki.write(draft, ctx);
  await draft.finish();
  await draft.publish();
  expect(statSync(at(name)).size).toBe(uki.size);
  return at(name);
}

function verifies(file: string, certificate: string): boolean {
  return spawnSync('sbverify', ['--cert', certificate, file]).status === 0;
}

function signedBy(key: KeySource): Signing {
  return { certificate: at('keys/db.crt'), key };
}

function commanded(...command: readonly string[]): Signing {
  return signedBy({ kind: 'command', command, folder: folder.path });
}

const dbKey = (): Signing => signedBy({ kind: 'file', path: at('keys/db.key') });

describe('an image that is signed', () => {
  test('is what sbverify takes for signed by this certificate, and by no other', async () => {
    const file = await image('signed.efi', dbKey());
    expect(verifies(file, at('keys/db.crt'))).toBe(true);
    expect(verifies(file, at('others/db.crt'))).toBe(false);
    expect(verifies(await image('unsigned.efi'), at('keys/db.crt'))).toBe(false);
  });

  test('has the checksum that pefile computes', async () => {
    const script =
      'import pefile, sys; pe = pefile.PE(sys.argv[1]); print(pe.OPTIONAL_HEADER.CheckSum == pe.generate_checksum())';
    const file = await image('checksum.efi', dbKey());
    expect(execFileSync('/usr/bin/python3', ['-c', script, file], { encoding: 'utf8' }).trim()).toBe('True');
  });

  test('is the same to the bit each time, and with one flipped byte it verifies no more', async () => {
    const file = await image('one.efi', dbKey());
    const bytes = readFileSync(file);
    expect(bytes.equals(readFileSync(await image('two.efi', dbKey())))).toBe(true);
    for (const offset of [0x400, 0x8000, bytes.length - 3000]) {
      const flipped = Buffer.from(bytes);
      flipped[offset] = (flipped[offset] ?? 0) ^ 1;
      writeFileSync(at('flipped.efi'), flipped);
      expect(verifies(at('flipped.efi'), at('keys/db.crt'))).toBe(false);
    }
  });

  test('may be signed by a command that has the key: openssl here, as a cloud or a card there', async () => {
    const file = await image('command.efi', commanded('openssl', 'dgst', '-sha256', '-sign', 'keys/db.key'));
    expect(verifies(file, at('keys/db.crt'))).toBe(true);
  });

  test('by a program of the folder of the spec', async () => {
    writeFileSync(at('sign.sh'), '#!/bin/sh\nexec openssl dgst -sha256 -sign keys/db.key /dev/stdin\n', {
      mode: 0o755,
    });
    expect(verifies(await image('script.efi', commanded('./sign.sh')), at('keys/db.crt'))).toBe(true);
  });

  test('by a key on a PKCS #11 token', async () => {
    const conf = at('softhsm.conf');
    const tokens = mkdtempSync(at('tokens-'));
    writeFileSync(conf, `directories.tokendir = ${tokens}\n`);
    const env = { ...process.env, SOFTHSM2_CONF: conf };
    const softhsm = (...args: readonly string[]): void =>
      void execFileSync('softhsm2-util', args, { env, stdio: 'ignore' });
    softhsm('--init-token', '--free', '--label', 'boot', '--so-pin', '0000', '--pin', '1234');
    execFileSync('openssl', ['pkcs8', '-topk8', '-nocrypt', '-in', at('keys/db.key'), '-out', at('db.pk8')]);
    softhsm('--import', at('db.pk8'), '--token', 'boot', '--label', 'db', '--id', '01', '--pin', '1234');
    // biome-ignore format: one command
    const command = ['env', `SOFTHSM2_CONF=${conf}`, 'pkcs11-tool', '--module', '/usr/lib/softhsm/libsofthsm2.so', '--token-label', 'boot',
      '--pin', '1234', '--sign', '--id', '01', '--mechanism', 'SHA256-RSA-PKCS', '--input-file', '/dev/stdin', '--output-file', '/dev/stdout'];
    expect(verifies(await image('token.efi', commanded(...command)), at('keys/db.crt'))).toBe(true);
  });
});

describe('what cannot sign', () => {
  test('a key of another certificate', async () => {
    const signing = signedBy({ kind: 'file', path: at('others/db.key') });
    await expect(image('wrong.efi', signing)).rejects.toThrow(/that is not by its key$/);
  });

  test('a command that fails, with what it said', async () => {
    const signing = commanded('sh', '-c', 'echo "no such card" >&2; exit 3');
    await expect(image('failed.efi', signing)).rejects.toThrow(/signing with "sh -c .*": no such card$/);
    await expect(image('failed.efi', commanded('./none'))).rejects.toThrow(/signing with ".\/none": spawn .*ENOENT$/);
  });

  test('what is no key, no certificate, or of another algorithm', () => {
    // biome-ignore format: one command
    const ec = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-subj', '/CN=e', '-keyout', at('ec.key'), '-out', at('ec.crt')];
    execFileSync('openssl', ec, { stdio: 'ignore' });
    const open = (certificate: string, path = at('keys/db.key')): unknown =>
      openSigner({ certificate: at(certificate), key: { kind: 'file', path } }, signal);
    expect(() => open('ec.crt')).toThrow('expected an X.509 certificate with an RSA key, found a certificate of ec');
    expect(() => open('keys/db.key')).toThrow('expected an X.509 certificate');
    expect(() => open('keys/db.crt', at('keys/db.crt'))).toThrow('expected a private key in PEM');
    expect(() => open('none.crt')).toThrow(/reading the certificate ".*none.crt": ENOENT/);
  });
});

describe('a set of keys', () => {
  test('is not readable to others and is never overwritten', async () => {
    for (const name of ['PK', 'KEK', 'db']) expect(statSync(at(`keys/${name}.key`)).mode & 0o777).toBe(0o600);
    const before = readdirSync(at('keys')).map((name) => readFileSync(at(`keys/${name}`), 'hex'));
    const { exitCode, stderr } = await runTskit(['keys', 'generate', at('keys')]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('expected no keys in');
    expect(readdirSync(at('keys')).map((name) => readFileSync(at(`keys/${name}`), 'hex'))).toEqual(before);
  });

  test('has signature lists that efitools reads', () => {
    execFileSync('sig-list-to-certs', [at('keys/KEK.esl'), at('from-list')]);
    const certificate = execFileSync('openssl', ['x509', '-in', at('keys/KEK.crt'), '-outform', 'DER']);
    expect(readFileSync(at('from-list-0.der')).equals(certificate)).toBe(true);
  });

  test.each([
    ['PK', 'PK'],
    ['KEK', 'PK'],
    ['db', 'KEK'],
  ] as const)('has an update of %s that openssl finds signed by %s', (name, signer) => {
    const update = readFileSync(at(`keys/${name}.auth`));
    const length = update.readUInt32LE(16);
    const signature = update.subarray(16 + 24, 16 + length);
    expect(update.subarray(16 + length).equals(readFileSync(at(`keys/${name}.esl`)))).toBe(true);
    const attributes = Buffer.alloc(4);
    attributes.writeUInt32LE(secureAttributes);
    const vendor = guidBytes(vendorOf(name));
    const parts = [
      Buffer.from(name, 'utf16le'),
      vendor,
      attributes,
      update.subarray(0, 16),
      update.subarray(16 + length),
    ];
    writeFileSync(at('content'), Buffer.concat(parts));
    writeFileSync(at('signature'), contentInfo(signature));
    const verify = (certificate: string): number | null =>
      spawnSync('openssl', [
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-in',
        at('signature'),
        '-content',
        at('content'),
        '-nointern',
        '-certfile',
        certificate,
        '-noverify',
        '-out',
        '/dev/null',
      ]).status;
    expect(verify(at(`keys/${signer}.crt`))).toBe(0);
    expect(verify(at('others/PK.crt'))).not.toBe(0);
  });

  test('is enrolled in an empty store only, and one that is too small is refused', () => {
    const full = readFileSync(at('keys/vars.fd'));
    const variable = { name: 'db', value: readFileSync(at('keys/db.esl')) } as const;
    expect(() => enrol(full, [variable], 0)).toThrow('not empty');
    expect(() => enrol(Buffer.alloc(1000), [variable], 0)).toThrow('no store of authenticated variables');
    const template = readFileSync('/usr/share/OVMF/OVMF_VARS_4M.fd');
    expect(() => enrol(template, [{ ...variable, value: Buffer.alloc(1 << 20) }], 0)).toThrow('too small');
  });
});
