#!/bin/bash
# base.sh - get the base tree, Linux 7.3.4, as a git repository in build/base
#
# Downloads Debian's linux-source package through the machine's own mirror,
# with an apt configuration of its own, and commits what is in it. Order:
# the pinned version, checked by sha256; the newest 7.3.y; the newest 7.z. The
# latter two rest on apt's signature and are said aloud. The package stays in
# the cache folder; whatever an interrupted run left is used or made again.
set -eu
. "$(dirname "$0")/lib/common.sh"
APT_DIR=$BUILD/apt
. "$(dirname "$0")/lib/apt.sh"

case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
*) die "unknown argument $1; see --help" ;;
esac

PIN_PACKAGE=linux-source-7.3
PIN_VERSION='7.3.4-1~bpo13+1'
PIN_SHA256=703e369ddd4cce971452f5a593ee55df3a5c10c83caf0fa0df039633ed181ee3
SUITES='trixie-backports sid'

if [ -f "$BASE_TREE/.git/vm-insert-base" ] &&
   git -C "$BASE_TREE" rev-parse -q --verify "$BASE_TAG^{commit}" >/dev/null; then
	exit 0
fi
room 6
mkdir -p "$CACHE/deb" "$BUILD/log"

# Versions of package $1, newest first.
versions() { apt_private apt-cache madison "$1" | awk '{ print $3 }' | sort -Vr | uniq; }

fetch() {	# PACKAGE VERSION
	(cd "$CACHE/deb" &&
	 with_progress "$BUILD/log/base-download.log" apt_private apt-get download "$1=$2")
}

deb_of() { say "$CACHE/deb/$1_$(say "$2" | sed 's/:/%3a/')_all.deb"; }

pinned_is_good() {
	[ -f "$1" ] && say "$PIN_SHA256  $1" | sha256sum -c --status
}

deb=$(deb_of "$PIN_PACKAGE" "$PIN_VERSION") version=$PIN_VERSION
if ! pinned_is_good "$deb"; then
	say "Downloading $PIN_PACKAGE $PIN_VERSION (160 MB)"
	rm -f "$deb"
	# shellcheck disable=SC2086 # two suites
	apt_lists $SUITES || exit 1
	fetch "$PIN_PACKAGE" "$PIN_VERSION" || :
	if [ -f "$deb" ] && ! pinned_is_good "$deb"; then
		rm -f "$deb"
		die "$PIN_PACKAGE $PIN_VERSION does not have the pinned sha256; nothing was kept, run the script again"
	fi
fi
if [ ! -f "$deb" ]; then
	for p in "$PIN_PACKAGE" $(apt_private apt-cache pkgnames linux-source-7. | sort -Vr); do
		for v in $(versions "$p"); do
			fetch "$p" "$v" || continue
			deb=$(deb_of "$p" "$v") version=$v
			break 2
		done
	done
	[ -f "$deb" ] || die "no linux-source-7.* can be had; see $BUILD/log/base-download.log"
	say "WARNING: $PIN_PACKAGE $PIN_VERSION is gone from the mirror."
	say "WARNING: the base is $version instead, verified by apt's signature only;"
	say "WARNING: the series is applied with git am -3 and may need to be refreshed."
fi

say "Unpacking $(basename "$deb")"
[ ! -d "$BASE_TREE" ] || git -C "$BASE_TREE" worktree prune 2>/dev/null || :
rm -rf "$BASE_TREE" "$TREE"
mkdir -p "$BASE_TREE"
unpack() {
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		xz -dc -T0 | tar -x -C "$BASE_TREE" --strip-components=1
}
with_progress "$BUILD/log/base-unpack.log" unpack
[ -f "$BASE_TREE/mm/memory.c" ] || die "$deb holds no kernel source; delete it and run the script again"

say "Committing the base (one commit, 90 thousand files)"
commit() {
	cd "$BASE_TREE"
	neutral_git init -q -b base .
	# Debian's top-level .gitignore ignores everything.
	neutral_git add -f -A .
	GIT_AUTHOR_NAME='vm_insert maintainers' GIT_AUTHOR_EMAIL=vm-insert@example.org \
	GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' \
		neutral_git commit -q -m "Linux $version as Debian ships it"
	neutral_git tag "$BASE_TAG"
	git config notes.rewriteRef refs/notes/commits
	git config gc.auto 0
	git config user.name 'vm_insert maintainers'
	git config user.email vm-insert@example.org
}
with_progress "$BUILD/log/base-commit.log" commit
[ "$version" = "$PIN_VERSION" ] || touch "$BASE_TREE/.git/vm-insert-not-pinned"
say "$version" >"$BASE_TREE/.git/vm-insert-base"
