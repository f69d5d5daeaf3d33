#!/bin/bash
# apply.sh [--force] [--tree DIR [--report]] - apply the series with git am
#
# Makes branch vm-insert/series, one commit per patch, and checks it out in
# build/linux, where you can look at it, edit it and rebase it; refresh.sh
# writes it back. The text between '---' and the diffstat becomes a git note
# (git log --notes) that a rebase keeps. Does nothing if the branch is there
# and still right; refuses to touch one that you edited, except with --force.
#
#   --tree DIR   apply to HEAD of your own kernel checkout DIR instead, with
#                git am -3. It gets the branch and nothing else: no file, index
#                or other branch of it changes. Patches that are there already,
#                by patch-id, subject or content, are left out and named.
#                A branch that is there is replaced if it is as this left it,
#                else only with --force.
#   --report     with --tree: no branch, but all that would not apply. Patches
#                that do not are left out, and the next are tried.
#
# On a conflict: names patch, file and hunk, leaves nothing behind, exits 1.
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"
. "$(dirname "$0")/lib/small.sh"
. "$(dirname "$0")/lib/usertree.sh"

force=0 user_tree='' report=0 sparse=false
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--force) force=1 ;;
	--report) report=1 ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
[ "$report" = 0 ] || [ -n "$user_tree" ] || die "--report needs --tree DIR"

patchfile() { /usr/bin/python3 "$TOP/scripts/lib/patchfile.py" "$@"; }

