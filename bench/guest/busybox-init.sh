#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# shellcheck shell=dash
#
# /init of the system that the guest benchmark compares with: the least that a hand-made initramfs does for the same server.
# /modules lists the modules to insert; /usr/sbin/dhcp is there when an address is asked for.

/bench mark first-line
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
while read -r module; do
	/bin/busybox insmod "$module"
done </modules
/bin/busybox ip link set lo up
if [ -e /usr/sbin/dhcp ]; then
	/usr/sbin/dhcp
fi
exec /bench serve
