// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// init/container/bundle.ts over the real kernel: PID 1 runs it, and no command of tsrun does.

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { prepareBundle, releaseBundle } from '../../../init/container/bundle.ts';
import type { BundleRuntime } from '../../../init/contract/bundle-runtime.ts';
import type { Mount } from '../../../init/contract/runtime-config.ts';
import { listFolder, makeFolder, readText, readTextIfPresent, writeText } from '../../../init/files.ts';
import { AT_FDCWD } from '../../../init/linux.ts';
import { check, equal, failed, fails, ok } from '../check.ts';

const top = sys.getcwd();
const image = `${top}/images/0123`;

/** A fresh bundle folder, and an image's tree whose root has an owner and a mode of its own. */
function makeBundle(name: string): string {
  makeFolder(sys, `${image}/etc`, 0o755);
  writeText(sys, `${image}/etc/file`, 'of the image', 0o644);
  sys.fchownat(AT_FDCWD, image, 12, 34, 0);
  sys.fchmodat(AT_FDCWD, image, 0o751);
  makeFolder(sys, `${top}/${name}/rootfs`, 0o755);
  return `${top}/${name}`;
}

function mountPoints(): string[] {
  return readText(sys, '/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${top}/`));
}

function message(act: () => void): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

function readonlyRoot(bundle: string): Mount {
  return { destination: `${bundle}/rootfs`, type: 'bind', source: image, options: ['rbind', 'ro'] };
}

function overlayRoot(bundle: string, lower = image): readonly Mount[] {
  const options = [`lowerdir=${lower}`, `upperdir=${bundle}/tmp/upper`, `workdir=${bundle}/tmp/work`];
  return [
    { destination: `${bundle}/tmp`, type: 'tmpfs', source: 'tmpfs' },
    { destination: `${bundle}/rootfs`, type: 'overlay', source: 'overlay', options },
  ];
}

/** Prepares, looks, releases; nothing may stay mounted. */
function within(bundle: string, runtime: BundleRuntime, look: () => void): void {
  prepareBundle(sys, bundle, runtime);
  look();
  releaseBundle(sys, bundle, runtime);
  equal(mountPoints(), []);
}

function roots(): void {
  check('a read-only root is the image and refuses writing', () => {
    const bundle = makeBundle('readonly');
    within(bundle, { mounts: [readonlyRoot(bundle)] }, () => {
      equal(readText(sys, `${bundle}/rootfs/etc/file`), 'of the image');
      fails('EROFS', 'mkdirat', () => sys.mkdirat(AT_FDCWD, `${bundle}/rootfs/x`, 0o755), `${bundle}/rootfs/x`);
    });
  });
  check(
    'an overlaid root takes what is written and keeps it from the image, with the owner and mode of its root',
    () => {
      const bundle = makeBundle('overlay');
      within(bundle, { mounts: overlayRoot(bundle), mkdir: ['var/lib/made', `${bundle}/beside`] }, () => {
        writeText(sys, `${bundle}/rootfs/etc/file`, 'changed', 0o644);
        equal(readText(sys, `${image}/etc/file`), 'of the image');
        const { mode, uid, gid } = sys.statx(AT_FDCWD, `${bundle}/rootfs`, 0);
        equal([mode & 0o7777, uid, gid], [0o751, 12, 34]);
        sys.faccessat2(AT_FDCWD, `${bundle}/rootfs/var/lib/made`, 0, 0);
        sys.faccessat2(AT_FDCWD, `${bundle}/beside`, 0, 0);
      });
      equal(readTextIfPresent(sys, `${bundle}/rootfs/etc/file`), undefined);
    },
  );
  check('an overlay takes lower folders whose names are too long for fsconfig', () => {
    const bundle = makeBundle('long');
    const lower = `${top}/${'x'.repeat(200)}/${'y'.repeat(100)}`;
    makeFolder(sys, lower, 0o755);
    writeText(sys, `${lower}/deep`, 'found', 0o644);
    within(bundle, { mounts: overlayRoot(bundle, lower) }, () =>
      equal(readText(sys, `${bundle}/rootfs/deep`), 'found'),
    );
  });
}

function links(): void {
  const outside = `${top}/outside`;
  makeFolder(sys, outside, 0o755);
  sys.mount('outside', outside, 'tmpfs', 0, null);
  const bundle = makeBundle('links');
  sys.symlinkat(outside, AT_FDCWD, `${image}/gate`);
  const runtime: BundleRuntime = {
    mounts: [...overlayRoot(bundle), { destination: 'gate', type: 'tmpfs', source: 'inner', options: ['ro'] }],
    mkdir: ['gate/../made'],
  };
  check('relative destinations stay inside the root, whatever links the image has', () => {
    prepareBundle(sys, bundle, runtime);
    ok(mountPoints().includes(`${bundle}/rootfs${outside}`), 'the mount inside the root');
    equal(listFolder(sys, outside), []);
  });
  check('releasing does not unmount what a link leads to outside', () => {
    releaseBundle(sys, bundle, runtime);
    equal(mountPoints(), [outside]);
    releaseBundle(sys, bundle, { mounts: [{ destination: 'gate' }] });
    equal(mountPoints(), [outside]);
  });
  sys.umount2(outside, 0);
}

function failures(): void {
  check('a mount that fails is named, and those before it are taken back', () => {
    const bundle = makeBundle('failing');
    const mounts = [...overlayRoot(bundle), { destination: '/x', type: 'bind', source: '/no/such' }];
    equal(
      message(() => prepareBundle(sys, bundle, { mounts })),
      `bundle ${bundle}: bind /no/such on /x: open the source: open_tree: ENOENT`,
    );
    equal(mountPoints(), []);
  });
  check('releasing twice does no harm', () => {
    const bundle = makeBundle('twice');
    const runtime = { mounts: [readonlyRoot(bundle)] };
    prepareBundle(sys, bundle, runtime);
    releaseBundle(sys, bundle, runtime);
    releaseBundle(sys, bundle, runtime);
    equal(mountPoints(), []);
  });
}

export default function main(): number {
  roots();
  links();
  failures();
  return failed();
}
