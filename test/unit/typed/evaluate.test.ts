// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.ts';
import type { Spec } from '../../../src/spec/types.ts';
import { checkNode } from '../../../src/typed/evaluate.ts';
import { TypedSpecs } from '../../support/typed-spec.ts';

let specs: TypedSpecs;
beforeEach(() => {
  specs = new TypedSpecs();
});
afterEach(() => specs[Symbol.dispose]());

/** What YAML says, without the name of its file. */
function yaml(text: string): Omit<Spec, 'file' | 'origin'> {
  const { file: _, origin: __, ...spec } = parseSpec(text, 'os.yml');
  return spec;
}

const twin = `
kernel: { image: "pkg:kernel", cmdline: console=ttyS0 }
services:
  - { name: web, image: "nginx:1.27", resources: { memory: { limit: 9007199254740993 } }, sysctl: { net.ipv4.ip_forward: "1" } }
`;

const literal = `{
  kernel: { image: 'pkg:kernel', cmdline: 'console=ttyS0', binary: undefined },
  services: [{
    name: 'web', image: 'nginx:1.27', resources: { memory: { limit: 9007199254740993n } },
    sysctl: { 'net.ipv4.ip_forward': '1' },
  }],
}`;

describe('a typed spec says the same as its YAML twin', () => {
  test.each([
    ['as a value', `export default defineOS(${literal});`],
    ['as a promise', `export default defineOS(Promise.resolve(${literal}));`],
    ['as a function', `export default defineOS(() => (${literal}));`],
    ['as an asynchronous function', `export default defineOS(async () => (${literal}));`],
    ['after an await', `const value: object = await Promise.resolve(${literal});\nexport default defineOS(value);`],
    ['without defineOS', `export default ${literal};`],
  ])('%s', async (_, text) => {
    expect(await specs.evaluate(`import { defineOS } from 'tskit';\n${text}`)).toEqual(yaml(twin));
  });

  test('from a JavaScript file, and through a symbolic link', async () => {
    const target = specs.write({
      'sub/real.mjs': `import './beside.mjs';\nexport default ${literal};`,
      'sub/beside.mjs': '',
    });
    const link = join(specs.path, 'os.mjs');
    symlinkSync(target, link);
    expect(await specs.evaluateFile(link)).toEqual(yaml(twin));
  });
});

test.each(['./parts/shared.ts', './parts/shared', './parts/shared.js', './parts'])(
  'it imports other files: %s',
  async (specifier) => {
    const file = specs.write({
      'os.ts': `import { image, type Kind } from '${specifier}';\nconst k: Kind = 'x';\nexport default { init: [image, k] };`,
      'parts/shared.ts': `import data from './data.json' with { type: 'json' };\nexport type Kind = 'x';\nexport const image: string = data.image;`,
      'parts/index.ts': `export * from './shared.ts';`,
      'parts/data.json': '{ "image": "busybox" }',
    });
    expect(await specs.evaluateFile(file)).toEqual(yaml('init: [busybox, x]'));
  },
);

describe('what the code can see', () => {
  test('the variables that it is given, as argument and as all of its environment', async () => {
    process.env['TSKIT_TEST_SECRET'] = 'secret';
    const text = `export default (vars) => ({ init: [vars.NAME, process.env.NAME, ...Object.keys(process.env).sort()] });`;
    const variables = new Map([['NAME', 'with "quotes" and ünïcode']]);
    const name = [...variables.values()];
    expect((await specs.evaluate(text, { variables })).init).toEqual([...name, ...name, 'NAME', 'TZ']);
    delete process.env['TSKIT_TEST_SECRET'];
  });

  test('variables whose names mean something to Node.js do not change how it runs', async () => {
    const variables = new Map([
      ['NODE_OPTIONS', '--no-such-option'],
      ['LD_PRELOAD', '/nowhere.so'],
    ]);
    const text = `export default { init: [process.env.NODE_OPTIONS] };`;
    expect((await specs.evaluate(text, { variables })).init).toEqual(['--no-such-option']);
  });

  test('the same time zone and language on every machine', async () => {
    const text = `export default { init: [new Date(0).toTimeString(), (1234.5).toLocaleString()] };`;
    expect((await specs.evaluate(text)).init).toEqual(['00:00:00 GMT+0000 (Coordinated Universal Time)', '1,234.5']);
  });

  /** Tries to reach a server of this process. */
  async function reach(path?: string): Promise<readonly string[]> {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const text = `
        import { connect } from 'node:net';
        export default new Promise((resolve) => {
          const socket = connect(${port}, '127.0.0.1');
          socket.on('connect', () => resolve({ init: ['reached'] }));
          socket.on('error', (error) => resolve({ init: [(error as { code?: string }).code] }));
        });`;
      return (await specs.evaluate(text, path === undefined ? {} : { path })).init;
    } finally {
      server.close();
    }
  }

  test('no network', async () => {
    expect(await reach()).toEqual(['ENETUNREACH']);
    expect(specs.warnings).toEqual([]);
  });

  test('the network where it cannot be taken away, which is said', async () => {
    expect(await reach(specs.path)).toEqual(['reached']);
    expect(specs.warnings).toEqual([
      expect.stringMatching(/os\.ts: isolation is unavailable: .*no `unshare` was found in PATH$/),
    ]);
  });
});

