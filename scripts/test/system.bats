#!/usr/bin/env bats
# system.sh with a make that builds nothing and a qemu that writes what a file
# says: is anything passed that did not run, got worse, or made the kernel warn?

bats_require_minimum_version 1.5.0

setup() {
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	T=$(mktemp -d)
	cd "$T" || return
	export VM_INSERT_BUILD=$T/build XDG_CACHE_HOME=$T/cache MAKE=$T/make QEMU=$T/qemu NOMMU_CC=$T/gcc FAKE=$T/fake
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	mkdir -p "$T/repo" "$T/fake"
	cp -r "$REPO/scripts" "$REPO/kunit" "$T/repo/"
	# A base, and a series of one commit on it.
	local b=$T/build/base
	git init -q -b base "$b"
	mkdir -p "$b/mm" "$b/lib" "$b/scripts" "$b/tools/include" "$b/tools/testing/selftests"/{mm,net}
	touch "$b/Makefile" "$b"/mm/{Makefile,Kconfig,gup_test.h} "$b/lib/test_hmm_uapi.h"
	touch "$b/scripts/x" "$b"/tools/include/x "$b"/tools/testing/selftests/mm/x
	touch "$b/tools/testing/selftests/net/tcp_mmap.c"
	commit "$b" base
	git -C "$b" tag vm-insert-base
	mkdir "$b/mm/tests"
	printf 'config INSERT_BENCH_KUNIT\n\tbool\n\n' >"$b/mm/Kconfig"
	touch "$b"/mm/tests/{insert_bench_kunit.c,insert_kunit.h}
	echo CONFIG_SUITE=y >"$b/mm/tests/.kunitconfig"
	commit "$b" series
	git -C "$b" branch vm-insert/series
	printf 'CONFIG_A=y\n# CONFIG_B is not set\n' >"$T/repo/kunit/system.config"
	printf '%s\t%s\t9\t%s\tmm/%s\tcommand\n' one short 2G one two short pmem two three long 2G three \
		two-b long 2G two bug debug media - flat nommu 256M flat core debug vmcore vmcore_mmap >"$T/repo/scripts/lib/suites"
	printf 'CONFIG_B=y\n' >"$T/repo/kunit/debug.config"
	printf 'CONFIG_F=y\n' >"$T/repo/kunit/riscv-nommu-user.config"
	fake_tools
	good one two three two-b bug flat core
}

commit() {
	git -C "$1" add -A
	git -C "$1" -c user.name=n -c user.email=e@example.org commit -qm "$2"
}

teardown() { rm -rf "$T"; }

# What runs here takes no time, so that nothing has to wait a second for it.
sleep() { command sleep 0.01; }
export -f sleep

