#!/bin/bash
# bench.sh [--short] [--json FILE] [--plot FILE] [--check FILE] [--from FILE]
#          [--rounds N] [--tree DIR] - what inserting pages costs, base and series side by side
#
# Builds the base and the applied series with the same configuration (that of
# system.sh, or kunit/bench-um.config) and the same benchmark (mm/tests/
# insert_bench_kunit.c of the series), runs both, and prints the figures of each
# case per page, their ratio, and the distance to the floor: entries that are
# found empty and written. x86_64 runs under qemu with -icount and counts
# instructions, not hardware cycles; UML runs natively and measures time. Only
# counts can fail, never times.
#
#   --short        x86_64 only, without the times of UML
#   --json FILE    write the results
#   --plot FILE    draw the instruction counts, PNG or SVG by the name
#   --from FILE    run nothing, show what --json wrote
#   --check FILE   fail if a ratio of counts is below 0.95 of that in FILE (the
#                  best round counts: an interrupt only adds instructions), or
#                  if folios of order 9 gain less than 8x, of order 4 less than 5.5x
#   --rounds N     how often each case is measured (3)
#   --tree DIR     compare HEAD of your checkout DIR, and the series on it
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/kernel.sh"

archs='x86_64 um' rounds=3 user_tree='' report=()
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--short) archs=x86_64 ;;
	--json|--plot|--check|--from)
		[ $# -gt 1 ] || die "$1 needs a file"
		case $2 in /*) report+=("$1" "$2") ;; *) report+=("$1" "$PWD/$2") ;; esac
		[ "$1" != --from ] || archs=''
		shift ;;
	--rounds)
		case ${2-} in ''|*[!0-9]*|0) die "--rounds needs a number" ;; esac
		rounds=$2; shift ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

[ -n "$archs" ] || exec "$TOP/scripts/lib/bench.py" "${report[@]}"
mkdir -p "$BUILD/log/bench" "$BUILD/bench-init"
[ -z "$user_tree" ] || kernel_user_tree "$user_tree"

build() {	# ARCH base|patched
	local out=$BUILD/bench-um-$2 log=$BUILD/log/bench-build-um-$2.log lost
	if [ "$1" = x86_64 ]; then
		kernel_build "$2"
		return
	fi
	say "Building $2 for $1"
	kernel_source "$2"
	mkdir -p "$out"
	make -s -C "${KERNEL_SRC[$2]}" O="$out" ARCH=um KCONFIG_ALLCONFIG="$TOP/kunit/bench-um.config" allnoconfig >"$log" 2>&1 ||
		{ tail -n 20 "$log"; die "the configuration failed; see $log"; }
	lost=$(config_lost "$TOP/kunit/bench-um.config" "$out/.config")
	[ -z "$lost" ] || die "options that this kernel does not take: $lost"
	with_progress "$log" make -C "${KERNEL_SRC[$2]}" O="$out" ARCH=um -j"$JOBS" linux ||
		{ tail -n 30 "$log"; die "the build failed; see $log"; }
}

run() {	# ARCH base|patched
	local log=$BUILD/log/bench/$1/$2.log rc=0
	local args=(kunit.enable=1 kunit.autorun=1 'kunit.filter_glob=insert_*' panic=-1
		    "insert_bench_kunit.rounds=$rounds" "insert_walk_kunit.rounds=$rounds" "insert_frames_kunit.rounds=$rounds"
		    "bench_rounds=$rounds")
	say "Running $2 on $1"
	mkdir -p "$BUILD/log/bench/$1"
	# Without ACPI a PC cannot be turned off, but qemu can end at the reset.
	if [ "$1" = x86_64 ]; then
		with_progress "$log" timeout 600 qemu-system-x86_64 -accel tcg -icount shift=0,sleep=off \
			-m 1G -nographic -no-reboot -nodefaults -serial stdio -kernel "$(kernel_image "$2")" \
			-initrd "$BUILD/bench.cpio" -append "console=ttyS0 bench_end=reset ${args[*]}" || rc=$?
	else
		with_progress "$log" timeout 600 "$BUILD/bench-um-$2/linux" mem=1G initrd="$BUILD/bench.cpio" con=null \
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
