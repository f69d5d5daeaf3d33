#!/bin/bash
# planted.sh [--bug N]... [--list] - do the suites of system.sh see mistakes?
#
# Builds the series once more, with lib/system/planted.patch, which makes the
# kernel make one of some mistakes if the boot option vm_insert_planted=N says so:
# a reference that is not taken, a lock that is kept, a page mapped one off. Boots
# the suite that has to see it for each of them, and passes if it is worse than on
# the base for the reason that lib/system/planted has. Without a mistake
# the same kernel and suite must be no worse.
#
#   --bug N   make this mistake and no other; can be given more than once
#   --list    print the mistakes and who has to see them, run nothing
#
# What the suites wrote stays in build/planted/results/N, as system.sh leaves it;
# 0 is without a mistake.
set -eu
. "$(dirname "$0")/lib/common.sh"
SYSTEM=$BUILD/planted/system
. "$(dirname "$0")/lib/kernel.sh"
. "$(dirname "$0")/lib/selftests.sh"

# Lines "number suite pattern what", tabs between.
bugs() { sed -e '/^#/d' -e '/^$/d' -e 's/\t\t*/\t/g' "$TOP/scripts/lib/system/planted"; }
bug() { bugs | awk -F'\t' -v n="$1" -v f="$2" '$1 == n { print $f }'; }

asked=()
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--list)
		bugs | awk -F'\t' '{ printf "%2d  %-10s %s\n", $1, $2, $4 }'
		exit 0 ;;
	--bug)
		[ -n "$(bug "${2-}" 1)" ] || die "--bug takes one of: $(bugs | cut -f 1 | paste -sd' '); see --help"
		asked+=("$2"); shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
[ ${#asked[@]} -gt 0 ] || mapfile -t asked < <(bugs | cut -f 1)
mapfile -t suites < <(for n in "${asked[@]}"; do bug "$n" 2; done | sort -u)
for suite in "${suites[@]}"; do
	[ -n "$(field "$suite" 1)" ] || die "there is no suite $suite in lib/suites; mend lib/system/planted"
done

results=$BUILD/planted/results
mkdir -p "$BUILD/log" "$SYSTEM" "$results/0"
exec 9>"$BUILD/system.lock"
flock -n 9 || die "a system.sh is at work in $BUILD; wait for it"

kernel_build base
# The same place in another folder: to ccache it is the same, but for one file.
KERNEL_SRC[patched]=$BUILD/planted/src-patched
KERNEL_OUT[patched]=$BUILD/planted/x86_64-patched
KERNEL_PLANT=$TOP/scripts/lib/system/planted.patch
CCACHE_BASEDIR=$BUILD/planted kernel_build patched

say "Building the tests"
mapfile -t programs < <(for s in "${suites[@]}"; do field "$s" 5 | tr ' ' '\n'; done | grep -v -x -e - | sort -u)
with_progress "$BUILD/log/planted-tests.log" selftests_build "${programs[@]}" ||
	die "a test was not built; see $BUILD/log/planted-tests.log"
initramfs_build mkfs.ext4 mkfs.xfs || die "no initramfs; see above"

# guest SUITE SIDE N SECONDS: one boot, with its files in results/N.
guest() {
	local memory append
	read -r memory append <<<"$(machine "$(field "$1" 4)")"
	rm -f "$results/$3/$1.$2."*
	kernel_boot "$2" "$4" "$results/$3/$1.$2.console" "$results/$3/$1.$2.ktap" \
		"$SYSTEM/initramfs.cpio" "$memory" "SUITE=$1 $append vm_insert_planted=$3"
}
boot() { with_progress "$BUILD/log/planted-qemu.log" guest "$@" || :; }

passed=0 failed=0
for suite in "${suites[@]}"; do
	boot "$suite" base 0 "$(field "$suite" 3)"
	start=$SECONDS
	boot "$suite" patched 0 "$(field "$suite" 3)"
	# One that hangs need not do so for as long as a slow machine may take.
	limit=$((3 * (SECONDS - start) + 30))
	if verdict=$("$TOP/scripts/lib/ktap.py" "$results/0" "$suite"); then
		say "ok: $suite without a mistake"
		passed=$((passed + 1))
	else
		say "FAIL: $suite without a mistake:" "$verdict"
		failed=$((failed + 1))
	fi
	for n in "${asked[@]}"; do
		[ "$(bug "$n" 2)" = "$suite" ] || continue
		mkdir -p "$results/$n"
		cp "$results/0/$suite.base."* "$results/$n/"
		boot "$suite" patched "$n" "$limit"
		if verdict=$("$TOP/scripts/lib/ktap.py" "$results/$n" "$suite"); then
			say "FAIL: $suite does not see that $(bug "$n" 4)"
		elif ! seen=$(grep -m 1 -F -e "$(bug "$n" 3)" <<<"$verdict"); then
			say "FAIL: $suite sees $n, $(bug "$n" 4), but says not \"$(bug "$n" 3)\":" "$verdict"
		else
			say "ok: $n, $(bug "$n" 4): ${seen:0:120}"
			passed=$((passed + 1))
			continue
		fi
		failed=$((failed + 1))
	done
done
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
