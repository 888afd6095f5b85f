// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Runs the named vitest projects and ends with one plain line, "N passed, N failed". A skipped test is a failure here:
// the machine that runs this has everything the tests need.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaNode } from 'execa';

const root = new URL('..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'tskit-tests-'));
const report = join(folder, 'report.json');
let result: { passed: number; failed: number; skipped: number };
try {
  const args = [
    'run',
    '--config',
    'test/vitest.config.ts',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  const projects = process.argv.slice(2).flatMap((name) => ['--project', name]);
  const run = await execaNode(join(root, 'node_modules/vitest/vitest.mjs'), [...args, ...projects], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
  });
  result = count(report);
  // A file that fails outside its tests, or an unhandled error, counts although no test of it did.
  if (run.exitCode !== 0 && result.failed === 0) result.failed = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : '';
console.log(`${result.passed} passed, ${result.failed} failed${skipped}`);
process.exitCode = result.failed > 0 || result.skipped > 0 || result.passed === 0 ? 1 : 0;

function count(file: string): { passed: number; failed: number; skipped: number } {
  const json = JSON.parse(readFileSync(file, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
  };
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  };
}
