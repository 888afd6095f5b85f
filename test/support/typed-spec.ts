// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSpecs } from '../../src/spec/parse.ts';
import type { SpecSource } from '../../src/spec/read-source.ts';
import type { Spec } from '../../src/spec/types.ts';
import { type EvaluationOptions, evaluateTypedSpec } from '../../src/typed/evaluate.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A folder with typed specs and what they import; nothing named tskit is near. */
export class TypedSpecs implements Disposable {
  readonly #folder = temporaryFolder();
  readonly path: string = this.#folder.path;
  readonly warnings: string[] = [];

  /** Writes files by name, and returns the path of the first. */
  write(files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
    return join(this.path, Object.keys(files)[0] ?? '');
  }

  /** The spec that an os.ts with this text says, its file name left out. */
  async evaluate(text: string, options: Partial<EvaluationOptions> = {}): Promise<Omit<Spec, 'file' | 'origin'>> {
    return await this.evaluateFile(this.write({ 'os.ts': text }), options);
  }

  async evaluateFile(file: string, options: Partial<EvaluationOptions> = {}): Promise<Omit<Spec, 'file' | 'origin'>> {
    const { file: _, origin: __, ...spec } = parseSpecs([await this.source(file, options)]);
    return spec;
  }

  /** A file's code as a source of a spec. */
  async source(file: string, options: Partial<EvaluationOptions> = {}): Promise<SpecSource> {
    const warn = (message: string): void => void this.warnings.push(message);
    const { source, root } = await evaluateTypedSpec(file, { signal: new AbortController().signal, warn, ...options });
    return { text: source, document: root, name: file, folder: dirname(file) };
  }

  /** The message of the error that an os.ts with this text ends in, without the folder's path, and its hint. */
  async refusal(text: string, options: Partial<EvaluationOptions> = {}): Promise<string> {
    const error = await this.evaluate(text, options).then(
      () => new Error('the spec was accepted'),
      (error: Error) => error,
    );
    const hint = 'hint' in error && typeof error.hint === 'string' ? `\nhint: ${error.hint}` : '';
    return `${error.message}${hint}`.replaceAll(`${this.path}/`, '');
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
