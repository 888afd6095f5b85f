// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

/** An import that Node could not resolve, and what it threw. */
export interface MissingImport {
  readonly specifier: string;
  /** Path of the file that has it. */
  readonly file: string;
  readonly error: unknown;
}

/** A file whose text is no TypeScript that Node can run; `error` is what Node threw. */
export interface UnreadableModule {
  readonly file: string;
  readonly source: string;
  readonly error: unknown;
}

/** What the hooks saw go wrong: Node's own errors do not say all of it. */
export interface ModuleTrouble {
  /** What was given to the engine, by file. */
  readonly loaded: Map<string, string>;
  missing?: MissingImport;
  unreadable?: UnreadableModule;
}

const typeScript = /\.m?ts$/;

/**
 * Has `tskit` mean the module at `api`, wherever the importing file is, and has TypeScript run on every Node that tskit runs
 * on, without flags: types are replaced by spaces, so that lines and columns stay.
 */
export function hookModules(api: string): ModuleTrouble {
  const trouble: ModuleTrouble = { loaded: new Map() };
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === 'tskit') return { url: api, format: 'module', shortCircuit: true };
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        const { parentURL } = context;
        if (parentURL?.startsWith('file:') !== true) throw error;
        for (const other of otherNames(specifier)) {
          try {
            return nextResolve(other, context);
          } catch {}
        }
        trouble.missing = { specifier, file: fileURLToPath(parentURL), error };
        throw error;
      }
    },
    load(url, context, nextLoad) {
      if (!url.startsWith('file:')) return nextLoad(url, context);
      const file = fileURLToPath(url);
      if (!typeScript.test(file)) {
        const module = nextLoad(url, context);
        if (/\.m?js$/.test(file)) trouble.loaded.set(file, textOf(module.source));
        return module;
      }
      const source = readFileSync(file, 'utf8');
      try {
        const stripped = stripTypeScriptTypes(source);
        trouble.loaded.set(file, stripped);
        return { format: 'module', source: stripped, shortCircuit: true };
      } catch (error) {
        trouble.unreadable = { file, source, error };
        throw error;
      }
    },
  });
  return trouble;
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | null | undefined): string {
  if (typeof source === 'string') return source;
  return new TextDecoder().decode(source ?? undefined);
}

/** TypeScript's habits for a relative import: no extension, or the one of the file that it would be compiled to. */
function otherNames(specifier: string): readonly string[] {
  if (!/^\.{0,2}\//.test(specifier)) return [];
  if (/\.m?js$/.test(specifier)) return [specifier.replace(/js$/, 'ts')];
  return /\.\w+$/.test(specifier) ? [] : [`${specifier}.ts`, `${specifier}/index.ts`];
}
