// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { step } from '../container/step.ts';
import { describeError } from '../files.ts';
import { AT_FDCWD, CLOCK_REALTIME, O_APPEND, O_CLOEXEC, O_CREAT, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { GlobalOptions } from './global-options.ts';

type Level = 'error' | 'warning' | 'debug';

/** Where a command says what went wrong, and nothing else: results go to standard output. */
export interface Log {
  error(text: string): void;
  warn(text: string): void;
  /** Kept only with --debug. */
  debug(text: string): void;
}

type LogOptions = Pick<GlobalOptions, 'log' | 'logFormat' | 'debug'>;

/** While the options are not known yet. */
const plain: LogOptions = { log: undefined, logFormat: 'text', debug: false };

/**
 * Writes to standard error, and with --log to that file too. Records of a file, and everything with --log-format json, have the
 * shape that callers of runc parse: {"level":"error","msg":"...","time":"2026-01-02T03:04:05Z"}, or as text
 * time="..." level=error msg="...". With a file only errors go to standard error as well, since that may be the container's own
 * by then. Throws when the file cannot be opened; later nothing fails because of it, and standard error is told instead.
 */
export function openLog(sys: Sys, { log: path, logFormat, debug }: LogOptions = plain): Log {
  if (path !== undefined) append(sys, path, '');
  const write = (level: Level, text: string): void => {
    const record = formatRecord(logFormat, level, text, sys.clockGettime(CLOCK_REALTIME));
    if (path !== undefined) appendIfPossible(sys, path, record);
    if (path === undefined || level === 'error') {
      const asRecord = path === undefined && (logFormat === 'json' || level === 'debug');
      // Whoever asks for a file puts the runtime's name before what it shows itself.
      const plain = path === undefined ? `tsrun: ${mark(level)}${text}\n` : `${text}\n`;
      print(sys, 2, asRecord ? record : plain);
    }
  };
  return {
    error: (text) => write('error', text),
    warn: (text) => write('warning', text),
    debug: (text) => (debug ? write('debug', text) : undefined),
  };
}

function mark(level: Level): string {
  return level === 'error' ? '' : `${level}: `;
}

/** One line; `now` in nanoseconds since 1970. */
export function formatRecord(format: 'text' | 'json', level: Level, text: string, now: number): string {
  const time = new Date(now / 1e6).toISOString().replace(/\.[0-9]+Z$/, 'Z');
  return format === 'json'
    ? `${JSON.stringify({ level, msg: text, time })}\n`
    : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(text)}\n`;
}

/** A full disk is no reason to end a container, nor to lose what is to be said. */
function appendIfPossible(sys: Sys, path: string, record: string): void {
  try {
    append(sys, path, record);
  } catch (error) {
    print(sys, 2, `tsrun: ${describeError(error)}\n`);
  }
}

/** Not kept open: the descriptor would be among those that a program may ask to keep. */
function append(sys: Sys, path: string, text: string): void {
  step(`open the log ${path}`, () => {
    const fd = sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644);
    try {
      print(sys, fd, text);
    } finally {
      sys.close(fd);
    }
  });
}

/** Writes all of a text to a stream. */
export function print(sys: Sys, fd: number, text: string): void {
  const bytes = sys.encodeUtf8(text);
  for (let offset = 0; offset < bytes.length; ) offset += sys.write(fd, bytes.subarray(offset));
}

/** What callers look for in a message (podman, Docker and CRI-O make exit codes 126 and 127 of them), by the errno's name. */
const wordsOf: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'device or resource busy',
  EEXIST: 'file exists',
  EINVAL: 'invalid argument',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'exec format error',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
};

/** A message that ends in an errno's name gets the C library's words for it: "exec "/x": ENOENT (no such file or directory)". */
export function withErrnoWords(message: string): string {
  const words = wordsOf[/(?:^|[ :])(E[A-Z0-9]+)$/.exec(message)?.[1] ?? ''];
  return words === undefined ? message : `${message} (${words})`;
}
