// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudMachine } from '../support/clouds/cloud-machine.ts';
import { keys, userData } from '../support/clouds/cloud.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let machine: CloudMachine;
beforeAll(async () => {
  machine = await CloudMachine.start();
});
afterAll(async () => await machine[Symbol.asyncDispose]());
beforeEach(() => {
  for (const path of ['run', 'sys/class/block', 'sys/firmware', 'etc/data'])
    rmSync(join(machine.root, path), { recursive: true, force: true });
});

/** What a user sees: one line a problem, none of which is a stack or of endless length. */
function lines(stderr: string): readonly string[] {
  const all = stderr.split('\n');
  expect(all.length).toBeLessThan(60);
  expect(Math.max(...all.map((line) => line.length))).toBeLessThan(1000);
  expect(stderr).not.toMatch(/crash|\.ts:|at \w+ \(|out of memory/);
  // oxlint-disable-next-line no-control-regex
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  return all;
}

const userDataAsk = 'GET http://169.254.169.254/hetzner/v1/userdata: ';

describe('a metadata service that means harm costs the one answer that it spoils', () => {
  test.each([
    { does: 'headers', message: 'expected a head of at most 16384 bytes, found more' },
    { does: 'continue', message: 'expected a head of at most 16384 bytes, found more' },
    { does: 'chunks', message: /expected at most 4194304 bytes, found more$|no whole answer within [\d.]+ s$/ },
    { does: 'lines', message: 'expected the size of a chunk, found something else' },
    { does: 'trailer', message: 'expected a trailer of at most 16384 bytes, found more' },
    { does: 'body', message: 'expected at most 4194304 bytes, found more' },
    { does: 'slow', message: /the answer breaks off|no whole answer within [\d.]+ s$/ },
    { does: 'silence', message: /no whole answer within [\d.]+ s$/ },
    { does: 'gzip', message: 'expected a body as it is, found one with the coding "gzip"' },
    {
      does: 'redirect',
      message: 'expected status 200, found 307 to "http://evil.example.com/", which is not followed',
    },
  ])('by $does', async ({ does, message }) => {
    await machine.play(`hostile-${does}`);
    const started = performance.now();
    const { exitCode, stderr } = await machine.run(['-timeout', '2', 'hetzner']);
    expect(performance.now() - started).toBeLessThan(20_000);
    const [first = '', ...rest] = lines(stderr);
    expect(first.startsWith(`metadata: Hetzner: ${userDataAsk}`)).toBe(true);
    expect(first).toMatch(message);
    expect(rest).toEqual(['metadata: Hetzner: not everything could be had; the rest is in /run/config']);
    expect(exitCode).toBe(1);
    expect(machine.tree).toMatchObject({
      hostname: '644 box',
      'ssh/authorized_keys': `600 ${keys.one}\n${keys.two}\n`,
    });
    expect(machine.tree).not.toHaveProperty('userdata');
  });

  test('by a long page that says that there is nothing: nobody reads it', async () => {
    await machine.play('hostile-error-page');
    const { exitCode, stderr } = await machine.run(['hetzner']);
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  test('by values of megabytes', async () => {
    await machine.play('hostile-values');
    const { exitCode, stderr } = await machine.run(['aws']);
    const said = lines(stderr);
    expect(said).toContain(
      'metadata: AWS: GET http://169.254.169.254/latest/meta-data/instance-id: expected at most 65536 bytes, found more',
    );
    expect(said.filter((line) => line.includes('openssh-key: expected at most 65536 bytes'))).toHaveLength(16);
    expect([exitCode, machine.tree['userdata']]).toEqual([1, `644 ${userData}`]);
  });

  test('by several documents that each are as long as one may be', async () => {
    await machine.play('hostile-documents');
    const { exitCode, stderr } = await machine.run(['openstack']);
    expect([exitCode, lines(stderr)]).toEqual([0, ['']]);
    expect(Object.keys(machine.tree)).toEqual(expect.arrayContaining(['userdata', 'vendordata', 'é']));
    // Three share what one would have.
    const shared = await machine.run(['-timeout', '2', 'openstack', 'gcp', 'aws']);
    expect(lines(shared.stderr)).toContain(
      'metadata: openstack: GET http://169.254.169.254/openstack/latest/vendor_data.json: expected at most 4194304 bytes in all answers of one provider, found more',
    );
    expect(shared.exitCode).toBe(1);
    expect(machine.tree['instance_uuid']).toMatch(/^644 /);
  });

  test('by JSON that would take all memory', async () => {
    await machine.play('hostile-json');
    const { exitCode, stderr } = await machine.run(['hetzner']);
    expect(lines(stderr)[0]).toMatch(/^metadata: user data begins as JSON does but /);
    expect(exitCode).toBe(0);
    expect(machine.tree['userdata']).toHaveLength(4 + 3 * 1024 * 1024 + '{"a": [[]]}'.length);
  });

  test('by more mistakes than anybody reads', async () => {
    await machine.play('hostile-problems');
    const { exitCode, stderr } = await machine.run(['hetzner']);
    expect(lines(stderr).at(-2)).toBe('metadata: Hetzner: user data: more is wrong, which is not told');
    expect(exitCode).toBe(1);
  });

  test('by names of files that lead elsewhere, or are no words for a terminal', async () => {
    await machine.play('hostile-paths');
    const { exitCode, stderr } = await machine.run(['hetzner']);
    lines(stderr);
    expect(exitCode).toBe(1);
    expect(machine.tree['app/good']).toBe('644 good');
    expect(Object.keys(machine.tree).filter((name) => /passwd|shadow/.test(name))).toEqual([]);
    expect(() => readFileSync(join(machine.root, 'etc/passwd'))).toThrow('ENOENT');
  });

  test('by NULs and line ends in the host name, in values and in keys', async () => {
    await machine.play('hostile-names');
    const { exitCode, stderr } = await machine.run(['hetzner']);
    expect(lines(stderr)).toEqual([
      'metadata: Hetzner: hostname: expected one line of at most 1024 characters, found other text',
      'metadata: Hetzner: region: expected one line of at most 1024 characters, found other text',
      'metadata: Hetzner: ssh keys: expected at most 1000 lines of at most 16384 characters, found other text',
      'metadata: Hetzner: not everything could be had; the rest is in /run/config',
    ]);
    expect(exitCode).toBe(1);
    expect(machine.tree['ssh/authorized_keys']).toBe('600 ');
    expect(machine.tree).not.toHaveProperty('hostname');
  });

  test('by nothing at all that it could ask with', async () => {
    rmSync(join(machine.root, 'dev/urandom'));
    try {
      const { exitCode, stderr } = await machine.run(['-timeout', '1', 'metaldata']);
      expect(lines(stderr)[0]).toBe(
        'metadata: metaldata: GET http://metaldata/get/meta/hostname: looking up "metaldata": openat /dev/urandom: ENOENT',
      );
      expect(exitCode).toBe(1);
    } finally {
      machine.write('dev/urandom', 'ab');
    }
    await machine.play('hetzner');
    const few = await machine.run(['-timeout', '1', 'hetzner'], ['prlimit', '--nofile=5']);
    expect(lines(few.stderr)[0]).toMatch(/^metadata: Hetzner: GET http:\S+: (?:socket|openat|.*): EMFILE$/);
    expect(few.exitCode).toBe(1);
  });
});

/** A file system of a kind with these files in it. */
function image(kind: 'iso' | 'fat', files: Readonly<Record<string, number | string>>, label = 'cidata'): Buffer {
  using folder = temporaryFolder();
  const [source, target] = [join(folder.path, 'files'), join(folder.path, 'image')];
  mkdirSync(source);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(source, name), typeof content === 'string' ? content : '');
    if (typeof content === 'number') truncateSync(join(source, name), content);
  }
  if (kind === 'iso') execFileSync('genisoimage', ['-quiet', '-V', label, '-R', '-o', target, source]);
  else {
    execFileSync('truncate', ['-s', '16M', target]);
    execFileSync('mkfs.vfat', ['-F', '16', '-n', label.toUpperCase(), target], { stdio: 'pipe' });
    execFileSync('sh', ['-c', 'mcopy -s -i "$1" "$0"/* ::', source, target], { stdio: 'pipe' });
  }
  return readFileSync(target);
}

const most = 4 * 1024 * 1024;

describe('a file that is too long is told and not cut, and the rest is kept', () => {
  test.each(['iso', 'fat'] as const)('on a disc: %s', async (kind) => {
    machine.device('sr0', image(kind, { 'user-data': most + 1, 'meta-data': 'local-hostname: seeded\n' }));
    const { exitCode, stderr } = await machine.run([]);
    expect(lines(stderr)).toEqual([
      `metadata: CDROM /dev/sr0: user-data: expected at most ${most} bytes, found ${most + 1}`,
      'metadata: CDROM /dev/sr0: not everything could be had; the rest is in /run/config',
    ]);
    expect(exitCode).toBe(1);
    expect(machine.tree).toMatchObject({ hostname: '644 seeded' });
    expect(machine.tree).not.toHaveProperty('userdata');
    machine.device('sr0', image(kind, { 'user-data': most }));
    expect((await machine.run([])).exitCode).toBe(0);
    expect(machine.tree['userdata']).toHaveLength(4 + most);
  });

  test('a disc that is somebody else’s, with a folder too long to be read, hides no other', async () => {
    const photos = Array.from({ length: 9000 }, (_, index): [string, string] => [`${index}-${'p'.repeat(60)}.jpg`, '']);
    machine.device('sr0', image('iso', Object.fromEntries(photos), 'PHOTOS'));
    machine.device('sr1', image('iso', { 'user-data': 'mine', 'meta-data': 'local-hostname: seeded\n' }));
    const { exitCode, stderr } = await machine.run([]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(machine.tree).toMatchObject({ hostname: '644 seeded', userdata: '644 mine' });
    machine.device('sr1', Buffer.alloc(0));
  });

  test.each(['sys/firmware/qemu_fw_cfg/by_name/opt/org.tskit/user-data/raw', 'etc/data/user-data'])(
    'in %s',
    async (path) => {
      machine.write(path, Buffer.alloc(80 * 1024 * 1024));
      const words = path.startsWith('etc') ? ['file=/etc/data'] : ['fw_cfg'];
      const { exitCode, stderr } = await machine.run(['-timeout', '1', ...words]);
      expect(lines(stderr)[0]).toMatch(/: user-data: expected at most 4194304 bytes, found more$/);
      expect(exitCode).toBe(1);
    },
  );

  test('as one file', async () => {
    machine.write('etc/data/one', Buffer.alloc(80 * 1024 * 1024));
    const { exitCode, stderr } = await machine.run(['file=/etc/data/one']);
    expect(lines(stderr)[0]).toBe('metadata: /etc/data/one: expected at most 4194304 bytes, found more');
    expect(exitCode).toBe(1);
  });
});
