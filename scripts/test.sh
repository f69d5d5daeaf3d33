#!/bin/bash
# test.sh [--long] - all checks: what has to pass before a change lands
#
# Runs shellcheck and bats on the scripts, check.sh, the round trip, the pairs of
# the semantic patches and the patches that they made, the KUnit suites on um,
# x86_64 and riscv-nommu, the objects that the series touches, the benchmark's
# counts, and the short suites of system.sh on base and series.
# Prints one line and the time of each part, and closes with a line of counts. A
# part that could not run has failed.
#
#   --long   also check.sh --long: each patch by itself, and its objects; the
#            suites on UML after each patch, and on each topic; on x86_64 with
#            debugging, on 32-bit ARM, arm64 and riscv64; the documentation;
#            takes each rule out of the semantic patches; the whole benchmark;
#            all suites of system.sh, with debugging, and without an MMU, too;
#            planted mistakes for them to see. Some hours.
#
# Wants 14 GB of disk, with --long 25; VM_INSERT_ROOM=GB makes it try with less.
set -eu
. "$(dirname "$0")/lib/common.sh"

long=0
case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
--long) long=1 ;;
*) die "unknown argument $1; see --help" ;;
esac

passed=0 failed=0 skipped=0
mkdir -p "$BUILD/log"

# part NAME COMMAND...: its own closing counts are added up, or it counts one.
part() {
	local name=$1 start=$SECONDS rc=0 log counts p f s
	shift
	log=$BUILD/log/test-${name//[^A-Za-z0-9]/-}.log
	say "== $name"
	with_progress "$log" "$@" || rc=$?
	counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) || counts=
	if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
	else
		p=$((rc == 0)) f=$((rc != 0)) s=0
	fi
	[ "$rc" = 0 ] || [ "$f" -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	say "   $name: $p passed, $f failed ($((SECONDS - start)) s)"
	if [ "$rc" != 0 ]; then
		tail -n 60 "$log" | sed 's/^/   | /'
	fi
}

shell() {
	cd "$TOP"
	shellcheck -x --source-path=SCRIPTDIR scripts/*.sh scripts/lib/*.sh scripts/lib/{ccache,guest}/* .ci/run
	shellcheck scripts/test/*.bats
}

bats_suite() {
	local rc=0
	VM_INSERT_REAL=$BUILD bats --tap "$TOP/scripts/test" | tee "$BUILD/log/bats.tap" || rc=1
	say "$(grep -c '^ok ' "$BUILD/log/bats.tap") passed, $(grep -c '^not ok ' "$BUILD/log/bats.tap") failed"
	return "$rc"
}

# Builds while others leave a processor idle. It is no matter if it fails: what
# is built here is looked at, and run, in its turn.
early_start() {
	nice -n 19 "$TOP/scripts/kunit.sh" --arch riscv-nommu --build >"$BUILD/log/early.log" 2>&1 </dev/null &
	early=$!
	trap 'kill "$early" 2>/dev/null || :' EXIT
}

closing() {
	local line="$passed passed, $failed failed"
	[ "$skipped" = 0 ] || line+=", $skipped skipped"
	say "$line"
	[ "$failed" = 0 ]
}

part 'room on the disk' room $((long ? 25 : 14))
[ "$failed" = 0 ] || closing || exit 1
part 'setup' "$TOP/scripts/setup.sh"
[ "$long" = 0 ] || part 'setup for --long' "$TOP/scripts/setup.sh" arm32 arm64 docs
part 'base' "$TOP/scripts/base.sh"
part 'apply' "$TOP/scripts/apply.sh"
if [ "$failed" != 0 ]; then
	say "Without them nothing else can run."
	closing || exit 1
fi
early_start
part 'shellcheck' shell
part 'bats' bats_suite
each=()
[ "$long" = 0 ] || each=(--long)
part 'check' "$TOP/scripts/check.sh" "${each[@]}"
part 'round trip' "$TOP/scripts/roundtrip.sh"
part 'cocci pairs' "$TOP/scripts/cocci.sh" --test
part 'cocci finds nothing' "$TOP/scripts/cocci.sh"
part 'cocci made the patches' "$TOP/scripts/reproduce.sh"
for arch in um x86_64; do
	part "kunit $arch" "$TOP/scripts/kunit.sh" --arch "$arch"
done
with_progress "$BUILD/log/early-wait.log" tail --pid="$early" -f /dev/null
part 'kunit riscv-nommu' "$TOP/scripts/kunit.sh" --arch riscv-nommu
part 'objects' "$TOP/scripts/objects.sh"
part 'benchmark' "$TOP/scripts/bench.sh" --short --check "$TOP/kunit/bench.json"
part 'system' "$TOP/scripts/system.sh"
if [ "$long" = 1 ]; then
	part 'kunit after each patch' "$TOP/scripts/bisect.sh"
	part 'kunit on each topic' "$TOP/scripts/bisect.sh" --topics
	part 'documentation' "$TOP/scripts/docs.sh"
	for arch in x86_64-debug arm arm64 riscv64; do
		part "kunit $arch" "$TOP/scripts/kunit.sh" --arch "$arch"
	done
	part 'benchmark, all of it' "$TOP/scripts/bench.sh"
	part 'system, all suites' "$TOP/scripts/system.sh" --long
	part 'system, with debugging' "$TOP/scripts/system.sh" --long --debug --resume
	part 'system, without an MMU' "$TOP/scripts/system.sh" --nommu
	part 'planted mistakes' "$TOP/scripts/planted.sh"
	part 'cocci without each rule' "$TOP/scripts/cocci.sh" --mutate
fi
closing
