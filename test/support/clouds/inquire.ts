// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { connect } from 'node:net';
import { type Ask, type Reply, withText } from '../../../init/metadata/ask.ts';
import { Findings } from '../../../init/metadata/findings.ts';
import { requestText } from '../../../init/metadata/http/exchange.ts';
import { startInquiry } from '../../../init/metadata/http/inquiries.ts';
import { ReplyReader } from '../../../init/metadata/http/reply.ts';
import { networkProviders } from '../../../init/metadata/network/providers.ts';
import { type Cloud, type CloudAnswer, type CloudRequest } from './cloud.ts';
import { serveCloud } from './serve.ts';

/** One request over a real connection, with the target's own reader of answers. */
async function send(ask: Ask, port: number, onPort: (local: number) => void): Promise<Reply> {
  const reader = new ReplyReader(ask.most);
  const socket = connect(port, '127.0.0.1');
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    onPort(socket.localPort ?? 0);
    socket.write(requestText(ask));
    for await (const bytes of socket) {
      reader.push(bytes as Buffer);
      if (reader.answer !== undefined) break;
    }
    if (reader.answer === undefined) reader.end();
    const { answer } = reader;
    if (answer === undefined) return { failure: 'no answer' };
    return withText(answer, (bytes) => Buffer.from(bytes).toString());
  } catch (error) {
    return { failure: (error as Error).message };
  } finally {
    socket.destroy();
  }
}

/** What a provider's part makes of a server: its findings, and why it gave up. */
export interface Inquired {
  readonly findings: Findings;
  readonly error: string | undefined;
  /** What the server was asked, in order. */
  readonly asked: readonly string[];
}

/** Has the provider ask a fake server, for which a connection is from a privileged port when it was asked to be. */
export async function inquire(provider: string, cloud: Cloud, seconds = 0): Promise<Inquired> {
  const privileged = new Set<number>();
  await using server = await serveCloud(cloud, { isPrivileged: (port) => privileged.has(port) });
  const findings = new Findings();
  const inquiry = networkProviders.get(provider)?.inquire(findings, (text) => new Uint8Array(Buffer.from(text)));
  if (inquiry === undefined) throw new Error(`no provider ${provider}`);
  const clock = {
    now: () => performance.now() / 1000,
    after: (wait: number, call: () => void) => void setTimeout(call, wait * 1000),
  };
  const error = await new Promise<string | undefined>((resolve) => {
    startInquiry(
      inquiry,
      {
        clock,
        deadline: clock.now() + seconds,
        send: (ask, done) => void send(ask, server.port, (port) => ask.isPrivileged && privileged.add(port)).then(done),
      },
      (ended) => resolve(ended.error?.message),
    );
  });
  return { findings, error, asked: server.asked };
}

/** A cloud that answers so where the test says, and as the cloud does elsewhere. */
export function withAnswer(cloud: Cloud, where: (request: CloudRequest) => CloudAnswer | undefined): Cloud {
  return (request) => where(request) ?? cloud(request);
}
