// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { findFirmware } from '../qemu/firmware.ts';
import { generateKeys } from '../secureboot/key-set.ts';
import { type Command, type Invocation, usage } from './command.ts';

export const keys: Command = {
  name: 'keys',
  arguments: 'generate [flags] DIR',
  summary: 'makes keys for Secure Boot',
  description: [
    'generate  writes a set for tests and small fleets to DIR: PK, KEK and db, each as key, certificate, signature list (esl) and',
    '          signed update (auth) for enrolment, and vars.fd, the variables of a QEMU firmware that enforces them. Build with',
    '          `secureboot: {keyset: DIR}`, run with `tskit run --secure-boot`.',
  ].join('\n'),
  options: {
    name: { value: 'TEXT', help: 'in the names of the certificates (default "tskit")' },
    'vars-template': {
      value: 'FILE',
      help: 'an empty OVMF_VARS (default: that of the firmware found on this machine)',
    },
  },
  whenInterrupted: 'no keys were written',
  run: async (invocation) => {
    const [action, dir, ...more] = invocation.positionals;
    if (action !== 'generate')
      throw usage(keys, `expected generate, found ${action === undefined ? 'nothing' : `"${action}"`}`);
    if (dir === undefined) throw usage(keys, 'generate: expected the folder DIR, found nothing');
    if (more.length > 0) throw usage(keys, `generate: expected one folder, found also "${more.join(' ')}"`);
    const template = await templateOf(invocation);
    const commonName = invocation.one('name') ?? 'tskit';
    const files = await generateKeys(
      { dir, commonName, ...(template !== undefined && { template }) },
      invocation.signal,
    );
    for (const file of files) invocation.print(file);
  },
};

/** Without a firmware the keys are as good: only QEMU needs its variables. */
async function templateOf(invocation: Invocation): Promise<string | undefined> {
  const named = invocation.one('vars-template');
  if (named !== undefined) return named;
  const firmware = await findFirmware(true, invocation.env).catch(() => undefined);
  if (firmware === undefined)
    invocation.reporter.warn(
      'no UEFI firmware was found, so vars.fd is left out; install ovmf, or name --vars-template',
    );
  return firmware?.variables;
}
