// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestRegistry extends AsyncDisposable {
  /** "127.0.0.1:PORT". */
  readonly host: string;
  /** Where the registry keeps its files. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** Asks for {@link registryLogin} with Basic. */
  readonly basic?: boolean;
  /** Asks for tokens of this server, signed by the key of this certificate. */
  readonly token?: { readonly realm: string; readonly certificate: string };
  /** Serves TLS with this certificate and key (PEM files). */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** The one login that a registry with `basic` knows. */
export const registryLogin = { user: 'alice', password: 'open sesame' } as const;
/** The registry takes bcrypt only, for which Node has no function. */
const htpasswd = 'alice:$2b$05$XZW.LvYIzxIoj9oNFVBtdOf.bwhPdI869XvTwUPXo7FJwhW04Pfbe\n';

/** Starts Debian's docker-registry on a free port of the loopback, with a folder of its own. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-registry-'));
  const config = join(folder, 'config.json');
  writeFileSync(join(folder, 'htpasswd'), htpasswd);
  writeFileSync(config, JSON.stringify(registryConfig(folder, options)));
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const host = await listening(child);
    return { host, folder, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** JSON is YAML, which docker-registry reads. Port 0 lets the kernel choose; the log names the choice. */
function registryConfig(folder: string, { basic, token, tls }: RegistryOptions): object {
  return {
    version: '0.1',
    log: { level: 'info', formatter: 'json' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', ...(tls && { tls: { certificate: tls.certificate, key: tls.key } }) },
    ...(basic === true && { auth: { htpasswd: { realm: 'tskit test', path: join(folder, 'htpasswd') } } }),
    ...(token && {
      auth: {
        token: { realm: token.realm, service: 'tskit-test', issuer: 'tskit-test', rootcertbundle: token.certificate },
      },
    }),
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const read = (chunk: Buffer): void => {
      log += chunk.toString();
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1];
      if (host !== undefined) {
        resolve(host);
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code}: ${log}`)));
  });
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
