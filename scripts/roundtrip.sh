#!/bin/bash
# roundtrip.sh - do the ways to apply the queue agree?
#
# git am and quilt push -a end in the same tree; refresh.sh writes back, byte
# for byte, what apply.sh applied, notes included. Needs an applied series.
set -eu
. "$(dirname "$0")/lib/common.sh"

case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
*) die "unknown argument $1; see --help" ;;
esac
git -C "$BASE_TREE" rev-parse -q --verify "refs/heads/$BRANCH" >/dev/null ||
	die "the series is not applied; run: scripts/apply.sh"

passed=0 failed=0
tmp=$(mktemp -d "$BUILD/roundtrip.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
result() {
	if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); say "FAIL: $2"; fi
}

"$TOP/scripts/refresh.sh" --output "$tmp/again" >/dev/null
rc=0
# Unfinished patches are not applied; series says which in a comment.
mapfile -t unfinished < <(sed -n 's/^# \([^ ]*\.patch\): .*/--exclude=\1/p' "$TOP/series")
diff -r "${unfinished[@]}" "$TOP/patches" "$tmp/again/patches" || rc=1
cmp "$TOP/series" "$tmp/again/series" || rc=1
result "$rc" 'refresh.sh does not write back what apply.sh applied'

# quilt needs only the files that the queue touches.
mkdir "$tmp/tree"
mapfile -t files < <(git -C "$BASE_TREE" diff --name-only --no-renames "$BASE_TAG" "$BRANCH")
for f in "${files[@]}"; do
	mkdir -p "$tmp/tree/$(dirname "$f")"
	git -C "$BASE_TREE" show "$BASE_TAG:$f" >"$tmp/tree/$f" 2>/dev/null || rm -f "$tmp/tree/$f"
done
rc=0
(cd "$tmp/tree" && QUILT_PATCHES=$TOP/patches QUILT_SERIES=$TOP/series \
	QUILT_PC=$tmp/pc quilt --quiltrc=- push -a -q --fuzz=0) >"$tmp/quilt.log" 2>&1 || rc=1
[ "$rc" = 0 ] || cat "$tmp/quilt.log"
for f in "${files[@]}"; do
	if git -C "$BASE_TREE" cat-file -e "$BRANCH:$f" 2>/dev/null; then
		git -C "$BASE_TREE" show "$BRANCH:$f" | cmp - "$tmp/tree/$f" || rc=1
	elif [ -e "$tmp/tree/$f" ]; then
		say "$f is still there"; rc=1
	fi
done
result "$rc" 'quilt push -a does not end in the tree of git am'
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
