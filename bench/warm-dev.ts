import { writeFileSync, rmSync, mkdirSync } from 'node:fs';
import { specText, writeWorkload } from './workload.ts';
const folder = '/tmp/erofsdev/warm';
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { images } = writeWorkload(folder);
const commands = images.map((_, i) => `sleep ${i}`);
const text = (c: string[], l: string[] = []) =>
  specText(folder, c, l).replace(
    /kernel:\n.*\n.*\n.*\n/,
    'kernel:\n  image: pkg:kernel\n  cmdline: console=ttyS0\nroot: erofs\n',
  );
writeFileSync(folder + '/system.yml', text(commands));
const c2 = [...commands];
c2[4] = 'sleep 1000';
writeFileSync(folder + '/command.yml', text(c2));
import { rawTar } from '../test/support/raw-tar.ts';
import { writeChangedImage } from './workload.ts';
writeChangedImage(folder, rawTar({ name: 'usr/bin/changed', mode: 0o755, data: 'x'.repeat(1 << 20) }));
const l: string[] = [];
l[4] = 'image-4-changed';
writeFileSync(folder + '/image.yml', text(commands, l));
