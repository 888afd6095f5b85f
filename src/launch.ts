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
  const name = scriptName(process.argv[2], process.argv.slice(3));
  const filename = `${folder}/cli/${name}.cjs`;
  // esbuild writes ASCII only.
  const source = fs.readFileSync(filename, 'latin1');
  const cache = cacheFile(name);
  const cachedData = cache === undefined ? undefined : readTrusted(cache);
  const script = new vm.Script(source, {
    filename,
    ...(cachedData !== undefined && { cachedData }),
  });
  if (cache !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
    process.once('exit', (code) => {
      if (code === 0) keep(script, cache);
    });
  }
  (script.runInThisContext() as Cli)((name) => process.getBuiltinModule(name), fileUrl(filename));
}

/** The script that is enough: validate.cjs has nothing that could evaluate a spec which is code. */
function scriptName(command: string | undefined, rest: readonly string[]): 'main' | 'validate' {
  return command === 'validate' && !rest.some((word) => /\.m?[tj]s$/.test(word)) ? 'validate' : 'main';
}

/** As pathToFileURL makes it, without loading that. */
function fileUrl(path: string): string {
  return `file://${encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)}`;
}

/**
 * Where the compiled functions of one command are kept; each command has a file of its own with just what it calls. Undefined
 * where there is to be none.
 */
function cacheFile(script: string): string | undefined {
  const { env, argv } = process;
  const [command = '', ...rest] = argv.slice(2);
  if (env['NODE_DISABLE_COMPILE_CACHE'] === '1' || !/^[a-z]{2,12}$/.test(command)) return undefined;
  // The help calls little; what it leaves would be of no use to the command.
  if (rest.includes('--help') || rest.includes('-h')) return undefined;
  const base = env['XDG_CACHE_HOME']?.startsWith('/') === true ? env['XDG_CACHE_HOME'] : `${env['HOME']}/.cache`;
  if (!base.startsWith('/')) return undefined;
  return `${base}/tskit/code/${__TSKIT_BUILD__}-${process.version}-${process.arch}-${script}-${command}`;
}

/**
 * What the file holds. Nothing where somebody else can have written it, who could run code as this user, and nothing where its
 * two copies differ: V8 checks that the data is for this source and version, and believes the rest, so that one wrong bit would
 * end the process. To compare copies takes a twentieth of the time that loading a checksum takes.
 */
function readTrusted(file: string): Buffer | undefined {
  const fs = process.getBuiltinModule('node:fs');
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, 'r');
    const { uid, mode, size } = fs.fstatSync(fd);
    if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) return undefined;
    const bytes = fs.readFileSync(fd);
    const first = bytes.subarray(0, size / 2);
    return first.equals(bytes.subarray(size / 2)) ? first : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

const keptMs = 30 * 24 * 3600 * 1000;

/** Keeps the functions that this run has compiled, and removes what is a month old. Where that fails the next start is slower. */
function keep(script: Script, file: string): void {
  const fs = process.getBuiltinModule('node:fs');
  const folder = file.slice(0, file.lastIndexOf('/'));
  const draft = `${file}.${process.pid}.tmp`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    // Of versions that are gone, by all appearances; one that is not makes its file again.
    for (const name of fs.readdirSync(folder)) {
      const other = `${folder}/${name}`;
      if (Date.now() - fs.statSync(other).mtimeMs > keptMs) fs.rmSync(other, { force: true });
    }
    const data = script.createCachedData();
    fs.writeFileSync(draft, Buffer.concat([data, data]), { mode: 0o644, flag: 'wx' });
    fs.renameSync(draft, file);
  } catch {
    try {
      fs.rmSync(draft, { force: true });
    } catch {}
  }
}
