// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { readText } from '../../../init/files.ts';
import { check, equal, failed, ok, rejects } from '../check.ts';

const samples: readonly [title: string, bytes: readonly number[], text: string][] = [
  ['ASCII', [0x61, 0x62], 'ab'],
  ['NUL', [0x61, 0, 0x62], 'a\0b'],
  ['two, three and four bytes', [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x90, 0xa7], '\u00e9\u20ac\u{1f427}'],
  ['stray bytes', [0x61, 0x80, 0xff, 0x62], 'a\udc80\udcffb'],
  ['an overlong form', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['an encoded surrogate', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
  ['a sequence cut short', [0x61, 0xe2, 0x82], 'a\udce2\udc82'],
  ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
];

/** Some 4 MB of objects that hold each other and that nobody else holds. */
function makeRings(slack: number): void {
  for (let round = 0; round < 400; round++) {
    for (let count = 0; count < 100; count++) {
      const one: { other?: object } = {};
      one.other = { one };
    }
    sys.collectCycles(slack);
  }
}

/** Of this process: all pages, and those in memory (proc_pid_statm(5)). */
function pages(): readonly [size: number, resident: number] {
  const [size = 0, resident = 0] = readText(sys, '/proc/self/statm').split(' ').map(Number);
  return [size, resident];
}

export default function main(): number {
  for (const [title, bytes, text] of samples) {
    check(`${title}: bytes become text and the same bytes again`, () => {
      equal(sys.decodeUtf8(Uint8Array.from(bytes)), text);
      equal(sys.encodeUtf8(text), Uint8Array.from(bytes));
    });
  }
  check('a view into a buffer is decoded, not the buffer', () => {
    const whole = sys.encodeUtf8('abcdef');
    equal(sys.decodeUtf8(whole.subarray(2, 4)), 'cd');
    equal(sys.decodeUtf8(new Uint8Array(0)), '');
    equal(sys.encodeUtf8(''), new Uint8Array(0));
  });
  check('a wrong argument is a TypeError', () => {
    rejects('TypeError', () => sys.encodeUtf8(1 as unknown as string));
    rejects('TypeError', () => sys.decodeUtf8('text' as unknown as Uint8Array));
    rejects('TypeError', () => sys.decodeUtf8(new Uint16Array(1) as unknown as Uint8Array));
  });
  check('the unit and its arguments are known', () => {
    equal(sys.argv[1], 'engine');
    ok(sys.environ().includes('TSKIT_TEST=\udcff'), 'an environment variable that is not UTF-8');
    ok(/^\d+\.\d+\.\d+/.test(sys.version), 'a version');
    ok(sys.engine.startsWith('quickjs '), 'the name of the engine');
  });
  check('an unknown unit is a ReferenceError', () => rejects('ReferenceError', () => sys.loadUnit('nonesuch')));
  check('a unit that throws while it loads passes the exception on', () => {
    rejects('RangeError', () => sys.loadUnit('throws'));
  });
  check('what only refers to itself is freed once the heap has grown by the slack, and not before', () => {
    sys.collectCycles(0);
    const [size, before] = pages();
    makeRings(1 << 30);
    const kept = pages()[1] - before;
    ok(kept > 500, `${kept} pages more with a slack that is not reached, expected 500 at least`);
    sys.collectCycles(0);
    const start = pages()[1];
    makeRings(1 << 16);
    const grown = pages()[1] - start;
    // The address sanitizer, whose shadow is terabytes, keeps what is freed.
    ok(grown < 250 || size > 1 << 28, `${grown} pages more with a small slack, expected less than 250`);
  });
  check('a slack that is no number is a TypeError', () => {
    rejects('TypeError', () => sys.collectCycles('much' as unknown as number));
  });
  check('eval and Function are not there', () => {
    // oxlint-disable-next-line no-eval
    rejects('TypeError', () => (0, eval)('1'));
    // oxlint-disable-next-line typescript/no-implied-eval
    rejects('TypeError', () => new Function('return 1'));
  });
  check('runaway recursion is caught', () => {
    const recurse = (depth: number): number => recurse(depth + 1) + 1;
    rejects('InternalError', () => recurse(0));
  });
  return failed();
}
