#!/usr/bin/env bats
# objects.sh on a tree of a few files, with a make, a sparse and a rustc that
# do what comments in those files tell them: is anything passed that was not
# built, not looked at, or worse than the base?

bats_require_minimum_version 1.5.0

setup() {
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	T=$(mktemp -d)
	cd "$T" || return
	export VM_INSERT_BUILD=$T/build XDG_CACHE_HOME=$T/cache MAKE=$T/make
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org
	export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
	mkdir -p "$T/repo"
	cp -r "$REPO/scripts" "$T/repo/"
	fake_tools
	B=$T/build/base
	mkdir -p "$B/mm" "$B/drivers/android/binder" "$B/include/linux" "$B/rust/kernel"
	printf 'int %s;\n' insert a b c >"$B/mm/memory.c"
	echo list >"$B/MAINTAINERS"
	echo 'vm_insert_kmem_page();' >"$B/drivers/user.c"
	echo 'not vm_insert_kmem_page_at()' >"$B/drivers/other.c"
	echo 'vma.vm_insert_page();' >"$B/drivers/android/binder/page_range.rs"
	touch "$B/drivers/android/binder/rust_binder_main.rs" "$B/rust/kernel/lib.rs" "$B/include/linux/mm.h"
	git -C "$B" init -q -b base
	git -C "$B" add -A
	git -C "$B" commit -q -m base
	git -C "$B" tag vm-insert-base
	git -C "$B" checkout -q -b vm-insert/series
	patch mm/memory.c 'int insert_kmem;'
}

teardown() { rm -rf "$T"; }

# patch FILE LINE: a commit that adds the line to the file.
patch() {
	mkdir -p "$(dirname "$B/$1")"
	echo "$2" >>"$B/$1"
	git -C "$B" add -A
	git -C "$B" commit -q -m "change $1"
}

# in_base LINE: the base's memory.c has it too, in front.
in_base() {
	git -C "$B" checkout -q base
	sed -i "1i $1" "$B/mm/memory.c"
	git -C "$B" commit -q -a --amend -m base
	git -C "$B" tag -f vm-insert-base >/dev/null
	git -C "$B" checkout -q -B vm-insert/series
	patch mm/memory.c 'int insert_kmem;'
}

fake_tools() {
	local tools=$T/cache/vm-insert/toolchain
	mkdir -p "$tools/sparse/bin" "$tools/rust/bin" "$tools/rust/root/usr/src/rustc-1/library"
	echo 'sparse 9' >"$tools/sparse/versions"
	printf '%s\n' 'rustc 9' 'rust-src 9' >"$tools/rust/versions"
	printf '#!/bin/sh\n' >"$tools/rust/bin/rustc"
	cat >"$tools/sparse/bin/sparse" <<'EOF'
#!/bin/bash
[ ! -e "$FAKE/blind-sparse" ] || exit 0
grep -n 'return -EINVAL' "$1" | sed "s|\([0-9]*\):.*|$2:\1:9: warning: incorrect type in return expression (different base types)\n$2:\1:9:    expected restricted vm_fault_t|"
grep -n '// S:' "$1" | sed "s|\([0-9]*\):// S: |$2:\1:1: warning: |"
EOF
	cat >"$T/make" <<'EOF'
#!/bin/bash
# FAKE is a folder of files that make this make misbehave.
c=0 targets=() rust=0 rc=0
while [ $# -gt 0 ]; do
	case $1 in
	-C) src=$2; shift ;;
	O=*) o=${1#O=} ;;
	C=*) c=${1#C=} ;;
	CHECK=*) check=${1#CHECK=} ;;
	RUSTC=*) rust=1 ;;
	*config) cp "$KCONFIG_ALLCONFIG" "$o/.config" ;;
	prepare)
		[ ! -e "$FAKE/broken-prepare" ] || { echo 'make: *** no compiler'; exit 2; }
		if [ "$rust" = 1 ]; then
			mkdir -p "$o/rust"
			echo '  RUSTC L rust/kernel.o'
			echo object >"$o/rust/kernel.o"
		fi ;;
	*.o) targets+=("${1%.o}") ;;
	esac
	shift
