#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that the named sets need, and nothing when all are there: scripts/setup.sh build [test images all]
set -eu

packages() {
  case $1 in
    build) echo ca-certificates gcc libc6-dev liblz4-dev linux-libc-dev make musl-tools qemu-system-x86 xz-utils ;;
    test)
      echo apache2-utils apparmor apt-utils attr bc binutils bison btrfs-progs buildah busybox-static catatonit clang-format conmon \
        containerd cpio crun curl dnsmasq-base docker-registry docker.io dpkg-dev file flex genisoimage git gnupg \
        golang-github-containers-common hyperfine iproute2 kmod libasan8 libelf-dev libseccomp-dev libssl-dev libubsan1 lz4 openssh-client openssl passwd \
        podman procps runc shellcheck skopeo strace tar uidmap umoci xfsprogs zstd
      ;;
    # What writes disk images and what judges them.
    images)
      echo cryptsetup-bin dosfstools e2fsprogs efitools erofs-utils fakeroot fdisk gdisk \
        isolinux mtools opensc openssl ovmf python3-pefile qemu-utils sbsigntool softhsm2 squashfs-tools swtpm syslinux syslinux-common \
        systemd-boot-efi xorriso
      ;;
    # What only `make test-all` needs: kernels for Arm, and with types of everything.
    all) echo gcc-aarch64-linux-gnu pahole qemu-system-arm ;;
    *) echo "setup: unknown set \"$1\", expected build, test, images or all" >&2; exit 2 ;;
  esac
}

missing=
for set in "$@"; do
  for package in $(packages "$set"); do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
  done
done
# Any npm will do, since it only installs; the Node that runs everything is the pinned one.
command -v npm >/dev/null || missing="$missing nodejs npm"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "setup: run as root, or install these packages first:$missing" >&2
  exit 1
fi
echo "apt-get install$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # the list is meant to be split
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $missing >/dev/null
