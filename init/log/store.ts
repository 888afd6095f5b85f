// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What is kept of a log. A byte's offset is its place in all that ever came, so that it stays the same while older ones go. */
export interface Store {
  /** Where it is, for messages. */
  readonly place: string;
  /** Offset behind the last byte. */
  end(): number;
  /** Throws the SysError of what cannot take them. Older ones make room. */
  append(bytes: Uint8Array): void;
  /**
   * Up to `most` bytes from `offset` on, or from the first line on that is still there, and the offset behind them. There are none
   * at the end only.
   */
  read(offset: number, most: number): Piece;
  /** Nothing comes for a while. */
  close(): void;
}

export interface Piece {
  readonly bytes: Uint8Array;
  readonly next: number;
}

export const newline = 10;
