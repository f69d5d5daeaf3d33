#!/bin/bash
# setup.sh [--list] [GROUP...] - install the Debian packages that GROUPs need
#
#   base      get and unpack the base tree, apply the series
#   um        build and run UML kernels with kunit.py
#   x86_64    build and run x86_64 kernels under qemu
#   riscv     build and run riscv64 kernels under qemu
#   arm32     build and run 32-bit ARM kernels under qemu
#   arm64     build and run arm64 kernels under qemu
#   cocci     run the semantic patches
#   check     checkpatch, shellcheck, bats, quilt
#   objects   compile single objects for x86_64 and UML, sparse, Rust
#   arm       compile single objects for ARM
#   system    build x86_64 kernels and an initramfs of tests, and boot them
#   plot      draw what bench.sh measured
#   docs      build the documentation
#
# Without a GROUP: all but arm32, arm64 and docs, which only test.sh --long needs.
# Installs only what is missing, as root; other users are told the command.
# --list prints the packages and changes nothing.
set -eu
. "$(dirname "$0")/lib/common.sh"

list=0 groups=()
for a; do
	case $a in
	-h|--help) usage; exit 0 ;;
	--list) list=1 ;;
	base|um|x86_64|riscv|arm32|arm64|cocci|check|objects|arm|system|plot|docs) groups+=("$a") ;;
	*) die "no such group: $a; see --help" ;;
	esac
done
[ ${#groups[@]} -gt 0 ] || groups=(base um x86_64 riscv cocci check objects arm system plot)

packages=()
for g in "${groups[@]}"; do
	case $g in
	base) packages+=(git ca-certificates debian-archive-keyring xz-utils python3) ;;
	um) packages+=(gcc make flex bison bc libc6-dev libelf-dev libssl-dev ccache python3 perl cpio) ;;
	x86_64) packages+=(gcc make flex bison bc libc6-dev libelf-dev libssl-dev ccache python3 qemu-system-x86) ;;
	riscv) packages+=(gcc-riscv64-linux-gnu qemu-system-misc ccache make flex bison bc gcc libc6-dev python3) ;;
	arm32) packages+=(gcc-arm-linux-gnueabi qemu-system-arm ccache make flex bison bc gcc libc6-dev python3) ;;
	arm64) packages+=(gcc-aarch64-linux-gnu qemu-system-arm ccache make flex bison bc gcc libc6-dev python3) ;;
	objects) packages+=(gcc make flex bison bc libc6-dev libelf-dev libssl-dev ccache python3 perl git ca-certificates debian-archive-keyring) ;;
	system) packages+=(gcc make flex bison bc libc6-dev libelf-dev libssl-dev ccache python3 perl cpio qemu-system-x86
		busybox-static libcap-dev libnuma-dev liburing-dev e2fsprogs xfsprogs stress-ng) ;;
	plot) packages+=(gnuplot-nox) ;;
	docs) packages+=(make gcc libc6-dev python3 python3-sphinx python3-yaml) ;;
	arm) packages+=(gcc-arm-linux-gnueabi gcc make flex bison bc libc6-dev ccache python3 perl) ;;
	cocci) packages+=(coccinelle python3 git) ;;
	check) packages+=(shellcheck bats quilt codespell perl python3-ply python3-git b4) ;;
	esac
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
if [ "$list" = 1 ]; then
	printf '%s\n' "${packages[@]}"
	exit 0
fi

missing=()
for p in "${packages[@]}"; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' ||
		missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	die "packages are missing; as root, run: apt-get install --no-install-recommends ${missing[*]}"
fi
say "Installing ${#missing[@]} packages: ${missing[*]}"
mkdir -p "$BUILD/log"
export DEBIAN_FRONTEND=noninteractive
with_progress "$BUILD/log/apt-update.log" apt-get update ||
	say "apt-get update failed (see $BUILD/log/apt-update.log); trying with the lists that are here"
with_progress "$BUILD/log/apt-install.log" \
	apt-get install -y --no-install-recommends "${missing[@]}" ||
	die "apt-get install failed; see $BUILD/log/apt-install.log"
