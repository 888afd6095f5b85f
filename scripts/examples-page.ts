// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readFileSync } from 'node:fs';
import { formatBytes } from '../src/amounts.ts';
import { type ExampleHeader, exampleFiles, exampleHeader } from './example-header.ts';

/** What `node bench/examples.ts` writes and the page shows. */
export const figuresFile: URL = new URL('../bench/examples.json', import.meta.url);

/** One system's size and boot. */
export interface Figures {
  /** Bytes of the kernel, and of the initrd. */
  readonly kernel: number;
  readonly initrd: number;
  /** Seconds from QEMU's start to ready, by the clock of the machine that measured. */
  readonly seconds: number;
  /** Of how many boots that is the median. */
  readonly runs?: number;
  /** Seconds from the kernel's start to ready, by a clock that counts the guest's instructions at 2 ns each; of compared systems. */
  readonly counted?: number;
}

/** All figures of one or several runs. */
export interface ExampleFigures {
  /** By the example's file name. */
  readonly examples: Readonly<Record<string, Figures>>;
  /** Systems that are compared, by what they are called; the first of each kernel is the one without tskit. */
  readonly minimal: Readonly<Record<string, Figures>>;
}

/** What was measured last; nothing when nothing was. */
export function readFigures(): ExampleFigures {
  if (!existsSync(figuresFile)) return { examples: {}, minimal: {} };
  return JSON.parse(readFileSync(figuresFile, 'utf8')) as ExampleFigures;
}

/** docs/examples.md: the shelf of examples, from their headers and the figures. */
export function examplesPage(figures: ExampleFigures = readFigures()): string {
  const rows = exampleFiles().map((file) => row(exampleHeader(file), figures.examples[file]));
  return `# Examples

Generated: the first column by \`npm run generate\` from the comments that the examples begin with, the figures by \`node bench/examples.ts\`, a part of
\`make bench\`, from builds and boots of them.

Each is a file of [examples/](../examples/), whose comment says how to try it and what you should see. The tests build all of them and boot
them, those of clouds (platform-*) against a fake of their cloud.
Their images are made from Debian packages on your own machine, so no registry is needed.

| Example | Initrd | With kernel | Ready |
|---|---:|---:|---:|
${rows.join('\n')}

- Initrd, with kernel: what the build writes. It is the same to the byte on every machine, as long as Debian's packages are.
- Ready: seconds from QEMU's start to the console line "booted in", by when all services were started, and healthy where they are checked;
  ${medianText(Object.values(figures.examples))} under emulation (TCG, q35, one processor) on a machine of two cores. With KVM it is a fraction.
  Clouds' examples were told their name, keys and user data by then, by the fake of the cloud.
${dashText(Object.keys(figures.examples).length < rows.length)}${minimalText(figures.minimal)}`;
}

/** "the median of 3 runs", when all have the same number. */
function medianText(figures: readonly Figures[]): string {
  const runs = new Set(figures.map((one) => one.runs));
  const [one] = runs;
  if (runs.size !== 1 || one === undefined) return 'the median of several runs';
  return one === 1 ? 'one run' : `the median of ${one} runs`;
}

function dashText(isNeeded: boolean): string {
  return isNeeded ? '\nWhat is not measured yet shows a dash.\n' : '';
}

function row({ file, summary }: ExampleHeader, figures: Figures | undefined): string {
  return `| [${file}](../examples/${file}): ${summary} | ${cells(figures).join(' | ')} |`;
}

function cells(figures: Figures | undefined): string[] {
  if (figures === undefined) return ['–', '–', '–'];
  const { kernel, initrd, seconds } = figures;
  return [formatBytes(initrd), formatBytes(kernel + initrd), `${seconds.toFixed(1)} s`];
}

function minimalText(minimal: ExampleFigures['minimal']): string {
  let bare: Figures | undefined;
  const rows = Object.entries(minimal).map(([name, figures]) => {
    if (!name.includes('minimal.yml')) bare = figures;
    const ratio = (of: 'seconds' | 'counted'): string => ((figures[of] ?? 0) / (bare?.[of] ?? 0)).toFixed(2);
    const { counted = Number.NaN } = figures;
    const all = [...cells(figures), `${counted.toFixed(2)} s`, ratio('seconds'), ratio('counted')];
    return `| ${name} | ${all.join(' | ')} |`;
  });
  if (rows.length === 0) return '';
  return `
## The smallest system

A kernel, tskit's init and one static service, against the same kernel with busybox as its init that starts the same service: measured in one run,
in turns. Counted are the seconds from the kernel's start to ready when the guest's clock counts its instructions at 2 ns each and skips what it
waits for; they are the same on any machine, however busy. The ratios, of the one clock and of the other, are to the line above.

| System | Initrd | With kernel | Ready | Counted | Ratio | Counted |
|---|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}
`;
}