done
[ ! -e "$FAKE/idle" ] || exit 0
for t in "${targets[@]}"; do
	mkdir -p "$o/$(dirname "$t")"
	if [ "$rust" = 1 ]; then
		echo "  RUSTC [M] $t.o"
		if grep -q planted_rename "$src/drivers/android/binder/page_range.rs" && [ ! -e "$FAKE/blind-rust" ]; then
			echo 'error[E0599]: no method named `planted_rename` found'
			rc=2
			continue
		fi
	else
		echo "  CC [M]  $t.o"
		if grep -q '// BROKEN' "$src/$t.c"; then
			echo "$t.c:1:1: error: broken"
			rc=2
			continue
		fi
		[ -e "$FAKE/blind-gcc" ] || grep -n 'planted_unused' "$src/$t.c" |
			sed "s|:.*|: warning: unused [-Wunused-const-variable=]|"
		grep -n '// W:' "$src/$t.c" | sed "s|\([0-9]*\):// W: |$t.c:\1:1: warning: |"
		if [ "$c" = 1 ] && [ ! -e "$FAKE/no-check" ]; then
			echo "  CHECK   $t.c"
			"$check" "$src/$t.c" "$t.c"
		fi
		# kernel-doc, which W=1 runs after sparse.
		grep -n '// D:' "$src/$t.c" | sed "s|\([0-9]*\):// D: |Warning: $src/$t.c:\1 |"
	fi
	echo object >"$o/$t.o"
