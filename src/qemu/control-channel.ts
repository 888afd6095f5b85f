// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Duplex } from 'node:stream';

/** What QEMU says when the guest stops ("guest-shutdown", "guest-reset", "host-qmp-quit": QMP reference, ShutdownCause). */
export type ShutdownReason = string;

/**
 * QEMU's control protocol, the three words of it that are needed (QMP specification: a greeting, qmp_capabilities, then
 * commands and events, each one line of JSON).
 */
export class ControlChannel {
  readonly #socket: Duplex;
  #rest = '';
  #reason: ShutdownReason | undefined;

  constructor(socket: Duplex) {
    this.#socket = socket;
    // The peer's end is QEMU's own end; whoever waits for the process learns of it there.
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    this.#send('qmp_capabilities');
  }

  /** Why the guest stopped, once QEMU has said so. */
  get reason(): ShutdownReason | undefined {
    return this.#reason;
  }

  /** Presses the power button. */
  powerdown(): void {
    this.#send('system_powerdown');
  }

  #send(command: string): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify({ execute: command })}\n`);
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as { event?: string; data?: { reason?: string } };
      if (message.event === 'SHUTDOWN') this.#reason = message.data?.reason;
    }
  }
}
