#!/bin/bash
# system.sh [--suite NAME]... [--long] [--debug|--nommu] [--resume] [--shard K/N]
#           [--list] [--build] [--tree DIR] - user space, before and after
#
# Builds two x86_64 kernels from kunit/system.config, the base and the applied
# series, and an initramfs with the kernel's own selftests; boots both under
# qemu (without hardware acceleration) once for each suite; and prints a table
# of what the suites said. A suite passes if the patched kernel is nowhere worse
# than the base, test by test, and logs no warning, oops or other report that
# the base does not. A suite that did not run to its end on both has failed.
#
#   --suite NAME run this suite, or all whose names start with NAME-, and no other;
#                can be given more than once
#   --long       run all suites, not only the short ones
#   --debug      on kernels with kunit/debug.config: KASAN, the lock checker, checks
#                of page tables, kmemleak; the short suites and those that need it
#   --nommu      on riscv64 kernels without an MMU, from kunit/riscv-nommu-user.config:
#                only the suites for them
#   --resume     keep what was run to its end on these kernels already
#   --shard K/N  run only the Kth of every N suites, to spread them over machines
#   --list       print the suites, run nothing
#   --build      only build the programs of all suites, no kernel
#   --tree DIR   compare HEAD of your kernel checkout DIR with the series applied
#                to it, in worktrees that are removed afterwards
#
# What they wrote stays in build/system/results, or results-debug, or
# build/system-nommu/results: SUITE.SIDE.ktap as it came, and SUITE.SIDE.console
# with the kernel's messages.
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/kernel.sh"
. "$(dirname "$0")/lib/selftests.sh"

