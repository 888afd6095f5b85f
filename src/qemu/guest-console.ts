// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Readable, Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

const ctrlC = 0x03;
/** DECSTR, soft terminal reset: colours, a hidden cursor and the like of the guest's do not outlive it. */
const softReset = '\u001b[!p';

/** The console of the guest and the notes of the session. */
export interface SessionTerminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  note(message: string): void;
}

/** QEMU's end of the serial console. */
export interface SerialPort {
  readonly input: Writable;
  readonly output: Readable;
}

/**
 * Makes the terminal the guest's console: what the guest writes appears as it is, keys go to the guest as they are typed,
 * but for Ctrl-C, which asks `stop`. Returns what gives the terminal back.
 */
export function attachConsole(terminal: SessionTerminal, port: SerialPort, stop: { ask(): void }): () => void {
  const { input, output } = terminal;
  // QEMU ends when it wants; what was typed last is lost then.
  port.input.on('error', () => {});
  port.output.pipe(output, { end: false });
  const release = input.isTTY ? attachKeyboard(input, port.input, stop) : attachPipe(input, port.input);
  // A closed or absent standard input is an idle keyboard, not the end of the machine.
  input.on('error', () => {});
  return () => {
    release();
    // An open standard input would keep this process alive after the machine has ended.
    input.destroy();
    if (output.isTTY && process.env['TERM'] !== 'dumb') output.write(softReset);
  };
}

function attachKeyboard(keyboard: ReadStream, guest: Writable, stop: { ask(): void }): () => void {
  const forward = (chunk: Buffer): void => {
    let from = 0;
    for (let at = chunk.indexOf(ctrlC); at !== -1; at = chunk.indexOf(ctrlC, from)) {
      guest.write(chunk.subarray(from, at));
      stop.ask();
      from = at + 1;
    }
    guest.write(chunk.subarray(from));
  };
  keyboard.setRawMode(true);
  keyboard.on('data', forward);
  return () => {
    keyboard.off('data', forward);
    keyboard.setRawMode(false);
  };
}

/** As fast as the guest reads: what is piped in may be long. */
function attachPipe(source: Readable, guest: Writable): () => void {
  source.pipe(guest, { end: false });
  return () => void source.unpipe(guest);
}
