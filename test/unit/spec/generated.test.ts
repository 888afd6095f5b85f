// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedFiles } from '../../../scripts/spec-files.ts';
import { validateLabel, validateSpec } from '../../../src/spec/generated/validate.js';

const root = new URL('../../../', import.meta.url);
const files = generatedFiles();

test.each([...files])('%s is what `npm run generate` writes', (file, content) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toBe(content);
});

describe('the published schema', () => {
  const schema = JSON.parse(files.get('docs/spec.schema.json') ?? '') as Record<string, unknown>;
  // As an editor: keywords of yaml-language-server beside draft-07.
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
  ajv.addVocabulary(['patternErrorMessage', 'errorMessage', 'markdownDescription', 'doNotSuggest']);
  const published = ajv.compile(schema);

  test.each([
    [{ init: ['busybox'] }, true],
    [{ services: [{ name: 'a', image: 'b', binds: ['/a:/b'] }] }, true],
    [{ services: [{ name: 'a', image: 'b', binds: ['/a'] }] }, false],
    [{ services: [{ name: 'a', image: 'b', on_failure: 'halt' }] }, false],
    [{ onboot: [{ name: 'a', image: 'b', on_failure: 'halt' }] }, true],
    [{ kernel: { image: 'x', bianry: 'y' } }, false],
    [{ volumes: [{ name: 'a' }] }, true],
    [{ volumes: [{ name: 'A' }] }, false],
    [{ trust: { org: ['a'] } }, true],
    [{ trust: {} }, true],
    [null, false],
  ])('judges %j as the validator does', (value, valid) => {
    expect([published(value), validateSpec(value)]).toEqual([valid, valid]);
  });

  test.each(readdirSync(new URL('examples', root)))('accepts examples/%s, read by another parser', (name) => {
    const value: unknown = parse(readFileSync(new URL(`examples/${name}`, root), 'utf8'));
    expect(published(value), JSON.stringify(published.errors)).toBe(true);
  });

  test('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: Readonly<Record<string, unknown>>, path: string): void => {
      for (const part of ['properties', 'definitions'] as const) {
        const children = (node[part] ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
        for (const [key, child] of Object.entries(children)) {
          const isDescribed = child['$ref'] !== undefined || typeof child['markdownDescription'] === 'string';
          if (!isDescribed) undescribed.push(`${path}/${key}`);
          visit(child, `${path}/${key}`);
        }
      }
      if (node['items'] !== undefined) visit(node['items'] as Readonly<Record<string, unknown>>, `${path}[]`);
    };
    visit(schema, '');
    expect(undescribed).toEqual([]);
  });

  test('tells editors what is expected and what a key does', () => {
    expect(schema).toMatchObject({
      definitions: {
        mode: { patternErrorMessage: 'expected octal digits in quotes such as "0644"' },
        selinux: {
          errorMessage: 'this key is not built yet',
          description: expect.stringContaining('is not built yet'),
        },
        readonly: { description: expect.stringContaining("Default: the label's, else false.") },
      },
    });
    expect(JSON.stringify(schema)).not.toContain('"x-');
  });
});

describe('the validator', () => {
  test('finds every mistake', () => {
    expect(validateLabel({ binds: ['/a'], readonly: 'yes', bad: 1 })).toBe(false);
    expect(validateLabel.errors?.map((error) => error.instancePath).toSorted()).toEqual(['', '/binds/0', '/readonly']);
  });

  test('brings neither ajv nor the descriptions into a bundle', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [new URL('src/spec/generated/validate.js', root).pathname],
      bundle: true,
      format: 'esm',
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs)).toEqual(['src/spec/generated/validate.js']);
    expect(outputFiles[0]?.text).not.toContain('require(');
    expect(outputFiles[0]?.text).not.toContain('x-expected');
  });
});