long=0 list=0 build=0 debug=0 nommu=0 resume=0 shard=1/1 named=0 user_tree='' asked=()
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--long) long=1 ;;
	--list) list=1 ;;
	--debug) debug=1 ;;
	--nommu) nommu=1 ;;
	--resume) resume=1 ;;
	--shard)
		shard=${2-}; shift
		[[ $shard =~ ^[1-9][0-9]?/[1-9][0-9]?$ && ${shard%/*} -le ${shard#*/} ]] ||
			die "--shard takes K/N, K from 1 to N; see --help" ;;
	--build) build=1 long=1 ;;
	--suite)
		mapfile -t found < <(suites_all | cut -f 1 | grep -xE -e "(${2-})(-.*)?" || :)
		[ ${#found[@]} -gt 0 ] || die "--suite takes one of: $(suites_all | cut -f 1 | paste -sd' '); see --help"
		asked+=("${found[@]}") named=1; shift ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
if [ "$list" = 1 ]; then
	suites_all | cut -f 1,2,3 | awk -F'\t' '{ printf "%-16s %-10s at most %d s per kernel\n", $1, $2, $3 }'
	exit 0
fi
[ "$debug$nommu" != 11 ] || die "--debug and --nommu are about different kernels; run one after the other"
if [ ${#asked[@]} = 0 ]; then
	mapfile -t asked < <(suites_all | awk -F'\t' -v long="$long" -v debug="$debug" -v nommu="$nommu" \
		'nommu { if ($2 == "nommu") print $1; next }
		 $2 == "short" || $2 == "long" && long || $2 == "debug" && debug ||
		 $2 == "debug-long" && debug && long { print $1 }')
fi
for suite in "${asked[@]}"; do
	[[ $(field "$suite" 2) != debug* ]] || [ "$debug" = 1 ] || [ "$build" = 1 ] ||
		die "suite $suite needs what only --debug has"
	case $nommu$build$(field "$suite" 2) in
	00nommu) die "suite $suite needs --nommu" ;;
	0*|1?nommu) ;;
	*) die "suite $suite needs an MMU" ;;
	esac
done
mapfile -t asked < <(printf '%s\n' "${asked[@]}" |
	awk -v k="${shard%/*}" -v n="${shard#*/}" '(NR - k) % n == 0')
[ ${#asked[@]} -gt 0 ] || die "shard $shard has no suite: there are fewer"

mkdir -p "$BUILD/log"
exec 9>"$BUILD/system.lock"
flock -n 9 || die "another system.sh is at work in $BUILD; wait for it"
[ "$debug" = 0 ] || kernel_debug
kind=''
[ "$nommu" = 0 ] || { kernel_nommu; kind=_nommu SYSTEM+=-nommu; }
[ -z "$user_tree" ] || kernel_user_tree "$user_tree"

# machine_files NAME: what a machine has beside memory. /proc/vmcore is for a
# kernel that was started by one that crashed; this one only left its memory.
machine_files() {
	case $1 in
	nvme) files=(-drive 'if=none,id=disk,driver=null-co,read-zeroes=on,size=64M'
		-device 'nvme,serial=1,drive=disk,cmb_size_mb=16') ;;
	vmcore)
		"$SYSTEM/bin/vmcore_mmap" -w $((1022 << 20)) >"$SYSTEM/vmcore" || {
			say "error: no $SYSTEM/vmcore; try: $SYSTEM/bin/vmcore_mmap -w 0 >/dev/null"
			return 1
		}
		files=(-device "loader,file=${SYSTEM//,/,,}/vmcore,addr=$((1022 << 20)),force-raw=on") ;;
	esac
}

# guest SUITE SIDE: one boot; the files that it leaves tell what became of it.
guest() {
	local suite=$1 side=$2 memory append limit files=()
	read -r memory append <<<"$(machine "$(field "$suite" 4)")"
	machine_files "$(field "$suite" 4)" || return
	limit=$(field "$suite" 3)
	[ "$debug" = 0 ] || limit=$((limit * 4)) append+=' page_poison=1'
	[ "$nommu" = 0 ] || append+=" COMMAND=$(field "$suite" 6)"
	kernel_boot "$side" "$limit" "$results/$suite.$side.console" \
		"$results/$suite.$side.ktap" "$SYSTEM/initramfs.cpio" "$memory" "SUITE=$suite $append" "${files[@]}"
}

if [ "$build" = 0 ]; then
	kernel_build base
	kernel_build patched
fi
say "Building the tests"
# All of them, unless one suite is asked for: a run of the short ones sees what
# does not build any more.
build_for=("${asked[@]}")
[ "$named" = 1 ] || [ "$nommu" = 1 ] || mapfile -t build_for < <(suites_all | cut -f 1)
mapfile -t programs < <(for s in "${build_for[@]}"; do field "$s" 5 | tr ' ' '\n'; done | grep -v -x -e - | sort -u)
start=$SECONDS log=$BUILD/log/selftests.log
if [ "$build" = 1 ]; then
	kernel_source patched
	with_progress "$BUILD/log/headers.log" kernel_make patched headers ||
		die "no headers; see $BUILD/log/headers.log"
fi
with_progress "$log" "selftests_build$kind" "${programs[@]}" || :
unbuilt=0
for p in "${programs[@]}"; do
	[ -x "$SYSTEM/bin/${p##*/}" ] || { say "FAIL: $p was not built; see $log"; unbuilt=$((unbuilt + 1)); }
done
if [ "$build" = 1 ]; then
	say "$((${#programs[@]} - unbuilt)) passed, $unbuilt failed"
	[ "$unbuilt" = 0 ]
	exit
fi
"initramfs_build$kind" mkfs.ext4 mkfs.xfs stress-ng || die "no initramfs; see above"
say "  ${#programs[@]} programs ($((SECONDS - start)) s)"

results=$SYSTEM/results n=0
[ "$debug" = 0 ] || results+=-debug
mkdir -p "$results"

# key SUITE: what its results depend on. Of the tests that is its own.
key() {
	local p
	{
		suites_all | grep "^$1	"
		machine "$(field "$1" 4)"
		cat "$(kernel_image base)" "$(kernel_image patched)"
		cd "$SYSTEM/root" || exit
		find . -path ./tests -prune -o -type f ! -name suites -print0 | sort -z | xargs -0 cat
		for p in $(field "$1" 5); do
			[ "$p" = - ] || cat "tests/${p##*/}"
		done
	} | sha256sum
}

for suite in "${asked[@]}"; do
	n=$((n + 1))
	if [ "$resume" = 1 ] && [ "$(key "$suite")" = "$(cat "$results/$suite.key" 2>/dev/null)" ]; then
		say "$n/${#asked[@]} $suite: as it was before"
		continue
	fi
	rm -f "$results/$suite.key"
	took='' ended=1
	for side in base patched; do
		rm -f "$results/$suite.$side."*
		start=$SECONDS rc=0
		with_progress "$BUILD/log/system-qemu.log" guest "$suite" "$side" || rc=$?
		took+=" $side $((SECONDS - start)) s"
		grep -q "^# vm_insert: $suite exit " "$results/$suite.$side.ktap" 2>/dev/null || ended=0
		[ "$rc" != 124 ] || took+=' (stopped: time limit)'
		[ "$rc" = 0 ] || [ "$rc" = 124 ] || took+=" (qemu: exit $rc, see $BUILD/log/system-qemu.log)"
	done
	say "$n/${#asked[@]} $suite:$took"
	[ "$ended" = 0 ] || key "$suite" >"$results/$suite.key"
done
"$TOP/scripts/lib/ktap.py" "$results" "${asked[@]}" && [ "$unbuilt" = 0 ]
