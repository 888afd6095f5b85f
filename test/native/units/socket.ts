// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_VSOCK = 40;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const NETLINK_ROUTE = 0;
const NETLINK_USERSOCK = 2;
const NETLINK_KOBJECT_UEVENT = 15;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const MSG_DONTWAIT = 0x40;
const F_GETFD = 1;
const SHUT_WR = 1;
const SO_TYPE = 3;
const SO_DOMAIN = 39;
const RLIMIT_NOFILE = 7;

function local(): void {
  check('a pair carries bytes and descriptors', () => {
    const [left, right] = sys.socketpair(AF_UNIX, SOCK_SEQPACKET, 0);
    const [reader, writer] = sys.pipe2(0);
    equal(sys.sendmsg(left, sys.encodeUtf8('two'), [writer, reader], 0), 3);
    const buffer = new Uint8Array(16);
    const { length, fds } = sys.recvmsg(right, buffer, 0);
    equal([length, sys.decodeUtf8(buffer.subarray(0, length)), fds.length], [3, 'two', 2]);
    sys.write(fds[0] ?? -1, sys.encodeUtf8('x'));
    equal(sys.read(reader, buffer), 1);
    equal(
      fds.map((fd) => sys.fcntl(fd, F_GETFD, 0)),
      [1, 1],
    );
    equal(sys.sendmsg(right, new Uint8Array(1), [], 0), 1);
    equal(sys.recvmsg(left, buffer, 0), { length: 1, fds: [], truncated: false });
    for (const fd of [left, right, reader, writer, ...fds]) sys.close(fd);
  });
  check('a message that is cut says so, whether bytes or descriptors are missing', () => {
    const [left, right] = sys.socketpair(AF_UNIX, SOCK_SEQPACKET, 0);
    sys.sendmsg(left, new Uint8Array(5), [], 0);
    equal(sys.recvmsg(right, new Uint8Array(4), 0), { length: 4, fds: [], truncated: true });
    sys.sendmsg(left, new Uint8Array(1), [left], 0);
    const cut = inChild(0, () => {
      // No number is left for the descriptor that comes.
      sys.prlimit(0, RLIMIT_NOFILE, 0n, 0n);
      const { fds, truncated } = sys.recvmsg(right, new Uint8Array(4), 0);
      return fds.length === 0 && truncated ? 8 : 0;
    });
    equal(cut, 8);
    for (const fd of [left, right]) sys.close(fd);
  });
  check('a socket says what it is, and one side can end its part', () => {
    const [left, right] = sys.socketpair(AF_UNIX, SOCK_STREAM, 0);
    equal(sys.getsockopt(left, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    equal(sys.getsockopt(left, SOL_SOCKET, SO_DOMAIN), AF_UNIX);
    sys.shutdown(left, SHUT_WR);
    equal(sys.read(right, new Uint8Array(1)), 0);
    equal(sys.write(right, new Uint8Array(2)), 2);
    equal(sys.read(left, new Uint8Array(2)), 2);
    for (const fd of [left, right]) sys.close(fd);
  });
  for (const path of ['named.sock', '\0abstract', 'odd-\udcff.sock']) {
    check(`a server at ${JSON.stringify(path)} knows who connects`, () => {
      const server = sys.socket(AF_UNIX, SOCK_STREAM, 0);
      sys.bind(server, { family: AF_UNIX, path });
      sys.listen(server, 5);
      const client = sys.socket(AF_UNIX, SOCK_STREAM, 0);
      sys.connect(client, { family: AF_UNIX, path });
      const accepted = sys.accept4(server, 0);
      equal(sys.peerCredentials(accepted), { pid: sys.getpid(), uid: 0, gid: 0 });
      equal(sys.fcntl(accepted, F_GETFD, 0), 1);
      for (const fd of [server, client, accepted]) sys.close(fd);
    });
  }
  check('a path fits in 107 bytes, and is what was asked for or none', () => {
    const fd = sys.socket(AF_UNIX, SOCK_STREAM, 0);
    rejects('TypeError', () => sys.bind(fd, { family: AF_UNIX, path: 'cut\0here' }));
    rejects('TypeError', () => sys.bind(fd, { family: AF_UNIX, path: '' }));
    rejects('RangeError', () => sys.bind(fd, { family: AF_UNIX, path: 'x'.repeat(108) }));
    sys.bind(fd, { family: AF_UNIX, path: 'y'.repeat(107) });
    sys.close(fd);
  });
}

/**
 * A struct nlmsghdr of a type that rtnetlink does not have, with NLM_F_REQUEST and NLM_F_ACK: the kernel answers with an
 * nlmsgerr of 36 bytes.
 */
const netlinkRequest: Uint8Array = Uint8Array.of(16, 0, 0, 0, 0xff, 0x7f, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0);

function network(): void {
  check('loopback comes up and carries a connection', () => {
    const control = sys.socket(AF_INET, SOCK_DGRAM, 0);
    equal(sys.interfaceFlags(control, 'lo') & 1, 0);
    sys.setInterfaceFlags(control, 'lo', sys.interfaceFlags(control, 'lo') | 1);
    equal(sys.interfaceFlags(control, 'lo') & 1, 1);
    sys.close(control);
    for (const [family, address] of [
      [AF_INET, '127.0.0.1'],
      [AF_INET6, '::1'],
    ] as const) {
      const server = sys.socket(family, SOCK_STREAM, 0);
      sys.setsockopt(server, SOL_SOCKET, SO_REUSEADDR, 1);
      sys.bind(server, { family, address, port: 8080 });
      sys.listen(server, 1);
      const client = sys.socket(family, SOCK_STREAM, 0);
      sys.connect(client, { family, address, port: 8080 });
      sys.close(sys.accept4(server, 0));
      sys.close(client);
      sys.close(server);
    }
  });
  check('uevents are subscribed to', () => {
    const fd = sys.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
    sys.bind(fd, { family: AF_NETLINK, groups: 1 });
    fails('EAGAIN', 'recvmsg', () => sys.recvmsg(fd, new Uint8Array(10), MSG_DONTWAIT));
    sys.close(fd);
  });
  check('a netlink message says which port it comes from, 0 for the kernel', () => {
    const fd = sys.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
    sys.bind(fd, { family: AF_NETLINK, groups: 0 });
    sys.sendmsg(fd, netlinkRequest, [], 0);
    equal(sys.recvmsg(fd, new Uint8Array(64), 0), { length: 36, fds: [], truncated: false, netlinkPort: 0 });
    sys.close(fd);
  });
  check('a netlink message of another process has a port that is not 0', () => {
    const receiver = sys.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK);
    sys.bind(receiver, { family: AF_NETLINK, groups: 1 });
    const sender = sys.socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK);
    sys.connect(sender, { family: AF_NETLINK, groups: 1 });
    // The group gets it; that the kernel, which is addressed too, does not listen to this protocol comes out afterwards.
    fails('ECONNREFUSED', 'sendmsg', () => sys.sendmsg(sender, sys.encodeUtf8('add@/fake'), [], 0));
    const { length, netlinkPort } = sys.recvmsg(receiver, new Uint8Array(64), 0);
    equal(length, 9);
    ok(netlinkPort !== undefined && netlinkPort > 0, `expected a port, found ${netlinkPort}`);
    for (const fd of [receiver, sender]) sys.close(fd);
  });
}

