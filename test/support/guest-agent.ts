// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

/** QEMU's arguments for the guest agent's port, which `socket` is the host's end of. */
export function guestAgentPort(socket: string): readonly string[] {
  const chardev = `socket,id=agent,path=${socket},server=on,wait=off`;
  const port = 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0';
  return ['-device', 'virtio-serial-pci', '-chardev', chardev, '-device', port];
}

/** Asks the agent in a guest, waiting until it is there, and returns what it returns; nothing of what has no answer. */
export async function askGuestAgent(
  socket: string,
  execute: string,
  options: { arguments?: object; hasAnswer?: boolean } = {},
): Promise<unknown> {
  const connection = createConnection(socket);
  try {
    connection.write(`${JSON.stringify({ execute, arguments: options.arguments })}\n`);
    if (options.hasAnswer === false) {
      await new Promise<void>((resolve) => connection.end(() => resolve()));
      return undefined;
    }
    for await (const line of createInterface({ input: connection })) {
      const answer = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
      if (answer.error !== undefined) throw new Error(`${execute}: ${answer.error.desc}`);
      return answer.return;
    }
    throw new Error(`${execute}: the agent's port was closed`);
  } finally {
    connection.destroy();
  }
}
