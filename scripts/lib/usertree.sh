# shellcheck shell=bash disable=SC2153,SC2154 # set by those who source it
# Sourced, after common.sh: somebody's own kernel checkout. Nothing of it changes
# but a branch; objects that nothing refers to may stay, until git gc.

# user_tree_check DIR FORCE: sets repo and onto, or says what is wrong and ends.
user_tree_check() {
	[ -d "$1" ] || die "$1 is not a directory"
	repo=$(cd "$1" && pwd)
	if [ ! -f "$repo/mm/memory.c" ] || [ ! -f "$repo/MAINTAINERS" ]; then
		die "$1 is not a kernel tree (no mm/memory.c); give the top folder of one"
	fi
	[ "$(git -C "$repo" rev-parse --show-toplevel 2>/dev/null)" = "$(cd "$repo" && pwd -P)" ] ||
		die "$1 is not a git checkout; make it one: git init && git add -f . && git commit"
	onto=$(git -C "$repo" rev-parse -q --verify 'HEAD^{commit}') ||
		die "$1 has no commit yet; make one: git add -f . && git commit"
	[ -z "$(git -C "$repo" status --porcelain --untracked-files=no 2>/dev/null | head -n 1)" ] ||
		die "$1 has changes that are not committed; run: git -C $1 stash"
	tip=$(git -C "$repo" rev-parse -q --verify "refs/heads/$BRANCH") || return 0
	if [ "$2" = 0 ] && [ "$tip" != "$(cat "$(user_tree_record)" 2>/dev/null)" ]; then
		die "$1 has a branch $BRANCH that is not as apply.sh leaves it; use apply.sh --force, or: git -C $1 branch -D $BRANCH"
	fi
}

# Where it says what was last applied to $repo.
user_tree_record() { say "$BUILD/trees/$(sha256sum <<<"$repo" | cut -c1-16)"; }

# in_work COMMAND...: git in $work, which may hold the queue's files only.
in_work() {
	local attributes=/dev/null
	[ -z "$user_tree" ] || attributes=$TOP/scripts/lib/lists.attributes
	neutral_git -c core.sparseCheckout="$sparse" -c core.sparseCheckoutCone=false \
		-c core.attributesFile="$attributes" -C "$work" "$@"
}

# Paths that the patches touch.
queue_paths() {
	(cd "$TOP/patches" && cat -- "$@") | sed -nE 's|^diff --git a/(.*) b/(.*)$|\1\n\2|p' | sort -u
}

# user_worktree BRANCH PATCH...: $work, with the files that the patches touch. The
# rest of the tree would take a minute to write, and is not read.
user_worktree() {
	local branch=$1 list; shift
	neutral_git -C "$repo" worktree add -q --no-checkout -b "$branch" "$work" "$onto"
	list=$(git -C "$work" rev-parse --path-format=absolute --git-path info/sparse-checkout)
	mkdir -p "$(dirname "$list")"
	queue_paths "$@" | sed 's|^|/|' >"$list"
	in_work read-tree -m -u HEAD
}

# lend_blobs PATCH...: what git am -3 merges from, as far as build/base has it.
lend_blobs() {
	git -C "$BASE_TREE" rev-parse -q --verify "$BASE_TAG" >/dev/null 2>&1 || return 0
	(cd "$TOP/patches" && cat -- "$@") | sed -nE 's/^index ([0-9a-f]{40})\.\..*/\1/p' | sort -u |
		git -C "$BASE_TREE" cat-file --batch-check='%(objectname) %(objecttype)' |
		sed -n 's/ blob$//p' | git -C "$BASE_TREE" pack-objects -q --stdout |
		git -C "$repo" unpack-objects -q
}

# upstream_commits FILE PATCH...: "SUBJECT <tab> COMMIT" and "PATCH-ID <tab> COMMIT"
# of two years of history, the latter of commits to the files of the patches.
upstream_commits() {
	local file=$1 paths; shift
	git -C "$repo" log --no-merges --since='2 years ago' --format='%s%x09%h' "$onto" >"$file"
	mapfile -t paths < <(queue_paths "$@" | grep -vxF MAINTAINERS)
	# A tree without history has one commit, of everything.
	[ "$(git -C "$repo" rev-list --max-count=2 "$onto" | wc -l)" = 2 ] || return 0
	neutral_git -C "$repo" log --no-merges --since='2 years ago' --min-parents=1 -p --full-diff \
		--format='commit %H' "$onto" -- "${paths[@]}" | git patch-id --stable |
		sed -E 's/^([0-9a-f]+) ([0-9a-f]{12}).*/\1\t\2/' >>"$file"
}

# is_upstream PATCH FILE: says which commit it is.
is_upstream() {
	local id subject
	id=$(git patch-id --stable <"$1" | cut -d' ' -f1)
	subject=$(/usr/bin/python3 "$TOP/scripts/lib/patchfile.py" subject "$1")
	awk -F'\t' -v id="$id" -v subject="$subject" '
		$1 == id { print "the same change is commit " $2; found = 1; exit }
		$1 == subject { print "commit " $2 " has its subject"; found = 1; exit }
		END { exit !found }' "$2"
}

# explain PATCH: which hunks do not fit; of a work tree that may be spoiled.
explain() {
	in_work am --abort >/dev/null 2>&1 || :
	in_work reset -q --hard
	in_work apply --reject --verbose "$1" 2>&1 | awk '
		FNR == NR {
			if (/^diff --git /) { file = $4; sub(/^b\//, "", file); n = 0 }
			if (/^@@ /) { sub(/^@@ -/, "line "); sub(/,[0-9]+ .* @@/, ""); sub(/ \+.* @@/, ""); at[file, ++n] = $0 }
			next
		}
		/^Applying patch .* with / { file = $3; print "  file " file ":" }
		/^Rejected hunk #/ { n = $3; gsub(/[^0-9]/, "", n)
			print "    hunk " n " does not apply (" at[file, n] ")"; said = 1 }
		/^error: .*: (No such file|does not exist|already exists)/ { sub(/^error: /, "  "); print; said = 1 }
		END { if (!said) print "  (git am gave no hunk; see above)" }' "$1" -
	in_work reset -q --hard
	in_work clean -q -fd
}

# follows PATCH: which patches that were left out before touch the same files.
follows() {
	local other
	for other in "${left_out[@]}"; do
		[ -z "$(comm -12 <(queue_paths "$1" | grep -vxF MAINTAINERS) <(queue_paths "$other"))" ] ||
			say "  it may follow from $other, which was left out"
	done
}
