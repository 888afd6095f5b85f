// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A decision as a program of classic BPF (linux/filter.h, Documentation/userspace-api/seccomp_filter.rst).

import { type Decision, type Test, type TestOperator, wholeWord } from './decision.ts';

/** Size of struct sock_filter: code (16 bits), jt and jf (8 bits each), k (32 bits). */
export const instructionSize = 8;
/** BPF_MAXINSNS. */
export const mostInstructions = 4096;

const loadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
const and = 0x54; // BPF_ALU | BPF_AND | BPF_K
const jumpAlways = 0x05; // BPF_JMP | BPF_JA
const ret = 0x06; // BPF_RET | BPF_K
// BPF_JMP | BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET | BPF_K
const jumpIf: Readonly<Record<TestOperator, number>> = { eq: 0x15, gt: 0x25, ge: 0x35, set: 0x45 };

/** A conditional jump goes so far; two are kept for what is put in between to reach further. */
const farthest = 255 - 2;

interface Instruction {
  readonly code: number;
  readonly whenTrue: number;
  readonly whenFalse: number;
  readonly k: number;
}

/** Where a test may be entered: with anything in the accumulator, with its whole word, or with what it compares. */
type Entry = 'load' | 'mask' | 'jump';

/** The program in the order of its execution, little-endian. Throws an Error when it is longer than the kernel takes. */
export function assemble(decision: Decision): Uint8Array {
  const ordered = childrenFirst(decision);
  const program = new ReverseProgram();
  const needed = neededEntries(decision, ordered);
  for (const part of ordered) {
    if (part.kind === 'verdict') program.addVerdict(part.id, part.action);
    else program.addTest(part, needed.get(part) ?? new Set(['load']));
  }
  return encode(program.instructions);
}

/** Each part once, after all that it leads to. Without recursion: a chain of tests may be long. */
function childrenFirst(decision: Decision): readonly Decision[] {
  const ordered: Decision[] = [];
  const seen = new Set<Decision>();
  const open: { readonly part: Decision; readonly isLeft: boolean }[] = [{ part: decision, isLeft: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { part, isLeft } = next;
    if (isLeft) ordered.push(part);
    if (isLeft || seen.has(part)) continue;
    seen.add(part);
    open.push({ part, isLeft: true });
    if (part.kind === 'test') open.push({ part: part.yes, isLeft: false }, { part: part.no, isLeft: false });
  }
  return ordered;
}

function neededEntries(decision: Decision, parts: readonly Decision[]): ReadonlyMap<Test, ReadonlySet<Entry>> {
  const needed = new Map<Test, Set<Entry>>();
  const need = (part: Decision, entry: Entry): void => {
    if (part.kind === 'test') needed.set(part, (needed.get(part) ?? new Set()).add(entry));
  };
  need(decision, 'load');
  for (const part of parts)
    if (part.kind === 'test') for (const next of [part.yes, part.no]) need(next, entryAfter(part, next));
  return needed;
}

function entryAfter(test: Test, next: Decision): Entry {
  if (next.kind === 'verdict' || next.word !== test.word) return 'load';
  if (next.mask === test.mask) return 'jump';
  return test.mask === wholeWord ? 'mask' : 'load';
}

/**
 * Jumps go forward only and their lengths are counted in instructions, so the program is made from its end: whatever is
 * jumped to is there already. Positions count from the end too.
 */
class ReverseProgram {
  readonly instructions: Instruction[] = [];
  readonly #places = new Map<string, { readonly own: number; nearest: number }>();

  addVerdict(id: number, action: number): void {
    this.#mark(id, 'load');
    this.#add(ret, action);
  }

  addTest(test: Test, needed: ReadonlySet<Entry>): void {
    const yes = this.#near(test.yes.id, entryAfter(test, test.yes));
    const no = this.#near(test.no.id, entryAfter(test, test.no));
    const here = this.instructions.length;
    this.#mark(test.id, 'jump');
    this.#add(jumpIf[test.operator], test.value, here - yes - 1, here - no - 1);
    if (needed.has('mask') || needed.has('load')) this.#addMask(test);
    if (!needed.has('load')) return;
    this.#mark(test.id, 'load');
    this.#add(loadWord, test.word);
  }

  #addMask({ id, mask }: Test): void {
    if (mask === wholeWord) return;
    this.#mark(id, 'mask');
    this.#add(and, mask);
  }

  /** Position of an entry, or of a copy or jump that leads there, in reach of a conditional jump that is added next. */
  #near(id: number, entry: Entry): number {
    const place = this.#places.get(`${id} ${entry}`);
    if (place === undefined) throw new Error(`assembling a filter: decision ${id} has no entry "${entry}"`);
    const here = this.instructions.length;
    if (here - place.nearest < farthest) return place.nearest;
    const target = this.instructions[place.own];
    if (target?.code === ret) this.#add(ret, target.k);
    else this.#add(jumpAlways, here - place.own - 1);
    place.nearest = here;
    return here;
  }

  #mark(id: number, entry: Entry): void {
    const own = this.instructions.length;
    this.#places.set(`${id} ${entry}`, { own, nearest: own });
  }

  #add(code: number, k: number, whenTrue = 0, whenFalse = 0): void {
    this.instructions.push({ code, whenTrue, whenFalse, k });
  }
}

function encode(reversed: readonly Instruction[]): Uint8Array {
  const count = reversed.length;
  if (count > mostInstructions)
    throw new Error(`linux.seccomp: expected a filter of at most ${mostInstructions} instructions, found ${count}`);
  const bytes = new Uint8Array(count * instructionSize);
  const view = new DataView(bytes.buffer);
  reversed.toReversed().forEach(({ code, whenTrue, whenFalse, k }, index) => {
    const at = index * instructionSize;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, whenTrue);
    view.setUint8(at + 3, whenFalse);
    view.setUint32(at + 4, k, true);
  });
  return bytes;
}