function failures(): void {
  const address = { family: AF_INET, address: '127.0.0.1', port: 1 };
  const name = 'a'.repeat(16);
  const calls: readonly [code: string, syscall: string, act: () => unknown, detail?: string][] = [
    ['EAFNOSUPPORT', 'socket', () => sys.socket(99, SOCK_STREAM, 0)],
    ['EOPNOTSUPP', 'socketpair', () => sys.socketpair(AF_INET, SOCK_STREAM, 0)],
    ['EBADF', 'bind', () => sys.bind(999, address)],
    ['EBADF', 'connect', () => sys.connect(999, { family: AF_UNIX, path: '/x' }), '/x'],
    ['EBADF', 'listen', () => sys.listen(999, 1)],
    ['EBADF', 'accept4', () => sys.accept4(999, 0)],
    ['EBADF', 'sendmsg', () => sys.sendmsg(999, new Uint8Array(1), [], 0)],
    ['EBADF', 'recvmsg', () => sys.recvmsg(999, new Uint8Array(1), 0)],
    ['EBADF', 'setsockopt', () => sys.setsockopt(999, SOL_SOCKET, SO_REUSEADDR, 1)],
    ['EBADF', 'getsockopt', () => sys.getsockopt(999, SOL_SOCKET, SO_TYPE)],
    ['EBADF', 'shutdown', () => sys.shutdown(999, SHUT_WR)],
    ['EBADF', 'getsockopt', () => sys.peerCredentials(999), 'SO_PEERCRED'],
    ['EBADF', 'ioctl SIOCGIFFLAGS', () => sys.interfaceFlags(999, 'lo'), 'lo'],
    ['EBADF', 'ioctl SIOCSIFFLAGS', () => sys.setInterfaceFlags(999, 'lo', 0), 'lo'],
    ['ENODEV', 'ioctl', () => sys.interfaceFlags(0, name), name],
  ];
  for (const [code, syscall, act, detail] of calls) {
    check(`${syscall} says what failed`, () => fails(code, syscall, act, detail));
  }
  check('addresses are numeric and known', () => {
    const fd = sys.socket(AF_INET, SOCK_STREAM, 0);
    rejects('TypeError', () => sys.connect(fd, { family: AF_INET, address: 'localhost', port: 1 }));
    rejects('RangeError', () => sys.connect(fd, { ...address, port: 65536 }));
    rejects('TypeError', () => sys.connect(fd, { family: 77 }));
    // 2^16 + AF_INET: no more than 16 bits reach the kernel.
    rejects('TypeError', () => sys.connect(fd, { family: 0x10002, address: '127.0.0.1', port: 1 }));
    rejects('RangeError', () => sys.bind(fd, { family: AF_NETLINK, groups: 2 ** 32 + 1 }));
    rejects('TypeError', () => sys.connect(fd, { family: AF_INET }));
    rejects('RangeError', () => sys.connect(fd, { family: AF_VSOCK, cid: 2 ** 32, port: 1 }));
    // The address is right, and the socket of another family.
    fails('EAFNOSUPPORT', 'connect', () => sys.connect(fd, { family: AF_VSOCK, cid: 2 ** 32 - 1, port: 2 ** 32 - 1 }));
    rejects('RangeError', () =>
      sys.sendmsg(
        fd,
        new Uint8Array(1),
        Array.from({ length: 254 }, () => 0),
        0,
      ),
    );
    ok(inChild(0, () => 1) === 1, 'a child that lives');
    sys.close(fd);
  });
}

export default function main(): number {
  local();
  network();
  failures();
  return failed();
}
