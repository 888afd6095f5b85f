#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: tskit contributors
#
# swap.sh --path FILE --size N[K|M|G] [--encrypt] [--condition part:FOLDER[:true]] [--condition partsize:FOLDER:N[K|M|G][:true]] [--debug]: makes
# a file below /var swap space. --encrypt encrypts it with a key that nobody knows and that ends with the boot. Where a condition
# does not hold nothing is done, or with "true" the entry fails.

path=
size=
encrypt=false
conditions=

fail() {
	echo "swap: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--path | --size | --condition) [ $# -gt 1 ] || fail "expected a value behind \"$1\", found none" ;;
	esac
	case $1 in
	--path) path=$2 && shift ;;
	--size) size=$2 && shift ;;
	--condition) conditions="$conditions $2" && shift ;;
	--encrypt) encrypt=true ;;
	--debug) set -x ;;
	*) fail "expected --path, --size, --condition, --encrypt or --debug, found \"$1\"" ;;
	esac
	shift
done

# Sets `bytes` to a size such as 10, 10K, 10M or 10G.
read_size() {
	case ${1%[KMG]} in
	'' | 0* | *[!0-9]*) fail "expected a size such as 512M or 2G, found \"$1\"" ;;
	esac
	bytes=${1%[KMG]}
	case $1 in
	*K) bytes=$((bytes * 1024)) ;;
	*M) bytes=$((bytes * 1048576)) ;;
	*G) bytes=$((bytes * 1073741824)) ;;
	esac
}

# What a condition that does not hold means: $1 is its last part, the rest what was found.
unmet() {
	required=$1
	shift
	[ "$required" != true ] || fail "$*"
	echo "swap: none is made: $*"
	exit 0
}

case $path in
/var/?*) ;;
*) fail "expected --path with a file below /var, found \"$path\"" ;;
esac
case /$path/ in
*/../*) fail "expected --path without \"..\", found \"$path\"" ;;
esac
read_size "$size"
wanted=$bytes

for condition in $conditions; do
	kind=${condition%%:*}
	rest=${condition#*:}
	folder=${rest%%:*}
	rest=${rest#"$folder"}
	rest=${rest#:}
	case $kind in
	part) grep -q "^[^ ]* $folder " /proc/mounts || unmet "$rest" "nothing is mounted on $folder" ;;
	partsize)
		least=${rest%%:*}
		required=${rest#"$least"}
		read_size "$least"
		room=$(($(stat -f -c '%b * %S' "$folder" 2>/dev/null || echo 0)))
		[ "$room" -ge "$bytes" ] || unmet "${required#:}" "expected $least on $folder, found $room bytes"
		;;
	*) fail "expected a condition part:… or partsize:…, found \"$condition\"" ;;
	esac
done

case $(stat -f -c %T "$(dirname "$path")" 2>/dev/null) in
tmpfs | ramfs) fail "expected $path on a disk, found it in memory: mount a file system there before" ;;
esac

# Every byte is written: swap space may have no holes.
if [ ! -f "$path" ] || [ "$(stat -c %s "$path")" != "$wanted" ]; then
	echo "swap: makes $path, $size"
	umask 077
	rm -f "$path" "$path.new"
	dd if=/dev/zero bs=65536 count=$(((wanted + 65535) / 65536)) 2>/dev/null | head -c "$wanted" >"$path.new"
	if [ "$(stat -c %s "$path.new")" != "$wanted" ]; then
		rm -f "$path.new"
		fail "making $path, $size: is there room?"
	fi
	sync
	mv "$path.new" "$path"
fi

device=$path
if [ "$encrypt" = true ]; then
	device=/dev/mapper/swapfile
	# Opening it makes the kernel load the driver of loop devices, of which a file needs one.
	[ -e /dev/loop-control ] || mknod -m 0600 /dev/loop-control c 10 237
	loop=$(losetup -f) || fail "encrypting $path: there is no loop device"
	losetup "$loop" "$path" || fail "encrypting $path: losetup failed"
	# What it says is shown when it fails: it wants to give the device to the group disk, and goes on without.
	said=$(cryptsetup --batch-mode open --type plain --key-file /dev/urandom --key-size 256 --cipher aes-xts-plain64 "$loop" swapfile 2>&1) ||
		fail "encrypting $path: $said"
fi
mkswap "$device" >/dev/null || fail "making swap space on $device: mkswap failed"
swapon "$device" || fail "using $device as swap space: swapon failed"
echo "swap: $device, $size"
