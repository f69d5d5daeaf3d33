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

case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
*) die "unknown argument $1; see --help" ;;
esac

PIN_PACKAGE=linux-source-7.3
PIN_VERSION='7.3.4-1~bpo13+1'
PIN_SHA256=703e369ddd4cce971452f5a593ee55df3a5c10c83caf0fa0df039633ed181ee3
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
SUITES='trixie-backports sid'

if [ -f "$BASE_TREE/.git/vm-insert-base" ] &&
   git -C "$BASE_TREE" rev-parse -q --verify "$BASE_TAG^{commit}" >/dev/null; then
	exit 0
fi
mkdir -p "$CACHE/deb" "$BUILD/log" "$BUILD/apt/lists/partial" "$BUILD/apt/archives/partial"

# The mirror that the machine itself takes bookworm from.
mirror() {
	local f
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		awk -v RS= -v key="$KEYRING" '
			{ uri = suites = by = ""
			  n = split($0, line, "\n")
			  for (i = 1; i <= n; i++) {
				split(line[i], w, " ")
				if (line[i] ~ /^URIs:/) uri = w[2]
				if (line[i] ~ /^Suites:/) suites = w[2]
				if (line[i] ~ /^Signed-By:/) by = w[2]
			  }
			  if (suites == "bookworm" && by == key) { print uri; exit } }' "$f"
	done
	# One-line entries, as debootstrap writes them.
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) bookworm .*/\2/p'
}

private_apt() {
	local cmd=$1; shift
	"$cmd" -q -o Dir::Etc::sourcelist="$BUILD/apt/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::State::lists="$BUILD/apt/lists" \
		-o Dir::Cache="$BUILD/apt" -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 "$@"
}

setup_apt() {
	local m s
	[ -r "$KEYRING" ] || die "$KEYRING is missing; run: apt-get install debian-archive-keyring"
	m=$(mirror | head -n 1)
	[ -n "$m" ] || die "no apt source for bookworm signed by $KEYRING; add one to /etc/apt/sources.list.d"
	for s in $SUITES; do
		say "deb [signed-by=$KEYRING] $m $s main"
	done >"$BUILD/apt/sources.list"
	with_progress "$BUILD/log/base-apt.log" private_apt apt-get update ||
		die "apt-get update failed; see $BUILD/log/base-apt.log, then run the script again"
}

# Versions of package $1, newest first.
versions() { private_apt apt-cache madison "$1" | awk '{ print $3 }' | sort -Vr | uniq; }

fetch() {	# PACKAGE VERSION
	(cd "$CACHE/deb" &&
	 with_progress "$BUILD/log/base-download.log" private_apt apt-get download "$1=$2")
}

deb_of() { say "$CACHE/deb/$1_$(say "$2" | sed 's/:/%3a/')_all.deb"; }

pinned_is_good() {
	[ -f "$1" ] && say "$PIN_SHA256  $1" | sha256sum -c --status
}

deb=$(deb_of "$PIN_PACKAGE" "$PIN_VERSION") version=$PIN_VERSION
if ! pinned_is_good "$deb"; then
	say "Downloading $PIN_PACKAGE $PIN_VERSION (160 MB)"
	rm -f "$deb"
	setup_apt
	fetch "$PIN_PACKAGE" "$PIN_VERSION" || :
	if [ -f "$deb" ] && ! pinned_is_good "$deb"; then
		rm -f "$deb"
		die "$PIN_PACKAGE $PIN_VERSION does not have the pinned sha256; nothing was kept, run the script again"
	fi
fi
if [ ! -f "$deb" ]; then
	for p in "$PIN_PACKAGE" $(private_apt apt-cache pkgnames linux-source-7. | sort -Vr); do
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
