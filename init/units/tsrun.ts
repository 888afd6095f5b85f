// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import * as sys from 'tskit:sys';
import { parseRunArguments, UsageError } from '../container/cli.ts';
import { runContainer } from '../container/run.ts';
import { describeError } from '../files.ts';

const specVersion = '1.3.0';
const usage = `usage: tsrun COMMAND

  run [--bundle DIR] [--cgroup-root DIR] ID   create, start and delete a container; ends with its exit code
  --version                                   versions of tsrun, the OCI runtime-spec and the engine
`;

/** The OCI runtime's command line. Exit code of the container's program; 1 when it could not run, 2 for wrong usage. */
export default function tsrun(): number {
  const [command, ...rest] = sys.argv.slice(1);
  try {
    switch (command) {
      case '--version':
      case '-v':
        print(1, `tsrun version ${sys.version}\nspec: ${specVersion}\nengine: ${sys.engine}\n`);
        return 0;
      case '--help':
      case '-h':
        print(1, usage);
        return 0;
      case 'run':
        return runContainer(sys, parseRunArguments(rest), (text) => print(2, `tsrun: ${text}\n`));
      case undefined:
        throw new UsageError('expected a command');
      default:
        throw new UsageError(`the command "${command}" is not supported yet`);
    }
  } catch (error) {
    print(2, `tsrun: ${describeError(error)}\n${error instanceof UsageError ? usage : ''}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function print(fd: number, text: string): void {
  sys.write(fd, sys.encodeUtf8(text));
}
