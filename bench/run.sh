#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# All benchmarks, one after the other; `make bench`. Each is also a command of its own: node bench/NAME.ts
set -eu
cd "$(dirname "$0")/.."

run() {
	printf '\n== %s (%s)\n' "$2" "$1"
	node "bench/$1.ts"
}

started=$(date +%s)
run validate 'Checking a spec, against a Node that does nothing'
run rebuild 'Warm rebuild of ten services in 150 MB of initramfs'
run root-boot 'Boot and memory of 10, 100 and 500 MB, root in memory against root on a disk'
run raw-efi 'Warm rebuild of a disk with 600 MB, in the initrd and in a root image'
run explain 'Explaining and comparing such a system'
run cold 'Cold build from the store, against gzip, tar and zstd'
run erofs 'Root image of 2 GB with its hash tree, against mkfs.erofs and veritysetup'
run init-start 'The embedded init: size, start and memory, against crun and runc'
run container-start 'Starting a container, against crun and runc'
run seccomp 'Seccomp filters: instructions, against libseccomp, and the CPU to compile one'
run guest-boot 'Guest: from the first line of PID 1 to the service answering, against busybox as init'
run supervision 'Guest: 1, 10 and 50 services healthy, memory and wake-ups, against containerd and runc'
run examples 'Size and boot of every example, and of the smallest against busybox as init; writes docs/examples.md'
printf '\nall benchmarks took %s s\n' $(($(date +%s) - started))