fake_tools() {
	cat >"$T/make" <<'EOF'
#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in
	O=*) o=${1#O=} ;;
	OUTPUT=*) output=${1#OUTPUT=} ;;
	allnoconfig) grep -vFx "$(cat "$FAKE/lost" 2>/dev/null)" "$KCONFIG_ALLCONFIG" >"$o/.config"
		cat "$FAKE/extra" >>"$o/.config" 2>/dev/null ;;
	bzImage)
		[ ! -e "$FAKE/broken" ] || { echo 'mm/memory.c:1:1: error: broken'; exit 2; }
		mkdir -p "$o/arch/x86/boot"
		echo kernel >"$o/arch/x86/boot/bzImage" ;;
	Image) mkdir -p "$o/arch/riscv/boot"; echo kernel >"$o/arch/riscv/boot/Image" ;;
	"$output"/vmcore_mmap)
		printf '#!/bin/sh\n[ ! -e "$FAKE/no-image" ] && echo "memory $*"\n' >"$1"
		chmod +x "$1" ;;
	"$output"/*)
		[ -e "$FAKE/no-${1##*/}" ] || { cat "$FAKE/source-${1##*/}" >"$1" 2>/dev/null || echo test >"$1"; chmod +x "$1"; } ;;
	esac
	shift
done
exit 0
EOF
	cat >"$T/qemu" <<'EOF'
#!/bin/bash
echo "$*" >>"$FAKE/qemu-calls"
files=()
while [ $# -gt 0 ]; do
	case $1 in
	-serial) files+=("${2#file:}"); shift ;;
	-chardev) files+=("${2#*path=}"); shift ;;
	-kernel) side=${2#*x86_64-} side=${side#*riscv-nommu-} side=${side%%[/-]*}; shift ;;
	-append)
		suite=${2#*SUITE=} suite=${suite%% *}
		[[ $2 != *vm_insert_planted=[1-9]* ]] || planted=${2#*vm_insert_planted=}
		shift ;;
	esac
	shift
done
[ -z "${planted-}" ] || [ ! -e "$FAKE/$suite.planted-$planted.ktap" ] || side=planted-$planted
[ ! -e "$FAKE/$suite.$side.hang" ] || exec sleep 60
cp "$FAKE/$suite.$side.console" "${files[0]}"
cp "$FAKE/$suite.$side.ktap" "${files[1]}"
EOF
	cat >"$T/gcc" <<'EOF'
#!/bin/bash
while [ $# -gt 0 ]; do
	case $1 in
	-o) [ -e "$FAKE/no-${2##*/}" ] || { echo test >"$2"; chmod +x "$2"; }; shift ;;
	esac
	shift
done
EOF
	chmod +x "$T/make" "$T/qemu" "$T/gcc"
}

# ktap SUITE SIDE LINE...: what the suite says on that kernel; RC is its exit
# code, LEFT the memory that is free when it has ended.
ktap() {
	local suite=$1 side=$2; shift 2
	{
		printf '# vm_insert: %s begins\r\n' "$suite"
		printf '%s\r\n' "$@"
		printf '# vm_insert: %s exit %s memory 1000000 %s\r\n' "$suite" "${RC:-0}" "${LEFT:-999900}"
	} >"$FAKE/$suite.$side.ktap"
}

console() {	# SUITE SIDE LINE...
	local suite=$1 side=$2; shift 2
	printf '[    1.000000] %s\r\n' 'Linux version' "$@" >"$FAKE/$suite.$side.console"
}

good() {
	local suite side
	for suite; do
		for side in base patched; do
			ktap "$suite" "$side" 'TAP version 13' 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third'
			console "$suite" "$side" 'all is well'
		done
	done
}

system() { run "$T/repo/scripts/system.sh" "$@"; }

@test "short suites run by default, each on both kernels, without acceleration" {
	system
	[ "$status" -eq 0 ]
	[[ $output == *'one    2/0/1  2/0/1    ok'*'two    2/0/1  2/0/1    ok'* ]]
	[[ $output == *$'\n2 passed, 0 failed' ]]
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 4 ]
	[ "$(grep -c -e '-accel tcg .*kunit.enable=0' "$FAKE/qemu-calls")" -eq 4 ]
	[ "$(grep -c 'SUITE=two .*memmap=' "$FAKE/qemu-calls")" -eq 2 ]
}

@test "--suite and --long choose, --list runs nothing" {
	system --list
	[ "$status" -eq 0 ]
	[[ $output == *one*two*three* ]]
	[ ! -e "$FAKE/qemu-calls" ]
	system --suite three
	[ "$status" -eq 0 ]
	[[ $output == *$'\n1 passed, 0 failed' ]]
	system --suite two
	[[ $output == *'two-b '*$'\n2 passed, 0 failed' ]]
	system --long
	[[ $output == *$'\n4 passed, 0 failed' ]]
	system --suite four
	[ "$status" -ne 0 ]
	[[ $output == *'one two three'* ]]
}

