// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { runTskit, startTskit, tskit } from '../support/cli.ts';
import { deaf, type FakeQemu, fakeQemu, untilPowerdown } from '../support/fake-qemu.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { OnTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';

function runArgs(qemu: FakeQemu, ...more: readonly string[]): readonly string[] {
  return ['run', '--accel', 'tcg', ...more, qemu.base];
}

function valueAfter(args: readonly string[], flag: string): string | undefined {
  return args[args.indexOf(flag) + 1];
}

async function endsWithin(qemu: FakeQemu, limitMs: number): Promise<boolean> {
  await until('QEMU has ended', () => !qemu.isAlive(), limitMs);
  return true;
}

describe('what is missing is said in one message', () => {
  test('QEMU', async () => {
    using qemu = fakeQemu('exit 0');
    rmSync(qemu.program);
    symlinkSync('/usr/bin/readlink', join(qemu.path, 'readlink'));
    const { exitCode, stderr } = await runTskit(runArgs(qemu), { env: { PATH: qemu.path } });
    expect(exitCode).toBe(1);
    expect(stderr).toBe('tskit: run: expected "qemu-system-x86_64" in PATH, found none\nhint: install qemu-system-x86');
  });

  test('one of the three files, or a folder in its place', async () => {
    using qemu = fakeQemu('exit 0');
    rmSync(`${qemu.base}-kernel`);
    rmSync(`${qemu.base}-cmdline`);
    mkdirSync(`${qemu.base}-cmdline`);
    const { exitCode, stderr } = await runTskit(runArgs(qemu), { env: qemu.env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `found "${qemu.base}-kernel" missing, "${qemu.base}-cmdline" is not a file\nhint: build it`,
    );
  });
});

describe('a published port', () => {
  test('that is taken is named', async () => {
    using qemu = fakeQemu('exit 0');
    rmSync(qemu.program);
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { exitCode, stderr } = await runTskit(runArgs(qemu, '--publish', `${port}:80`));
    server.close();
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `tskit: run: --publish ${port}:80: expected tcp port ${port} of 127.0.0.1 to be free, found it taken\n` +
        `hint: choose another host port, such as \`--publish ${port + 1}:80\``,
    );
  });
});

describe('QEMU', () => {
  test('that ends by itself ends the session with 0, its console on stdout to the last byte', async () => {
    using qemu = fakeQemu('head -c 30000000 /dev/urandom | tee "$0.sent"');
    const { exitCode, stdout } = await execa(tskit, runArgs(qemu), {
      env: qemu.env,
      encoding: 'buffer',
      stdin: 'ignore',
      maxBuffer: 1 << 26,
    });
    expect(exitCode).toBe(0);
    const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(digest(stdout)).toBe(digest(readFileSync(`${qemu.program}.sent`)));
  });

  test('that fails is quoted with its exit code', async () => {
    using qemu = fakeQemu('echo "qemu-system-x86_64: no such machine" >&2; exit 3');
    const { exitCode, stderr } = await runTskit(runArgs(qemu), { env: qemu.env });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`"${qemu.program}" ended with 3: no such machine\nhint: `);
  });

  test.each<[string, string]>([
    ['closed', '"$0" "$@" <&-'],
    ['/dev/null', '"$0" "$@" </dev/null'],
    ['a pipe that ended', 'printf "" | "$0" "$@"'],
  ])('goes on when standard input is %s', async (_, script) => {
    using qemu = fakeQemu('sleep 0.5; echo still there');
    const { stdout } = await execa('bash', ['-c', script, tskit, ...runArgs(qemu)], { env: qemu.env });
    expect(stdout).toBe('still there');
  });

  test('is given what is piped into the session, all of it', async () => {
    using qemu = fakeQemu('head -c 5000000 | sha256sum');
    const input = Buffer.alloc(5_000_000, 'typed ');
    const { stdout } = await execa(tskit, runArgs(qemu), { env: qemu.env, input });
    expect(stdout.slice(0, 64)).toBe(createHash('sha256').update(input).digest('hex'));
  });
});

