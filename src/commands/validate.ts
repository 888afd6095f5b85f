// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { checkInputs } from '../check-inputs.ts';
import { TskitError } from '../errors.ts';
import { parseSpecs } from '../spec/parse.ts';
import { type Problem, SpecError } from '../spec/spec-error.ts';
import { type Command, type Invocation, usage } from './command.ts';
import { isUrl, readSpecs, specOptions } from './spec-input.ts';

export const validate: Command = {
  name: 'validate',
  arguments: '[flags] SPEC...',
  summary: 'checks specs without the network',
  description:
    'Checks all that can be known without the images: the YAML, every key and value, references, recipes, and the files of this\n' +
    'machine that the spec names. One line a valid spec on standard output; ends with 1 when one is not valid. Each SPEC is a\n' +
    'system of its own, unless --merge says that they are one together, as `tskit build` takes them.',
  options: {
    merge: { help: 'check the specs merged into one' },
    ...specOptions,
    json: {
      help: 'print {"valid":…,"errors":[{"file","line","column","path","message","suggestion"}],"warnings":[…]}',
    },
  },
  run: async (invocation) => {
    const files = invocation.positionals;
    if (files.length === 0) throw usage(validate, 'expected SPEC, the path of a YAML file, found nothing');
    const url = files.find(isUrl);
    if (url !== undefined) throw usage(validate, `expected a file, found "${url}": nothing is fetched to validate it`);
    const results: Result[] = [];
    const systems = invocation.flag('merge') ? [files] : files.map((file) => [file]);
    for (const system of systems) results.push(await check(system, invocation));
    if (invocation.flag('json')) printJson(invocation, results);
    else printLines(invocation, results);
    return results.every(({ error }) => error === undefined) ? 0 : 1;
  },
};

interface Result {
  readonly file: string;
  readonly error?: TskitError;
  readonly warnings: readonly string[];
}

async function check(files: readonly string[], invocation: Invocation): Promise<Result> {
  const warnings: string[] = [];
  const file = files.join(' ');
  try {
    const { sources, parsing } = await readSpecs(validate, invocation, files);
    const spec = parseSpecs(sources, { ...parsing, warn: (message) => warnings.push(message) });
    const problems = await checkInputs(spec);
    return problems.length === 0
      ? { file, warnings }
      : { file, warnings, error: new SpecError(lines(problems), problems) };
  } catch (error) {
    if (error instanceof TskitError) return { file, warnings, error };
    throw error;
  }
}

function lines(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, path, message, suggestion }) => {
      return `${file}:${line}:${column}: ${path}: ${message}${suggestion === undefined ? '' : `; ${suggestion}`}`;
    })
    .join('\n');
}

function printLines(invocation: Invocation, results: readonly Result[]): void {
  for (const { warnings, error, file } of results) {
    for (const warning of warnings) invocation.reporter.warn(warning);
    if (error === undefined) invocation.print(`${file}: valid`);
    else invocation.complain(error);
  }
}

function printJson(invocation: Invocation, results: readonly Result[]): void {
  const errors = results.flatMap(({ error, file }) => (error === undefined ? [] : problemsOf(error, file)));
  const warnings = results.flatMap((result) => result.warnings);
  invocation.print(JSON.stringify({ valid: errors.length === 0, errors, warnings }));
}

/** What cannot be read at all is a mistake of the file as a whole. */
function problemsOf(error: TskitError, file: string): readonly Problem[] {
  if (error instanceof SpecError) return error.problems;
  const place = /^.*?:(\d+):(\d+): /.exec(error.message);
  const [line, column] = place === null ? [1, 1] : [Number(place[1]), Number(place[2])];
  return [{ file, line, column, path: '', message: error.message }];
}
