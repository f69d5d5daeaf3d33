#!/bin/bash
# bisect.sh [--from PATCH | --topics] [--again] - does the kernel build, boot and
#                                                pass after every patch?
#
# Builds UML after each patch of the applied series, in order, and runs the
# suites that are there by then with kunit.py. Takes about an hour when
# nothing is cached. What passed is not run again as long as that patch and all
# before it change the same lines (git patch-id), on the same base, with the same
# kunit/um.config; nor is a tree that passed already, whatever led to it. Ends with
# a line of counts: one result per patch.
#
#   --from PATCH   begin with this one (a name from series)
#   --topics       each topic instead, on the base with what it needs, and no more
#   --again        run those that passed before, too
set -eu
. "$(dirname "$0")/lib/common.sh"

from='' again=0 topics=0
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--from) [ $# -gt 1 ] || die "--from needs a patch"; from=${2##*/}; shift ;;
	--topics) topics=1 ;;
	--again) again=1 ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
[ "$topics" = 0 ] || [ -z "$from" ] || die "--topics goes without --from; see --help"
tip=$(git -C "$BASE_TREE" rev-parse -q --verify "refs/heads/$BRANCH^{commit}") ||
	die "the series is not applied; run: scripts/apply.sh"
mapfile -t names < <(series_entries)
mapfile -t commits < <(git -C "$BASE_TREE" rev-list --reverse "$BASE_TAG..$tip")
[ ${#names[@]} = ${#commits[@]} ] ||
	die "$BRANCH and series differ; run: scripts/refresh.sh, or scripts/apply.sh"
[ -z "$from" ] || printf '%s\n' "${names[@]}" | grep -qxF -- "$from" ||
	die "series has no $from"

mkdir -p "$BUILD/log"
exec 9>"$BUILD/bisect.lock"
flock -n 9 || die "another bisect.sh is at work in $BUILD; wait for it"
src=$BUILD/bisect-src dir=$BUILD/bisect-um done=$BUILD/bisect.passed
trap 'git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :' EXIT
git -C "$BASE_TREE" worktree remove --force "$src" 2>/dev/null || :
git -C "$BASE_TREE" worktree prune
mkdir -p "$dir"
touch "$done"

# One worktree, checked out when there is something to run.
at_commit() {
	if [ -e "$src/.git" ]; then
		neutral_git -C "$src" checkout -q --detach "$1"
	else
		neutral_git -C "$BASE_TREE" worktree add -q --detach "$src" "$1"
	fi
}

# The suites of the tree as it is now; before the first of them, only a boot.
after_patch() {
	local suites config=(--kunitconfig="$src/mm/tests") json=$dir/result.json
	mapfile -t suites < <(kunit_suites "$src")
	if [ ${#suites[@]} = 0 ]; then
		config=(--kunitconfig="$src/lib/kunit/.kunitconfig")
		suites=(example)
	fi
	rm -f "$json"
	(cd "$src" && ./tools/testing/kunit/kunit.py run --build_dir="$dir" --jobs="$JOBS" \
		--timeout=300 --json="$json" "${config[@]}" --kunitconfig="$TOP/kunit/um.config") || :
	"$TOP/scripts/lib/kunit_result.py" "$json" "${suites[@]}"
}

# The topic's patches on the base, and before them what it needs.
at_topic() {
	local names
	mapfile -t names < <(topic_patches "$1")
	at_commit "$BASE_TAG" || return 1
	(cd "$TOP/patches" && realpath -s -- "${names[@]}") |
		xargs -d '\n' env -C "$src" GIT_COMMITTER_NAME='vm_insert maintainers' \
			GIT_COMMITTER_EMAIL=vm-insert@example.org bash -c 'exec git -c core.hooksPath=/dev/null am --quiet --keep-non-patch "$@"' _ && return
	neutral_git -C "$src" am --abort >/dev/null 2>&1
	return 1
}
topics_py() { /usr/bin/python3 "$TOP/scripts/lib/topics.py" "$@"; }
topic_patches() { topics_py before "$1"; topics_py patches "$1"; }

passed=0 failed=0 known=0
start_key=$({ git -C "$BASE_TREE" rev-parse "$BASE_TAG^{tree}"; cat "$TOP/kunit/um.config"; } | sha256sum)

# longer_key KEY: of what that stands for and the diff on stdin on top.
longer_key() { { say "$1"; git patch-id --stable | cut -d' ' -f1; } | sha256sum; }

# tree_key TREE: of a tree's content, however it came about.
tree_key() { { say "$1"; cat "$TOP/kunit/um.config"; } | sha256sum; }
passed_before() { [ "$again" = 0 ] && grep -qxF "$1" "$done"; }
note_passed() { grep -qxF "$1" "$done" || say "$1" >>"$done"; }

known() { [ "$known" = 0 ] || say "ok: $known passed before"; known=0; }

# try NAME KEY at_commit|at_topic WHAT: one result.
try() {
	local log=$BUILD/log/bisect.log start=$SECONDS tree
	if passed_before "$2"; then
		passed=$((passed + 1)) known=$((known + 1))
		[ "$3" = at_topic ] || note_passed "$(tree_key "$(git -C "$BASE_TREE" rev-parse "$4^{tree}")")"
		return
	fi
	known
	if ! "$3" "$4" >"$log" 2>&1; then
		failed=$((failed + 1))
		say "FAIL: $1 did not run: it does not apply"
		sed 's/^/    /' "$log"
	elif tree=$(tree_key "$(git -C "$src" rev-parse 'HEAD^{tree}')") && passed_before "$tree"; then
		passed=$((passed + 1))
		say "ok: $1: its tree passed before"
		note_passed "$2"
	elif with_progress "$log" after_patch; then
		passed=$((passed + 1))
		say "ok: $1: $(tail -n 1 "$log") ($((SECONDS - start)) s)"
		note_passed "$2"
		note_passed "$tree"
	else
		failed=$((failed + 1))
		say "FAIL: $1"
		tail -n 30 "$log" | sed 's/^/    /'
	fi
}

if [ "$topics" = 1 ]; then
	for t in $(topics_py names); do
		[ -n "$(topics_py patches "$t")" ] || continue
		key=$start_key
		while read -r name; do
			key=$(longer_key "$key" <"$TOP/patches/$name")
		done < <(topic_patches "$t")
		try "topic $t" "$key" at_topic "$t"
	done
else
	key=$start_key
	for i in "${!commits[@]}"; do
		key=$(longer_key "$key" < <(git -C "$BASE_TREE" diff-tree -p "${commits[i]}"))
		[ -z "$from" ] || [ "${names[i]}" = "$from" ] || continue
		from=
		try "${names[i]}" "$key" at_commit "${commits[i]}"
	done
fi
known
say "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