@test "--debug adds its suites, on kernels with more options and in more time" {
	system --suite bug
	[ "$status" -ne 0 ]
	[[ $output == *'bug needs what only --debug has' ]]
	system --debug
	[ "$status" -eq 0 ]
	[[ $output == *'bug '*$'\n4 passed, 0 failed' ]]
	[ "$(grep -c -e 'x86_64-patched-debug/arch.*vivid.*page_poison=1' "$FAKE/qemu-calls")" -eq 1 ]
	[ -e "$T/build/system/results-debug/one.base.ktap" ]
	# Of the two lines on B the later counts.
	grep -qx CONFIG_B=y "$T/build/x86_64-base-debug/wanted"
	run ! grep -q 'CONFIG_B is not set' "$T/build/x86_64-base-debug/wanted"
	# A report that only these kernels make.
	console bug patched 'BUG: KASAN: use-after-free in x'
	system --debug --suite bug
	[ "$status" -ne 0 ]
	[[ $output == *'new in the log: BUG: KASAN'* ]]
}

@test "--nommu runs its suites, and no other, on kernels of its own" {
	system --suite flat
	[ "$status" -ne 0 ]
	[[ $output == *'flat needs --nommu' ]]
	system --nommu --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'one needs an MMU' ]]
	system --nommu --debug
	[ "$status" -ne 0 ]
	[ ! -e "$FAKE/qemu-calls" ]
	system --nommu
	[ "$status" -eq 0 ]
	[[ $output == *'flat   2/0/1  2/0/1    ok'*$'\n1 passed, 0 failed' ]]
	[ "$(grep -c -e '-machine virt .*riscv-nommu-.*SUITE=flat .*COMMAND=command' "$FAKE/qemu-calls")" -eq 2 ]
	# Without the suites of KUnit.
	[ "$(cat "$T"/build/riscv-nommu-{base,patched}/wanted)" = $'CONFIG_F=y\nCONFIG_F=y' ]
	[ -x "$T/build/system-nommu/root/init" ]
	[ -x "$T/build/system-nommu/root/tests/flat" ]
	touch "$FAKE/no-flat"
	system --nommu
	[ "$status" -ne 0 ]
	[[ $output == *'mm/flat was not built'* ]]
}

@test "a machine finds what another kernel left in its memory" {
	system --debug --suite core
	[ "$status" -eq 0 ]
	[ "$(cat "$T/build/system/vmcore")" = "memory -w 1071644672" ]
	# shellcheck disable=SC2016 # no variable
	[ "$(grep -cF -e 'memmap=136M$1016M elfcorehdr=1022M page_poison=1 -device loader,file='"$T/build/system/vmcore,addr=1071644672,force-raw=on" \
		"$FAKE/qemu-calls")" -eq 2 ]
	# And no other machine.
	system --debug --suite bug
	[ "$status" -eq 0 ]
	[ "$(grep -c -e -device "$FAKE/qemu-calls")" -eq 2 ]
	# Without it, none is started: all tests would be skipped.
	touch "$FAKE/no-image"
	rm "$FAKE/qemu-calls"
	system --debug --suite core
	[ "$status" -ne 0 ]
	[[ $output == *'qemu: exit 1, see '*'DID NOT RUN'*'did not start'* ]]
	[ ! -e "$FAKE/qemu-calls" ]
	grep -q 'error: no .*/vmcore; try: ' "$T/build/log/system-qemu.log"
}

@test "--shard takes every Nth suite, all of them in the end" {
	system --long --shard 1/3
	[ "$status" -eq 0 ]
	[[ $output == *$'\n2 passed, 0 failed' ]]
	system --long --shard 2/3
	[[ $output == *$'\n1 passed, 0 failed' ]]
	system --long --shard 3/3
	[[ $output == *$'\n1 passed, 0 failed' ]]
	[ "$(grep -o 'SUITE=[a-z-]*' "$FAKE/qemu-calls" | sort -u | wc -l)" -eq 4 ]
	for wrong in 0/2 3/2 2 x 1/; do
		system --shard "$wrong"
		[ "$status" -ne 0 ]
		[[ $output == *'--shard takes K/N'* ]]
	done
	system --shard 9/9
	[ "$status" -ne 0 ]
	[[ $output == *'has no suite'* ]]
}

