# shellcheck shell=bash disable=SC2034 # shared with those who source it
# Sourced, after common.sh: the two x86_64 kernels that are compared, built from
# kunit/system.config and nothing else, so that all they differ in is the series
# (kernel_nommu: riscv64 kernels, from kunit/riscv-nommu-user.config).
# system.sh, bench.sh and kunit.sh share them.
#
#   KERNEL_SRC[base], KERNEL_SRC[patched]   the trees to build, both with the
#                                           benchmark of the series
#   KERNEL_OUT[base], KERNEL_OUT[patched]   where; image and headers in there

declare -A KERNEL_SRC=([base]=$BUILD/src-base [patched]=$BUILD/src-patched)
declare -A KERNEL_OUT=([base]=$BUILD/x86_64-base [patched]=$BUILD/x86_64-patched)
KERNEL_CONFIGS=("$TOP/kunit/system.config")
KERNEL_ARCH=(ARCH=x86_64) KERNEL_IMAGE=arch/x86/boot/bzImage KERNEL_KIND=''
KERNEL_REPO=$BASE_TREE KERNEL_BASE=$BASE_TAG

# kernel_debug: the same with kunit/debug.config, which is slower in everything.
kernel_debug() {
	local side
	KERNEL_CONFIGS+=("$TOP/kunit/debug.config") KERNEL_KIND=-debug
	for side in base patched; do
		KERNEL_OUT[$side]+=-debug
	done
}

# kernel_nommu: riscv64 without an MMU instead, of the same trees.
kernel_nommu() {
	local side
	KERNEL_CONFIGS=("$TOP/kunit/riscv-nommu-user.config") KERNEL_KIND=-nommu
	KERNEL_ARCH=(ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu-) KERNEL_IMAGE=arch/riscv/boot/Image
	for side in base patched; do
		KERNEL_OUT[$side]=$BUILD/riscv-nommu-$side
	done
}

# kernel_user_tree DIR: HEAD of DIR is the base, and the series goes on top.
kernel_user_tree() {
	local side
	"$TOP/scripts/apply.sh" --tree "$1" || return 1
	KERNEL_REPO=$1 KERNEL_BASE=HEAD
	for side in base patched; do
		KERNEL_SRC[$side]=$BUILD/src-$side-tree
		KERNEL_OUT[$side]+=-tree
	done
	trap kernel_user_tree_leave EXIT
}

kernel_user_tree_leave() {
	local side
	for side in base patched; do
		git -C "$KERNEL_REPO" worktree remove --force "${KERNEL_SRC[$side]}" 2>/dev/null || :
	done
}

# write FILE: stdin to it, unless that is there already: make goes by times.
write() { cat >"$1.new"; if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi; }
of_series() { git -C "$KERNEL_REPO" cat-file blob "$BRANCH:$1"; }