describe('the session ends', () => {
  test.each<NodeJS.Signals>(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    'with 0 when %s has powered the guest off',
    async (signal) => {
      using qemu = fakeQemu(untilPowerdown);
      const running = startTskit(runArgs(qemu), { env: qemu.env });
      await until('QEMU runs', () => qemu.isAlive());
      running.kill(signal);
      const { exitCode, stderr } = await running.ended;
      expect({ exitCode, stderr }).toEqual({
        exitCode: 0,
        stderr: 'powering the guest off; Ctrl-C again ends it at once',
      });
      expect(qemu.isAlive()).toBe(false);
    },
  );

  test('at once with a second signal, when the guest does not listen', async () => {
    using qemu = fakeQemu(deaf);
    const running = startTskit(runArgs(qemu), { env: qemu.env });
    await until('QEMU runs', () => qemu.isAlive());
    running.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(qemu.isAlive()).toBe(true);
    running.kill('SIGINT');
    await running.ended;
    expect(await endsWithin(qemu, 2_000)).toBe(true);
  });

  test('and QEMU with it, when tskit is killed', async () => {
    using qemu = fakeQemu(deaf);
    const running = startTskit(runArgs(qemu), { env: qemu.env });
    await until('QEMU runs', () => qemu.isAlive());
    running.kill('SIGKILL');
    await running.ended;
    expect(await endsWithin(qemu, 2_000)).toBe(true);
  });

  test('and QEMU with it, when the terminal goes away', async () => {
    using qemu = fakeQemu(untilPowerdown);
    const terminal = new OnTerminal([tskit, ...runArgs(qemu)], { env: qemu.env });
    await until('QEMU runs', () => qemu.isAlive());
    await terminal[Symbol.asyncDispose]();
    expect(await endsWithin(qemu, 5_000)).toBe(true);
  });

  test('and QEMU with it, when nobody reads the console any more', async () => {
    using qemu = fakeQemu('yes');
    const { stdout } = await execa('bash', ['-c', '"$0" "$@" | head -n 1', tskit, ...runArgs(qemu)], {
      env: qemu.env,
      stdin: 'ignore',
    });
    expect(stdout).toBe('y');
    expect(await endsWithin(qemu, 2_000)).toBe(true);
  });
});

describe('on a terminal', () => {
  test('keys go to the guest as they are typed, Ctrl-C is the power button, and the terminal is given back', async () => {
    using qemu = fakeQemu('echo ready; head -c 3 | od -An -tx1; read -r a <&3; read -r b <&3; echo "$b"');
    const settings = join(qemu.path, 'stty');
    const script = `stty -g > ${settings}.before; "$0" "$@"; echo code $?; stty -g > ${settings}.after`;
    await using terminal = new OnTerminal(['bash', '-c', script, tskit, ...runArgs(qemu)], { env: qemu.env });
    await terminal.waitFor(/ready/);
    // No line feed: nothing arrives unless the terminal is raw. Ctrl-C is not among what the guest gets.
    terminal.type('a\u0004');
    terminal.type('\u0003\u001a');
    await terminal.waitFor(/61 04 1a/);
    await terminal.waitFor(/\{"execute":"system_powerdown"\}/);
    await terminal.waitFor(/code 0/);
    expect(await terminal.ended()).toBe(0);
    expect(readFileSync(`${settings}.after`, 'utf8')).toBe(readFileSync(`${settings}.before`, 'utf8'));
  });

  test('it is given back after two Ctrl-C as well', async () => {
    using qemu = fakeQemu(deaf);
    const settings = join(qemu.path, 'stty');
    const script = `stty -g > ${settings}.before; "$0" "$@"; stty -g > ${settings}.after`;
    await using terminal = new OnTerminal(['bash', '-c', script, tskit, ...runArgs(qemu)], { env: qemu.env });
    await until('QEMU runs', () => qemu.isAlive());
    terminal.type('\u0003\u0003');
    await terminal.ended();
    expect(readFileSync(`${settings}.after`, 'utf8')).toBe(readFileSync(`${settings}.before`, 'utf8'));
    expect(qemu.isAlive()).toBe(false);
  });
});

