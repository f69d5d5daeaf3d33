#!/bin/bash
# kunit.sh [--arch um|x86_64|x86_64-debug|arm|arm64|riscv64|riscv-nommu|all]
#          [--build] [--tree DIR] - run the KUnit suites
#
# Runs the suites of mm/tests on the applied series: with kunit.py on UML (the
# default) or, without hardware acceleration, under qemu. x86_64 boots the
# patched kernel of system.sh, x86_64-debug that of system.sh --debug, with
# KASAN, the lock checker and the checks of mm. arm, with 2 GiB and page tables
# in high memory, and riscv64, which has an MMU, check locks and mm, too. A
# report of theirs is a failure. A suite that did not run counts as failed.
#
#   --build      with kunit.py, only build
#   --tree DIR   apply the series to HEAD of your kernel checkout DIR first and
#                run there, in a worktree that is removed afterwards
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/kernel.sh"

arches=um user_tree='' action=run
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--arch)
		case ${2-} in
		um|x86_64|x86_64-debug|arm|arm64|riscv64|riscv-nommu) arches=$2 ;;
		all) arches='um x86_64 x86_64-debug arm arm64 riscv64 riscv-nommu' ;;
		*) die "--arch takes um, x86_64, x86_64-debug, arm, arm64, riscv64, riscv-nommu or all" ;;
		esac
		shift ;;
	--build) action=build ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

tree=$TREE
if [ -n "$user_tree" ]; then
	kernel_user_tree "$user_tree"
	tree=$BUILD/kunit-tree
	git -C "$user_tree" worktree prune
	trap 'git -C "$user_tree" worktree remove --force "$tree" 2>/dev/null || :; kernel_user_tree_leave' EXIT
	git -C "$user_tree" worktree remove --force "$tree" 2>/dev/null || :
	neutral_git -C "$user_tree" worktree add -q --detach "$tree" "$BRANCH"
fi
[ -f "$tree/mm/tests/.kunitconfig" ] || die "the series is not applied; run: scripts/apply.sh"

mapfile -t suites < <(kunit_suites "$tree")
[ ${#suites[@]} -gt 0 ] || die "no suite found in $tree/mm/tests"

kunit_py() {	# ARCH LOG ARGUMENT...
	local log=$2 limit=300 args=(--kunitconfig="$tree/mm/tests" --kunitconfig="$TOP/kunit/$1.config")
	case $1 in
	um) ;;
	arm) limit=900 args+=(--arch=arm --cross_compile=arm-linux-gnueabi- --qemu_args='-smp 2 -m 2G') ;;
	arm64) args+=(--arch=arm64 --cross_compile=aarch64-linux-gnu- --qemu_args='-smp 2') ;;
	riscv64) args+=(--arch=riscv --cross_compile=riscv64-linux-gnu- --qemu_args='-smp 2') ;;
	riscv-nommu)
		args+=(--arch=riscv --cross_compile=riscv64-linux-gnu-
		       --qemu_config="$TOP/kunit/riscv-nommu.py") ;;
	esac
	[ "$action" = build ] || args+=(--timeout="$limit")
	shift 2
	(cd "$tree" && with_progress "$log" ./tools/testing/kunit/kunit.py "$action" \
		--jobs="$JOBS" "${args[@]}" "$@")
}

# The kernel of system.sh, with what it has on its command line turned round.
shared_kernel() {	# ARCH CONSOLE JSON
	local more='' filter='module!=insert_bench_kunit,module!=insert_replay_kunit,module!=insert_walk_kunit,module!=insert_frames_kunit' limit=300
	[ "$1" = x86_64 ] || { kernel_debug; limit=1800 more=frame_vector_kunit.stress_ms=30000; }
	kernel_build patched || return 1
	with_progress "$2.qemu" kernel_boot patched "$limit" "$2" /dev/null /dev/null 3G \
		"page_poison=1 kunit.enable=1 kunit.autorun=1 kunit.filter=$filter kunit_shutdown=reboot hugepages=4 $more" || return 1
	(cd "$tree" && ./tools/testing/kunit/kunit.py parse --json="$3" "$2")
}

passed=0 failed=0 skipped=0
run() {	# ARCH
	local arch=$1 dir log json counts p f s wanted=("${suites[@]}")
	dir=$BUILD/kunit-$arch${user_tree:+-tree} log=$BUILD/log/kunit-$arch.log json=$dir/result.json
	mkdir -p "$dir"
	rm -f "$json"
	if [ "$action" = build ]; then
		[[ $arch = x86_64* ]] || kunit_py "$arch" "$log" --build_dir="$dir"
		return
	fi
	say "KUnit on $arch: building and running"
	case $arch in
	x86_64*) (shared_kernel "$arch" "$dir/console" "$json") >"$log" 2>&1 || : ;;
	*) kunit_py "$arch" "$log" --build_dir="$dir" --json="$json" || : ;;
	esac
	# They are skipped without high memory: then the machine is not what it should be.
	[ "$arch" != arm ] || wanted+=(vm_insert.maps_one_page_of_highmem pagewalk.tables_in_highmem)
	counts=$("$TOP/scripts/lib/kunit_result.py" "$json" "${wanted[@]}") ||
		{ say "  see $log; what failed first, and its end:"
		  grep -m 5 -A 6 -E '(EXPECTATION|ASSERTION) FAILED' "$log" || :
		  tail -n 15 "$log"; }
	read -r p f s <<<"$counts"
	case $arch in
	x86_64*)
		"$TOP/scripts/lib/ktap.py" --log "$dir/console" || f=$((f + 1))
		grep -qs 'Brought up 1 node, 2 CPUs' "$dir/console" ||
			{ say "  did not run on 2 CPUs, as it has to for races"; f=$((f + 1)); } ;;
	arm|riscv64) "$TOP/scripts/lib/ktap.py" --log "$dir/test.log" || f=$((f + 1)) ;;
	esac
	say "  $arch: $p passed, $f failed, $s skipped"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
for arch in $arches; do
	run "$arch"
done
[ "$action" = run ] || exit 0

line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line+=", $skipped skipped"
say "$line"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
