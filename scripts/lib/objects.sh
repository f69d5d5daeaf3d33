# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # shared with those who source it
# Sourced by objects.sh, after common.sh and toolchain.sh: which file's object
# is built where ("rigs"), and how. SRC is the work tree to build, OBJ what the
# names of the build folders start with.

HELPERS='vm_map_pages(_zero)?|vmf_insert_page|vm_insert_kmem_(page|pages|range)'
PLANT=mm/vm_insert_plant.c
RUST_PLANT=drivers/android/binder/page_range.rs

# rigs_of FILE: the rigs that have to build it. Nothing: no rig can.
rigs_of() {
	case $1 in
	rust/*|drivers/android/binder/*.rs) say rust ;;
	*.rs|*.S|tools/*|scripts/*|samples/*) ;;
	arch/x86/*) say x86_64 ;;
	arch/arm/*|drivers/gpu/drm/tegra/*) say arm ;;
	arch/um/*) say um ;;
	arch/*) ;;
	mm/nommu.c) say riscv-nommu ;;
	mm/util.c|mm/tests/*) say 'x86_64 riscv-nommu' ;;
	*) say x86_64 ;;
	esac
}

# rust_jobs: the one crate and the one driver that all of it ends up in.
rust_jobs() { printf 'rust %s\n' rust/kernel/lib.rs drivers/android/binder/rust_binder_main.rs; }

# lines "RIG FILE" for the files that stdin names.
rig_files() {
	local f r rigs
	while read -r f; do
		rigs=$(rigs_of "$f")
		for r in ${rigs:-none}; do
			if [ "$r" = rust ]; then rust_jobs; else say "$r $f"; fi
		done
	done | sort -u
}

# touched_by FROM TO: "RIG FILE" for what is different between two commits. The
# selftests are user space: system.sh --build compiles them.
touched_by() {
	neutral_git -C "$SRC" diff --name-only --no-renames --diff-filter=d "$1" "$2" >"$tmp/names"
	{
		grep -E '\.(c|S|rs)$' "$tmp/names" | grep -v '^tools/testing/selftests/' | rig_files
		# What Rust binds.
		! grep -qxF include/linux/mm.h "$tmp/names" || rust_jobs
		# A header of UML has no object of its own; this one uses most of them.
		! grep -qE '^arch/um/.*\.h$' "$tmp/names" || say 'um mm/memory.c'
	} | sort -u
}

# callers_at COMMIT: "RIG FILE" for the helpers' users. Those under tools/ are
# user space, and have functions of the same names.
callers_at() {
	neutral_git -C "$SRC" grep -lwE "$HELPERS" "$1" -- '*.c' ':!tools' | sed 's/^[^:]*://' | rig_files
}

object_of() {
	case $1 in
	rust/kernel/*) say rust/kernel.o ;;
	*) say "${1%.*}.o" ;;
	esac
}

rig_make() {	# RIG ARGUMENT...
	local rig=$1 tools=$TOOLS/rust; shift
	case $rig in
	x86_64) set -- ARCH=x86_64 "$@" ;;
	arm) set -- ARCH=arm CROSS_COMPILE=arm-linux-gnueabi- "$@" ;;
	um) set -- ARCH=um "$@" ;;
	riscv-nommu) set -- ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu- "$@" ;;
	rust) set -- ARCH=x86_64 RUSTC="$tools/bin/rustc" HOSTRUSTC="$tools/bin/rustc" \
		RUSTDOC="$tools/bin/rustdoc" BINDGEN="$tools/bin/bindgen" \
		RUST_LIB_SRC="$(echo "$tools"/root/usr/src/rustc-*/library)" "$@" ;;
	esac
	"${MAKE:-make}" -C "$SRC" O="$OBJ-$rig" -j"$JOBS" W=1 "$@"
}

# Configure for the commit that is checked out; every line has to hold.
rig_config() {
	local rig=$1 how=allnoconfig line bad=0 fragment=$TOP/scripts/lib/objects/$1.config
	case $rig in
	x86_64) how=allmodconfig ;;
	arm) how=multi_v7_defconfig ;;
	esac
	KCONFIG_ALLCONFIG=$fragment rig_make "$rig" "$how" || return 1
	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" "$OBJ-$rig/.config" || bad=1 ;;
		'# CONFIG_'*' is not set') ! grep -q "^$(say "$line" | cut -d' ' -f2)=" "$OBJ-$rig/.config" || bad=1 ;;
		*) continue ;;
		esac
		[ "$bad" = 0 ] || { say "error: $rig: the configuration lacks: $line"; return 1; }
	done <"$fragment"
}

# Everything up to the objects. For Rust that is the kernel's crate already.
rig_prepare() {
	mkdir -p "$OBJ-$1"
	if [ "$1" = rust ]; then
		rig_make rust rustavailable || return 1
		rm -f "$OBJ-rust/rust/kernel.o"
	fi
	rig_config "$1" && rig_make "$1" -Otarget prepare
}

# rig_compile RIG C FILE...: their objects, anew, in one go; then what became
# of them is in the folder and in the log.
rig_compile() {
	local rig=$1 c=$2 f o targets=(); shift 2
	for f; do
		o=$(object_of "$f")
		[ "$o" != rust/kernel.o ] || continue
		rm -f "$OBJ-$rig/$o"
		targets+=("$o")
	done
	rig_make "$rig" -k -Otarget C="$c" CHECK="$TOOLS/sparse/bin/sparse" "${targets[@]}"
}

# What is missing for RIG; nothing if all is there.
rig_lacks() {
	case $1 in
	arm) [ -x /usr/bin/arm-linux-gnueabi-gcc ] || say 'no ARM compiler; run: scripts/setup.sh arm' ;;
	riscv-nommu) [ -x /usr/bin/riscv64-linux-gnu-gcc ] || say 'no RISC-V compiler; run: scripts/setup.sh riscv' ;;
	rust) [ "$RUST" = 1 ] || say 'no Rust toolchain; see above' ;;
	none) say 'no rig builds such a file; add it to rigs_of in scripts/lib/objects.sh' ;;
	esac
}
