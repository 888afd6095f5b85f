// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../examples/', import.meta.url);

/** What the comment says that an example begins with: what it is, how to try it, what there is to see. */
export interface ExampleHeader {
  /** The file's name: "hello.yml". */
  readonly file: string;
  /** What the build calls it: "hello". */
  readonly name: string;
  /** The comment's first sentence. */
  readonly summary: string;
  /** The indented lines, without what `#` says about them. */
  readonly commands: readonly string[];
  /** The words of the first `tskit run`, after "run"; none when there is no such line. */
  readonly run: readonly string[];
  /** The text after the commands. */
  readonly outcome: string;
}

/** Names of all examples, sorted. */
export function exampleFiles(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.(yml|ts)$/.test(name))
    .toSorted();
}

/** The header of one of `exampleFiles()`. */
export function exampleHeader(file: string): ExampleHeader {
  return parseHeader(file, readFileSync(new URL(file, folder), 'utf8'));
}

/** The comment at the beginning of `text`, in YAML or TypeScript. */
export function parseHeader(file: string, text: string): ExampleHeader {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const comment = /^(?:#|\/\/) ?(.*)$/.exec(line)?.[1];
    if (comment === undefined) break;
    lines.push(comment);
  }
  const isCommand = (line: string): boolean => /^\s+\S/.test(line);
  const commands = lines.filter(isCommand).map((line) => line.replace(/\s+#\s.*$/, '').trim());
  const prose = (from: number, to?: number): string => lines.slice(from, to).join(' ').replaceAll(/\s+/g, ' ').trim();
  const before = prose(0, lines.findIndex(isCommand));
  const run = commands.find((command) => /(^|&& )tskit run /.test(command));
  return {
    file,
    name: file.replace(/\.[^.]*$/, ''),
    summary: /^.*?[.](?= [A-Z"`]|$)/.exec(before)?.[0] ?? '',
    commands,
    run: run?.replace(/^.*tskit run /, '').split(/\s+/) ?? [],
    outcome: prose(lines.findLastIndex(isCommand) + 1),
  };
}
