// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AT_FDCWD = -100;
const O_RDWR = 2;
const O_NOCTTY = 0o400;
const TIOCSCTTY = 0x540e;
const TIOCSPTLCK = 0x40045431;
const TIOCGPTN = 0x80045430;
const TIOCGPTPEER = 0x5441;
const NS_GET_USERNS = 0xb701;
const EXT4_IOC_RESIZE_FS = 0x40086610;
const BLKPG_ADD_PARTITION = 1;
const AT_EMPTY_PATH = 0x1000;
const O_CLOEXEC = 0o2000000;
const CLONE_NEWPID = 0x20000000;
const LINUX_REBOOT_CMD_RESTART = 0x01234567;
const SIGHUP = 1;

function terminalSettings(): void {
  check('the settings and the size of a terminal are read back as they were set', () => {
    const master = sys.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY, 0);
    sys.ioctlIntPointer(master, TIOCSPTLCK, 0);
    const peer = sys.ioctlInt(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    sys.setWindowSize(master, 24, 80);
    equal(sys.getWindowSize(peer), { rows: 24, columns: 80 });
    const settings = sys.getTermios(peer);
    equal(settings.length, 36);
    const raw = settings.slice();
    const outputFlags = 4;
    raw.fill(0, outputFlags, outputFlags + 4);
    sys.setTermios(peer, raw);
    equal(sys.getTermios(peer), raw);
    sys.write(peer, sys.encodeUtf8('a\n'));
    const buffer = new Uint8Array(9);
    equal(sys.decodeUtf8(buffer.subarray(0, sys.read(master, buffer))), 'a\n');
    for (const fd of [master, peer]) sys.close(fd);
  });
  check('a namespace tells which user namespace it belongs to', () => {
    const [own, user] = ['uts', 'user'].map((name) => sys.openat(AT_FDCWD, `/proc/self/ns/${name}`, 0, 0));
    const owner = sys.ioctlInt(own ?? -1, NS_GET_USERNS, 0);
    equal(sys.statx(owner, '', AT_EMPTY_PATH).ino, sys.statx(user ?? -1, '', AT_EMPTY_PATH).ino);
    for (const fd of [own, user, owner]) sys.close(fd ?? -1);
  });
}

function terminals(): void {
  check('a terminal pair is unlocked, numbered, sized and taken as controlling terminal', () => {
    const status = inChild(0, () => {
      const master = sys.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY, 0);
      equal(sys.ioctlIntPointer(master, TIOCSPTLCK, 0), 0);
      const number = sys.ioctlIntPointer(master, TIOCGPTN, -1);
      ok(number >= 0, 'the number of a terminal');
      const slave = sys.openat(AT_FDCWD, `/dev/pts/${number}`, O_RDWR | O_NOCTTY, 0);
      sys.setWindowSize(master, 24, 80);
      sys.setsid();
      equal(sys.ioctlInt(slave, TIOCSCTTY, 0), 0);
      return 1;
    });
    equal(status, 1);
  });
  check('what is no terminal is told apart', () => {
    const fd = sys.memfdCreate('plain', 0);
    fails('ENOTTY', 'ioctl', () => sys.ioctlInt(fd, TIOCSCTTY, 0));
    fails('ENOTTY', 'ioctl', () => sys.ioctlIntPointer(fd, TIOCGPTN, 0));
    fails('ENOTTY', 'ioctl TIOCSWINSZ', () => sys.setWindowSize(fd, 1, 1));
    fails('ENOTTY', 'ioctl TIOCGWINSZ', () => sys.getWindowSize(fd));
    fails('ENOTTY', 'ioctl TCGETS', () => sys.getTermios(fd));
    fails('ENOTTY', 'ioctl TCSETSW', () => sys.setTermios(fd, new Uint8Array(36)));
    rejects('RangeError', () => sys.setTermios(fd, new Uint8Array(35)));
    rejects('RangeError', () => sys.setWindowSize(fd, 0x10000, 1));
    rejects('RangeError', () => sys.setInterfaceFlags(fd, 'lo', 0x10001));
    sys.close(fd);
  });
}

function structures(): void {
  check('a structure goes to the kernel and comes back, which one that is too short does not', () => {
    const pair = sys.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY, 0);
    const number = new Uint8Array(4);
    sys.ioctlBytes(pair, TIOCGPTN, number);
    equal(new DataView(number.buffer).getUint32(0, true), sys.ioctlIntPointer(pair, TIOCGPTN, -1));
    rejects('RangeError', () => sys.ioctlBytes(pair, TIOCGPTN, new Uint8Array(3)));
    fails('ENOTTY', 'ioctl', () => sys.ioctlBytes(pair, EXT4_IOC_RESIZE_FS, new Uint8Array(8)));
    fails('ENOTTY', 'ioctl BLKPG', () => sys.blkpg(pair, BLKPG_ADD_PARTITION, 1, 1 << 20, 1 << 20));
    sys.close(pair);
  });
}

function modules(): void {
  check('a file that is no module is refused, by a kernel without modules too', () => {
    const fd = sys.openat(AT_FDCWD, '/proc/self/exe', 0, 0);
    try {
      sys.finitModule(fd, 'a=b', 0);
      throw new Error('expected a failure, found none');
    } catch (error) {
      const { code, message } = error as sys.SysError;
      ok(['EPERM', 'ENOEXEC', 'ENOSYS'].includes(code), `an error of finit_module, not ${message}`);
      equal(message, `finit_module: ${code}`);
    }
    sys.close(fd);
    rejects('TypeError', () => sys.finitModule(0, 'a\0b', 0));
  });
}

function power(): void {
  check('a restart inside a PID namespace ends its first process only', () => {
    const status = inChild(CLONE_NEWPID, () => {
      sys.reboot(LINUX_REBOOT_CMD_RESTART);
      return 0;
    });
    equal(status, 128 + SIGHUP);
  });
  check('an unknown command is refused', () => {
    const status = inChild(CLONE_NEWPID, () => {
      fails('EINVAL', 'reboot', () => sys.reboot(1));
      return 4;
    });
    equal(status, 4);
  });
  check('the action of a crash is set', () => sys.setPanicAction(LINUX_REBOOT_CMD_RESTART));
}

export default function main(): number {
  terminals();
  terminalSettings();
  structures();
  modules();
  power();
  return failed();
}
