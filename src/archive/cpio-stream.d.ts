// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

declare module 'cpio-stream' {
  import type { Readable, Writable } from 'node:stream';

  /** The fields of a newc header that are read here. */
  interface Header {
    readonly name: string;
    readonly mode: number;
    readonly size: number;
    readonly uid: number;
    readonly gid: number;
    readonly mtime: Date;
    readonly ino: number;
    readonly nlink: number;
    readonly type: string;
    readonly linkname?: string;
  }

  interface Extract extends Writable {
    on(event: 'entry', listener: (header: Header, stream: Readable, next: () => void) => void): this;
    on(event: 'finish', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  export function extract(): Extract;
}
