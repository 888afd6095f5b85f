// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlockDigests, blockSize } from '../../src/archive/block-digests.ts';
import { encodeVerity, verityRootHash } from '../../src/archive/verity.ts';
import { noise } from '../support/hard-tree.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const uuid = '01234567-89ab-8def-8123-456789abcdef';

describe('a hash tree of dm-verity', () => {
  it.each([1, 2, 127, 128, 129, 256, 16_384, 16_385])('of %i blocks is to the bit what veritysetup makes', (blocks) => {
    using folder = temporaryFolder();
    const piece = noise(128 * blockSize, blocks);
    const repeated = Array.from({ length: Math.ceil(blocks / 128) }, () => piece);
    const data = Buffer.concat(repeated).subarray(0, blocks * blockSize);
    const [ours, theirs] = [join(folder.path, 'ours'), join(folder.path, 'theirs')];
    writeFileSync(ours, data);
    copyFileSync(ours, theirs);
    const digests = new BlockDigests();
    digests.append(data);
    const verity = encodeVerity(digests, Buffer.from(uuid.replaceAll('-', ''), 'hex'));
    let step = verity.next();
    for (; step.done !== true; step = verity.next()) appendFileSync(ours, step.value);
    const options = ['--salt=-', `--uuid=${uuid}`, `--hash-offset=${data.length}`, `--data-blocks=${blocks}`];
    const text = execFileSync('veritysetup', ['format', ...options, theirs, theirs], { encoding: 'utf8' });
    expect(/Root hash:\s+(\S+)/.exec(text)?.[1]).toBe(step.value);
    expect(verityRootHash(digests)).toBe(step.value);
    expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true);
  });
});
