#!/usr/bin/env bats
# bench.py on logs of made-up kernels: does it see what ran badly, or not at all?

bats_require_minimum_version 1.5.0

setup() {
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	T=$(mktemp -d)
	mkdir "$T/x86_64" "$T/um"
	for kernel in base patched; do
		log "$kernel" 100 >"$T/x86_64/$kernel.log"
		log "$kernel" 100 >"$T/um/$kernel.log"
	done
}

teardown() { rm -rf "$T"; }

# log base|patched NS: order 9 gains 10x, order 4 gains 6x, single pages nothing.
log() {
	local array9=$2 array4=$2
	[ "$1" = base ] || array9=$(($2 / 10)) array4=$(($2 / 6))
	for round in 0 1 2; do
		echo "[ 1.0] insert_bench: bench: floor order9 warm 1000 $((5000 + round))"
		echo "[ 1.0] insert_bench: bench: vm_insert_kmem_pages order9 warm 1000 $((array9 * 1000 + round))"
		echo "[ 1.0] insert_bench: bench: vm_insert_kmem_pages order4 warm 1000 $((array4 * 1000 + round))"
		echo "[ 1.0] insert_bench: bench: vm_insert_kmem_page order0 warm 1000 $(($2 * 1000))"
	done
	for seed in $(seq 0 1099); do
		printf '[ 2.0] insert_replay: replay: %d %016x\n' "$seed" "$((seed * 3))"
	done
	printf 'bench: af_packet order4 mmap 1000 %d\r\nbench: done\r\n' "$((array4 * 1000))"
}

bench() { run "$REPO/scripts/lib/bench.py" "$@"; }

@test "the table has median, spread, ratio and distance to the floor" {
	bench "$T/x86_64" "$T/um"
	[ "$status" = 0 ]
	[[ $output =~ vm_insert_kmem_pages\ +order9\ +warm\ +1000\ insns/page\ +100\.0\ +100\.0-100\.0\ +10\.0\ +10\.0-10\.0\ +10\.00x\ +5\.0\ +2\.00 ]]
	[[ $output =~ vm_insert_kmem_pages\ +order9\ +warm\ +1000\ ns/page ]]
	[[ $output =~ af_packet\ +order4\ +mmap ]]
	[[ $output == *"1100 seeds of random insertions came out the same"* ]]
}

@test "--json has the keys that were promised" {
	bench --json "$T/out.json" "$T/x86_64"
	[ "$status" = 0 ]
	run python3 -c '
import json, sys
rows = json.load(open(sys.argv[1]))["results"]
one = [r for r in rows if r["case"] == "vm_insert_kmem_pages" and r["source"] == "order9"][0]
keys = "case source pages state unit base patched floor".split()
print([one[k] for k in keys])' "$T/out.json"
	[ "$output" = "['vm_insert_kmem_pages', 'order9', 1000, 'warm', 'insns/page', 100.0, 10.0, 5.0]" ]
}

@test "--from shows, and draws, what --json wrote" {
	bench --json "$T/was.json" "$T/x86_64"
	local table=${output#*came out the same}
	run "$REPO/scripts/bench.sh" --from "$T/was.json"
	[ "$status" = 0 ]
	[[ $table == *"$output"* ]]
	bench --from "$T/was.json" "$T/x86_64"
	[ "$status" = 2 ]
	echo '{}' >"$T/none.json"
	bench --from "$T/none.json"
	[ "$status" = 1 ]
	bench --from "$T/was.json" --plot "$T/plot.gif"
	[[ $output == *'neither .png nor .svg'* ]]
}

@test "--check passes on the same figures" {
	bench --json "$T/was.json" "$T/x86_64"
	bench --check "$T/was.json" "$T/x86_64"
	[ "$status" = 0 ]
	[[ $output == *"4 passed, 0 failed" ]]
}

@test "--check fails on a ratio below 0.95 of the committed one" {
	bench --json "$T/was.json" "$T/x86_64"
	sed -i 's/vm_insert_kmem_page order0 warm 1000 100000/vm_insert_kmem_page order0 warm 1000 106000/' "$T/x86_64/patched.log"
	bench --check "$T/was.json" "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"FAIL: vm_insert_kmem_page order0 warm 1000 insns/page: 0.94x, should be 0.95x or more"* ]]
	[[ $output == *"3 passed, 1 failed" ]]
}

@test "--check fails below the limits of orders 4 and 9, whatever was committed" {
	for kernel in base patched; do
		sed -i -E 's/(order9 warm 1000) 10...$/\1 20000/' "$T/x86_64/$kernel.log"
	done
	bench --json "$T/was.json" "$T/x86_64"
	bench --check "$T/was.json" "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"FAIL: vm_insert_kmem_pages order9 warm"*"should be 8.00x or more"* ]]
}

@test "--check fails if a case did not run, or the limits are about nothing" {
	bench --json "$T/was.json" "$T/x86_64"
	sed -i '/vm_insert_kmem_pages order4/d' "$T"/x86_64/*.log
	bench --check "$T/was.json" "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"vm_insert_kmem_pages order4 warm 1000 insns/page did not run"* ]]
	bench --json "$T/was.json" "$T/x86_64"
	bench --check "$T/was.json" "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"has no vm_insert_kmem_pages order4 warm"* ]]
}

@test "--check never fails on times" {
	bench --json "$T/was.json" "$T/x86_64" "$T/um"
	log patched 900 >"$T/um/patched.log"
	bench --check "$T/was.json" "$T/x86_64" "$T/um"
	[ "$status" = 0 ]
}

@test "a seed that came out differently fails, and is named" {
	sed -i 's/replay: 77 .*/replay: 77 00000000deadbeef/' "$T/x86_64/patched.log"
	bench "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"1 of 1100 random insertions came out differently, the first is seed 77"* ]]
}

@test "too few seeds fail" {
	sed -i '/replay: [1-9][0-9][0-9] /d' "$T"/x86_64/*.log
	bench "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"only 200 random insertions were compared"* ]]
}

@test "a kernel that stopped, warned or failed a case fails" {
	cp "$T/x86_64/patched.log" "$T/good"
	sed -i '/bench: done/d' "$T/x86_64/patched.log"
	bench "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"did not run to its end"* ]]
	for line in 'not ok 1 bench_warm' '[    1.412670]         not ok 1 order0' 'bench: kcov vmalloc failed: No such device' 'BUG: Bad page map' 'WARNING: mm/memory.c:1'; do
		{ echo "$line"; cat "$T/good"; } >"$T/x86_64/patched.log"
		bench "$T/x86_64"
		[ "$status" = 1 ]
		[[ $output == *"$line"* ]]
	done
}

@test "a case that ran on one kernel only fails" {
	sed -i '/af_packet/d' "$T/x86_64/base.log"
	bench "$T/x86_64"
	[ "$status" = 1 ]
	[[ $output == *"af_packet order4 mmap 1000 ran on one kernel only"* ]]
}

@test "bench.sh refuses unknown arguments and wants a series" {
	run env VM_INSERT_BUILD="$T/build" "$REPO/scripts/bench.sh" --rounds 0
	[ "$status" = 1 ]
	[[ $output == *"--rounds needs a number"* ]]
	git init -q "$T/build/base"
	run env VM_INSERT_BUILD="$T/build" "$REPO/scripts/bench.sh"
	[ "$status" = 1 ]
	[[ $output == *"the series is not applied; run: scripts/base.sh"* ]]
}
