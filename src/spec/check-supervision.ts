// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, type MapNode, type Path, quote, text } from './document.ts';
import { durationSeconds, durationShape } from './duration.ts';
import { nearestKey } from './nearest-key.ts';
import { httpShape, tcpShape } from './schema-health.ts';
import { isSignal, signalNames } from './signals.ts';

// What the schema cannot say about restarts, stops and health checks of one container or label.

/** Mistakes in how a container is kept up. */
export function checkSupervision(node: DocumentNode, path: Path): readonly Diagnostic[] {
  return [
    ...checkStopSignal(child(node, 'stop_signal'), [...path, 'stop_signal']),
    ...checkPositive(node, path, ['timeout']),
    ...checkRestart(node, path),
    ...checkHealth(child(node, 'healthcheck'), [...path, 'healthcheck']),
  ];
}

function checkStopSignal(node: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  const name = text(node);
  if (node === undefined || name === undefined || !/^[A-Za-z0-9+-]+$/.test(name) || isSignal(name)) return [];
  const upper = name.toUpperCase();
  const near = nearestKey(upper.startsWith('SIG') ? upper : `SIG${upper}`, signalNames);
  const suggestion = near === undefined ? undefined : `did you mean ${quote(near)}?`;
  return [diagnostic(node, path, `expected a signal such as "SIGTERM", found ${quote(name)}`, suggestion)];
}

/** Durations that would mean nothing, or never end, when they are 0. */
function checkPositive(node: DocumentNode | undefined, path: Path, keys: readonly string[]): readonly Diagnostic[] {
  return keys.flatMap((key) => {
    const at = child(node, key);
    const seconds = secondsOf(at);
    if (at === undefined || seconds === undefined || seconds > 0) return [];
    return [diagnostic(at, [...path, key], `expected a duration above 0, found ${quote(text(at) ?? '')}`)];
  });
}

function secondsOf(node: DocumentNode | undefined): number | undefined {
  const duration = text(node);
  return duration !== undefined && durationShape.test(duration) ? durationSeconds(duration) : undefined;
}

/** Two places that say when, or how often, may not both. */
function checkRestart(node: DocumentNode, path: Path): readonly Diagnostic[] {
  const policy = child(node, 'restart_policy');
  const at = [...path, 'restart_policy'];
  const found: Diagnostic[] = [];
  const clash = (key: string, other: string): void => {
    const entry = policy?.kind === 'map' ? policy.entries.get(key) : undefined;
    if (entry === undefined) return;
    const message = `expected only one of ${quote(key)} and ${other}, found both`;
    found.push(diagnostic(entry.key, [...at, key], message));
  };
  const restart = text(child(node, 'restart'));
  if (restart !== undefined) clash('condition', '"restart" beside "restart_policy"');
  if (restart?.startsWith('on-failure:') === true) clash('max_attempts', `"restart: ${restart}"`);
  const most = child(policy, 'max_delay');
  const [delay, maxDelay] = [secondsOf(child(policy, 'delay')), secondsOf(most)];
  if (most !== undefined && delay !== undefined && maxDelay !== undefined && maxDelay < delay) {
    const least = quote(text(child(policy, 'delay')) ?? '');
    const message = `expected at least "delay", which is ${least}, found ${quote(text(most) ?? '')}`;
    found.push(diagnostic(most, [...at, 'max_delay'], message));
  }
  return found;
}

const probes = ['test', 'http', 'tcp', 'file', 'notify'] as const;
/** Of which one may be given. */
const exclusive: ReadonlySet<string> = new Set([...probes, 'disable']);

function checkHealth(node: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  if (node?.kind !== 'map') return [];
  return [
    ...checkOneProbe(node, path),
    ...checkPositive(node, path, ['interval', 'timeout', 'start_interval']),
    ...checkTest(child(node, 'test'), [...path, 'test']),
    ...checkAddress(child(node, 'http'), [...path, 'http'], httpShape),
    ...checkAddress(child(node, 'tcp'), [...path, 'tcp'], tcpShape),
  ];
}

function checkOneProbe(node: MapNode, path: Path): readonly Diagnostic[] {
  // In the order of the text: the later one is too much.
  const given = [...node.entries.keys()].filter((key) => exclusive.has(key) && !isFalse(child(node, key)));
  const [first, second] = given;
  const at = second === undefined ? undefined : node.entries.get(second)?.key;
  if (first === undefined || second === undefined || at === undefined) return [];
  const wanted = given.includes('disable') ? '"disable" without a check' : `one of ${probes.join(', ')}`;
  return [diagnostic(at, [...path, second], `expected ${wanted}, found ${quote(first)} and ${quote(second)}`)];
}

function isFalse(node: DocumentNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value === false;
}

/** Compose's forms: ["NONE"], ["CMD", program, argument…], ["CMD-SHELL", command]; a text is a command of a shell. */
function checkTest(node: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  if (node === undefined) return [];
  if (text(node) === 'NONE') {
    return [
      diagnostic(
        node,
        path,
        'expected a command, found "NONE", which has to stand in a list',
        'did you mean ["NONE"]?',
      ),
    ];
  }
  if (node.kind !== 'list') return [];
  const words = items(node).map((item) => text(item));
  if (words.includes(undefined)) return [];
  const [kind, ...rest] = words;
  const wrong = (expected: string, found: string, suggestion?: string) => [
    diagnostic(node, path, `expected ${expected}, found ${found}`, suggestion),
  ];
  const found = words.length === 0 ? 'an empty list' : `${words.length === 1 ? 'only ' : ''}${quote(kind ?? '')}`;
  switch (kind) {
    case 'NONE':
      return rest.length === 0 ? [] : wrong('"NONE" to stand alone', `${words.length} entries`);
    case 'CMD':
      return rest[0] ? [] : wrong('a program after "CMD"', rest.length === 0 ? 'only "CMD"' : 'an empty name');
    case 'CMD-SHELL':
      if (rest.length === 1 && rest[0]?.trim()) return [];
      return wrong('one command after "CMD-SHELL"', rest.length > 1 ? `${rest.length} entries` : 'none');
    default: {
      const meant = words.length === 0 ? undefined : `["CMD", ${words.map((word) => quote(word ?? '')).join(', ')}]`;
      return wrong('a list that starts with "CMD", "CMD-SHELL" or "NONE"', found, meant && `did you mean ${meant}?`);
    }
  }
}

/** An address that cannot be one; `shape` finds host and port. */
export function checkAddress(node: DocumentNode | undefined, path: Path, shape: RegExp): readonly Diagnostic[] {
  const value = text(node);
  const [, host = 'localhost', port = '80'] = shape.exec(value ?? '') ?? [];
  if (node === undefined || value === undefined || !shape.test(value)) return [];
  if (Number(port) < 1 || Number(port) > 65_535) {
    return [diagnostic(node, path, `expected a port from 1 to 65535, found ${port}`)];
  }
  // A leading zero is octal to some.
  if (host === 'localhost' || (URL.canParse(`http://${host}/`) && !/(^|\.)0[0-9]/.test(host))) return [];
  return [diagnostic(node, path, `expected an IPv4 or IPv6 address, found ${quote(host)}`)];
}