problems=$(series_check) || { printf '%s\n' "$problems" >&2; die "the series is not whole; nothing was applied"; }
[ -z "$problems" ] || say "$problems"
mapfile -t entries < <(series_entries)
[ ${#entries[@]} -gt 0 ] || die "series names no patch"

am=(am --keep-non-patch --quiet)
if [ -n "$user_tree" ]; then
	user_tree_check "$user_tree" $((force + report))
	am+=(-3)
	[ "$report" = 1 ] || sparse=true
	mkdir -p "$BUILD"
	work=$(mktemp -d "$BUILD/tree.XXXXXX")
else
	repo=$BASE_TREE work=$TREE
	onto=$(git -C "$repo" rev-parse -q --verify "$BASE_TAG^{commit}" 2>/dev/null) ||
		die "the base is not there; run: scripts/base.sh"
	[ ! -e "$repo/.git/vm-insert-not-pinned" ] || am+=(-3)
fi

# What the branch depends on: the base, the order and every patch.
want=$(series_key "$onto" "${entries[@]}")
if [ -z "$user_tree" ]; then
	tip=$(git -C "$repo" rev-parse -q --verify "refs/heads/$BRANCH") || tip=
	was=$(git -C "$repo" rev-parse -q --verify "$APPLIED") || was=
	dirty=
	[ ! -e "$work/.git" ] || dirty=$(git -C "$work" status --porcelain 2>/dev/null | head -n 1)
	if [ -n "$tip" ] && [ "$force" = 0 ]; then
		if [ "$tip" != "$was" ] || [ -n "$dirty" ]; then
			die "$BRANCH in $work was edited; keep it: commit, then scripts/refresh.sh; or throw it away: scripts/apply.sh --force"
		fi
		if [ "$want" = "$(cat "$repo/.git/vm-insert-applied" 2>/dev/null)" ] && [ -e "$work/.git" ]; then
			say "Already applied: ${#entries[@]} patches, branch $BRANCH in $work"
			exit 0
		fi
	fi
	rm -f "$repo/.git/vm-insert-applied"
fi

temp_branch=vm-insert/applying.$$ left_out=()
mkdir -p "$BUILD"
log=$(mktemp "$BUILD/am.XXXXXX")
# shellcheck disable=SC2317 # called by trap
cleanup() {
	local rc=$?
	[ "${done_ok-0}" = 0 ] || return 0
	in_work am --abort >/dev/null 2>&1 || :
	rm -f "$log" "$log.upstream"
	if [ "$report" = 1 ]; then
		rm -rf "$work"
	elif [ -n "$user_tree" ]; then
		git -C "$repo" worktree remove --force "$work" >/dev/null 2>&1 || rm -rf "$work"
		git -C "$repo" worktree prune
		git -C "$repo" branch -q -D "$temp_branch" 2>/dev/null || :
	else
		neutral_git -C "$work" reset -q --hard "$onto" 2>/dev/null || :
		neutral_git -C "$work" clean -q -fd 2>/dev/null || :
	fi
	exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

if [ -n "$user_tree" ]; then
	rmdir "$work"
	if [ "$report" = 1 ]; then
		small_repo "$work" "$repo" "$onto"
	else
		user_worktree "$temp_branch" "${entries[@]}"
		lend_blobs "${entries[@]}"
	fi
else
	if [ ! -e "$work/.git" ]; then
		say "Checking out the base in $work"
		git -C "$repo" worktree prune
		rm -rf "$work"
		neutral_git -C "$repo" worktree add -q --detach "$work" "$onto"
	else
		neutral_git -C "$work" am --abort >/dev/null 2>&1 || :
		neutral_git -C "$work" checkout -q -f --detach "$onto"
		neutral_git -C "$work" clean -q -fd
	fi
	neutral_git -C "$repo" update-ref -d "refs/heads/$BRANCH"
	neutral_git -C "$repo" update-ref -d refs/notes/commits
fi

[ -z "$user_tree" ] || upstream_commits "$log.upstream" "${entries[@]}"

n=0 applied=0 known=0 conflicts=0
for name in "${entries[@]}"; do
	n=$((n + 1))
	patch=$TOP/patches/$name
	if [ -n "$user_tree" ] && why=$(is_upstream "$patch" "$log.upstream"); then
		say "left out, there already: $name ($why)"
		known=$((known + 1))
		continue
	fi
	was=$(git -C "$work" rev-parse HEAD)
	if ! in_work "${am[@]}" "$patch" >"$log" 2>&1 </dev/null; then
		unmerged=$(in_work diff --name-only --diff-filter=U | paste -s -d ' ')
		in_work am --abort >/dev/null 2>&1 || :
		if [ -n "$user_tree" ] && in_work apply --cached --check -R "$patch" 2>/dev/null; then
			say "left out, there already: $name (it applies in reverse)"
			known=$((known + 1))
			continue
		fi
		{
			say "patch $n of ${#entries[@]}, $name, does not apply:"
			grep -E '^(error|fatal|CONFLICT)' "$log" | grep -v 'Failed to merge' | sed 's/^/  /' || :
			[ -z "$unmerged" ] || say "  conflicts after a three-way merge: $unmerged"
			explain "$patch"
			follows "$name"
		} >&2
		conflicts=$((conflicts + 1)) left_out+=("$name")
		[ "$report" = 0 ] || continue
		say "Nothing was left behind. To mend it: apply the patches before it, resolve this one" >&2
		say "with 'git am -3' on a branch of your own, and write it back with scripts/refresh.sh." >&2
		exit 1
	fi
	if [ "$was" = "$(git -C "$work" rev-parse HEAD)" ]; then
		say "left out, there already: $name (it changes nothing)"
		known=$((known + 1))
		continue
	fi
	applied=$((applied + 1))
	if [ -z "$user_tree" ]; then
		patchfile notes "$patch" >"$log"
		if [ -s "$log" ]; then
			neutral_git -C "$work" notes add -f --allow-empty -F "$log" HEAD
		fi
	fi
done
if [ "$report" = 1 ]; then
	say "$applied of ${#entries[@]} patches apply, $known are there already, $conflicts do not apply"
	exit $((conflicts > 0))
fi
rm -f "$log" "$log.upstream"

done_ok=1
if [ -n "$user_tree" ]; then
	tip=$(git -C "$work" rev-parse HEAD)
	neutral_git -C "$repo" worktree remove --force "$work"
	neutral_git -C "$repo" update-ref "refs/heads/$BRANCH" "$tip"
	git -C "$repo" branch -q -D "$temp_branch"
	mkdir -p "$BUILD/trees"
	say "$tip" >"$(user_tree_record)"
	say "Applied $applied patches: branch $BRANCH in $repo"
else
	neutral_git -C "$work" checkout -q -B "$BRANCH"
	neutral_git -C "$repo" update-ref "$APPLIED" "refs/heads/$BRANCH"
	say "$want" >"$repo/.git/vm-insert-applied"
	say "Applied ${#entries[@]} patches: branch $BRANCH in $work"
fi
