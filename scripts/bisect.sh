#!/bin/bash
# bisect.sh [--from PATCH] [--again] - does the kernel build, boot and pass after
#                                       every patch?
#
# Builds UML after each patch of the applied series, in order, and runs the
# suites that are there by then with kunit.py. Takes about an hour when
# nothing is cached. What passed is not run again as long as that patch and all
# before it change the same lines (git patch-id), on the same base, with the same
# kunit/um.config. Ends with a line of counts: one result per patch.
#
#   --from PATCH   begin with this one (a name from series)
#   --again        run those that passed before, too
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"

from='' again=0
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--from) [ $# -gt 1 ] || die "--from needs a patch"; from=${2##*/}; shift ;;
	--again) again=1 ;;
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

src=$BUILD/bisect-src dir=$BUILD/bisect-um done=$BUILD/bisect.passed
trap 'git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :' EXIT
git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :
git -C "$BASE_TREE" worktree prune
mkdir -p "$dir"
touch "$done"

# One worktree, checked out when there is something to run.
at() {
	if [ -e "$src/.git" ]; then
		neutral_git -C "$src" checkout -q --detach "$1"
	else
		neutral_git -C "$BASE_TREE" worktree add -q --detach "$src" "$1"
	fi
}

# The suites of the tree as it is now; before the first of them, only a boot.
after_patch() {
	local suites=() config=() json=$dir/result.json f
	for f in "$src"/mm/tests/{vm_insert,vmf_insert,remap_pfn,pagewalk,frame_vector}_kunit.c; do
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

passed=0 failed=0 known=0
key=$({ git -C "$BASE_TREE" rev-parse "$BASE_TAG^{tree}"; cat "$TOP/kunit/um.config"; } | sha256sum)
for i in "${!commits[@]}"; do
	key=$({ say "$key"; git -C "$BASE_TREE" diff-tree -p "${commits[i]}" | git patch-id --stable | cut -d' ' -f1; } | sha256sum)
	[ -z "$from" ] || [ "${names[i]}" = "$from" ] || continue
	from=
	if [ "$again" = 0 ] && grep -qxF "$key" "$done"; then
		passed=$((passed + 1)) known=$((known + 1))
		continue
	fi
	[ "$known" = 0 ] || say "ok: $known passed before"
	known=0
	at "${commits[i]}"
	log=$BUILD/log/bisect.log start=$SECONDS
	if with_progress "$log" after_patch; then
		passed=$((passed + 1))
		say "ok: ${names[i]}: $(tail -n 1 "$log") ($((SECONDS - start)) s)"
		say "$key" >>"$done"
	else
		failed=$((failed + 1))
		say "FAIL: ${names[i]}"
		tail -n 30 "$log" | sed 's/^/    /'
	fi
done
[ "$known" = 0 ] || say "ok: $known passed before"
say "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
