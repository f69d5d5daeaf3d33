#!/bin/bash
# kunit.sh [--arch um|x86_64|riscv-nommu|all] [--tree DIR] - run the KUnit suites
#
# Runs the suites of mm/tests with kunit.py on the applied series: on UML
# (the default), or under qemu without hardware acceleration. A suite that did
# not run counts as failed.
#
#   --tree DIR   apply the series to HEAD of your kernel checkout DIR first and
#                run there, in a worktree that is removed afterwards
set -eu
. "$(dirname "$0")/lib/common.sh"

arches=um user_tree=
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--arch)
		case ${2-} in
		um|x86_64|riscv-nommu) arches=$2 ;;
		all) arches='um x86_64 riscv-nommu' ;;
		*) die "--arch takes um, x86_64, riscv-nommu or all" ;;
		esac
		shift ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

tree=$TREE
if [ -n "$user_tree" ]; then
	"$TOP/scripts/apply.sh" --tree "$user_tree" --force
	tree=$BUILD/kunit-tree
	git -C "$user_tree" worktree prune
	trap 'git -C "$user_tree" worktree remove --force "$tree" 2>/dev/null || :' EXIT
	git -C "$user_tree" worktree remove --force "$tree" 2>/dev/null || :
	neutral_git -C "$user_tree" worktree add -q --detach "$tree" "$BRANCH"
fi
[ -f "$tree/mm/tests/.kunitconfig" ] || die "the series is not applied; run: scripts/apply.sh"

mapfile -t suites < <(sed -n 's/^[[:space:]]*\.name = "\([^"]*\)",$/\1/p' "$tree"/mm/tests/{vm_insert,vmf_insert,remap_pfn,pagewalk}_kunit.c)
[ ${#suites[@]} -gt 0 ] || die "no suite found in $tree/mm/tests"

passed=0 failed=0 skipped=0
run() {	# ARCH
	local arch=$1 dir log json args=() counts p f s
	dir=$BUILD/kunit-$arch${user_tree:+-tree} log=$BUILD/log/kunit-$arch.log json=$dir/result.json
	mkdir -p "$dir"
	rm -f "$json"
	args=(--kunitconfig="$tree/mm/tests" --kunitconfig="$TOP/kunit/$arch.config")
	case $arch in
	um) ;;
	x86_64) args+=(--arch=x86_64 --qemu_args='-smp 2') ;;
	riscv-nommu)
		args+=(--arch=riscv --cross_compile=riscv64-linux-gnu-
		       --qemu_config="$TOP/kunit/riscv-nommu.py") ;;
	esac
	say "KUnit on $arch: building and running"
	(cd "$tree" && PATH=$TOP/scripts/lib/qemu:$PATH && with_progress "$log" ./tools/testing/kunit/kunit.py run \
		--build_dir="$dir" --jobs="$JOBS" --timeout=300 --json="$json" "${args[@]}") || :
	counts=$("$TOP/scripts/lib/kunit_result.py" "$json" "${suites[@]}") ||
		{ say "  see $log; its end:"; tail -n 25 "$log"; }
	read -r p f s <<<"$counts"
	say "  $arch: $p passed, $f failed, $s skipped"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}
for arch in $arches; do
	run "$arch"
done

line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line+=", $skipped skipped"
say "$line"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