# kernel_source SIDE: a worktree with the benchmark, and with what is no part of
# the series: the comparison of random insertions, the page walker's costs, and
# persistent memory without PCI.
kernel_source() {
	local dir=${KERNEL_SRC[$1]} commit=$KERNEL_BASE common f
	[ "$1" = base ] || commit=$BRANCH
	git -C "$KERNEL_REPO" cat-file -e "$BRANCH:mm/tests/insert_bench_kunit.c" 2>/dev/null || {
		say "the series is not applied; run: scripts/base.sh && scripts/apply.sh"
		return 1
	}
	commit=$(git -C "$KERNEL_REPO" rev-parse "$commit^{commit}") || return 1
	common=$(git -C "$KERNEL_REPO" rev-parse --path-format=absolute --git-common-dir) || return 1
	if [ "$(git -C "$dir" rev-parse --path-format=absolute --git-common-dir 2>/dev/null)" != "$common" ]; then
		rm -rf "$dir"
		git -C "$KERNEL_REPO" worktree prune
		neutral_git -C "$KERNEL_REPO" worktree add -q --detach "$dir" "$commit" || return 1
	elif [ "$(git -C "$dir" rev-parse HEAD)" != "$commit" ]; then
		neutral_git -C "$dir" checkout -q -f --detach "$commit" || return 1
	fi
	for f in insert_bench_kunit.c insert_kunit.h; do
		of_series "mm/tests/$f" | write "$dir/mm/tests/$f"
	done
	write "$dir/mm/tests/memmap_late.c" <"$TOP/scripts/lib/system/memmap_late.c"
	write "$dir/mm/tests/insert_bench_compat.h" <"$TOP/scripts/lib/bench/insert_bench_compat.h"
	for f in insert_replay_kunit insert_walk_kunit insert_frames_kunit; do
		write "$dir/mm/tests/$f.c" <"$TOP/scripts/lib/bench/$f.c"
	done
	{
		git -C "$dir" cat-file blob HEAD:mm/Kconfig
		[ "$1" = patched ] || of_series mm/Kconfig | sed -n '/^config INSERT_BENCH_KUNIT/,/^$/p'
	} | write "$dir/mm/Kconfig"
	{
		git -C "$dir" cat-file blob HEAD:mm/Makefile
		# shellcheck disable=SC2016 # for make to expand
		[ "$1" = patched ] || printf '%s\n' \
			'obj-$(CONFIG_INSERT_BENCH_KUNIT) += tests/insert_bench_kunit.o' \
			'CFLAGS_tests/insert_bench_kunit.o += -include $(srctree)/mm/tests/insert_bench_compat.h' \
			'CFLAGS_tests/insert_replay_kunit.o += -include $(srctree)/mm/tests/insert_bench_compat.h' \
			'CFLAGS_tests/insert_walk_kunit.o += -include $(srctree)/mm/tests/insert_bench_compat.h'
		# shellcheck disable=SC2016
		printf '%s\n' 'obj-$(CONFIG_INSERT_BENCH_KUNIT) += tests/insert_replay_kunit.o tests/insert_walk_kunit.o tests/insert_frames_kunit.o' \
			'obj-$(CONFIG_X86_PMEM_LEGACY) += tests/memmap_late.o'
	} | write "$dir/mm/Makefile"
	[ "$1" = base ] || [ -z "${KERNEL_PLANT-}" ] || kernel_plant "$dir"
}

# kernel_plant DIR: with the patch KERNEL_PLANT, on mm/memory.c, which is in no
# other tree.
kernel_plant() {
	local work=$BUILD/planted/work
	mkdir -p "$work/mm"
	git -C "$1" cat-file blob HEAD:mm/memory.c >"$work/mm/memory.c" || return 1
	(cd "$work" && GIT_CEILING_DIRECTORIES=$BUILD/planted neutral_git apply -C1 "$KERNEL_PLANT") || {
		say "$KERNEL_PLANT does not apply to the series any more; mend it"
		return 1
	}
	write "$1/mm/memory.c" <"$work/mm/memory.c"
}

kernel_image() { say "${KERNEL_OUT[$1]}/$KERNEL_IMAGE"; }
kernel_headers() { say "${KERNEL_OUT[$1]}/usr/include"; }

kernel_make() {	# base|patched ARGUMENT...
	local side=$1; shift
	"${MAKE:-make}" -C "${KERNEL_SRC[$side]}" O="${KERNEL_OUT[$side]}" "${KERNEL_ARCH[@]}" -j"$JOBS" "$@"
}

# config_last: of several lines on one symbol the last.
config_last() {
	tac | awk '/^CONFIG_/ { split($0, s, "="); if (!(s[1] in seen)) print; seen[s[1]] = 1 }
		/^# CONFIG_.* is not set$/ { if (!($2 in seen)) print; seen[$2] = 1 }' | tac
}

