#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# shellcheck shell=dash
#
# /init of the system that the smallest example is compared with: what a hand-made initramfs does at least, then the same service. It
# is ready when the service runs, as the example is.

/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox ip link set lo up
/bin/busybox httpd -f -p 80 -h /srv &
read -r uptime _ </proc/uptime
echo "bench: ready $uptime"
while :; do wait; /bin/busybox sleep 1000; done