@test "--resume runs again what did not end, and what changed" {
	: >"$FAKE/two.base.ktap"
	system
	[ "$status" -ne 0 ]
	good two
	rm "$FAKE/qemu-calls"
	system --resume
	[ "$status" -eq 0 ]
	[[ $output == *'one: as it was before'* ]]
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 2 ]
	sed -i 's/echo kernel/echo other/' "$T/make"
	system --resume
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 6 ]
	system
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 10 ]
	# a test is the business of those that run it
	echo other >"$FAKE/source-two"
	system --resume
	[[ $output == *'one: as it was before'* ]]
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 12 ]
	# and so is the machine
	sed -i 's/1536M/1535M/' "$T/repo/scripts/lib/selftests.sh"
	system --resume
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 14 ]
}

@test "an option that the tree does not take is named" {
	echo CONFIG_A=y >"$FAKE/lost"
	system
	[ "$status" -ne 0 ]
	[[ $output == *'does not take'*'CONFIG_A=y'* ]]
	rm "$FAKE/lost"
	echo CONFIG_B=m >"$FAKE/extra"
	system
	[ "$status" -ne 0 ]
	[[ $output == *'does not take'*'CONFIG_B=m'* ]]
}

@test "a kernel that does not build is a failure, an old one no help" {
	system
	[ "$status" -eq 0 ]
	touch "$FAKE/broken"
	system
	[ "$status" -ne 0 ]
	[[ $output == *'did not build'*'error: broken'* ]]
}

@test "a test program that was not built is a failure" {
	touch "$FAKE/no-one"
	RC=127 ktap one base 'sh: one: not found'
	RC=127 ktap one patched 'sh: one: not found'
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'mm/one was not built'*'DID NOT RUN'*'1 failed' ]]
	# Even one of a long suite, which does not run.
	good one
	rm "$FAKE/no-one"
	touch "$FAKE/no-three"
	system
	[ "$status" -ne 0 ]
	[[ $output == *'mm/three was not built'*'2 passed, 0 failed' ]]
}

@test "a test that fails on the patched kernel only is named" {
	ktap one patched 'TAP version 13' 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'not ok 3 third'
	system
	[ "$status" -ne 0 ]
	[[ $output == *'2/0/1  1/1/1    WORSE'* ]]
	[[ $output == *'one: third: pass on base, fail on patched'*$'\n1 passed, 1 failed' ]]
}

@test "so is one that is skipped or missing there, and a new one that fails" {
	ktap one patched 'TAP version 13' 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third # SKIP'
	ktap two patched 'TAP version 13' 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'not ok 3 other'
	system
	[ "$status" -ne 0 ]
	[[ $output == *'one: third: pass on base, skip on patched'* ]]
	[[ $output == *'two: third: pass on base, did not run on patched'* ]]
	[[ $output == *'two: other: not on base, fail on patched'*'2 failed' ]]
}

@test "what fails on both is no worse, what is mended is said" {
	ktap one base 1..2 'not ok 1 first' 'not ok 2 second'
	ktap one patched 1..2 'not ok 1 first' 'ok 2 second'
	system --suite one
	[ "$status" -eq 0 ]
	[[ $output == *'one: fails on both: first'*'one: mended: second'* ]]
}

@test "a suite that did not start, did not end or stopped early did not run" {
	: >"$FAKE/one.patched.ktap"
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'DID NOT RUN'*'patched did not start'* ]]
	good one
	sed -i '/exit/d' "$FAKE/one.base.ktap"
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'DID NOT RUN'*'base did not end'* ]]
	for side in base patched; do
		ktap one "$side" 'TAP version 13' 1..3 'ok 1 first' 'ok 2 second'
	done
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'patched 2 of 3 tests ran'* ]]
	for side in base patched; do
		ktap one "$side" 'TAP version 13' 1..1 'ok 1 # SKIP nothing here'
	done
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'patched skipped every test'* ]]
	good one
	RC=139 ktap one patched 'TAP version 13' 1..1 'ok 1 first'
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'patched exit 139 and no failed test'* ]]
}

@test "a hang is stopped and is a failure" {
	sed -i 's/\t9\t/\t1\t/' "$T/repo/scripts/lib/suites"
	touch "$FAKE/one.patched.hang"
	system --suite one
	[ "$status" -ne 0 ]
	[[ $output == *'stopped: time limit'*'patched did not start'*'1 failed' ]]
}