done
exit "$rc"
EOF
	chmod +x "$tools"/*/bin/* "$T/make"
	export FAKE=$T/fake
	mkdir "$FAKE"
}

# What runs here takes no time, so that nothing has to wait a second for it.
sleep() { command sleep 0.01; }
export -f sleep

objects() { run "$T/repo/scripts/objects.sh" "$@"; }

@test "every file has its rig, or none" {
	run bash -c '. "$1/scripts/lib/common.sh"; . "$1/scripts/lib/toolchain.sh"; . "$1/scripts/lib/objects.sh"
		for f in mm/memory.c mm/nommu.c mm/tests/a_kunit.c arch/arm/mm/dma-mapping.c arch/um/kernel/tlb.c \
			 drivers/gpu/drm/tegra/gem.c arch/x86/mm/fault.c rust/kernel/mm/virt.rs drivers/net/x.rs \
			 arch/s390/mm/fault.c tools/testing/vma/main.c mm/entry.S; do
			printf "%s|" "$(rigs_of "$f")"
		done; rig_lacks none' - "$T/repo"
	[ "$status" -eq 0 ]
	[[ $output == 'x86_64|riscv-nommu|x86_64 riscv-nommu|arm|um|arm|x86_64|rust|||||no rig builds'* ]]
}

@test "touched and calling objects are built, and the plants seen" {
	objects
	[ "$status" -eq 0 ]
	[[ $output == *'x86_64: 1 touched, 1 callers'* ]]
	# memory.o twice, user.o once, the planted bugs: compiler twice, sparse once.
	[[ $output == *$'\n6 passed, 0 failed' ]]
	[ ! -e "$T/build/objects-src/mm/vm_insert_plant.c" ]
}

@test "an object of an earlier run does not count" {
	mkdir -p "$T/build/objects-x86_64/mm"
	echo object >"$T/build/objects-x86_64/mm/memory.o"
	touch "$FAKE/idle"
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'mm/memory.o on x86_64, at '*' was not built'* ]]
	[[ $output == *$'\n0 passed, '* ]]
}

@test "a file that does not compile, or that no rig builds, is a failure" {
	patch drivers/user.c '// BROKEN'
	patch arch/s390/mm/fault.c 'int fault;'
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'drivers/user.o on x86_64, at '*' was not built'*'error: broken'* ]]
	[[ $output == *'rig none did not run'*'scripts/lib/objects.sh'*'arch/s390/mm/fault.c'* ]]
	[[ $output == *', 2 failed' ]]
}

@test "a tree that cannot be prepared is a failure" {
	touch "$FAKE/broken-prepare"
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'rig x86_64 did not run'*'no compiler'* ]]
}

@test "warnings of the base are let pass, new ones are not" {
	in_base '// W: old'
	sed -i '1i int above;' "$B/mm/memory.c"
	git -C "$B" commit -q -a -m 'move it down'
	objects
	[ "$status" -eq 0 ]
	patch mm/memory.c '// W: old'
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'W=1 on mm/memory.o, x86_64, at '*'does not say'*'warning: old'*', 1 failed' ]]
}

@test "kernel-doc's warnings are told from sparse's, and from old ones" {
	in_base '// D: old'
	patch drivers/user.c '// D: new'
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'W=1 on drivers/user.o'*'    Warning: drivers/user.c:2 new'*', 1 failed' ]]
}

@test "a new sparse warning is a failure" {
	in_base '// S: old'
	patch mm/memory.c '// S: wrong address space'
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'sparse on mm/memory.o'*'mm/memory.c:7:1: warning: wrong address space'*', 1 failed' ]]
	[[ $output != *'warning: old'* ]]
}

@test "a tool that sees no planted bug did not run" {
	touch "$FAKE/blind-sparse" "$FAKE/blind-gcc"
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'W=1 on x86_64 did not run'* ]]
	[[ $output == *'sparse on x86_64 did not run'*'returns an errno'*', 3 failed' ]]
	rm "$FAKE/blind-sparse" "$FAKE/blind-gcc"
	touch "$FAKE/no-check"
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'sparse on mm/memory.o, x86_64, did not run'*', 2 failed' ]]
}

@test "Rust is built when what it binds is touched, and has to see its plant" {
	patch include/linux/mm.h 'int f(void);'
	objects
	[ "$status" -eq 0 ]
	[[ $output == *'rust: 2 touched, 0 callers'*'rust: 3 passed, 0 failed'* ]]
	git -C "$T/build/objects-src" diff --quiet
	touch "$FAKE/blind-rust"
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'the Rust build did not run'*', 1 failed' ]]
}

@test "a Rust toolchain of two versions is no toolchain" {
	sed -i 's/rust-src 9/rust-src 10/' "$T/cache/vm-insert/toolchain/rust/versions"
	patch include/linux/mm.h 'int f(void);'
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'not of one version'*'rig rust did not run'* ]]
}

@test "--each sees what a later patch mends" {
	patch drivers/user.c '// W: between'
	sed -i '/between/d' "$B/drivers/user.c"
	git -C "$B" commit -q -a -m 'mend it'
	objects
	[ "$status" -eq 0 ]
	objects --each
	[ "$status" -ne 0 ]
	[[ $output == *'3/3 '*'mend it'* ]]
	[[ $output == *"drivers/user.o, x86_64, at $(git -C "$B" rev-parse --short=12 HEAD^)"*', 1 failed' ]]
}

@test "--tree builds the series in a worktree of it, and leaves none" {
	mkdir -p "$T/repo/patches" "$T/repo/coccinelle" "$T/repo/kunit"
	echo '# topic' >"$T/repo/series"
	git -C "$B" checkout -q base
	"$T/repo/scripts/refresh.sh"
	git clone -q "$B" "$T/user"
	objects --tree "$T/user"
	[ "$status" -eq 0 ]
	[[ $output == *'change mm/memory.c'*$'\n6 passed, 0 failed' ]]
	[ "$(git -C "$T/user" worktree list | wc -l)" -eq 1 ]
	[ -z "$(git -C "$T/user" status --porcelain)" ]
}

@test "without a base, or beside another run, it says what to do" {
	exec 7>"$T/build/objects.lock"
	flock 7
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'another objects.sh'* ]]
	exec 7>&-
	rm -rf "$B"
	objects
	[ "$status" -ne 0 ]
	[[ $output == *'scripts/base.sh'* ]]
}
