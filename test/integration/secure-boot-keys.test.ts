// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticodeDigest, signImage } from '../../src/archive/authenticode.ts';
import { guidBytes, secureAttributes, vendorOf } from '../../src/archive/efi-signature.ts';
import { enrol } from '../../src/archive/efi-variables.ts';
import { contentInfo } from '../../src/archive/pkcs7.ts';
import { type KeySource, openSigner } from '../../src/secureboot/signer.ts';
import { runTskit } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = '/usr/lib/systemd/boot/efi/systemd-bootx64.efi';
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const { signal } = new AbortController();

beforeAll(async () => {
  await runTskit(['keys', 'generate', '--name', 'a/b+c', at('keys')]);
  await runTskit(['keys', 'generate', at('others')]);
}, 60_000);

afterAll(() => folder[Symbol.dispose]());

async function sign(file: string, key: KeySource, certificate = at('keys/db.crt')): Promise<void> {
  const signer = openSigner(certificate, key, signal);
  await using handle = await open(file, 'r+');
  await signImage(handle, signer.certificate, signer.sign);
}

async function digestOf(file: string): Promise<string> {
  await using handle = await open(file);
  return (await authenticodeDigest(handle)).toString('hex');
}

function verifies(file: string, certificate: string): boolean {
  return spawnSync('sbverify', ['--cert', certificate, file]).status === 0;
}

function copyOfProgram(name: string): string {
  copyFileSync(program, at(name));
  return at(name);
}

const dbKey = (): KeySource => ({ kind: 'file', path: at('keys/db.key') });

describe('an image that is signed', () => {
  test('is what sbverify takes for signed by this certificate, and by no other', async () => {
    const file = copyOfProgram('signed.efi');
    await sign(file, dbKey());
    expect(verifies(file, at('keys/db.crt'))).toBe(true);
    expect(verifies(file, at('others/db.crt'))).toBe(false);
  });

  test('has the digest that efitools computes, before and after', async () => {
    const file = copyOfProgram('digest.efi');
    const said = execFileSync('hash-to-efi-sig-list', [file, at('digest.esl')], { encoding: 'utf8' });
    expect(said).toContain(await digestOf(file));
    await sign(file, dbKey());
    expect(said).toContain(await digestOf(file));
  });

  test.each([0, 1, 7])('verifies with %i bytes behind its last section', async (count) => {
    const file = copyOfProgram(`tail-${count}.efi`);
    truncateSync(file, statSync(file).size + count);
    await sign(file, dbKey());
    expect(verifies(file, at('keys/db.crt'))).toBe(true);
  });

  test('is the same to the bit each time, and what sbsign verifies with one flipped byte is nothing', async () => {
    const [one, two] = [copyOfProgram('one.efi'), copyOfProgram('two.efi')];
    await sign(one, dbKey());
    await sign(two, dbKey());
    const bytes = readFileSync(one);
    expect(bytes.equals(readFileSync(two))).toBe(true);
    for (const offset of [0x400, 0x8000, statSync(program).size - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[offset] = (flipped[offset] ?? 0) ^ 1;
      writeFileSync(two, flipped);
      expect(verifies(two, at('keys/db.crt'))).toBe(false);
    }
  });

  test('is not signed twice', async () => {
    const file = copyOfProgram('twice.efi');
    await sign(file, dbKey());
    await expect(sign(file, dbKey())).rejects.toThrow('signed already');
  });

  test('may be signed by a command that has the key: openssl here, as a cloud or a card there', async () => {
    const file = copyOfProgram('command.efi');
    await sign(file, { kind: 'command', command: ['openssl', 'dgst', '-sha256', '-sign', at('keys/db.key')] });
    expect(verifies(file, at('keys/db.crt'))).toBe(true);
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
    const file = copyOfProgram('token.efi');
    // biome-ignore format: one command
    const command = ['env', `SOFTHSM2_CONF=${conf}`, 'pkcs11-tool', '--module', '/usr/lib/softhsm/libsofthsm2.so', '--token-label', 'boot',
      '--pin', '1234', '--sign', '--id', '01', '--mechanism', 'SHA256-RSA-PKCS', '--input-file', '/dev/stdin', '--output-file', '/dev/stdout'];
    await sign(file, { kind: 'command', command });
    expect(verifies(file, at('keys/db.crt'))).toBe(true);
  });
});

describe('what cannot sign', () => {
  test('a key of another certificate', async () => {
    const file = copyOfProgram('wrong.efi');
    await expect(sign(file, { kind: 'file', path: at('others/db.key') })).rejects.toThrow(/that is not by its key$/);
    expect(readFileSync(file).equals(readFileSync(program))).toBe(true);
  });

  test('a command that fails, with what it said', async () => {
    const file = copyOfProgram('failed.efi');
    const command = ['sh', '-c', 'echo "no such card" >&2; exit 3'];
    await expect(sign(file, { kind: 'command', command })).rejects.toThrow(/signing with "sh -c .*": no such card$/);
  });

  test('what is no key, no certificate, or of another algorithm', async () => {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-noenc',
        '-subj',
        '/CN=e',
        '-keyout',
        at('ec.key'),
        '-out',
        at('ec.crt'),
      ],
      { stdio: 'ignore' },
    );
    expect(() => openSigner(at('ec.crt'), dbKey(), signal)).toThrow(
      'expected an X.509 certificate with an RSA key, found a certificate of ec',
    );
    expect(() => openSigner(at('keys/db.key'), dbKey(), signal)).toThrow('expected an X.509 certificate');
    expect(() => openSigner(at('keys/db.crt'), { kind: 'file', path: at('keys/db.crt') }, signal)).toThrow(
      'expected a private key in PEM',
    );
    expect(() => openSigner(at('none.crt'), dbKey(), signal)).toThrow(/reading the certificate ".*none.crt": ENOENT/);
  });

  test('what is no PE image', async () => {
    writeFileSync(at('text.efi'), 'MZ, and no more');
    await expect(digestOf(at('text.efi'))).rejects.toThrow('no PE image');
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
