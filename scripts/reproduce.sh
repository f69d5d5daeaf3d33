#!/bin/bash
# reproduce.sh - are the patches that say so the output of a semantic patch?
#
# A changelog with the words "output of scripts/coccinelle/api/NAME.cocci" is
# taken at its word: NAME.cocci, as the series installs it, is applied to the
# files of that patch as they were before it. All but white space and line
# breaks must come out as the patch has it. Needs an applied series.
set -eu
. "$(dirname "$0")/lib/common.sh"

case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
*) die "unknown argument $1; see --help" ;;
esac
tip=$(git -C "$BASE_TREE" rev-parse -q --verify "refs/heads/$BRANCH^{commit}") ||
	die "the series is not applied; run: scripts/apply.sh"

tmp=$(mktemp -d "$BUILD/reproduce.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# reproduce COMMIT SCRIPT: its files before, through SCRIPT, against after.
reproduce() {
	local commit=$1 script=$2 f files rc=0
	rm -rf "$tmp/tree"
	mapfile -t files < <(git -C "$BASE_TREE" diff-tree -r --no-commit-id --name-only "$commit")
	git -C "$BASE_TREE" show "$tip:scripts/coccinelle/api/$script" >"$tmp/$script" || return 1
	for f in "${files[@]}"; do
		mkdir -p "$tmp/tree/$(dirname "$f")"
		git -C "$BASE_TREE" show "$commit^:$f" >"$tmp/tree/$f" || return 1
	done
	"$TOP/scripts/cocci.sh" --in-place --cocci "$tmp/$script" "${files[@]/#/$tmp/tree/}" || rc=$?
	[ "$rc" -le 1 ] || return 1
	rc=0
	for f in "${files[@]}"; do
		git -C "$BASE_TREE" show "$commit:$f" >"$tmp/after"
		cmp -s <(tr -d '[:space:]' <"$tmp/tree/$f") <(tr -d '[:space:]' <"$tmp/after") || {
			diff -uw --label "$f by $script" --label "$f by the patch" "$tmp/tree/$f" "$tmp/after" || :
			rc=1
		}
	done
	return "$rc"
}

while read -r commit; do
	script=$(git -C "$BASE_TREE" show -s --format=%B "$commit" | tr '\n' ' ' |
		sed -n 's|.*output of scripts/coccinelle/api/\([a-z_]*\.cocci\).*|\1|p')
	[ -n "$script" ] || continue
	if reproduce "$commit" "$script" >"$tmp/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		say "FAIL: $(git -C "$BASE_TREE" show -s --format=%s "$commit") is not what $script makes"
		sed 's/^/    /' "$tmp/out"
	fi
done < <(git -C "$BASE_TREE" rev-list --reverse "$BASE_TAG..$tip")

# A queue without such patches would pass without a single comparison.
if [ $((passed + failed)) = 0 ]; then
	say "FAIL: no patch of the queue says that it is the output of a semantic patch"
	failed=1
fi
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