describe('bounds', () => {
  test('a spec that does not come to an end is stopped', async () => {
    expect(await specs.refusal('for (;;) {}', { limit: 1000 })).toContain(
      'os.ts: expected the spec to come to an end within 1 s, found it still running',
    );
  });

  test('what is left running does not keep the evaluation', async () => {
    const text = `setInterval(() => {}, 1000);\nexport default { init: ['a'] };`;
    expect((await specs.evaluate(text, { limit: 20_000 })).init).toEqual(['a']);
  });

  test('a spec larger than YAML may be is refused', async () => {
    const text = `export default { files: [{ path: 'a', contents: 'x'.repeat(5 * 1024 * 1024) }] };`;
    expect(await specs.refusal(text)).toContain('os.ts: expected a spec of at most 4 MiB, found more');
  });

  test('an interrupted evaluation ends at once', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 500);
    expect(await specs.refusal('for (;;) {}', { signal: interrupt.signal })).toBe('interrupted');
  });
});

test('the example in TypeScript is the same document as the one in YAML, to the order of its keys', async () => {
  const examples = new URL('../../../examples/', import.meta.url).pathname;
  const typed = await specs.evaluateFile(`${examples}hello.ts`);
  expect(JSON.stringify(typed)).toBe(JSON.stringify(yaml(readFileSync(`${examples}hello.yml`, 'utf8'))));
});

test('a Node.js that cannot evaluate specs is named', () => {
  for (const version of ['22.15.0', '22.22.1', '23.5.0', '24.0.0', '100.0.0'])
    expect(() => checkNode(version, 'os.ts')).not.toThrow();
  expect(() => checkNode('23.4.0', 'os.ts')).toThrow(
    'evaluating "os.ts": expected Node.js 22.15, 23.5 or later, found 23.4.0',
  );
});

test.each(['{"failure":1}', '{bad', 'null', '{"misfits":[{"path":5}]}', '{"failure":{"message":"x","places":[7]}}'])(
  'what the code itself writes to the pipe of the result is refused in one line: %s',
  async (line) => {
    const code = `import { writeSync } from 'node:fs';\nwriteSync(3, ${JSON.stringify(`${line}\n`)});\nexport default {};`;
    expect(await specs.refusal(code)).toMatch(/^os\.ts: expected a spec, found that its code writes to the pipe/);
  },
);

test('a file that the code reads by a relative path is looked for in the folder of the spec', async () => {
  const code = `import { readFileSync } from 'node:fs';
    export default { kernel: { image: 'k', cmdline: readFileSync('words', 'utf8') } };`;
  const file = specs.write({ 'deep/os.ts': code, 'deep/words': 'quiet' });
  expect(await specs.evaluateFile(file)).toMatchObject({ kernel: { cmdline: 'quiet' } });
});

test.each(['connect(path)', 'connect({ path })', 'new Socket().connect(path)'])(
  'a socket that is a file, such as the one of Docker, cannot be reached by %s',
  async (call) => {
    const path = join(specs.path, 'daemon.sock');
    const accepted = createServer();
    await new Promise<void>((resolve) => void accepted.listen(path, resolve));
    const code = `import { connect, Socket } from 'node:net';
      const path = ${JSON.stringify(path)};
      await new Promise((resolve, reject) => { ${call}.on('connect', resolve).on('error', reject); });
      export default {};`;
    try {
      expect(await specs.refusal(code)).toContain(
        'expected a spec that does nothing but read files, found a connection to',
      );
    } finally {
      accepted.close();
    }
  },
);
