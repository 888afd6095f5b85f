// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// As much of YAML as files `meta-data` have: keys with text, with a list, or with one more level of keys with text. JSON is YAML too.

import { type Json, parseJson } from '../../json.ts';

/** What could be read; lines of another form are passed over. */
export function readFlatYaml(text: string): Json {
  if (text.trimStart().startsWith('{')) {
    try {
      return parseJson(text, { depth: 16 });
    } catch {
      return {};
    }
  }
  const whole = new Map<string, Json>();
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const [, indent = '', dash, rest = ''] = /^( *)(- +)?(.*)$/.exec(line) ?? [];
    if (rest === '' || rest.startsWith('#') || rest === '---') continue;
    const isInner = indent !== '' || dash !== undefined;
    if (!isInner) key = undefined;
    const [, name, value = ''] =
      dash === undefined ? (/^("[^"]*"|'[^']*'|[^\s:#"']+) *:(?: +(.*))?$/.exec(rest) ?? []) : [];
    if (isInner && key !== undefined)
      addInner(whole, key, dash === undefined ? name : undefined, scalar(dash === undefined ? value : rest));
    else if (name !== undefined) {
      key = scalar(name);
      whole.set(key, value === '' ? null : (flowList(value) ?? scalar(value)));
    }
  }
  return Object.fromEntries(whole);
}

function addInner(whole: Map<string, Json>, key: string, name: string | undefined, value: string): void {
  const before = whole.get(key) ?? null;
  if (name === undefined) {
    // In place: a copy for each line would take time by the square of them.
    if (Array.isArray(before)) (before as Json[]).push(value);
    else if (before === null) whole.set(key, [value]);
  } else if (before === null) whole.set(key, { [scalar(name)]: value });
  else if (typeof before === 'object' && !Array.isArray(before)) {
    Object.defineProperty(before, scalar(name), { value, enumerable: true, configurable: true, writable: true });
  }
}

/** "[one, two]" without commas inside. */
function flowList(value: string): Json | undefined {
  const inside = /^\[(.*)\]$/.exec(value.trim())?.[1];
  return inside?.split(',').flatMap((one) => (one.trim() === '' ? [] : [scalar(one.trim())]));
}

/** Without quotes, or without a comment behind it. */
function scalar(text: string): string {
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')\s*(?:#.*)?$/.exec(text.trim());
  if (quoted === null) {
    const comment = text.search(/\s#/);
    return (comment < 0 ? text : text.slice(0, comment)).trim();
  }
  return quoted[1]?.replaceAll(/\\(.)/g, '$1') ?? quoted[2]?.replaceAll("''", "'") ?? '';
}
