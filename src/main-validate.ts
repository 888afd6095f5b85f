// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// `tskit validate` as a script of its own: editors and hooks run it all the time, and reading the rest of the CLI would take
// longer than the checks.

import { runCli, runCommand } from './cli.ts';
import { validate } from './commands/validate.ts';

runCli(([, ...args]) => runCommand(validate, args));