# judge: without the kernels, which take the time.
judge() { run "$T/repo/scripts/lib/ktap.py" "$FAKE" one; }

@test "reports in the patched kernel's log count if base does not have them" {
	local line
	judge
	[ "$status" -eq 0 ]
	for line in 'WARNING: mm/memory.c:2500 at insert_page+0x1f/0x40, CPU#1: t/77' \
		'BUG: Bad page state in process t  pfn:01234' 'BUG: KASAN: use-after-free in x' \
		'Oops: general protection fault' 'INFO: possible recursive locking detected' \
		'unreferenced object 0xffff888100000000 (size 64):' 'kmemleak: 3 new suspected memory leaks' \
		'refcount_t: underflow; use-after-free.' 'WARNING: possible circular locking dependency detected' \
		'page dumped because: nonzero mapcount' 'rcu: INFO: rcu_sched self-detected stall on CPU'; do
		console one patched "$line"
		judge
		[ "$status" -ne 0 ]
		[[ $output == *"new in the log: $line"*'1 failed' ]]
	done
	# The same one with other numbers is no difference.
	console one patched 'WARNING: mm/gup.c:9 at pin+0x1f/0x40, CPU#1: t/77'
	console one base 'WARNING: mm/gup.c:7 at pin+0x2f/0x50, CPU#0: t/78'
	judge
	[ "$status" -eq 0 ]
	# A function in a trace is none, whatever its name.
	for line in ' ? lockdep_hardirqs_on_prepare+0xd4/0x170' 'irq from lockdep_init_map_type+0x58/0x2ac' \
		'softirqs last  enabled at (9): [<ffffffff811149a2>] lockdep_softirqs_off+0x12/0x30'; do
		console one patched 'WARNING: mm/gup.c:9 at pin+0x1f/0x40, CPU#1: t/77'
		echo "[  178.502962] $line" >>"$FAKE/one.patched.console"
		judge
		[ "$status" -eq 0 ]
	done
	# One is known to come and go on the base.
	console one patched 'WARNING: fs/dax.c:452 at dax_disassociate_entry.constprop.0+0x70/0x90, CPU#0: dax_mmap/105'
	console one base ''
	judge
	[ "$status" -eq 0 ]
	[[ $output == *'known of the base: WARNING: fs/dax.c'* ]]
	console one patched 'WARNING: mm/gup.c:9 at pin+0x1f/0x40, CPU#1: t/77'
	console one base 'BUG: Bad page map'
	judge
	[ "$status" -ne 0 ]
	[[ $output == *'gone from the log: BUG: Bad page map'* ]]
}

@test "memory that is not given back counts" {
	LEFT=900000 ktap one patched 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third'
	judge
	[ "$status" -ne 0 ]
	[[ $output == *'100000 kB not given back on patched, 100 kB on base'* ]]
	# more is free than before: that says nothing of the other kernel
	good one
	LEFT=1050000 ktap one base 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third'
	judge
	[ "$status" -eq 0 ]
}

@test "tests of one name are told apart, addresses and pagemap_ioctl's counts are not" {
	ktap one base 1..2 'ok 1 same' 'ok 2 at 0x7f00'
	ktap one patched 1..2 'ok 1 same' 'ok 2 at 0x7fff'
	judge
	[ "$status" -eq 0 ]
	ktap one base 1..1 'ok 1 Extra pages 255 (0.5%), extra thread faults 255.'
	ktap one patched 1..1 'ok 1 Extra pages 1 (0.0%), extra thread faults 1.'
	judge
	[ "$status" -eq 0 ]
	ktap one base 1..2 'ok 1 of 2 pages' 'ok 2 of 4 pages'
	ktap one patched 1..2 'ok 1 of 2 pages' 'ok 2 of 8 pages'
	judge
	[ "$status" -ne 0 ]
	[[ $output == *'of 4 pages: pass on base, did not run on patched'* ]]
	ktap one base 1..2 'ok 1 same' 'ok 2 same'
	ktap one patched 1..2 'ok 1 same' 'not ok 2 same'
	judge
	[ "$status" -ne 0 ]
	[[ $output == *'same (2): pass on base, fail on patched'* ]]
}

