// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

export interface RunArguments {
  readonly id: string;
  /** Folder with config.json. */
  readonly bundle: string;
  readonly cgroupRoot: string | undefined;
}

/** Wrong usage of the command line: printed together with the usage, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const valueOptions: Readonly<Record<string, 'bundle' | 'cgroupRoot'>> = {
  '--bundle': 'bundle',
  '-b': 'bundle',
  '--cgroup-root': 'cgroupRoot',
};

/** Reads what follows "run": options as "--bundle DIR" or "--bundle=DIR", and one id. Throws UsageError. */
export function parseRunArguments(words: readonly string[]): RunArguments {
  const values: { bundle?: string; cgroupRoot?: string } = {};
  const ids: string[] = [];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (!word.startsWith('-')) {
      ids.push(word);
      continue;
    }
    const [name = word, inline] = splitOption(word);
    const key = valueOptions[name];
    if (key === undefined) throw new UsageError(`run: the option "${name}" is not supported yet`);
    const value = inline ?? queue.shift();
    if (value === undefined) throw new UsageError(`run: expected a value after "${name}"`);
    values[key] = value;
  }
  const [id, ...others] = ids;
  if (id === undefined || others.length > 0)
    throw new UsageError(`run: expected one container id, found ${ids.length}`);
  return { id: checkId(id), bundle: values.bundle ?? '.', cgroupRoot: values.cgroupRoot };
}

function splitOption(word: string): readonly string[] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** An id names folders, so it holds what runc allows: letters, digits, "_", "+", "-" and "."; not "." or "..". */
function checkId(id: string): string {
  if (!/^[A-Za-z0-9_+.-]+$/.test(id) || id === '.' || id === '..')
    throw new UsageError(`expected an id of letters, digits, "_", "+", "-" and ".", found "${id}"`);
  return id;
}
