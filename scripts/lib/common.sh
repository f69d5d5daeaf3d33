# shellcheck shell=bash disable=SC2034 # used by those who source it
# Sourced by every script: where things live, and a surrounding that is the
# same on every machine. Changes nothing outside the build and cache folders.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${VM_INSERT_BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/vm-insert

BASE_TREE=$BUILD/base			# the untouched base, a git tree
TREE=$BUILD/linux			# its worktree with the series applied
BRANCH=vm-insert/series
BASE_TAG=vm-insert-base
APPLIED=refs/vm-insert/applied		# what apply.sh last left on $BRANCH
ROLE='vm_insert maintainers <vm-insert@example.org>'

# Kernel tools need Debian's python3, not whatever comes first on PATH.
export PATH=$TOP/scripts/lib/ccache:/usr/bin:/bin:/usr/sbin:/sbin
export LC_ALL=C.UTF-8 CCACHE_DIR=$CACHE/ccache CCACHE_PATH=/usr/bin:/bin
# Trust the compiler about what it read: saves a preprocessor run per object.
export CCACHE_DEPEND=1 CCACHE_BASEDIR=$BUILD
JOBS=$(nproc)

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# room GB: stops, unless the disk of BUILD has that much for what is made there; what
# is there already counts. VM_INSERT_ROOM says otherwise.
room() {
	local want=${VM_INSERT_ROOM:-$1} has
	mkdir -p "$BUILD"
	has=$(df --output=avail -B 1G "$BUILD" | tail -n 1)
	[ "$has" -lt "$want" ] || return 0
	has=$((has + $(du -s -B 1G "$BUILD" | cut -f 1)))
	[ "$has" -lt "$want" ] || return 0
	die "$BUILD and the free space of its disk are $has GB together, and $want GB are needed; free some, point VM_INSERT_BUILD elsewhere, or try with less: VM_INSERT_ROOM=$has"
}

# --help prints the comment at the head of the script.
usage() { sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$0"; }

# git without the user's configuration, and with a committer of its own.
neutral_git() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
	GIT_COMMITTER_NAME='vm_insert maintainers' \
	GIT_COMMITTER_EMAIL=vm-insert@example.org \
	git -c core.hooksPath=/dev/null -c core.autocrlf=false \
		-c core.quotePath=true -c commit.gpgSign=false -c gc.auto=0 \
		-c am.threeWay=false -c am.keepcr=false -c apply.whitespace=nowarn \
		-c i18n.commitEncoding=UTF-8 -c i18n.logOutputEncoding=UTF-8 \
		-c mailinfo.scissors=false -c advice.detachedHead=false \
		-c diff.noprefix=false -c diff.mnemonicPrefix=false \
		-c diff.orderFile=/dev/null -c diff.suppressBlankEmpty=false \
		-c core.abbrev=12 "$@"
}

# Names of the patches to apply, in order.
series_entries() {
	sed -e 's/[[:space:]]*$//' -e '/^#/d' -e '/^$/d' "$TOP/series"
}

# kunit_suites TREE: the names of the series' suites, as far as that tree has them.
kunit_suites() {
	local f
	for f in "$1"/mm/tests/{vm_insert,vmf_insert,remap_pfn,pagewalk,frame_vector}_kunit.c; do
		[ ! -e "$f" ] || sed -n 's/^[[:space:]]*\.name = "\([^"]*\)",$/\1/p' "$f"
	done
}

# with_progress LOG COMMAND...: run it with its output in LOG and a sign of
# life every 30 seconds; its exit code is ours.
with_progress() {
	local log=$1 pid start=$SECONDS rc=0; shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null & pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		if [ $(((SECONDS - start) % 30)) -eq 29 ] && kill -0 "$pid" 2>/dev/null; then
			printf '  ... %3d s: %.100s\n' $((SECONDS - start)) \
				"$(grep . "$log" | tail -n 1 | tr -d '\r')"
		fi
	done
	wait "$pid" || rc=$?
	return "$rc"
}
