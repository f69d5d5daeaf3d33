# shellcheck shell=bash
# Sourced, after common.sh: the base cut down to the files that the queue
# touches. git does in it in a second what takes a minute in the whole tree;
# full_tree says what the whole tree would be.

# small_repo DIR [TREE COMMIT]: a repository of those files; branch base is what the
# base has, or COMMIT of the kernel checkout TREE.
small_repo() {
	local dir=$1 from=${2:-$BASE_TREE} commit=${3:-$BASE_TAG} tree paths repo
	mapfile -t paths < <(cat "$TOP"/patches/*.patch |
		sed -nE 's|^diff --git a/(.*) b/(.*)$|\1\n\2|p' | sort -u)
	neutral_git init -q -b base "$dir"
	for repo in "$from" "$BASE_TREE"; do
		git -C "$repo" rev-parse --path-format=absolute --git-path objects || :
	done 2>/dev/null | uniq >"$dir/.git/objects/info/alternates"
	git -C "$dir" config user.name 'vm_insert maintainers'
	git -C "$dir" config user.email vm-insert@example.org
	git -C "$from" ls-tree -r "$commit" -- "${paths[@]}" >"$dir/.git/small"
	git -C "$dir" update-index --index-info <"$dir/.git/small"
	tree=$(git -C "$dir" write-tree)
	neutral_git -C "$dir" update-ref refs/heads/base \
		"$(neutral_git -C "$dir" commit-tree -m base "$tree")"
	neutral_git -C "$dir" checkout -q -f base
}

# full_tree DIR TREE: the tree of the whole base with these files instead.
full_tree() {
	local index
	index=$(mktemp -u "$1/.git/full.XXXXXX")
	(
		export GIT_INDEX_FILE=$index
		git -C "$1" read-tree "$(git -C "$BASE_TREE" rev-parse "$BASE_TAG^{tree}")"
		{
			sed 's/^[^\t]*\t/0 0000000000000000000000000000000000000000\t/' "$1/.git/small"
			git -C "$1" ls-tree -r "$2"
		} | git -C "$1" update-index --index-info
		git -C "$1" write-tree
	)
	rm -f "$index"
}

# small_am DIR FROM PATCH...: git am on top of commit FROM; leaves HEAD there.
small_am() {
	local dir=$1 from=$2; shift 2
	neutral_git -C "$dir" checkout -q -f --detach "$from"
	[ $# -gt 0 ] || return 0
	(cd "$TOP/patches" && realpath -s -- "$@") |
		xargs -d '\n' env -C "$dir" bash -c 'exec git -c core.hooksPath=/dev/null \
			am --quiet --keep-non-patch "$@"' _ >"$dir/.git/am.log" 2>&1 && return 0
	neutral_git -C "$dir" am --abort >/dev/null 2>&1 || :
	return 1
}
