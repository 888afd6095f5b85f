// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Runs the tests that make containers with a tsrun built with ASan and UBSan (native/Makefile, `sanitize`), and fails when one
// of them fails or anything is reported.
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaNode } from 'execa';

const root = new URL('..', import.meta.url).pathname;
const reports = mkdtempSync(join(tmpdir(), 'tskit-sanitized-'));
// Runs tsrun itself inside a container, where the libraries of this build are missing.
const without = 'test/integration/container-own-binary.test.ts';
/** Leaves out a filter that denies everything: under it the sanitizers' own runtime cannot end a process. */
const names = '^(?!.*a filter that forbids even to end)';
const files = globSync('test/integration/*.test.ts', { cwd: root }).filter(
  (file) =>
    file !== without &&
    /'\.\.\/support\/(container-bundle|seccomp-container)\.ts'/.test(readFileSync(join(root, file), 'utf8')),
);
try {
  // A report of a process that cannot reach the folder any more goes to standard error, where the tests expect none.
  // Leaks are looked for in the tests of the bindings: here processes end that may not be traced.
  const options = `log_path=${reports}/report:print_stacktrace=1:detect_leaks=0`;
  const { exitCode } = await execaNode(
    join(root, 'node_modules/vitest/vitest.mjs'),
    ['run', '--config', 'test/vitest.config.ts', '--project', 'integration', '--testNamePattern', names, ...files],
    {
      cwd: root,
      env: { TSKIT_TSRUN: join(root, 'native/build/sanitize/tsrun'), ASAN_OPTIONS: options, UBSAN_OPTIONS: options },
      stdio: ['ignore', 'inherit', 'inherit'],
      reject: false,
    },
  );
  const found = readdirSync(reports);
  for (const name of found) console.error(readFileSync(join(reports, name), 'utf8'));
  console.log(`${found.length} reports of the sanitizers`);
  process.exitCode = exitCode === 0 && found.length === 0 ? 0 : 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
