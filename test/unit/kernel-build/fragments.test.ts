// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mergeFragments, readFragment, requestLines, shippedFragments } from '../../../src/kernel-build/fragments.ts';

const target = { series: '6.12', architecture: 'amd64' };
const merge = (texts: readonly string[], other = {}): string =>
  requestLines(
    mergeFragments(
      texts.map((text, index) => ({ name: `${index}.config`, text })),
      { ...target, ...other },
    ).values(),
  );

describe('fragments of a configuration', () => {
  test('are merged such that the last line about an option counts, in the order of names', () => {
    expect(merge(['CONFIG_A=y\nCONFIG_B=m\n', '# CONFIG_A is not set\nCONFIG_C="x y"\n'])).toBe(
      '# CONFIG_A is not set\nCONFIG_B=m\nCONFIG_C="x y"\n',
    );
  });

  test('say where an option is asked for: where it was last', () => {
    const merged = mergeFragments(
      [
        { name: 'a.config', text: 'CONFIG_A=y\n' },
        { name: 'b.config', text: '# why\nCONFIG_A=m\n' },
      ],
      target,
    );
    expect(merged.get('CONFIG_A')).toEqual({ option: 'CONFIG_A', value: 'm', place: 'b.config:2' });
  });

  test('have lines for some series only, up to the next empty line', () => {
    const text = '#since 6.6\nCONFIG_NEW=y\n# a comment\nCONFIG_NEWER=y\n\n#until 6.6\nCONFIG_OLD=y\n\nCONFIG_BOTH=y\n';
    expect(merge([text])).toBe('CONFIG_BOTH=y\nCONFIG_NEW=y\nCONFIG_NEWER=y\n');
    expect(merge([text], { series: '6.1' })).toBe('CONFIG_BOTH=y\nCONFIG_OLD=y\n');
  });

  test('have lines for one architecture only', () => {
    const text = '#arch amd64\nCONFIG_PVH=y\n\nCONFIG_BOTH=y\n';
    expect(merge([text])).toBe('CONFIG_BOTH=y\nCONFIG_PVH=y\n');
    expect(merge([text], { architecture: 'arm64' })).toBe('CONFIG_BOTH=y\n');
  });

  test('name every line that is none, with its place', () => {
    expect(() => merge(['CONFIG_A=yes\nCONFIG_B=y\n', 'B=y\n'])).toThrow(
      'reading kernel fragments: expected lines such as CONFIG_X=y, "# CONFIG_X is not set" or comments\n' +
        '0.config:1: found "CONFIG_A=yes"\n1.config:1: found "B=y"',
    );
  });

  test.each(['$(shell id)', '`id`', 'a;id', 'a|id', 'a&id', '<a', '>a'])(
    'cannot have make or a shell run anything: "%s" is refused',
    (value) => {
      expect(() => merge([`CONFIG_LOCALVERSION="${value}"\n`])).toThrow(
        `0.config:1: found "CONFIG_LOCALVERSION="${value}""`,
      );
    },
  );

  test.each(['-x /home/me y', '/../../x', 'a b'])('cannot have a release that is more than a name: "%s"', (value) => {
    expect(() => merge([`CONFIG_LOCALVERSION="${value}"\n`])).toThrow('CONFIG_LOCALVERSION');
    expect(merge(['CONFIG_LOCALVERSION="-edge.1"\n'])).toBe('CONFIG_LOCALVERSION="-edge.1"\n');
  });

  test.each([
    'INITRAMFS_SOURCE="me"',
    'EXTRA_FIRMWARE="id_rsa"',
    'EXTRA_FIRMWARE_DIR="/home/me/.ssh"',
    'SYSTEM_TRUSTED_KEYS="keys.pem"',
    'MODULE_SIG_KEY="/home/me/key.pem"',
    'NEW_ONE="/home/me"',
    'NEW_ONE="a/../../b"',
    'NEW_ONE="-o x"',
  ])('of a recipe cannot name files of the machine: CONFIG_%s is refused', (line) => {
    const target = { series: '6.12', architecture: 'amd64' };
    const fragment = { name: 'mine.config', text: `CONFIG_${line}\n` };
    expect(() => mergeFragments([{ ...fragment, isOfRecipe: true }], target)).toThrow('mine.config:1: found');
    expect(mergeFragments([fragment], target).size).toBe(1);
    const harmless = 'CONFIG_CMDLINE="console=ttyS0 root=/dev/vda"\nCONFIG_INITRAMFS_SOURCE=""\n';
    expect(mergeFragments([{ name: 'mine.config', text: harmless, isOfRecipe: true }], target).size).toBe(2);
  });

  test('that are not shipped are an error with the nearest name', () => {
    expect(() => readFragment('containrs', '.', 'amd64')).toThrow(
      expect.objectContaining({ code: 'not-found', hint: 'did you mean "containers"?' }),
    );
  });

  test('of one architecture are found by its name', () => {
    expect(readFragment('${arch}', '.', 'amd64').name).toBe('kernel-configs/amd64.config');
  });

  const shipped = readdirSync(shippedFragments).filter((name) => name.endsWith('.config'));

  test.each(shipped)(
    'as shipped are well-formed, begin with what they are for, and have a reason for each group: %s',
    (name) => {
      const fragment = readFragment(name.replace('.config', ''), '.', 'amd64');
      expect(mergeFragments([fragment], target).size).toBeGreaterThan(0);
      expect(fragment.text).toMatch(/^# \w/);
      const groups = fragment.text.split(/\n\n/).slice(1);
      for (const group of groups) expect(group).toMatch(/^(#\w+ \S+\n)?# (?!CONFIG_)\S/);
    },
  );
});
