#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# shellcheck shell=dash
#
# /init of the system that the supervision benchmark compares with: containerd and runc start the same containers as LinuxKit has
# them started, one after the other. /services lists their names. Less is done here than LinuxKit does: the root is not copied.
export PATH=/bin:/usr/bin:/usr/sbin

if [ -z "$STAGE" ]; then
	/service mark first-line
	/bin/busybox mount -t proc proc /proc
	# containers cannot pivot away from the kernel's first root
	/bin/busybox mount --bind / /root
	cd /root || exit
	/bin/busybox mount --move . /
	STAGE=2 exec /bin/busybox chroot . /init
fi
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs devtmpfs /dev
busybox mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox mount -t tmpfs tmpfs /run
busybox mount -t tmpfs tmpfs /tmp
busybox ip link set lo up
# the drivers of the devices that are there; LinuxKit has a modprobe for each of them
# shellcheck disable=SC2046 # one word each
busybox modprobe -abq $(busybox cat /sys/bus/*/devices/*/modalias)
service mark drivers

containerd --config /containerd.toml >/tmp/containerd.log 2>&1 &
while [ ! -S /run/containerd/containerd.sock ]; do busybox usleep 5000; done
service mark containerd
# What the client's own start costs, which LinuxKit pays once.
ctr --help >/dev/null
service mark client
while read -r name; do
	ctr run --detach --null-io --config "/containers/services/$name/config.json" "$name" || busybox cat /tmp/containerd.log
done </services
service mark started
busybox sleep 3
# shellcheck disable=SC2046 # one word each
service memory $(busybox pidof containerd containerd-shim-runc-v2)
service mark end
exec busybox sleep 100000
