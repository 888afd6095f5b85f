// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The system that the build benchmarks compose: ten services, each an image of its own with 60 MB of this machine's own
// libraries and programs, so that contents compress as real ones do. The same machine gives the same images each time.

import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PulledImage } from '../src/pull.ts';
import { writeImage } from '../test/support/layer-image.ts';

const services = 10;
const bytesPerImage = 60_000_000;
/** Larger ones would leave one file to an image. */
const maxFile = 8_000_000;
const sources = ['/usr/lib', '/usr/bin'];

export interface Workload {
  /** The spec's path; all images are OCI layouts beside it. */
  readonly spec: string;
  readonly images: readonly PulledImage[];
}

/** Writes images and spec into `folder`. */
export function writeWorkload(folder: string): Workload {
  const bins = fileBins();
  const images = bins.map((files, index) => {
    const tar = tarOf(files, join(folder, 'layer.tar'));
    return writeImage(join(folder, `image-${index}`), [{ tar }]);
  });
  writeImage(join(folder, 'kernel'), [{ tar: tarOf(['/bin/sh'], join(folder, 'layer.tar'), 's,.*,kernel,') }]);
  const spec = join(folder, 'system.yml');
  writeFileSync(
    spec,
    specText(
      folder,
      images.map((_, index) => `sleep ${index}`),
    ),
  );
  return { spec, images };
}

/** The spec, with one command line for each service. */
export function specText(folder: string, commands: readonly string[], layouts: readonly string[] = []): string {
  const entries = commands.map((command, index) => {
    const image = `oci:${join(folder, layouts[index] ?? `image-${index}`)}`;
    return `  - name: service${index}\n    image: "${image}"\n    command: ${JSON.stringify(command.split(' '))}\n`;
  });
  const kernel = `kernel:\n  image: "oci:${join(folder, 'kernel')}"\n  cmdline: console=ttyS0\n  tar: none\n`;
  return `${kernel}services:\n${entries.join('')}`;
}

/** A copy of service 4's image with one more small layer, as after a change of the service's own program. */
export function writeChangedImage(folder: string, layer: Buffer): void {
  const files = fileBins()[4] ?? [];
  writeImage(join(folder, 'image-4-changed'), [{ tar: tarOf(files, join(folder, 'layer.tar')) }, { tar: layer }]);
}

/** An image whose segment has about 10 MB. */
export function writeSmallImage(folder: string): void {
  const [files = []] = fileBins();
  const half = files.slice(0, Math.ceil(files.length * 0.6));
  writeImage(join(folder, 'image-small'), [{ tar: tarOf(half, join(folder, 'layer.tar')) }]);
}

/** Regular files in the order of their paths, dealt out until each image has its bytes. */
function fileBins(): string[][] {
  const files = sources.flatMap(regularFiles);
  const bins: string[][] = [];
  let next = 0;
  while (bins.length < services) {
    const bin: string[] = [];
    for (let bytes = 0; bytes < bytesPerImage; next += 1) {
      const file = files[next];
      if (file === undefined) {
        throw new Error(
          `${sources.join(' and ')} hold less than the ${services * bytesPerImage} bytes that are needed`,
        );
      }
      bin.push(file.path);
      bytes += file.size;
    }
    bins.push(bin);
  }
  return bins;
}

function regularFiles(folder: string): { path: string; size: number }[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path);
      if (stat.isDirectory()) {
        return regularFiles(path);
      }
      return stat.isFile() && stat.size <= maxFile ? [{ path, size: stat.size }] : [];
    });
}

function tarOf(files: readonly string[], scratch: string, rename = 's,^/,,'): Buffer {
  const list = `${scratch}.list`;
  writeFileSync(list, files.join('\n'));
  const fixed = [
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mtime=@1000000000',
    '--no-recursion',
    '--dereference',
    '--hard-dereference',
  ];
  const args = ['--create', '--format=gnu', '-P', `--transform=${rename}`, ...fixed, '-T', list];
  const tar = execFileSync('tar', args, { maxBuffer: 1 << 30 });
  rmSync(list);
  return tar;
}
