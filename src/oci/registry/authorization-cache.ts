// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import type { HttpClient } from './http-client.ts';
import { logIn } from './login.ts';

export interface Renewal {
  readonly repository: string;
  /** What was sent and not accepted; absent when nothing was sent. */
  readonly rejected: string | undefined;
  readonly secure: boolean;
  /** WWW-Authenticate of the 401. */
  readonly header: string;
}

export interface LoginSources {
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (message: string) => void;
}

/** The Authorization header for each repository of one registry; requests at the same time share one login. */
export class AuthorizationCache {
  readonly #registry: string;
  readonly #client: HttpClient;
  readonly #sources: LoginSources;
  readonly #values = new Map<string, Promise<string | undefined>>();
  readonly #credentials = new Map<string, Promise<Credentials | undefined>>();

  constructor(registry: string, client: HttpClient, sources: LoginSources) {
    this.#registry = registry;
    this.#client = client;
    this.#sources = sources;
  }

  /** What was accepted last; undefined before the first login. */
  async current(repository: string): Promise<string | undefined> {
    return this.#values.get(repository);
  }

  /** Whether requests carry a login of the user's, and not only an anonymous token. */
  async isLoggedIn(repository: string): Promise<boolean> {
    return (await this.#credentials.get(repository)) !== undefined;
  }

  /** Logs in, unless another request has done so since. Throws `auth`, `network` or a TransientError. */
  async renew(renewal: Renewal, signal: AbortSignal): Promise<string | undefined> {
    const { repository, rejected } = renewal;
    const current = await this.#values.get(repository);
    if (current !== undefined && current !== rejected) {
      return current;
    }
    const renewed = this.#logIn(renewal, signal);
    this.#values.set(repository, renewed);
    renewed.catch(() => this.#values.delete(repository));
    return renewed;
  }

  async #logIn({ repository, secure, header }: Renewal, signal: AbortSignal): Promise<string | undefined> {
    let credentials = this.#credentials.get(repository);
    if (credentials === undefined) {
      credentials = this.#find(repository, signal);
      this.#credentials.set(repository, credentials);
    }
    const registry = this.#registry;
    return logIn(this.#client, { registry, repository, secure, header, credentials: await credentials }, signal);
  }

  /** A login that cannot be read is no reason to fail: most images need none. */
  async #find(repository: string, signal: AbortSignal): Promise<Credentials | undefined> {
    try {
      return await findCredentials(this.#registry, repository, this.#sources.env, signal);
    } catch (error) {
      if (error instanceof TskitError && error.code === 'auth') {
        const hint = error.hint === undefined ? '' : ` (${error.hint})`;
        this.#sources.warn(`${error.message}; going on without a login${hint}`);
        return undefined;
      }
      throw error;
    }
  }
}
