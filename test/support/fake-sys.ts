// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import {
  AT_SYMLINK_NOFOLLOW,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  O_CREAT,
  O_NOFOLLOW,
  O_TRUNC,
  S_IFLNK,
  S_IFREG,
  SIGCHLD,
  TMPFS_MAGIC,
} from '../../init/linux.ts';
import type { EpollEvent, Stat, Sys } from '../../init/sys.ts';

/** As the bindings throw it. */
export class FakeSysError extends Error {
  readonly errno = 1;
  readonly code: string;
  readonly syscall: string;

  constructor(syscall: string, what: string, code: string) {
    super(`${syscall} ${what}: ${code}`);
    this.code = code;
    this.syscall = syscall;
  }
}

type OpenFile =
  | { readonly kind: 'file'; readonly path: string; offset: number }
  | { readonly kind: 'reader' | 'writer'; readonly pipe: Pipe }
  | { readonly kind: 'epoll' | 'listener' }
  | { readonly kind: 'timer'; due: number }
  | {
      readonly kind: 'queue';
      readonly messages: Uint8Array[];
      readonly sent: Buffer[];
      readonly peerUid: number;
      readonly port: number;
    }
  | { readonly kind: 'end'; readonly inbox: Buffer[]; readonly outbox: Buffer[]; readonly peer: () => boolean }
  | { readonly kind: 'serial'; readonly port: FakeSerialPort };

/** A virtio-serial port and whoever is at its other end. */
export interface FakeSerialPort {
  isConnected: boolean;
  /** What the host has sent. */
  readonly inbox: Buffer[];
  /** What it has received. */
  readonly outbox: Buffer[];
  /** Bytes that it takes before it says EAGAIN. */
  room: number;
  /** Something has happened to it that epoll was not told yet. */
  hasNews: boolean;
}

const clonedPid = 900;

/** What a program prints is in `files`, under these names. */
const standardStreams: ReadonlyMap<number, OpenFile> = new Map([
  [1, { kind: 'file', path: '/dev/stdout', offset: 0 }],
  [2, { kind: 'file', path: '/dev/stderr', offset: 0 }],
]);

const noStat: Stat = {
  mode: S_IFREG,
  uid: 0,
  gid: 0,
  nlink: 1,
  rdevMajor: 0,
  rdevMinor: 0,
  mtime: 0,
  size: 0,
  ino: 1n,
  dev: 1n,
  atimeNs: 0n,
  mtimeNs: 0n,
  mountId: 1n,
};

interface Pipe {
  bytes: number[];
  writers: number;
}

/**
 * The one fake of the target's tests: files in memory, a clock that only waiting moves, and a record of the calls that change
 * the machine. A system call that it does not know fails the test.
 */
export class FakeSys {
  /** "mount proc /proc proc" and the like, in order. */
  readonly calls: string[] = [];
  /** Content by absolute path. */
  readonly files: Map<string, string> = new Map();
  readonly folders: Set<string> = new Set(['/']);
  readonly links: Map<string, string> = new Map();
  /** Devices by path: what reads of them give, one by one. */
  readonly devices: Map<string, Uint8Array[]> = new Map();
  /** Modes of files that are no regular ones, as their descriptors tell. */
  readonly modes: Map<string, number> = new Map();
  /** Children that have ended and not been waited for. */
  readonly ended: { readonly pid: number; readonly status: number }[] = [];
  /** Connections that wait for accept4. */
  readonly accepted: number[] = [];
  /** Signals that wait in the signalfd. */
  readonly signals: number[] = [];
  /** Bytes that /dev/console takes before it says EAGAIN. */
  consoleRoom: number = Infinity;
  /** Bytes of the file system that fstatfs gives. */
  diskSize = 0;
  /** File system magic that fstatfs gives. */
  rootType: number = TMPFS_MAGIC;
  /** How often accept4 was called. */
  accepts = 0;
  /** How long a process lives that clone3 made; what it does is not done here. */
  childSeconds = 0;
  /** Nanoseconds. */
  now = 1e9;
  #childEnd = Infinity;
  readonly #serialPorts = new Map<string, FakeSerialPort>();
  readonly #open = new Map<number, OpenFile>();
  readonly #written = new Map<string, number>();
  readonly #watched = new Map<number, number>();
  readonly #sent = new Map<number, Buffer[]>();
  readonly #bound = new Map<string, number>();
  #failures: { readonly start: string; readonly code: string; times: number }[] = [];

