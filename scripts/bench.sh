#!/bin/bash
# bench.sh [--short] [--json FILE] [--plot FILE] [--check FILE] [--rounds N]
#          [--tree DIR] - what inserting pages costs, base and series side by side
#
# Builds the base and the applied series with the same configuration
# (kunit/bench.config) and the same benchmark (mm/tests/insert_bench_kunit.c of
# the series), runs both, and prints the figures of each case per page, their
# ratio, and the distance to the floor: entries that are found empty and written.
# x86_64 runs under qemu with -icount and counts instructions, not hardware
# cycles; UML runs natively and measures time. Only counts can fail, never times.
#
#   --short        x86_64 only, and one round
#   --json FILE    write the results
#   --plot FILE    draw the instruction counts, PNG or SVG by the name
#   --check FILE   fail if a ratio of counts is below 0.95 of that in FILE, or
#                  if folios of order 9 gain less than 8x, of order 4 less than 5.5x
#   --rounds N     how often each case is measured (3)
#   --tree DIR     compare HEAD of your checkout DIR, and the series on it
set -eu
. "$(dirname "$0")/lib/common.sh"

archs='x86_64 um' rounds=3 user_tree='' report=()
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--short) archs=x86_64 rounds=1 ;;
	--json|--plot|--check)
		[ $# -gt 1 ] || die "$1 needs a file"
		case $2 in /*) report+=("$1" "$2") ;; *) report+=("$1" "$PWD/$2") ;; esac
		shift ;;
	--rounds)
		case ${2-} in ''|*[!0-9]*|0) die "--rounds needs a number" ;; esac
		rounds=$2; shift ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

repo=$BASE_TREE at_base=$BASE_TAG
if [ -n "$user_tree" ]; then
	"$TOP/scripts/apply.sh" --tree "$user_tree" --force
	repo=$user_tree at_base=HEAD
	tidy() { git -C "$repo" worktree remove --force "$BUILD/$1" 2>/dev/null || :; }
	trap 'tidy bench-base; tidy bench-patched' EXIT
fi
git -C "$repo" cat-file -e "$BRANCH:mm/tests/insert_bench_kunit.c" 2>/dev/null ||
	die "the series is not applied; run: scripts/apply.sh"

# write FILE: stdin to it, unless that is there already: make goes by times.
write() { cat >"$BUILD/bench.tmp"; cmp -s "$BUILD/bench.tmp" "$1" || cp "$BUILD/bench.tmp" "$1"; }
of_series() { git -C "$repo" cat-file blob "$BRANCH:$1"; }

# source_tree base|patched COMMIT: a worktree with the benchmark, and with what
# is no part of the series: the comparison of random insertions.
source_tree() {
	local dir=$BUILD/bench-$1 commit f
	commit=$(git -C "$repo" rev-parse "$2^{commit}")
	if [ "$(git -C "$dir" rev-parse --git-common-dir 2>/dev/null)" != "$(git -C "$repo" rev-parse --path-format=absolute --git-common-dir)" ]; then
		rm -rf "$dir"
		git -C "$repo" worktree prune
		neutral_git -C "$repo" worktree add -q --detach "$dir" "$commit"
	elif [ "$(git -C "$dir" rev-parse HEAD)" != "$commit" ]; then
		neutral_git -C "$dir" checkout -q -f --detach "$commit"
	fi
	for f in insert_bench_kunit.c insert_kunit.h; do
		of_series "mm/tests/$f" | write "$dir/mm/tests/$f"
	done
	write "$dir/mm/tests/insert_bench_compat.h" <"$TOP/kunit/insert_bench_compat.h"
	write "$dir/mm/tests/insert_replay_kunit.c" <"$TOP/scripts/lib/bench/insert_replay_kunit.c"
	{
		git -C "$dir" cat-file blob HEAD:mm/Kconfig
		[ "$1" = patched ] || of_series mm/Kconfig | sed -n '/^config INSERT_BENCH_KUNIT/,/^$/p'
	} | write "$dir/mm/Kconfig"
	{
		git -C "$dir" cat-file blob HEAD:mm/Makefile
		# shellcheck disable=SC2016 # for make to expand
		[ "$1" = patched ] || printf '%s\n' \
			'obj-$(CONFIG_INSERT_BENCH_KUNIT) += tests/insert_bench_kunit.o' \
			'CFLAGS_tests/insert_bench_kunit.o += -include $(srctree)/mm/tests/insert_bench_compat.h' \
			'CFLAGS_tests/insert_replay_kunit.o += -include $(srctree)/mm/tests/insert_bench_compat.h'
		# shellcheck disable=SC2016
		printf '%s\n' 'obj-$(CONFIG_INSERT_BENCH_KUNIT) += tests/insert_replay_kunit.o'
	} | write "$dir/mm/Makefile"
}
mkdir -p "$BUILD/log/bench" "$BUILD/bench-init"
source_tree base "$at_base"
source_tree patched "$BRANCH"
rm -f "$BUILD/bench.tmp"

build() {	# ARCH base|patched
	local out=$BUILD/bench-$1-$2 log=$BUILD/log/bench-build-$1-$2.log target=bzImage lost
	[ "$1" = x86_64 ] || target=linux
	say "building $2 for $1"
	mkdir -p "$out"
	cat "$TOP/kunit/bench.config" "$TOP/kunit/bench-$1.config" >"$out/wanted"
	make -s -C "$BUILD/bench-$2" O="$out" ARCH="$1" KCONFIG_ALLCONFIG="$out/wanted" allnoconfig >"$log" 2>&1 ||
		{ tail -n 20 "$log"; die "the configuration failed; see $log"; }
	lost=$(grep -E '^(CONFIG_|# CONFIG_)' "$out/wanted" | grep -vxFf "$out/.config" || :)
	[ -z "$lost" ] || die "options that this kernel does not take: $lost"
	with_progress "$log" make -C "$BUILD/bench-$2" O="$out" ARCH="$1" -j"$JOBS" "$target" ||
		{ tail -n 30 "$log"; die "the build failed; see $log"; }
}

run() {	# ARCH base|patched
	local out=$BUILD/bench-$1-$2 log=$BUILD/log/bench/$1/$2.log rc=0
	local args=(kunit.enable=1 kunit.autorun=1 'kunit.filter_glob=insert_*' panic=-1
		    "insert_bench_kunit.rounds=$rounds" "bench_rounds=$rounds")
	say "running $2 on $1"
	mkdir -p "$BUILD/log/bench/$1"
	if [ "$1" = x86_64 ]; then
		with_progress "$log" timeout 600 qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off \
			-m 1G -nographic -no-reboot -nodefaults -serial stdio -kernel "$out/arch/x86/boot/bzImage" \
			-initrd "$BUILD/bench.cpio" -append "console=ttyS0 ${args[*]}" || rc=$?
	else
		with_progress "$log" timeout 600 "$out/linux" mem=1G initrd="$BUILD/bench.cpio" con=null \
			con0=null,fd:1 "${args[@]}" || rc=$?
	fi
	[ "$rc" = 0 ] || grep -q 'bench: done' "$log" ||
		{ tail -n 20 "$log"; die "$2 on $1 did not run to its end; see $log"; }
}

gcc -O2 -Wall -static -o "$BUILD/bench-init/init" "$TOP/scripts/lib/bench/mmap_init.c"
(cd "$BUILD/bench-init" && say init | cpio --quiet -o -H newc >"$BUILD/bench.cpio")

dirs=()
for arch in $archs; do
	build "$arch" base
	build "$arch" patched
	run "$arch" base
	run "$arch" patched
	dirs+=("$BUILD/log/bench/$arch")
done
"$TOP/scripts/lib/bench.py" "${report[@]}" "${dirs[@]}"
