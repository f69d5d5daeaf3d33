#!/bin/bash
# roundtrip.sh - do the ways to apply the queue agree?
#
# refresh.sh writes back, byte for byte, what apply.sh applied, notes included.
# git am, git quiltimport, quilt push -a, and b4 shazam on the mbox that send.sh
# makes end in the tree of the branch; quilt pop -a leads back to the base; and
# every topic applies on top of those that it needs. Needs an applied series.
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/small.sh"

case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
*) die "unknown argument $1; see --help" ;;
esac
want=$(git -C "$BASE_TREE" rev-parse -q --verify "refs/heads/$BRANCH^{tree}") ||
	die "the series is not applied; run: scripts/apply.sh"

passed=0 failed=0
tmp=$(mktemp -d "$BUILD/roundtrip.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# result NAME COMMAND...: one result; what the command said, only on failure.
result() {
	local name=$1 start=$SECONDS; shift
	if "$@" >"$tmp/out" 2>&1; then
		passed=$((passed + 1))
		say "ok: $name ($((SECONDS - start)) s)"
	else
		failed=$((failed + 1))
		say "FAIL: $name"
		tail -n 30 "$tmp/out" | sed 's/^/    /'
	fi
}

topics() { /usr/bin/python3 "$TOP/scripts/lib/topics.py" "$@"; }

# ends_in TREE: is that what HEAD of the small repository stands for?
ends_in() {
	local got
	got=$(full_tree "$tmp/small" 'HEAD^{tree}')
	say "tree $got, expected $1"
	[ "$got" = "$1" ] && [ -z "$(git -C "$tmp/small" status --porcelain)" ]
}

from_base() { neutral_git -C "$tmp/small" checkout -q -f --detach base; }

refresh() {
	local unfinished rc=0
	"$TOP/scripts/refresh.sh" --output "$tmp/again" || return 1
	# Unfinished patches are not applied; series says which in a comment.
	mapfile -t unfinished < <(sed -n 's/^# \([^ ]*\.patch\): .*/--exclude=\1/p' "$TOP/series")
	diff -r "${unfinished[@]}" "$TOP/patches" "$tmp/again/patches" || rc=1
	cmp "$TOP/series" "$tmp/again/series" || rc=1
	return "$rc"
}

am() {
	mapfile -t names < <(series_entries)
	small_am "$tmp/small" base "${names[@]}" || { cat "$tmp/small/.git/am.log"; return 1; }
	ends_in "$want"
}

quiltimport() {
	from_base
	(cd "$tmp/small" && GIT_AUTHOR_DATE='' neutral_git quiltimport --keep-non-patch \
		--patches "$TOP/patches" --series "$TOP/series") || return 1
	ends_in "$want"
}

# quilt knows no git: its work is committed between push and pop.
quilt_in_small() {
	(cd "$tmp/small" && QUILT_PATCHES=$TOP/patches QUILT_SERIES=$TOP/series \
		QUILT_PC=$tmp/pc quilt --quiltrc=- "$@")
}
push_pop() {
	from_base
	quilt_in_small push -a -q --fuzz=0 || return 1
	neutral_git -C "$tmp/small" add -f -A
	neutral_git -C "$tmp/small" commit -q -m quilt
	ends_in "$want" || return 1
	quilt_in_small pop -a -q || return 1
	neutral_git -C "$tmp/small" add -f -A
	neutral_git -C "$tmp/small" commit -q -m unquilt
	ends_in "$(git -C "$BASE_TREE" rev-parse "$BASE_TAG^{tree}")"
}

shazam() {
	"$TOP/scripts/send.sh" --from 'A Poster <poster@example.org>' --out "$tmp/mbox" || return 1
	from_base
	# b4 keeps records in the home folder.
	(cd "$tmp/small" && HOME=$tmp/home XDG_CACHE_HOME=$tmp/home XDG_DATA_HOME=$tmp/home \
		GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
		b4 --offline-mode --no-stdin shazam -m "$tmp/mbox") || return 1
	git -C "$tmp/small" log -1 --format=%B | grep -qx 'Signed-off-by: A Poster <poster@example.org>' ||
		{ say "the last commit is not signed"; return 1; }
	ends_in "$want"
}

topic() {
	mapfile -t names < <(topics before "$1"; topics patches "$1")
	small_am "$tmp/small" base "${names[@]}" && return 0
	cat "$tmp/small/.git/am.log"
	say "put its patches where they apply, or name what they need in series"
	return 1
}

small_repo "$tmp/small"
result 'refresh.sh writes back what apply.sh applied' refresh
result "git am ends in tree $want" am
result 'git quiltimport ends there' quiltimport
result 'quilt push -a ends there, and pop -a in the base' push_pop
result 'b4 shazam on the mbox of send.sh ends there' shazam
for t in $(topics names); do
	[ -z "$(topics patches "$t")" ] || result "topic $t applies on top of what it needs" topic "$t"
done
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