  /** Every later call whose record starts so fails, or the next ones: fail('mount bpf', 'ENODEV'). */
  fail(start: string, code: string, times: number = Infinity): void {
    this.#failures.push({ start, code, times });
  }

  /** Calls that start so do not fail any more. */
  succeed(start: string): void {
    this.#failures = this.#failures.filter((failure) => failure.start !== start);
  }

  /** Descriptors that are open now, for tests of leaks. */
  get openDescriptors(): readonly number[] {
    return [...this.#open.keys()];
  }

  /** How often the file was written. */
  written(path: string): number {
    return this.#written.get(path) ?? 0;
  }

  /** What was written to the console so far. */
  get console(): string {
    return this.files.get('/dev/console') ?? '';
  }

  /**
   * A descriptor whose reads and recvmsg give these messages one by one, as a socket or an input device. They come from that
   * user or that netlink port.
   */
  queue(messages: readonly Uint8Array[], { uid = 0, port = 0 }: { uid?: number; port?: number } = {}): number {
    const sent: Buffer[] = [];
    const fd = this.#add({ kind: 'queue', messages: [...messages], sent, peerUid: uid, port });
    this.#sent.set(fd, sent);
    return fd;
  }

  /** A client connects to the listening socket and sends these pieces, and others later. */
  connect(
    pieces: readonly Uint8Array[],
    uid: number,
  ): { readonly send: (text: string) => void; readonly answer: () => string; readonly isClosed: () => boolean } {
    const fd = this.queue(pieces, { uid });
    this.accepted.push(fd);
    const file = this.#get(fd);
    const sent = this.#sent.get(fd) ?? [];
    return {
      send: (text) => {
        if (file.kind === 'queue') file.messages.push(new Uint8Array(Buffer.from(text)));
      },
      answer: () => Buffer.concat(sent).toString(),
      isClosed: () => this.#open.get(fd) !== file,
    };
  }

  /** A virtio-serial port "vport1p1" of that name, with nobody at its other end. */
  serialPort(port: string, name: string): FakeSerialPort {
    const serial: FakeSerialPort = { isConnected: false, inbox: [], outbox: [], room: Infinity, hasNews: true };
    this.files.set(`/sys/class/virtio-ports/${port}/name`, `${name}\n`);
    this.#serialPorts.set(`/dev/${port}`, serial);
    return serial;
  }

  /** A datagram for the socket that was bound to the path. */
  deliver(path: string, text: string): void {
    const file = this.#get(this.#bound.get(path) ?? -1);
    if (file.kind === 'queue') file.messages.push(new Uint8Array(Buffer.from(text)));
  }

  /** The signal is on its way, as when a child has ended. */
  end(pid: number, status: number): void {
    this.ended.push({ pid, status });
    this.signals.push(SIGCHLD);
  }

  #do(call: string, ...what: readonly unknown[]): void {
    const record = [call, ...what].join(' ');
    this.calls.push(record);
    this.#failIfAsked(record);
  }

