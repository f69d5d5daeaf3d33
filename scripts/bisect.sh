#!/bin/bash
# bisect.sh [--from PATCH] - does the kernel build, boot and pass after every patch?
#
# Builds UML after each patch of the applied series, in order, and runs the
# suites that are there by then with kunit.py. Takes about an hour when
# nothing is cached. Ends with a line of counts: one result per patch.
#
#   --from PATCH   begin with this one (a name from series)
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"

from=
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--from) [ $# -gt 1 ] || die "--from needs a patch"; from=${2##*/}; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
tip=$(git -C "$BASE_TREE" rev-parse -q --verify "refs/heads/$BRANCH^{commit}") ||
	die "the series is not applied; run: scripts/apply.sh"
mapfile -t names < <(series_entries)
mapfile -t commits < <(git -C "$BASE_TREE" rev-list --reverse "$BASE_TAG..$tip")
[ ${#names[@]} = ${#commits[@]} ] ||
	die "$BRANCH and series differ; run: scripts/refresh.sh, or scripts/apply.sh"
[ -z "$from" ] || printf '%s\n' "${names[@]}" | grep -qxF -- "$from" ||
	die "series has no $from"

src=$BUILD/bisect-src dir=$BUILD/bisect-um
trap 'git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :' EXIT
git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :
git -C "$BASE_TREE" worktree prune
neutral_git -C "$BASE_TREE" worktree add -q --detach "$src" "$BASE_TAG"
mkdir -p "$dir"

# The suites of the tree as it is now; before the first of them, only a boot.
after_patch() {
	local suites=() config=() json=$dir/result.json f
	for f in "$src"/mm/tests/vm*_kunit.c; do
		[ -e "$f" ] || continue
		mapfile -t -O ${#suites[@]} suites < <(sed -n 's/^[[:space:]]*\.name = "\([^"]*\)",$/\1/p' "$f")
		config=(--kunitconfig="$src/mm/tests")
	done
	if [ ${#suites[@]} = 0 ]; then
		config=(--kunitconfig="$src/lib/kunit/.kunitconfig")
		suites=(example)
	fi
	rm -f "$json"
	(cd "$src" && ./tools/testing/kunit/kunit.py run --build_dir="$dir" --jobs="$JOBS" \
		--timeout=300 --json="$json" "${config[@]}" --kunitconfig="$TOP/kunit/um.config") || :
	"$TOP/scripts/lib/kunit_result.py" "$json" "${suites[@]}"
}

passed=0 failed=0
for i in "${!commits[@]}"; do
	[ -z "$from" ] || [ "${names[i]}" = "$from" ] || continue
	from=
	neutral_git -C "$src" checkout -q --detach "${commits[i]}"
	log=$BUILD/log/bisect.log start=$SECONDS
	if with_progress "$log" after_patch; then
		passed=$((passed + 1))
		say "ok: ${names[i]}: $(tail -n 1 "$log") ($((SECONDS - start)) s)"
	else
		failed=$((failed + 1))
		say "FAIL: ${names[i]}"
		tail -n 30 "$log" | sed 's/^/    /'
	fi
done
say "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
