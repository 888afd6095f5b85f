// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LogPlan } from '../../init/contract/container-plan.ts';
import { TskitError } from '../errors.ts';
import { durationSeconds } from '../spec/duration.ts';
import { driversOf } from '../spec/logging-keys.ts';
import { rateShape, syslogShape } from '../spec/schema-logging.ts';
import { sizeBytes } from '../spec/size.ts';
import type { LoggingSpec } from '../spec/supervision-types.ts';

/** A file with one older one beside it. */
const defaultLog: LogPlan = { driver: 'file', maxSize: 1024 * 1024, maxFiles: 2, json: false };

const syslogPort = 514;

/** Where the output of a container goes. Throws a TskitError for what label and entry say together and the driver cannot have. */
export function logPlan(logging: LoggingSpec = {}): LogPlan {
  const driver = logging.driver ?? defaultLog.driver;
  for (const [key, drivers] of driversOf) {
    if (logging[key] === undefined || drivers.includes(driver)) continue;
    const wanted = drivers.map((one) => `"${one}"`).join(' or ');
    throw new TskitError('spec', `logging: expected ${key} with driver ${wanted}, found "${driver}"`);
  }
  if (driver === 'syslog' && logging.address === undefined) {
    throw new TskitError('spec', 'logging: expected an address with driver "syslog", found none', {
      hint: 'add `logging: { driver: syslog, address: "10.0.0.1:514" }`, with your server, to this entry',
    });
  }
  return {
    driver,
    maxSize: sizeBytes(String(logging.max_size ?? '')) ?? defaultLog.maxSize,
    maxFiles: logging.max_files ?? defaultLog.maxFiles,
    ...(logging.address === undefined ? {} : serverOf(logging.address)),
    ...(logging.rate === undefined ? {} : { rate: rateOf(logging.rate) }),
    json: logging.json ?? defaultLog.json,
  };
}

function serverOf(address: string): Pick<LogPlan, 'address' | 'port'> {
  const [, host = '', port] = syslogShape.exec(address) ?? [];
  return {
    address: host === 'localhost' ? '127.0.0.1' : host.replaceAll(/[[\]]/g, ''),
    port: Number(port ?? syslogPort),
  };
}

function rateOf(rate: string): NonNullable<LogPlan['rate']> {
  const [, lines, count = '1', unit = 's'] = rateShape.exec(rate) ?? [];
  return { lines: Number(lines), seconds: durationSeconds(count + unit) };
}
