#!/usr/bin/env bats
# cocci.sh: what it finds, what it changes, and what it says about bad input.

bats_require_minimum_version 1.5.0
stderr=

setup() {
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	T=$(mktemp -d)
	export VM_INSERT_BUILD=$T/build XDG_CACHE_HOME=$T/cache
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	mkdir -p "$T/driver/sub"
	cp "$REPO/coccinelle/tests/vm-array-return.c" "$T/driver/mmap.c"
	cp "$REPO/coccinelle/tests/vmf-switch.c" "$T/driver/sub/fault.c"
	cp "$REPO/coccinelle/tests/vm-nothing.c" "$T/driver/nothing.c"
	cd "$T" || return 1
}

teardown() { rm -rf "$T"; }

cocci() { run --separate-stderr "$REPO/scripts/cocci.sh" "$@"; }

# A spatch that says another version and does nothing.
fake_spatch() {
	printf '#!/bin/sh\necho "%s"\n' "$1" >"$T/spatch"
	chmod +x "$T/spatch"
	export SPATCH=$T/spatch
}

@test "an out-of-tree driver: both contexts, by directory and by file" {
	cocci driver
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ $output == *'driver/mmap.c:10:8: vm_insert_page() in ring_mmap(), no fault: batch-array'* ]]
	[[ $output == *'driver/sub/fault.c:13:7: vm_insert_page() in gem_fault(), fault handler: rewrite'* ]]
	[[ $stderr == *'2 findings in 3 files, 0 not understood'* ]]
	cocci driver/mmap.c
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "nothing to find is 0" {
	cocci driver/nothing.c
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "--patch prints a diff that applies, and changes nothing" {
	cp -r driver before
	cocci --patch driver
	[ "$status" -eq 0 ]
	diff -r before driver
	printf '%s\n' "$output" >the.diff
	patch -s -p1 <the.diff
	grep -q 'vm_insert_kmem_pages(vma, vma->vm_start, ring->pages, &nr_pages)' driver/mmap.c
	grep -q 'return vmf_insert_page(' driver/sub/fault.c
}

@test "--in-place changes the files; then there is nothing left" {
	cocci --in-place driver
	[ "$status" -eq 0 ]
	[[ $output == *'changed: driver/mmap.c'* ]]
	diff driver/mmap.c "$REPO/coccinelle/tests/vm-array-return.res"
	diff driver/sub/fault.c "$REPO/coccinelle/tests/vmf-switch.res"
	cocci driver
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "--in-place --cocci runs one of them" {
	cocci --in-place --cocci "$REPO/coccinelle/vmf_insert_page.cocci" driver/mmap.c driver/sub/fault.c
	[ "$status" -eq 0 ]
	diff driver/mmap.c "$REPO/coccinelle/tests/vm-array-return.c"
	diff driver/sub/fault.c "$REPO/coccinelle/tests/vmf-switch.res"
}

@test "--tree: tracked files only, names relative to it, Rust is named" {
	mkdir -p tree/include/linux tree/rust
	: >tree/include/linux/mm.h
	cp driver/mmap.c tree/
	echo 'fn f() { vm_insert_page(1); } // vm_insert_page' >tree/rust/a.rs
	git -C tree init -q
	git -C tree add -A
	cp driver/mmap.c tree/scratch.c
	cocci --tree tree
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = 'mmap.c:10:8: vm_insert_page() in ring_mmap(), no fault: batch-array' ]
	[ "${lines[1]}" = 'rust/a.rs:1:9: vm_insert_page(): leave: Rust' ]
	[ "${#lines[@]}" -eq 2 ]
	cocci --tree tree --in-place mmap.c
	[ "$status" -eq 0 ]
	diff tree/mmap.c "$REPO/coccinelle/tests/vm-array-return.res"
}

@test "a file that spatch cannot parse: named, the others are done, 3" {
	cp "$REPO/coccinelle/tests/vm-not-parsed.c" driver/
	cocci driver
	[ "$status" -eq 3 ]
	[[ $output == *'driver/vm-not-parsed.c:6:9: vm_insert_page(): leave: not understood'* ]]
	[[ $output == *'driver/mmap.c:10:8: '*batch-array* ]]
	[[ $stderr == *'1 not understood or not checked'* ]]
	printf 'vm_insert_page ( ] } {{{\377\001' >driver/noise.c
	cocci driver/noise.c driver/mmap.c
	[ "$status" -eq 3 ]
	[[ $output == *'driver/noise.c:1:0: vm_insert_page(): leave: not understood'* ]]
	[[ $output == *'driver/mmap.c:10:8: '*batch-array* ]]
}

@test "a spatch that fails on a file: named, 3" {
	printf '#!/bin/sh\ncase $* in *--version) exec spatch --version ;; *mmap.c) exit 7 ;; esac\nexec spatch "$@"\n' >"$T/spatch"
	chmod +x "$T/spatch"
	SPATCH=$T/spatch cocci driver
	[ "$status" -eq 3 ]
	[[ $stderr == *'could not be checked: driver/mmap.c'* ]]
	[[ $output == *'driver/sub/fault.c:13:7: '*rewrite* ]]
}

@test "a directory without C files, and a file that is not there: named, 3" {
	mkdir empty
	cocci empty driver nowhere.c
	[ "$status" -eq 3 ]
	[[ $stderr == *'empty: no C files'* ]]
	[[ $stderr == *'nowhere.c: no such file'* ]]
	[ "${#lines[@]}" -eq 2 ]
}

@test "spatch missing, too old or something else: 2" {
	SPATCH=$T/none cocci driver
	[ "$status" -eq 2 ]
	[[ $stderr == *'is missing'*'apt-get install coccinelle'* ]]
	fake_spatch 'spatch version 1.0.4 compiled with OCaml version 4.02.3'
	cocci driver
	[ "$status" -eq 2 ]
	[[ $stderr == *'1.0.4 is too old, 1.0.8 is needed'* ]]
	fake_spatch 'hello'
	cocci driver
	[ "$status" -eq 2 ]
	[[ $stderr == *'does not tell its version'* ]]
}

@test "wrong usage: 2" {
	cocci --no-such-thing
	[ "$status" -eq 2 ]
	[[ $stderr == *'--help'* ]]
	cocci --tree driver
	[ "$status" -eq 2 ]
	[[ $stderr == *'no kernel tree'* ]]
	cocci --cocci nowhere.cocci driver
	[ "$status" -eq 2 ]
	cocci
	[ "$status" -eq 2 ]
	[[ $stderr == *'scripts/apply.sh'* ]]
}

@test "there are pairs enough, and a wrong one is seen" {
	[ "$(find "$REPO/coccinelle/tests" -name '*.c' | wc -l)" -ge 30 ]
	[ "$(find "$REPO/coccinelle/tests" -name '*.c' | wc -l)" -eq \
		"$(find "$REPO/coccinelle/tests" -name '*.res' | wc -l)" ]
	mkdir -p repo/coccinelle/tests
	cp -r "$REPO/scripts" repo/
	cp "$REPO"/coccinelle/*.cocci repo/coccinelle/
	cp "$REPO"/coccinelle/tests/vm-single.* repo/coccinelle/tests/
	sed -i 's/vm_insert_kmem_page(/vm_insert_kmem(/' repo/coccinelle/tests/vm-single.res
	run repo/scripts/cocci.sh --test
	[ "$status" -eq 1 ]
	[[ $output == *'FAIL: vm-single.c'*'0 passed, 1 failed' ]]
}
