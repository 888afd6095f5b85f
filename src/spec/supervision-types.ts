// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Integer } from '../../init/contract/integer.ts';

// What Compose says of a service, in its words, and ours beside them. Durations are texts such as "1m30s" (duration.ts).

export interface DependencySpec {
  readonly condition?: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly restart?: boolean;
  readonly required?: boolean;
}

export interface RestartPolicySpec {
  readonly condition?: 'none' | 'on-failure' | 'any';
  readonly delay?: string;
  readonly max_delay?: string;
  readonly backoff?: number;
  readonly window?: string;
  readonly max_attempts?: number;
  readonly on_give_up?: 'leave' | 'reboot' | 'poweroff';
}

/** What does not fit the driver is an error. */
export interface LoggingSpec {
  readonly driver?: 'file' | 'memory' | 'kmsg' | 'syslog';
  /** "10m", or bytes. */
  readonly max_size?: string | Integer;
  readonly max_files?: number;
  /** "10.0.0.1:514". */
  readonly address?: string;
  /** "1000/s". */
  readonly rate?: string;
  readonly json?: boolean;
}

export interface SecretUseSpec {
  readonly source: string;
  /** Absolute, or below /run/secrets. */
  readonly target?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Octal digits. */
  readonly mode?: string;
}

/** At most one of `test`, `http`, `tcp`, `file` and `notify`. */
export interface HealthcheckSpec {
  /** A text is a command of a shell; a list starts with "CMD", "CMD-SHELL" or "NONE". */
  readonly test?: string | readonly string[];
  readonly http?: string;
  readonly tcp?: string | number;
  readonly file?: string;
  readonly notify?: boolean;
  readonly interval?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly start_period?: string;
  readonly start_interval?: string;
  readonly disable?: boolean;
  readonly on_unhealthy?: 'restart' | 'ignore' | 'reboot';
}
