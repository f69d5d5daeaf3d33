#!/bin/bash
# docs.sh - does the documentation build, without a new warning?
#
# make htmldocs for the folders of Documentation/ that the series touches, first
# of the base, then of the series on top, which reads again what changed. Passes
# if sphinx ends well both times and warns of nothing on the series that it does
# not on the base. Takes about half an hour. The pages stay in
# build/docs/Documentation/output.
set -eu
. "$(dirname "$0")/lib/common.sh"

case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
*) die "unknown argument $1; see --help" ;;
esac
git -C "$BASE_TREE" rev-parse -q --verify "$BRANCH^{commit}" >/dev/null ||
	die "the series is not applied; run: scripts/apply.sh"
mapfile -t dirs < <(git -C "$BASE_TREE" diff --name-only "$BASE_TAG" "$BRANCH" -- Documentation |
	cut -d/ -f2 | sort -u)
[ ${#dirs[@]} -gt 0 ] || die "the series touches nothing in Documentation/"

src=$BUILD/docs-src out=$BUILD/docs log=$BUILD/log/docs
mkdir -p "$BUILD/log"
trap 'git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :' EXIT
git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :
git -C "$BASE_TREE" worktree prune
neutral_git -C "$BASE_TREE" worktree add -q --detach "$src" "$BASE_TAG"
rm -rf "$out"

htmldocs() {
	"${MAKE:-make}" -C "$src" O="$out" SPHINXOPTS="-j$JOBS" SPHINXDIRS="${dirs[*]}" htmldocs
}

# Without the places, which move.
warnings() {
	grep -E 'WARNING|ERROR|Warning:|Error:' "$1" | sed -E "s|$src/||g; s/:[0-9]+/:/g" | sort
}

failed=0
for side in base patched; do
	start=$SECONDS
	[ "$side" = base ] || neutral_git -C "$src" checkout -q --detach "$BRANCH"
	if with_progress "$log-$side.log" htmldocs; then
		say "  $side: ${dirs[*]}: $(warnings "$log-$side.log" | wc -l) warnings ($((SECONDS - start)) s)"
	else
		failed=1
		say "FAIL: htmldocs of the $side tree; see $log-$side.log:"
		tail -n 20 "$log-$side.log"
	fi
done
new=$(comm -13 <(warnings "$log-base.log" | uniq) <(warnings "$log-patched.log" | uniq))
if [ -n "$new" ]; then
	failed=1
	say "FAIL: warnings that the base does not have:"
	say "$new"
fi
# A page that nothing was made of has no warnings either.
while read -r page; do
	page=${page#Documentation/}
	[ -f "$out/Documentation/output/${page%.rst}.html" ] || {
		failed=1
		say "FAIL: no page was made of Documentation/$page"
	}
done < <(git -C "$BASE_TREE" diff --name-only --diff-filter=d "$BASE_TAG" "$BRANCH" -- 'Documentation/*.rst')
say "$((1 - failed)) passed, $failed failed"
[ "$failed" = 0 ]
