// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isDiffId } from './digest.ts';
import { checkOptionalString, isObject, isStringArray, type Json, parseObject, unexpected } from './json-fields.ts';
import type { ImageConfig } from './types.ts';

/** Reads an image config; members that Docker writes as null are dropped. Throws `manifest`. */
export function parseImageConfig(bytes: Uint8Array, subject: string): ImageConfig {
  const document = parseObject(bytes, subject);
  const rootfs = document['rootfs'];
  if (!isObject(rootfs) || rootfs['type'] !== 'layers' || !Array.isArray(rootfs['diff_ids'])) {
    throw unexpected(subject, 'rootfs', '{"type": "layers", "diff_ids": [...]}', rootfs);
  }
  for (const [index, diffId] of rootfs['diff_ids'].entries()) {
    if (!isDiffId(diffId)) {
      throw unexpected(subject, `rootfs.diff_ids[${index}]`, 'a sha256 digest', diffId);
    }
  }
  for (const key of ['os', 'architecture']) {
    if (typeof document[key] !== 'string') {
      throw unexpected(subject, key, 'a string', document[key]);
    }
  }
  checkOptionalString(document, 'variant', subject);
  const settings = document['config'];
  if (settings !== undefined && settings !== null && !isObject(settings)) {
    throw unexpected(subject, 'config', 'an object', settings);
  }
  const { config: _, ...rest } = document;
  const config = isObject(settings) ? { config: checkSettings(settings, subject) } : {};
  return { ...rest, ...config } as unknown as ImageConfig;
}

function checkSettings(settings: Json, subject: string): Json {
  const present = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
  for (const key of ['User', 'WorkingDir', 'StopSignal']) {
    checkOptionalString(present, key, `${subject}: config`);
  }
  for (const key of ['Env', 'Entrypoint', 'Cmd', 'Shell']) {
    const value = present[key];
    if (value !== undefined && !isStringArray(value)) {
      throw unexpected(subject, `config.${key}`, 'a list of strings', value);
    }
  }
  for (const key of ['Labels', 'Volumes', 'ExposedPorts']) {
    const value = present[key];
    if (value !== undefined && !isObject(value)) {
      throw unexpected(subject, `config.${key}`, 'an object', value);
    }
  }
  for (const [name, value] of Object.entries(present['Labels'] ?? {})) {
    if (typeof value !== 'string') {
      throw unexpected(subject, `config.Labels["${name}"]`, 'a string', value);
    }
  }
  const healthcheck = present['Healthcheck'];
  if (healthcheck === undefined) return present;
  return { ...present, Healthcheck: checkHealthcheck(healthcheck, subject) };
}

function checkHealthcheck(value: unknown, subject: string): Json {
  if (!isObject(value)) throw unexpected(subject, 'config.Healthcheck', 'an object', value);
  const present = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
  const test = present['Test'];
  if (test !== undefined && !isStringArray(test)) {
    throw unexpected(subject, 'config.Healthcheck.Test', 'a list of strings', test);
  }
  for (const key of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries']) {
    const number = present[key];
    if (number !== undefined && !(typeof number === 'number' && Number.isInteger(number) && number >= 0)) {
      throw unexpected(subject, `config.Healthcheck.${key}`, 'an integer of at least 0', number);
    }
  }
  return present;
}