  #failIfAsked(record: string): void {
    const failure = this.#failures.find(({ start, times }) => times > 0 && record.startsWith(start));
    const [call = '', ...rest] = record.split(' ');
    if (failure === undefined) return;
    failure.times -= 1;
    throw new FakeSysError(call, rest.join(' '), failure.code);
  }

  #failWith(call: string, code: string): never {
    throw new FakeSysError(call, '', code);
  }

  #add(file: OpenFile): number {
    let fd = 3;
    while (this.#open.has(fd)) fd += 1;
    this.#open.set(fd, file);
    return fd;
  }

  #get(fd: number): OpenFile {
    const file = this.#open.get(fd) ?? standardStreams.get(fd);
    if (file === undefined) throw new FakeSysError('fd', String(fd), 'EBADF');
    return file;
  }

  #resolve(path: string): string {
    const target = this.links.get(path);
    return target === undefined ? path : this.#resolve(target);
  }

  #isFolder(path: string): boolean {
    return this.folders.has(path) || this.#children(path).length > 0;
  }

  #children(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    const all = [...this.files.keys(), ...this.folders, ...this.links.keys()];
    const names = all.filter((other) => other.startsWith(prefix) && other !== '/');
    return [...new Set(names.map((other) => other.slice(prefix.length).split('/')[0] ?? ''))];
  }

  #openat(path: string, flags: number): number {
    this.#failIfAsked(`openat ${path}`);
    if ((flags & O_NOFOLLOW) !== 0 && this.links.has(path)) throw new FakeSysError('openat', path, 'ELOOP');
    const messages = this.devices.get(path);
    if (messages !== undefined) return this.#add({ kind: 'queue', messages, sent: [], peerUid: 0, port: 0 });
    const serial = this.#serialPorts.get(path);
    if (serial !== undefined) return this.#add({ kind: 'serial', port: serial });
    const at = this.#resolve(path);
    if (!this.files.has(at) && !this.#isFolder(at)) {
      if ((flags & O_CREAT) === 0) throw new FakeSysError('openat', path, 'ENOENT');
      this.files.set(at, '');
    }
    if ((flags & O_TRUNC) !== 0) this.files.set(at, '');
    return this.#add({ kind: 'file', path: at, offset: 0 });
  }

  #read(fd: number, buffer: Uint8Array): number {
    const file = this.#get(fd);
    switch (file.kind) {
      case 'file': {
        const rest = Buffer.from(this.files.get(file.path) ?? '').subarray(file.offset, file.offset + buffer.length);
        buffer.set(rest);
        file.offset += rest.length;
        return rest.length;
      }
      case 'reader': {
        const bytes = file.pipe.bytes.splice(0, buffer.length);
        if (bytes.length === 0 && file.pipe.writers > 0) throw new FakeSysError('read', String(fd), 'EAGAIN');
        buffer.set(bytes);
        return bytes.length;
      }
      case 'queue': {
        this.#failIfAsked(`read ${fd}`);
        const message = file.messages.shift();
        if (message === undefined) throw new FakeSysError('read', String(fd), 'EAGAIN');
        buffer.set(message);
        return message.length;
      }
      case 'end':
        return this.#readInbox(fd, file.inbox, file.peer(), buffer);
      case 'serial':
        return this.#readInbox(fd, file.port.inbox, file.port.isConnected, buffer);
      default:
        throw new FakeSysError('read', String(fd), 'EINVAL');
    }
  }

  #nameOf(fd: number): string | number {
    const file = this.#get(fd);
    return file.kind === 'file' ? file.path : fd;
  }

  #contentOf(fd: number): Buffer {
    const file = this.#get(fd);
    return Buffer.from(file.kind === 'file' ? (this.files.get(file.path) ?? '') : '');
  }

  #pread(fd: number, buffer: Uint8Array, offset: number): number {
    const part = this.#contentOf(fd).subarray(offset, offset + buffer.length);
    buffer.set(part);
    return part.length;
  }

  #statx(fd: number, path: string, flags: number): Stat {
    const isLink = (flags & AT_SYMLINK_NOFOLLOW) !== 0 && this.links.has(path);
    const at = isLink ? path : this.#resolve(path);
    if (isLink) return { ...noStat, mode: S_IFLNK };
    if (path !== '' && !this.files.has(at) && !this.folders.has(at)) throw new FakeSysError('statx', path, 'ENOENT');
    const size = path === '' ? this.#contentOf(fd).length : Buffer.byteLength(this.files.get(at) ?? '');
    const file = this.#open.get(fd);
    const mode = file?.kind === 'file' && path === '' ? this.modes.get(file.path) : undefined;
    return { ...noStat, size, ...(mode === undefined ? {} : { mode }) };
  }

  #seek(fd: number, offset: number): number {
    const file = this.#get(fd);
    if (file.kind === 'file') file.offset = offset;
    return offset;
  }

  #sendfile(to: number, from: number, count: number): number {
    const buffer = new Uint8Array(count);
    const length = this.#read(from, buffer);
    if (length > 0) this.#write(to, buffer.subarray(0, length));
    return length;
  }

  /** A file without a name is written where the descriptor stands. */
  #writeAt(file: Extract<OpenFile, { kind: 'file' }>, bytes: Uint8Array): number {
    const content = Buffer.from(this.files.get(file.path) ?? '');
    const end = file.offset + bytes.length;
    const whole = Buffer.alloc(Math.max(end, content.length));
    whole.set(content);
    whole.set(bytes, file.offset);
    this.files.set(file.path, whole.toString());
    file.offset = end;
    return bytes.length;
  }

  #readInbox(fd: number, inbox: Buffer[], mayGetMore: boolean, buffer: Uint8Array): number {
    const [first] = inbox;
    if (first === undefined && mayGetMore) throw new FakeSysError('read', String(fd), 'EAGAIN');
    if (first === undefined) return 0;
    const part = first.subarray(0, buffer.length);
    buffer.set(part);
    if (part.length === first.length) inbox.shift();
    else inbox[0] = first.subarray(part.length);
    return part.length;
  }

  #write(fd: number, bytes: Uint8Array): number {
    const file = this.#get(fd);
    if (file.kind === 'end') {
      this.#failIfAsked('pair');
      if (!file.peer()) throw new FakeSysError('write', String(fd), 'EPIPE');
      file.outbox.push(Buffer.from(bytes));
      return bytes.length;
    }
    if (file.kind === 'serial') {
      const { port } = file;
      if (!port.isConnected) return 0;
      if (port.room === 0) throw new FakeSysError('write', String(fd), 'EAGAIN');
      const part = bytes.subarray(0, port.room);
      port.room -= part.length;
      port.outbox.push(Buffer.from(part));
      return part.length;
    }
    if (file.kind === 'writer') {
      file.pipe.bytes.push(...bytes);
      return bytes.length;
    }
    if (file.kind === 'queue') {
      this.#failIfAsked(`send ${fd}`);
      file.sent.push(Buffer.from(bytes));
      return bytes.length;
    }
    if (file.kind !== 'file') throw new FakeSysError('write', String(fd), 'EINVAL');
    this.#failIfAsked(`write ${file.path}`);
    if (file.path.startsWith('/memfd/')) return this.#writeAt(file, bytes);
    this.#written.set(file.path, this.written(file.path) + 1);
    const isConsole = file.path === '/dev/console';
    const taken = isConsole ? bytes.subarray(0, Math.min(bytes.length, this.consoleRoom)) : bytes;
    if (taken.length === 0 && bytes.length > 0) throw new FakeSysError('write', String(fd), 'EAGAIN');
    if (isConsole) this.consoleRoom -= taken.length;
    this.files.set(file.path, (this.files.get(file.path) ?? '') + Buffer.from(taken).toString());
    return taken.length;
  }

  #close(fd: number): void {
    const file = this.#get(fd);
    if (file.kind === 'writer') file.pipe.writers -= 1;
    this.#open.delete(fd);
    this.#watched.delete(fd);
  }

  #readyEvents(fd: number, wanted: number): number {
    const file = this.#get(fd);
    switch (file.kind) {
      case 'reader':
        return (file.pipe.bytes.length > 0 ? EPOLLIN : 0) | (file.pipe.writers === 0 ? EPOLLHUP : 0);
      case 'timer':
        return file.due <= this.now ? EPOLLIN : 0;
      case 'queue':
        return wanted & ((file.messages.length > 0 ? EPOLLIN : 0) | EPOLLOUT);
      case 'end':
        return (
          (wanted & ((file.inbox.length > 0 || !file.peer() ? EPOLLIN : 0) | EPOLLOUT)) | (file.peer() ? 0 : EPOLLHUP)
        );
      case 'serial': {
        const { port } = file;
        if (!port.hasNews) return 0;
        port.hasNews = false;
        if (!port.isConnected) return EPOLLHUP | (wanted & EPOLLIN);
        return wanted & ((port.inbox.length > 0 ? EPOLLIN : 0) | (port.room > 0 ? EPOLLOUT : 0));
      }
      case 'listener':
        return wanted & (this.accepted.length > 0 ? EPOLLIN : 0);
      case 'file':
        if (file.path === 'signalfd') return this.signals.length > 0 ? EPOLLIN : 0;
        return wanted & EPOLLOUT && this.consoleRoom > 0 ? EPOLLOUT : 0;
      default:
        return 0;
    }
  }

  #epollWait(): EpollEvent[] {
    const ready = [...this.#watched].flatMap(([fd, wanted]) => {
      const events = this.#readyEvents(fd, wanted);
      return events === 0 ? [] : [{ fd, events }];
    });
    if (ready.length > 0) return ready;
    // Nothing else happens: time passes until the next timer.
    const dues = [...this.#watched.keys()]
      .map((fd) => this.#get(fd))
      .flatMap((file) => (file.kind === 'timer' ? file.due : []));
    const next = Math.min(...dues);
    if (next === Infinity) throw new Error('the loop would wait forever');
    this.now = next;
    return this.#epollWait();
  }

  #pipe(): readonly [number, number] {
    const pipe: Pipe = { bytes: [], writers: 1 };
    return [this.#add({ kind: 'reader', pipe }), this.#add({ kind: 'writer', pipe })];
  }

  #socketpair(): readonly [number, number] {
    const one: Buffer[] = [];
    const other: Buffer[] = [];
    const ends: OpenFile[] = [];
    const isOpen = (end: number) => (): boolean => [...this.#open.values()].includes(ends[end] as OpenFile);
    ends.push({ kind: 'end', inbox: one, outbox: other, peer: isOpen(1) });
    ends.push({ kind: 'end', inbox: other, outbox: one, peer: isOpen(0) });
    return [this.#add(ends[0] as OpenFile), this.#add(ends[1] as OpenFile)];
  }

  #rename(from: string, to: string): void {
    const content = this.files.get(from);
    if (content === undefined) throw new FakeSysError('renameat2', from, 'ENOENT');
    this.files.delete(from);
    this.files.set(to, content);
  }

  readonly sys: Sys = this.#bindings();

  #bindings(): Sys {
    const bindings: Partial<Sys> = {
      encodeUtf8: (text) => new Uint8Array(Buffer.from(text)),
      decodeUtf8: (bytes) => Buffer.from(bytes).toString(),
      openat: (_dirfd, path, flags) => this.#openat(path, flags),
      close: (fd) => this.#close(fd),
      read: (fd, buffer) => this.#read(fd, buffer),
      write: (fd, bytes) => this.#write(fd, bytes),
      faccessat2: (_dirfd, path) => {
        const at = this.#resolve(path);
        if (!this.files.has(at) && !this.#isFolder(at)) throw new FakeSysError('faccessat2', path, 'ENOENT');
      },
      readdir: (fd) => {
        const file = this.#get(fd);
        return file.kind === 'file' ? this.#children(file.path).map((name) => ({ name, type: 0 })) : [];
      },
      mkdirat: (_dirfd, path) => {
        this.#do('mkdirat', path);
        if (this.#isFolder(path)) throw new FakeSysError('mkdirat', path, 'EEXIST');
        const parent = path.slice(0, path.lastIndexOf('/')) || '/';
        if (!this.#isFolder(parent)) throw new FakeSysError('mkdirat', path, 'ENOENT');
        this.folders.add(path);
      },
      mknodat: (_dirfd, path, mode, major, minor) => {
        this.#do('mknodat', path, mode.toString(8), major, minor);
        this.files.set(path, '');
      },
      symlinkat: (target, _dirfd, path) => {
        this.#do('symlinkat', target, path);
        if (this.links.has(path)) throw new FakeSysError('symlinkat', path, 'EEXIST');
        this.links.set(path, target);
      },
      fchmod: (fd, mode) => this.#do('fchmod', this.#nameOf(fd), mode.toString(8)),
      fchown: (fd, uid, gid) => this.#do('fchown', this.#nameOf(fd), uid, gid),
      ioctlIntPointer: (fd, request, value) => {
        this.#do('ioctlIntPointer', this.#nameOf(fd), request.toString(16), value);
        return value;
      },
      ioctlBytes: (fd, request, bytes) => {
        this.#do('ioctlBytes', this.#nameOf(fd), request.toString(16), Buffer.from(bytes).toString('hex'));
        return 0;
      },
      fchownat: (_dirfd, path, uid, gid) => this.#do('fchownat', path, uid, gid),
      fchmodat: (_dirfd, path, mode) => this.#do('fchmodat', path, mode.toString(8)),
      unlinkat: (_dirfd, path) => {
        this.#do('unlinkat', path);
        if (!this.links.delete(path)) this.files.delete(path);
      },
      renameat2: (_old, from, _new, to) => this.#rename(from, to),
      fcntl: () => 0,
      pipe2: () => this.#pipe(),
      socketpair: () => this.#socketpair(),
      fstatfs: () => {
        this.#failIfAsked('fstatfs');
        return { type: this.rootType, size: this.diskSize, free: 0 };
      },
      statx: (fd, path, flags) => this.#statx(fd, path, flags),
      pread: (fd, buffer, offset) => this.#pread(fd, buffer, offset),
      lseek: (fd, offset) => this.#seek(fd, offset),
      sendfile: (to, from, count) => this.#sendfile(to, from, count),
      uname: () => ({ sysname: 'Linux', nodename: 'box', release: '6', version: '1', machine: 'x86_64' }),
      mount: (source, target, type, flags, data) => this.#do('mount', source, target, type, flags, data),
      umount2: (target, flags) => this.#do('umount2', target, flags),
      chdir: (path) => this.#do('chdir', path),
      chroot: (path) => this.#do('chroot', path),
      sethostname: (name) => this.#do('sethostname', name),
      prlimit: (pid, resource, soft, hard) => this.#do('prlimit', pid, resource, soft, hard),
      finitModule: (fd, parameters) => {
        const file = this.#get(fd);
        this.#do('finitModule', file.kind === 'file' ? file.path : fd, parameters);
      },
      reboot: (command) => this.#do('reboot', command.toString(16)),
      kill: (pid, signal) => this.#do('kill', pid, signal),
      nanosleep: (nanoseconds) => {
        this.now += nanoseconds;
      },
      clone3: ({ exitSignal }) => {
        this.#do('clone3', exitSignal);
        this.#childEnd = this.now + this.childSeconds * 1e9;
        return { pid: clonedPid, pidfd: -1 };
      },
      wait4: (pid) => {
        this.#failIfAsked('wait4');
        if (pid === clonedPid) return { pid: this.#childEnd <= this.now ? pid : 0, status: 0 };
        return this.ended.shift() ?? { pid: 0, status: 0 };
      },
      sigprocmask: (how, signals) => this.#do('sigprocmask', how, signals.join(',')),
      signalfd: () => this.#add({ kind: 'file', path: 'signalfd', offset: 0 }),
      readSignal: () => ({ signal: this.signals.shift() ?? 0, pid: 0, uid: 0 }),
      timerfdCreate: () => this.#add({ kind: 'timer', due: Infinity }),
      timerfdSettime: (fd, value) => {
        if (!Number.isInteger(value) || value >= 2 ** 63) throw new TypeError(`expected an integer, found ${value}`);
        const timer = this.#get(fd);
        if (timer.kind === 'timer') timer.due = value === 0 ? Infinity : this.now + value;
      },
      epollCreate: () => this.#add({ kind: 'epoll' }),
      epollCtl: (_epfd, operation, fd, events) => {
        const file = this.#get(fd);
        if (file.kind === 'serial') file.port.hasNews = true;
        if (operation === EPOLL_CTL_ADD) this.#failIfAsked('epollCtl add');
        if (operation === EPOLL_CTL_DEL) this.#watched.delete(fd);
        else this.#watched.set(fd, events);
      },
      epollWait: () => this.#epollWait(),
      clockGettime: () => this.now,
      socket: () => this.queue([]),
      connect: (_fd, { address, port }) => this.#do('connect', address, port),
      bind: (fd, { path }) => {
        if (path !== undefined) this.#bound.set(path, fd);
      },
      memfdCreate: (name) => {
        // Others find what is in it by the descriptor.
        const path = `/memfd/${name}`;
        this.files.set(path, '');
        const fd = this.#add({ kind: 'file', path, offset: 0 });
        this.links.set(`/proc/self/fd/${fd}`, path);
        return fd;
      },
      pidfdSendSignal: (fd, signal) => this.#do('pidfdSendSignal', fd, signal),
      listen: (fd) => {
        this.#open.set(fd, { kind: 'listener' });
      },
      accept4: () => {
        this.accepts += 1;
        this.#failIfAsked('accept4');
        return this.accepted.shift() ?? this.#failWith('accept4', 'EAGAIN');
      },
      setsockopt: () => undefined,
      shutdown: (fd) => this.#do('shutdown', fd),
      recvmsg: (fd, buffer) => {
        this.#failIfAsked(`recvmsg ${fd}`);
        const file = this.#get(fd);
        return {
          length: this.#read(fd, buffer),
          fds: [],
          truncated: false,
          netlinkPort: file.kind === 'queue' ? file.port : 0,
        };
      },
      sendmsg: (_fd, bytes) => {
        this.#do('sendmsg', Buffer.from(bytes).toString().trimEnd());
        return bytes.length;
      },
      peerCredentials: (fd) => {
        const file = this.#get(fd);
        return { pid: 1, uid: file.kind === 'queue' ? file.peerUid : 0, gid: 0 };
      },
      interfaceFlags: () => 0,
      setInterfaceFlags: (_fd, name, flags) => this.#do('setInterfaceFlags', name, flags),
    };
    // The rest of Sys is there, and throws.
    const all: unknown = new Proxy(bindings, {
      get(target, name: string): unknown {
        const binding: unknown = Reflect.get(target, name);
        if (binding === undefined) throw new Error(`the fake has no ${name}`);
        return binding;
      },
    });
    return all as Sys;
  }
}