# A series with a line to spoil, two mistakes and what the suites say of them.
planted() {
	local b=$T/build/base lib=$T/repo/scripts/lib/system
	git -C "$b" checkout -q vm-insert/series
	printf '%s\n' one two three >"$b/mm/memory.c"
	commit "$b" memory
	git -C "$b" checkout -q base
	printf '%s\n' '--- a/mm/memory.c' '+++ b/mm/memory.c' '@@ -1,3 +1,3 @@' ' one' '-two' '+2' ' three' >"$lib/planted.patch"
	printf '%s\t%s\t\t%s\t%s\n' 1 one 'first: pass on base, fail' 'it is lost' \
		2 two 'new in the log: BUG' 'it is freed' >"$lib/planted"
	ktap one planted-1 'TAP version 13' 1..3 'not ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third'
	console one planted-1 'all is well'
	ktap two planted-2 'TAP version 13' 1..3 'ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third'
	console two planted-2 'BUG: Bad page state'
}

@test "planted.sh: each mistake is made, and only in a tree of its own" {
	planted
	run "$T/repo/scripts/planted.sh"
	[ "$status" -eq 0 ]
	[[ $output == *'ok: one without a mistake'*'ok: 1, it is lost: one: first'*'ok: 2, it is freed'*$'\n4 passed, 0 failed' ]]
	[ "$(wc -l <"$FAKE/qemu-calls")" -eq 6 ]
	grep -qx 2 "$T/build/planted/src-patched/mm/memory.c"
	[ ! -e "$T/build/src-patched" ]
	# One that is not seen, one that is seen in another way, and a bad kernel.
	good one
	cp "$FAKE/one.patched.ktap" "$FAKE/one.planted-1.ktap"
	run "$T/repo/scripts/planted.sh"
	[ "$status" -ne 0 ]
	[[ $output == *'FAIL: one does not see that it is lost'*'3 passed, 1 failed' ]]
	ktap two planted-2 'TAP version 13' 1..3 'not ok 1 first' 'ok 2 # SKIP no device' 'ok 3 third'
	console two planted-2 'all is well'
	run "$T/repo/scripts/planted.sh" --bug 2
	[ "$status" -ne 0 ]
	[[ $output == *'two sees 2, it is freed, but says not "new in the log: BUG"'*'1 passed, 1 failed' ]]
	cp "$FAKE/two.planted-2.ktap" "$FAKE/two.patched.ktap"
	run "$T/repo/scripts/planted.sh" --bug 2
	[[ $output == *'FAIL: two without a mistake'* ]]
}

@test "planted.sh: arguments, and a patch that does not apply" {
	planted
	run "$T/repo/scripts/planted.sh" --list
	[ "$status" -eq 0 ]
	[[ $output == *'1  one '*'2  two '* ]]
	run "$T/repo/scripts/planted.sh" --bug 3
	[ "$status" -ne 0 ]
	[[ $output == *'--bug takes one of: 1 2;'* ]]
	run "$T/repo/scripts/planted.sh" --bug
	[ "$status" -ne 0 ]
	run "$T/repo/scripts/planted.sh" --bugs
	[ "$status" -ne 0 ]
	[[ $output == *'unknown argument --bugs; see --help'* ]]
	[ ! -e "$FAKE/qemu-calls" ]
	sed -i 's/^-two/-four/' "$T/repo/scripts/lib/system/planted.patch"
	run "$T/repo/scripts/planted.sh" --bug 1
	[ "$status" -ne 0 ]
	[[ $output == *'planted.patch does not apply to the series any more'* ]]
}

@test "without a base, or beside another run, it says what to do" {
	exec 7>"$T/build/system.lock"
	flock 7
	system
	[ "$status" -ne 0 ]
	[[ $output == *'another system.sh'* ]]
	exec 7>&-
	rm -rf "$T/build/base"
	system
	[ "$status" -ne 0 ]
	[[ $output == *'scripts/base.sh'* ]]
}