# config_lost FRAGMENT CONFIG: lines of FRAGMENT that CONFIG does not fulfil.
config_lost() {
	local line
	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" "$2" || say "$line" ;;
		'# CONFIG_'*' is not set')
			line=${line#\# } line=${line%% *}
			! grep "^$line=" "$2" || : ;;
		esac
	done <"$1"
}

# kernel_config SIDE: .config of its own only if it is another one than before,
# else make would look at every object again. The series' suites come on top.
kernel_config() {
	local side=$1 out=${KERNEL_OUT[$1]} lost key
	mkdir -p "$out"
	{
		cat "${KERNEL_CONFIGS[@]}"
		[ "$side" = base ] || [ "$KERNEL_KIND" = -nommu ] || cat "${KERNEL_SRC[$side]}/mm/tests/.kunitconfig"
	} | config_last >"$out/wanted"
	key=$(sha256sum <"$out/wanted")
	if [ "$key" != "$(cat "$out/.fragment" 2>/dev/null)" ] || [ ! -f "$out/.config" ]; then
		rm -f "$out/.fragment"
		KCONFIG_ALLCONFIG=$out/wanted kernel_make "$side" allnoconfig
	else
		kernel_make "$side" olddefconfig
	fi || return 1
	lost=$(config_lost "$out/wanted" "$out/.config")
	if [ -n "$lost" ]; then
		say "error: the $side tree does not take these lines of $out/wanted:"
		say "$lost"
		return 1
	fi
	say "$key" >"$out/.fragment"
}

kernel_build_now() {
	# fs/fcntl.c for kcov_mmap; all of the kernel would make it slower.
	kernel_config "$1" && kernel_make "$1" KCOV_INSTRUMENT_fcntl.o=y "${KERNEL_IMAGE##*/}" headers
}

# kernel_build SIDE: as incremental as make is; says how long it took.
kernel_build() {
	local side=$1 start=$SECONDS log=$BUILD/log/kernel-$1$KERNEL_KIND.log
	kernel_source "$side" || return 1
	say "Building the $side kernel"
	rm -f "$(kernel_image "$side")"
	if ! with_progress "$log" kernel_build_now "$side" || [ ! -f "$(kernel_image "$side")" ]; then
		say "  the $side kernel did not build; see $log:"
		grep -A 20 -E '(^| )error|\*\*\*' "$log" | head -n 30 || tail -n 20 "$log"
		return 1
	fi
	say "  $side: $(git -C "${KERNEL_SRC[$side]}" log -1 --format='%h %s' 2>/dev/null) ($((SECONDS - start)) s)"
}

# kernel_boot SIDE SECONDS CONSOLE OUTPUT INITRD MEMORY APPEND [ARGUMENT]...: one
# boot, kernel messages to CONSOLE and what the guest writes to ttyS1, or without
# an MMU to hvc0, to OUTPUT. /dev/null is no INITRD; qemu gets the ARGUMENTs. Never
# with hardware acceleration: /dev/kvm may be there and hang.
# qemu makes cores of -smp 2, and x86 without ACPI finds one in each socket. It
# panics if ten ticks do not come in time, which they don't if this machine is busy.
kernel_boot() {
	local initrd=() machine=(qemu-system-x86_64 -cpu max -smp '2,sockets=2' -serial "file:$3" -serial "file:$4") append='no5lvl no_timer_check'
	[ "$KERNEL_KIND" != -nommu ] || append='' machine=(qemu-system-riscv64 -machine virt -bios none -serial "file:$3"
		-device virtio-serial-device -chardev "file,id=out,path=$4" -device "virtconsole,chardev=out")
	[ "$5" = /dev/null ] || initrd=(-initrd "$5")
	timeout --kill-after=5 "$2" "${QEMU:-${machine[0]}}" -accel tcg "${machine[@]:1}" -m "$6" \
		-display none -monitor none -no-reboot -nodefaults \
		-kernel "$(kernel_image "$1")" "${initrd[@]}" \
		-append "console=ttyS0 panic=-1 $append kunit.enable=0 $7" "${@:8}" </dev/null
}
