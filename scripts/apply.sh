#!/bin/bash
# apply.sh [--force] [--tree DIR] - apply the series with git am
#
# Makes branch vm-insert/series, one commit per patch, and checks it out in
# build/linux, where you can look at it, edit it and rebase it; refresh.sh
# writes it back. The text between '---' and the diffstat becomes a git note
# (git log --notes) that a rebase keeps. Does nothing if the branch is there
# and still right; refuses to touch one that you edited, except with --force.
#
#   --tree DIR   apply to HEAD of your own kernel checkout DIR instead. It gets
#                the branch and nothing else: no file, index or other branch
#                of it changes. --force replaces a branch that is there.
#
# On a conflict: names patch, file and hunk, leaves nothing behind, exits 1.
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"

force=0 user_tree=
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--force) force=1 ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

patchfile() { /usr/bin/python3 "$TOP/scripts/lib/patchfile.py" "$@"; }

problems=$(series_check) || { printf '%s\n' "$problems" >&2; die "the series is not whole; nothing was applied"; }
[ -z "$problems" ] || say "$problems"
mapfile -t entries < <(series_entries)
[ ${#entries[@]} -gt 0 ] || die "series names no patch"

am=(am --keep-non-patch --quiet)
if [ -n "$user_tree" ]; then
	[ -d "$user_tree" ] || die "$user_tree is not a directory"
	repo=$(cd "$user_tree" && pwd)
	if [ ! -f "$repo/mm/memory.c" ] || [ ! -f "$repo/MAINTAINERS" ]; then
		die "$user_tree is not a kernel tree (no mm/memory.c); give the top folder of one"
	fi
	[ "$(git -C "$repo" rev-parse --show-toplevel 2>/dev/null)" = "$(cd "$repo" && pwd -P)" ] ||
		die "$user_tree is not a git checkout; make it one: git init && git add -f . && git commit"
	onto=$(git -C "$repo" rev-parse -q --verify 'HEAD^{commit}') ||
		die "$user_tree has no commit yet; make one: git add -f . && git commit"
	[ -z "$(git -C "$repo" status --porcelain --untracked-files=no 2>/dev/null | head -n 1)" ] ||
		die "$user_tree has changes that are not committed; run: git -C $user_tree stash"
	if git -C "$repo" rev-parse -q --verify "refs/heads/$BRANCH" >/dev/null && [ "$force" = 0 ]; then
		die "$user_tree has a branch $BRANCH already; use --force, or: git -C $user_tree branch -D $BRANCH"
	fi
	am+=(-3)
	mkdir -p "$BUILD"
	work=$(mktemp -d "$BUILD/tree.XXXXXX")
else
	repo=$BASE_TREE work=$TREE
	onto=$(git -C "$repo" rev-parse -q --verify "$BASE_TAG^{commit}" 2>/dev/null) ||
		die "the base is not there; run: scripts/base.sh"
	[ ! -e "$repo/.git/vm-insert-not-pinned" ] || am+=(-3)
fi

# What the branch depends on: the base, the order and every patch.
want=$({ say "$onto"; printf '%s\n' "${entries[@]}"; cd "$TOP/patches" && cat -- "${entries[@]}"; } | sha256sum | cut -c1-64)
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

temp_branch=vm-insert/applying.$$
# shellcheck disable=SC2317 # called by trap
cleanup() {
	local rc=$?
	[ "${done_ok-0}" = 0 ] || return 0
	neutral_git -C "$work" am --abort >/dev/null 2>&1 || :
	if [ -n "$user_tree" ]; then
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
	neutral_git -C "$repo" worktree add -q -b "$temp_branch" "$work" "$onto"
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

# Which hunk does not fit: asked of a work tree that is thrown away anyway.
explain() {
	local patch=$1 rejects
	neutral_git -C "$work" am --abort >/dev/null 2>&1 || :
	neutral_git -C "$work" reset -q --hard
	rejects=$(neutral_git -C "$work" apply --reject --verbose "$patch" 2>&1 |
		sed -n -e 's/^Applying patch \(.*\) with .*/  file \1:/p' \
		       -e 's/^Rejected hunk #\([0-9]*\).*/    hunk \1 does not apply/p' \
		       -e 's/^error: \(.*: \(No such file\|does not exist\|already exists\).*\)/  \1/p')
	printf '%s\n' "${rejects:-  (git am gave no hunk; see above)}"
}

log=$(mktemp "$BUILD/am.XXXXXX")
n=0
for name in "${entries[@]}"; do
	n=$((n + 1))
	patch=$TOP/patches/$name
	if ! neutral_git -C "$work" "${am[@]}" "$patch" >"$log" 2>&1 </dev/null; then
		{
			say "patch $n of ${#entries[@]}, $name, does not apply:"
			grep -E '^(error|fatal|CONFLICT)' "$log" | sed 's/^/  /' || :
			explain "$patch"
			say "Nothing was left behind. To mend it: apply the patches before it, resolve this one"
			say "with 'git am -3' on a branch of your own, and write it back with scripts/refresh.sh."
		} >&2
		rm -f "$log"
		exit 1
	fi
	if [ -z "$user_tree" ]; then
		patchfile notes "$patch" >"$log"
		if [ -s "$log" ]; then
			neutral_git -C "$work" notes add -f --allow-empty -F "$log" HEAD
		fi
	fi
done
rm -f "$log"

done_ok=1
if [ -n "$user_tree" ]; then
	tip=$(git -C "$work" rev-parse HEAD)
	neutral_git -C "$repo" worktree remove --force "$work"
	neutral_git -C "$repo" update-ref "refs/heads/$BRANCH" "$tip"
	git -C "$repo" branch -q -D "$temp_branch"
	say "Applied ${#entries[@]} patches: branch $BRANCH in $repo"
else
	neutral_git -C "$work" checkout -q -B "$BRANCH"
	neutral_git -C "$repo" update-ref "$APPLIED" "refs/heads/$BRANCH"
	say "$want" >"$repo/.git/vm-insert-applied"
	say "Applied ${#entries[@]} patches: branch $BRANCH in $work"
fi
