// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// dist/tskit.cjs, what bin/tskit starts: checks Node's version, then runs the CLI, one script (dist/cli/main.cjs), with the
// machine code-cache of an earlier run. Node's own compile cache holds only what is compiled before a module runs, which is
// little; most of a short command's time would go into compiling functions when they are first called.
//
// Nothing is imported: an old Node must get as far as the version check.

import type { Script } from 'node:vm';

/** Set by scripts/build-cli.ts: a digest of dist/cli/main.cjs. */
declare const __TSKIT_BUILD__: string;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `tskit: Node.js 22.15 or later is needed, found ${process.versions.node} at "${process.execPath}"\n`,
  );
  process.exitCode = 1;
} else {
  start();
}

/** The CLI: build-cli.ts makes the script a function of what it needs from outside. */
type Cli = (require: (name: string) => unknown, moduleUrl: string) => void;

function start(): void {
  const fs = process.getBuiltinModule('node:fs');
  const vm = process.getBuiltinModule('node:vm');
  const folder = __filename.slice(0, __filename.lastIndexOf('/'));
  const filename = `${folder}/cli/${process.argv[2] === 'validate' ? 'validate' : 'main'}.cjs`;
  // esbuild writes ASCII only.
  const source = fs.readFileSync(filename, 'latin1');
  const cache = cacheFile();
  const cachedData = cache === undefined ? undefined : readTrusted(cache);
  const script = new vm.Script(source, {
    filename,
    ...(cachedData !== undefined && { cachedData }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
    process.once('exit', (code) => {
      if (code === 0) keep(script, cache);
    });
  }
  (script.runInThisContext() as Cli)((name) => process.getBuiltinModule(name), fileUrl(filename));
}

/** As pathToFileURL makes it, without loading that. */
function fileUrl(path: string): string {
  return `file://${encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)}`;
}

/**
 * Where the compiled functions of one command are kept; each command has a file of its own with just what it calls. Undefined
 * where there is to be none.
 */
function cacheFile(): string | undefined {
  const { env, argv } = process;
  const [command = '', ...rest] = argv.slice(2);
  if (env['NODE_DISABLE_COMPILE_CACHE'] === '1' || !/^[a-z]{2,12}$/.test(command)) return undefined;
  // The help calls little; what it leaves would be of no use to the command.
  if (rest.includes('--help') || rest.includes('-h')) return undefined;
  const base = env['XDG_CACHE_HOME']?.startsWith('/') === true ? env['XDG_CACHE_HOME'] : `${env['HOME']}/.cache`;
  if (!base.startsWith('/')) return undefined;
  return `${base}/tskit/code/${__TSKIT_BUILD__}-${process.version}-${process.arch}-${command}`;
}

/** What the file holds, if nobody else can have written it: whoever can runs code as this user. */
function readTrusted(file: string): Buffer | undefined {
  const fs = process.getBuiltinModule('node:fs');
  let fd: number;
  try {
    fd = fs.openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const { uid, mode } = fs.fstatSync(fd);
    return uid === process.geteuid?.() && (mode & 0o022) === 0 ? fs.readFileSync(fd) : undefined;
  } catch {
    return undefined;
  } finally {
    fs.closeSync(fd);
  }
}

/** Keeps the functions that this run has compiled, and removes what other versions kept. Where that fails the next start is slower. */
function keep(script: Script, file: string): void {
  const fs = process.getBuiltinModule('node:fs');
  const folder = file.slice(0, file.lastIndexOf('/'));
  const draft = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    for (const name of fs.readdirSync(folder)) {
      if (!name.startsWith(__TSKIT_BUILD__)) fs.rmSync(`${folder}/${name}`, { force: true });
    }
    fs.writeFileSync(draft, script.createCachedData(), { mode: 0o644, flag: 'wx' });
    fs.renameSync(draft, file);
  } catch {
    fs.rmSync(draft, { force: true });
  }
}
