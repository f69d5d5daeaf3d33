# shellcheck shell=bash disable=SC2034 # shared with those who source it
# Sourced, after common.sh: the two x86_64 kernels that are compared, built from
# kunit/system.config and nothing else, so that all they differ in is the series.
# system.sh and bench.sh share them.
#
#   KERNEL_SRC[base], KERNEL_SRC[patched]   the trees to build
#   KERNEL_OUT[base], KERNEL_OUT[patched]   where; bzImage and headers in there

declare -A KERNEL_SRC=([base]=$BASE_TREE [patched]=$TREE)
declare -A KERNEL_OUT=([base]=$BUILD/x86_64-base [patched]=$BUILD/x86_64-patched)
KERNEL_CONFIG=$TOP/kunit/system.config

kernel_image() { say "${KERNEL_OUT[$1]}/arch/x86/boot/bzImage"; }
kernel_headers() { say "${KERNEL_OUT[$1]}/usr/include"; }

kernel_make() {	# base|patched ARGUMENT...
	local side=$1; shift
	"${MAKE:-make}" -C "${KERNEL_SRC[$side]}" O="${KERNEL_OUT[$side]}" ARCH=x86_64 -j"$JOBS" "$@"
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
# else make would look at every object again.
kernel_config() {
	local side=$1 out=${KERNEL_OUT[$1]} lost key
	mkdir -p "$out"
	key=$(sha256sum <"$KERNEL_CONFIG")
	if [ "$key" != "$(cat "$out/.fragment" 2>/dev/null)" ] || [ ! -f "$out/.config" ]; then
		rm -f "$out/.fragment"
		KCONFIG_ALLCONFIG=$KERNEL_CONFIG kernel_make "$side" allnoconfig
	else
		kernel_make "$side" olddefconfig
	fi || return 1
	lost=$(config_lost "$KERNEL_CONFIG" "$out/.config")
	if [ -n "$lost" ]; then
		say "error: the $side tree does not take these lines of $KERNEL_CONFIG:"
		say "$lost"
		return 1
	fi
	say "$key" >"$out/.fragment"
}

kernel_build_now() {
	# fs/fcntl.c for kcov_mmap; all of the kernel would make it slower.
	kernel_config "$1" && kernel_make "$1" KCOV_INSTRUMENT_fcntl.o=y bzImage headers
}

# kernel_build SIDE: as incremental as make is; says how long it took.
kernel_build() {
	local side=$1 start=$SECONDS log=$BUILD/log/kernel-$1.log
	[ -f "${KERNEL_SRC[$side]}/Makefile" ] || {
		say "no kernel tree in ${KERNEL_SRC[$side]}; run: scripts/base.sh && scripts/apply.sh"
		return 1
	}
	say "Building the $side kernel"
	rm -f "$(kernel_image "$side")"
	if ! with_progress "$log" kernel_build_now "$side" || [ ! -f "$(kernel_image "$side")" ]; then
		say "  the $side kernel did not build; see $log:"
		grep -A 20 -E '(^| )error|\*\*\*' "$log" | head -n 30 || tail -n 20 "$log"
		return 1
	fi
	say "  $side: $(git -C "${KERNEL_SRC[$side]}" log -1 --format='%h %s' 2>/dev/null) ($((SECONDS - start)) s)"
}

# kernel_boot SIDE SECONDS CONSOLE OUTPUT INITRD MEMORY APPEND: one boot, kernel
# messages to CONSOLE and what the guest writes to ttyS1 to OUTPUT. Never with
# hardware acceleration: /dev/kvm may be there and hang.
kernel_boot() {
	timeout --kill-after=5 "$2" "${QEMU:-qemu-system-x86_64}" -accel tcg -cpu max -smp 2 -m "$6" \
		-display none -monitor none -no-reboot -nodefaults \
		-serial "file:$3" -serial "file:$4" \
		-kernel "$(kernel_image "$1")" -initrd "$5" \
		-append "console=ttyS0 panic=-1 no5lvl kunit.enable=0 $7" </dev/null
}
