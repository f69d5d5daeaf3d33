#!/bin/bash
# objects.sh [--each] [--tree DIR] - does what the series touches compile cleanly?
#
# At the tip of the applied series: builds the object of every C file that the
# series touches, and of every user of the helpers, with W=1 (x86_64
# allmodconfig; ARM, UML and riscv64 without an MMU for what belongs there);
# runs sparse over the touched ones; and builds the kernel's Rust crate and the
# Rust binder if the series touches what they use. The compilers, sparse and
# rustc must not say anything that they do not say about the base, and have to
# see a planted bug each time. Newer tools than Debian 12 has come from other
# Debian suites into the cache folder; delete its toolchain folder to renew them.
#
#   --each       after every patch instead: the objects of what it touches
#   --tree DIR   apply the series to HEAD of your kernel checkout DIR first and
#                build there, in a worktree that is removed afterwards
#
# An object that could not be built, or a tool that did not run, is a failure.
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/apt.sh"
. "$(dirname "$0")/lib/toolchain.sh"
. "$(dirname "$0")/lib/objects.sh"
. "$(dirname "$0")/lib/judge.sh"

each=0 repo=$BASE_TREE base=$BASE_TAG suffix=
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--each) each=1 ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; repo=$2 suffix=-tree; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
mkdir -p "$BUILD/log"
exec 9>"$BUILD/objects.lock"
flock -n 9 || die "another objects.sh is at work in $BUILD; wait for it"
if [ -n "$suffix" ]; then
	"$TOP/scripts/apply.sh" --tree "$repo"
	base=HEAD
fi
base=$(git -C "$repo" rev-parse -q --verify "$base^{commit}" 2>/dev/null) || die "the base is not there; run: scripts/base.sh"
tip=$(git -C "$repo" rev-parse -q --verify "$BRANCH^{commit}") || die "the series is not applied; run: scripts/apply.sh"

# A work tree of our own: nobody edits it while it is built, and the paths in
# the objects stay the same from run to run, which keeps ccache useful.
SRC=$BUILD/objects-src$suffix OBJ=$BUILD/objects$suffix
tmp=$(mktemp -d "$BUILD/objects.XXXXXX")
# shellcheck disable=SC2317 # called by trap
cleanup() {
	rm -rf "$tmp"
	[ -z "$suffix" ] || git -C "$repo" worktree remove --force "$SRC" 2>/dev/null || :
}
trap cleanup EXIT
checkout() {
	neutral_git -C "$SRC" checkout -q -f --detach "$1" && neutral_git -C "$SRC" clean -q -fdx
}
if ! [ "$(git -C "$SRC" rev-parse --path-format=absolute --git-common-dir 2>/dev/null)" = \
     "$(git -C "$repo" rev-parse --path-format=absolute --git-common-dir)" ]; then
	say "Checking out a work tree to build in"
	rm -rf "$SRC"
	git -C "$repo" worktree prune
	neutral_git -C "$repo" worktree add -q --detach "$SRC" "$tip"
fi

: >"$tmp/suspects"

# Sparse runs over C files if it could be had; if not, that has failed already.
rig_sparse() { case $1 in rust) say 0 ;; *) say "$SPARSE" ;; esac; }

# compile COMMIT RIG touched|callers FILE...
compile() {
	local commit=$1 rig=$2 set=$3 c=0 log=$BUILD/log/objects-$2-$3.log; shift 3
	[ $# -gt 0 ] || return 0
	[ "$set" = callers ] || c=$(rig_sparse "$rig")
	if [ "$rig" = rust ]; then
		judge_rust_plant
		with_progress "$log" rig_compile "$rig" 0 "$@" || :
	else
		cp "$TOP/scripts/lib/objects/plant.c" "$SRC/$PLANT"
		with_progress "$log" rig_compile "$rig" "$c" "$@" "$PLANT" || :
		rm -f "$SRC/$PLANT"
	fi
	judge "$commit" "$rig" "$set" "$c" "$log" "$@"
	[ "$rig" = rust ] || judge_plant "$commit" "$rig" "$set" "$c"
}

# build COMMIT: what $tmp/touched and $tmp/callers name, rig by rig.
build() {
	local commit=$1 rig start lacks p f log touched callers rigs
	checkout "$commit"
	mapfile -t rigs < <(sort -u "$tmp/touched" "$tmp/callers" | cut -d' ' -f1 | uniq)
	for rig in "${rigs[@]}"; do
		start=$SECONDS p=$passed f=$failed log=$BUILD/log/objects-$rig-prepare.log
		mapfile -t touched < <(sed -n "s/^$rig //p" "$tmp/touched")
		mapfile -t callers < <(sed -n "s/^$rig //p" "$tmp/callers")
		say "  $rig: ${#touched[@]} touched, ${#callers[@]} callers"
		lacks=$(rig_lacks "$rig")
		if [ -n "$lacks" ]; then
			fail "rig $rig did not run" < <(printf '%s\n' "$lacks" "${touched[@]}" "${callers[@]}")
		elif ! with_progress "$log" rig_prepare "$rig"; then
			fail "rig $rig did not run, at ${commit:0:12}: it cannot be prepared; see $log" < <(
				grep -E 'error|\*\*\*' "$log" || tail -n 20 "$log")
		else
			say "  $rig: prepared ($((SECONDS - start)) s)"
			compile "$commit" "$rig" touched "${touched[@]}"
			compile "$commit" "$rig" callers "${callers[@]}"
		fi
		say "  $rig: $((passed - p)) passed, $((failed - f)) failed ($((SECONDS - start)) s)"
	done
}

SPARSE=1
toolchain sparse || { SPARSE=0; fail 'sparse did not run' <<<'it cannot be had; see above'; }

if [ "$each" = 1 ]; then
	mapfile -t commits < <(git -C "$SRC" rev-list --reverse "$base..$tip")
else
	commits=("$tip")
fi
RUST='' n=0
for commit in "${commits[@]}"; do
	n=$((n + 1)) from=$base
	: >"$tmp/callers"
	if [ "$each" = 1 ]; then
		from=$commit^
	else
		callers_at "$commit" >"$tmp/callers.all"
	fi
	touched_by "$from" "$commit" >"$tmp/touched"
	[ "$each" = 1 ] || comm -13 "$tmp/touched" "$tmp/callers.all" >"$tmp/callers"
	say "$n/${#commits[@]} $(git -C "$SRC" log -1 --format='%h %s' "$commit")"
	if [ -z "$RUST" ] && grep -q '^rust ' "$tmp/touched"; then
		if toolchain rust; then RUST=1; else RUST=0; fi
	fi
	build "$commit"
done
settle
say "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