describe('a machine', () => {
  test('is printed as a command that a shell starts with the same arguments', async () => {
    using qemu = fakeQemu('exit 0');
    const odd = join(qemu.path, "it's an odd name");
    mkdirSync(odd);
    for (const suffix of ['-kernel', '-initrd.img', '-cmdline']) writeFileSync(join(odd, `os${suffix}`), 'a $HOME "x"');
    const args = ['--accel', 'tcg', '--publish', '8080:80', '--disk', `${odd}/new disk.raw,size=1M`, join(odd, 'os')];
    const printed = await runTskit(['run', '--print', ...args], { env: qemu.env });
    expect(printed.exitCode, printed.stderr).toBe(0);
    expect(existsSync(`${qemu.program}.args`)).toBe(false);
    await execa('sh', ['-c', printed.stdout.replaceAll('\n', ' &&\n')], { env: qemu.env });
    const pasted = qemu.args();
    expect(statSync(join(odd, 'new disk.raw')).size).toBe(1 << 20);
    await runTskit(['run', ...args], { env: qemu.env });
    const session = qemu
      .args()
      .join('\n')
      .replace(/\n-chardev\nsocket,id=control,.*\n-mon\n[^]*$/, '');
    expect(pasted.join('\n')).toBe(session.replace('signal=off', 'signal=on'));
  });

  test('has the memory, processors and type that were asked for', async () => {
    using qemu = fakeQemu('exit 0');
    await runTskit(runArgs(qemu, '--mem', '300', '--cpus', '2', '--machine', 'pc'), { env: qemu.env });
    const args = qemu.args();
    expect(valueAfter(args, '-m')).toBe('300M');
    expect(valueAfter(args, '-smp')).toBe('2');
    expect(valueAfter(args, '-machine')).toBe('pc,accel=tcg');
  });

  test.each([
    ['--mem', '0'],
    ['--mem', '1G'],
    ['--cpus', 'two'],
    ['--accel', 'hvf'],
  ])('%s %s is a usage error', async (option, value) => {
    using qemu = fakeQemu('exit 0');
    const { exitCode, stderr } = await runTskit(['run', option, value, qemu.base], { env: qemu.env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${option}: expected`);
  });
});

describe('a session', () => {
  test('has sockets for tskit ctl in a folder of its name while it runs, which is the user’s alone', async () => {
    using qemu = fakeQemu('stat -c "%a %n" "$XDG_RUNTIME_DIR/tskit" "$XDG_RUNTIME_DIR"/tskit/*');
    const env = { ...qemu.env, XDG_RUNTIME_DIR: qemu.path };
    const { stdout } = await runTskit(['run', '--accel', 'tcg', '--name', 'my-os', qemu.base], { env });
    expect(stdout).toContain(`700 ${qemu.path}/tskit\n700 ${qemu.path}/tskit/my-os`);
    const args = qemu.args();
    for (const index of [0, 1, 2]) {
      expect(args).toContain(`socket,id=ctl${index},path=${qemu.path}/tskit/my-os/${index}.sock,server=on,wait=off`);
      expect(args).toContain(`virtserialport,chardev=ctl${index},name=org.tskit.control.${index}`);
    }
    expect(readdirSync(join(qemu.path, 'tskit'))).toEqual([]);
  });

  test('goes on without them where there is no such folder to be had, unless it was given a name', async () => {
    using qemu = fakeQemu('exit 0');
    const env = { ...qemu.env, XDG_RUNTIME_DIR: '/proc/nowhere' };
    const run = await runTskit(['run', '--accel', 'tcg', qemu.base], { env });
    expect(run.stderr).toMatch(/making the folder of running machines: .*: `tskit ctl` cannot reach the machine/);
    expect(run.exitCode).toBe(0);
    expect(qemu.args().join(' ')).not.toContain('virtserialport');
    expect((await runTskit(['run', '--accel', 'tcg', '--name', 'x', qemu.base], { env })).exitCode).toBe(1);
    const { stderr, exitCode } = await runTskit(['run', '--name', 'a/b', qemu.base], { env: qemu.env });
    expect(stderr).toContain('--name: expected up to 60 letters, digits, "_", "-" and ".", found "a/b"');
    expect(exitCode).toBe(2);
  });
});

describe('--disk', () => {
  test('makes a raw disk of the size, once', async () => {
    using qemu = fakeQemu('exit 0');
    const disk = join(qemu.path, 'data.img');
    await runTskit(runArgs(qemu, '--disk', `${disk},size=3M`), { env: qemu.env });
    expect(statSync(disk).size).toBe(3 << 20);
    writeFileSync(disk, 'written by the guest');
    await runTskit(runArgs(qemu, '--disk', `${disk},size=3M`), { env: qemu.env });
    expect(readFileSync(disk, 'utf8')).toBe('written by the guest');
    expect(qemu.args()).toContain(`if=none,id=disk0,format=raw,file=${disk}`);
  });

  test('without a size does not make what is not there', async () => {
    using qemu = fakeQemu('exit 0');
    const { exitCode, stderr } = await runTskit(runArgs(qemu, '--disk', 'none.img'), { env: qemu.env, cwd: qemu.path });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--disk "none.img": the file does not exist and no size is given\nhint: add the size');
  });

  test('names the program that a format needs', async () => {
    using qemu = fakeQemu('exit 0');
    symlinkSync('/usr/bin/readlink', join(qemu.path, 'readlink'));
    const args = runArgs(qemu, '--disk', 'new.qcow2,size=1G');
    const { exitCode, stderr } = await runTskit(args, { env: { PATH: qemu.path }, cwd: qemu.path });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--disk "new.qcow2": expected "qemu-img" in PATH, found none\nhint: install qemu-utils');
  });
});

test('the image of --data is gone when the session has ended', async () => {
  using qemu = fakeQemu('exit 0');
  using temporary = temporaryFolder();
  const env = { ...qemu.env, TMPDIR: temporary.path };
  const { exitCode, stderr } = await runTskit(runArgs(qemu, '--data', 'secret'), { env });
  expect(exitCode, stderr).toBe(0);
  const image = /media=cdrom,file=(.*)$/m.exec(qemu.args().join('\n'))?.[1] ?? '';
  expect(image.startsWith(temporary.path)).toBe(true);
  expect(existsSync(join(image, '..'))).toBe(false);
});
