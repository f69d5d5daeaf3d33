# shellcheck shell=bash
# Sourced, after common.sh and kernel.sh: kselftests as static programs, and an
# initramfs of them. Both kernels get the same one, from the patched tree. And
# what lib/suites says.

SYSTEM=${SYSTEM:-$BUILD/system}
SUITES=$TOP/scripts/lib/suites
# Lines "name form limit machine programs command", tabs between.
suites_all() { sed -e '/^#/d' -e '/^$/d' -e 's/\t\t*/\t/g' "$SUITES"; }
suites_for_guest() { suites_all | cut -f 1,6; }
field() { suites_all | awk -F'\t' -v n="$1" -v f="$2" '$1 == n { print $f }'; }

# machine NAME: memory and what the kernel's command line says about it.
machine() {
	case $1 in
	media) say 3G 'vivid.n_devs=2 vivid.allocators=0,1' ;;
	pmem) say 1536M 'memmap=320M!512M memmap=128M!1024M' ;;
	pmem1g) say 7G 'memmap=3G!4G' ;;
	nvme) say 2G ;;
	vmcore) say 2G "memmap=136M\$1016M elfcorehdr=1022M" ;;
	*) say "$1" ;;
	esac
}

# selftests_copy SOURCE: what they are built from, as their makefiles write into
# the folders that they are in. tcp_mmap sends 32 GB and leaves its verdict in a
# buffer when it is killed; and with TCP_HINT=1 it leaves to the kernel to unmap
# what it has received, once there is something else to map. Otherwise nothing is
# changed.
selftests_copy() {
	local src=$1 to=$SYSTEM/src
	rm -rf "$to"
	mkdir -p "$to/tools/testing" "$to/mm" "$to/lib"
	cp "$src/mm/gup_test.h" "$to/mm/"
	cp "$src"/lib/test_hmm*.h "$to/lib/"
	cp -r "$src/scripts" "$to/"
	cp -r "$src/tools/include" "$to/tools/"
	cp -r "$src/tools/testing/selftests" "$to/tools/testing/"
	sed -i -e 's/1ULL << 35/1ULL << 26/' -e 's/pthread_exit(0)/fflush(stdout), &/' \
		-e 's/madvise(addr, zc.length, MADV_DONTNEED)/getenv("TCP_HINT") ? 0 : &/' \
		-e '/zc.address = /s/$/ zc.flags = !!getenv("TCP_HINT");/' \
		"$to/tools/testing/selftests/net/tcp_mmap.c"
}

# selftests_build PROGRAM...: all of them into $SYSTEM/bin, or an error.
selftests_build() {
	local p dir d targets rc=0
	selftests_copy "${KERNEL_SRC[patched]}"
	rm -rf "${SYSTEM:?}/bin"
	mkdir -p "$SYSTEM/bin"
	[ $# -gt 0 ] || return 0
	while read -r dir; do
		targets=()
		for p; do
			[ "$(dirname "$p")" != "$dir" ] || targets+=("$SYSTEM/bin/$(basename "$p")")
		done
		d=$SYSTEM/src/tools/testing/selftests/$dir
		[ -d "$d" ] || { say "error: no $dir among the kernel's selftests"; rc=1; continue; }
		# -k: a later one may build. MAKELEVEL would change lib.mk's mind.
		env -u MAKELEVEL "${MAKE:-make}" -k -C "$d" -j"$JOBS" ARCH=x86_64 OUTPUT="$SYSTEM/bin" \
			KHDR_INCLUDES="-isystem $(kernel_headers patched)" USERLDFLAGS=-static \
			"${targets[@]}" || rc=1
	done < <(printf '%s\n' "$@" | xargs -n 1 dirname | sort -u)
	for p; do
		[ -x "$SYSTEM/bin/$(basename "$p")" ] || { say "error: $p was not built"; rc=1; }
	done
	return "$rc"
}

# selftests_build_nommu PROGRAM...: the same for the kernels without an MMU, as
# position-independent programs with the C library of the kernel tree.
selftests_build_nommu() {
	local p rc=0 src=${KERNEL_SRC[patched]} lib=$TOP/scripts/lib/system
	local gcc=${NOMMU_CC:-riscv64-linux-gnu-gcc}
	local cc=("$gcc" -march=rv64imac_zicsr_zifencei -mabi=lp64 -O2 -Wall -fPIE
		-fvisibility=hidden -fno-stack-protector -fno-asynchronous-unwind-tables
		-nostdlib -static '-Wl,-pie,--no-dynamic-linker,-e,start_nommu'
		-nostdinc -isystem "$("$gcc" -print-file-name=include)"
		-isystem "$(kernel_headers patched)"
		-include "$src/tools/include/nolibc/nolibc.h" -I "$src/tools/include/nolibc"
		-I "$src/tools/testing/selftests")
	rm -rf "${SYSTEM:?}/bin"
	mkdir -p "$SYSTEM/bin"
	"${cc[@]}" -o "$SYSTEM/init" "$lib/nommu_init.c" "$lib/nommu_start.c" || rc=1
	for p; do
		"${cc[@]}" -o "$SYSTEM/bin/${p##*/}" "$src/tools/testing/selftests/$p.c" "$lib/nommu_start.c" || rc=1
	done
	return "$rc"
}

# bundle ROOT PROGRAM...: from this machine, with the libraries that they use.
bundle() {
	local root=$1 p path lib; shift
	mkdir -p "$root/bin"
	for p; do
		path=$(command -v "$p") || { say "error: no $p here; run: scripts/setup.sh system"; return 1; }
		cp -L "$path" "$root/bin/"
		ldd "$path" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
			mkdir -p "$root$(dirname "$lib")"
			cp -L "$lib" "$root$lib"
		done
	done
}

# initramfs_build TOOLS: /init, busybox, the tests and TOOLS of this machine.
initramfs_build() {
	local root=$SYSTEM/root guest=$TOP/scripts/lib/guest
	rm -rf "$root"
	mkdir -p "$root"/{bin,tests,proc,sys,dev,etc}
	bundle "$root" busybox "$@" || return 1
	cp "$guest"/* "$root/"
	chmod +x "$root/init"
	find "$SYSTEM/bin" -type f -perm -u+x -exec cp -t "$root/tests" {} +
	find "$root/tests" -type f -exec strip {} + 2>/dev/null || :
	suites_for_guest >"$root/suites"
	initramfs_pack
}

# Without an MMU: /init and the tests, nothing else.
initramfs_build_nommu() {
	local root=$SYSTEM/root
	rm -rf "$root"
	mkdir -p "$root/tests"
	cp "$SYSTEM/init" "$root/init" && cp -t "$root/tests" "$SYSTEM"/bin/* && initramfs_pack
}

initramfs_pack() {
	(cd "$SYSTEM/root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$SYSTEM/initramfs.cpio"
}
