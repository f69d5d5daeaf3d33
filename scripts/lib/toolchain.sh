# shellcheck shell=bash disable=SC2034 # used by those who source it
# Sourced, after common.sh and apt.sh: tools that Debian 12 has too old.
#
# Each is a set of packages of one suite, unpacked (never installed) into the
# cache folder together with that suite's C library, and run through that
# library's own loader: the programs need a newer one than this machine has.

TOOLS=$CACHE/toolchain
# Debian 12's sparse 0.6.4 fails on __typeof_unqual__, and kbuild then skips
# it with a warning; only sid has a newer one.
SPARSE_SUITE=sid
SPARSE_PACKAGES='sparse libc6'
# rustc, the source of its library, bindgen and libclang of one release:
# trixie has just what Linux 7.3 asks for, and it stays there.
RUST_SUITE=trixie
RUST_PACKAGES='rustc libstd-rust-1.85 libstd-rust-dev rust-src bindgen
	libclang1-19 libllvm19 libgcc-s1 libstdc++6 libedit2 libffi8 libxml2 libz3-4
	libzstd1 zlib1g libc6 libbsd0 libmd0 libtinfo6 liblzma5 libicu76'

# wrapper DIR PROGRAM [ENVIRONMENT]: DIR/bin/PROGRAM runs the unpacked one.
wrapper() {
	mkdir -p "$1/bin"
	cat >"$1/bin/$2" <<-EOF
		#!/bin/sh
		# $2 with the C library that it was unpacked with.
		root=\$(dirname "\$0")/../root
		lib=\$root/usr/lib/x86_64-linux-gnu
		${3:+export $3}
		exec "\$lib/ld-linux-x86-64.so.2" --library-path "\$lib" "\$root/usr/bin/$2" "\$@"
	EOF
	chmod +x "$1/bin/$2"
}

# unpack NAME SUITE PACKAGE...: into $TOOLS/NAME, whole or not at all.
unpack() {
	local name=$1 suite=$2 new=$TOOLS/$1.new deb; shift 2
	rm -rf "$new"
	mkdir -p "$new/deb" "$new/root"
	apt_lists "$suite" || return 1
	(cd "$new/deb" && with_progress "$BUILD/log/$name-download.log" \
		apt_private apt-get download "${@/%//$suite}") ||
		{ say "$suite does not give all of: $*; see $BUILD/log/$name-download.log"; return 1; }
	for deb in "$new"/deb/*.deb; do
		case $deb in
		*/rust-src_*)	# of its 600 MB only this is needed
			dpkg-deb --fsys-tarfile "$deb" |
				tar -x -C "$new/root" --wildcards './usr/src/rustc-*/library' ;;
		*) dpkg -x "$deb" "$new/root" ;;
		esac || { say "$deb cannot be unpacked"; return 1; }
		dpkg-deb -W --showformat="\${Package} \${Version}\n" "$deb" >>"$new/versions"
	done
	rm -rf "$new/deb"
	case $name in
	sparse) wrapper "$new" sparse ;;
	rust)
		wrapper "$new" rustc
		wrapper "$new" rustdoc
		wrapper "$new" bindgen "LIBCLANG_PATH=\$lib" ;;
	esac
	rm -rf "${TOOLS:?}/$name"
	mv "$new" "$TOOLS/$name"
}

version_of() { sed -n "s/^$1 //p" "$TOOLS/rust/versions"; }

# toolchain sparse|rust: have it, and say which versions; or say why not and
# return 1. What the cache folder holds is used as it is.
toolchain() {
	local name=$1 dir=$TOOLS/$1 suite packages shown
	case $name in
	sparse) suite=$SPARSE_SUITE packages=$SPARSE_PACKAGES shown='sparse libc6' ;;
	rust) suite=$RUST_SUITE packages=$RUST_PACKAGES shown='rustc rust-src bindgen libclang1-19 libc6' ;;
	esac
	mkdir -p "$TOOLS"
	(
		flock 8	# another clone may be at it, in the same cache folder
		[ ! -f "$dir/versions" ] || exit 0
		say "$name: getting it from Debian $suite, for the cache folder only"
		# shellcheck disable=SC2086 # a list
		unpack "$name" "$suite" $packages
	) 8>"$TOOLS/lock" || return 1
	say "$name: from Debian $suite: $(grep -E "^(${shown// /|}) " "$dir/versions" | paste -sd, | sed 's/,/, /g')"
	[ "$name" != rust ] || [ "$(version_of rustc)" = "$(version_of rust-src)" ] ||
		{ say "rustc and rust-src are not of one version; delete $dir and run the script again"; return 1; }
}
