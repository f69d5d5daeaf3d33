#!/bin/bash
# check.sh [--long] [PATCH...] - static checks of the queue
#
# Series and patches/ agree; no patch is signed; exports are what the series
# installs; checkpatch --strict --codespell on every patch as the person who
# posts it would have it; kernel-doc on the files that the series touches; the
# cover letter has a section for each topic; somebody maintains what is touched.
# With names of patches, checkpatch looks at those only. Needs an applied series
# (scripts/apply.sh). Ends with a line of counts.
#
#   --long   also each patch by itself: kernel-doc and our semantic patches find
#            nothing new in the files that it touches; and objects.sh --each:
#            their objects with W=1 and sparse. Takes hours.
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"
. "$(dirname "$0")/lib/recipients.sh"

long=0
case ${1-} in
'') ;;
-h|--help) usage; exit 0 ;;
--long) long=1; shift ;;
-*) die "unknown argument $1; see --help" ;;
esac
[ -f "$TREE/scripts/checkpatch.pl" ] || die "the series is not applied; run: scripts/apply.sh"

passed=0 failed=0
tmp=$(mktemp -d "$BUILD/check.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# check NAME COMMAND...: one result; what the command said, only on failure.
check() {
	local name=$1; shift
	if "$@" >"$tmp/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		say "FAIL: $name"
		sed 's/^/    /' "$tmp/out"
	fi
}

unsigned() {
	! grep -nE '^Signed-off-by:' "$TOP"/patches/*.patch &&
		! grep -LxF "From: $ROLE" "$TOP"/patches/*.patch | grep .
}

exports() {
	mkdir "$tmp/exports"
	"$TOP/scripts/refresh.sh" --exports "$tmp/exports" || return 1
	local f rc=0
	for f in "$tmp"/exports/*/* "$TOP"/kunit/*.[ch] "$TOP"/coccinelle/*.cocci "$TOP/MAINTAINERS.fragment"; do
		[ -e "$f" ] || continue
		f=${f#"$tmp/exports/"} f=${f#"$TOP/"}
		cmp "$tmp/exports/$f" "$TOP/$f" || rc=1
	done
	[ "$rc" = 0 ] || say "write them again: scripts/refresh.sh"
	return "$rc"
}

checkpatch() {
	"$TOP/scripts/lib/patchfile.py" poster "$TOP/patches/$1" \
		'A Poster <poster@example.org>' >"$tmp/$1" || return 0
	# One commit of history and no posting: ids and MAINTAINERS can't be judged.
	(cd "$TREE" && perl scripts/checkpatch.pl --strict --codespell --quiet \
		--show-types --no-summary --ignore UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES \
		"$tmp/$1") >"$tmp/$1.said" 2>&1 || :
	mv "$tmp/$1.said" "$tmp/$1.report"
}

silent() {	# PATCH: checkpatch ran, and said nothing
	cat "$tmp/$1.report" && [ ! -s "$tmp/$1.report" ]
}

# Warnings that the base does not have already.
kerneldoc() {
	local f side
	for side in base linux; do
		for f in $(git -C "$BASE_TREE" diff --name-only --diff-filter=M "$BASE_TAG" "$BRANCH" -- '*.c' '*.h'); do
			{
				cd "$BUILD/$side"
				python3 tools/docs/kernel-doc -none -Wall "$f" 2>&1 ||
					say "$f: kernel-doc failed on $side"
			} | sed -E 's/:[0-9]+:?/:/'
		done | sort >"$tmp/doc.$side"
	done
	comm -13 "$tmp/doc.base" "$tmp/doc.linux" | tee "$tmp/doc.new"
	[ ! -s "$tmp/doc.new" ]
}

# files COMMIT DIR FILE...: as they are there.
files() {
	local commit=$1 dir=$2 f; shift 2
	mkdir -p "$dir"
	for f; do
		mkdir -p "$dir/${f%/*}"
		git -C "$BASE_TREE" cat-file blob "$commit:$f" >"$dir/$f" 2>/dev/null || rm -f "$dir/$f"
	done
}

# What kernel-doc and the semantic patches say of a folder, without the places,
# since code moves. Tests call on purpose what is going away.
said() {
	local list uses rc=0
	cd "$1"
	mapfile -t list < <(find . -name '*.[ch]' -printf '%P\n' | sort)
	[ ${#list[@]} -gt 0 ] || return 0
	mapfile -t uses < <(printf '%s\n' "${list[@]}" | grep -vE '^(mm/tests|tools/testing)/' |
		xargs -r grep -lwE 'vm_insert_pages?|vmf_insert_page')
	{
		python3 "$BUILD/base/tools/docs/kernel-doc" -none -Wall "${list[@]}" 2>&1 || say "kernel-doc failed"
		if [ ${#uses[@]} -gt 0 ]; then
			"$TOP/scripts/cocci.sh" "${uses[@]}" 2>"$tmp/cocci.err" || rc=$?
			[ "$rc" -le 1 ] || { say "cocci.sh failed: $rc"; cat "$tmp/cocci.err"; }
		fi
	} | sed -E -e '/^[0-9]+ findings in/d' -e 's/:[0-9]+(:[0-9]+)?/:/g' -e 's/^(Warning: )?[^ ]*:/\1/' | sort
}

# alone COMMIT: does it add to what is said of the files that it touches?
alone() {
	local touched
	mapfile -t touched < <(git -C "$BASE_TREE" diff-tree -r --no-commit-id --name-only "$1" -- '*.c' '*.h')
	rm -rf "$tmp/before" "$tmp/after"
	files "$1^" "$tmp/before" "${touched[@]}"
	files "$1" "$tmp/after" "${touched[@]}"
	(said "$tmp/before") >"$tmp/said.before"
	(said "$tmp/after") >"$tmp/said.after"
	comm -13 "$tmp/said.before" "$tmp/said.after" | tee "$tmp/said.new"
	[ ! -s "$tmp/said.new" ]
}

check 'series and patches/ agree' series_check
check 'series and cover letter agree' "$TOP/scripts/lib/cover.py" check
check 'no patch is signed, all are from the role' unsigned
check 'exports are identical' exports
check 'kernel-doc' kerneldoc
mapfile -t names < <(series_entries)
check 'get_maintainer.pl names somebody for each patch' recipients "$tmp/recipients" "${names[@]}"
[ $# = 0 ] || names=("${@##*/}")
for name in "${names[@]}"; do
	[ "$(jobs -rp | wc -l)" -lt "$JOBS" ] || wait -n || :
	checkpatch "$name" &
done
wait
for name in "${names[@]}"; do
	check "checkpatch $name" silent "$name"
done
if [ "$long" = 1 ]; then
	say "Each patch by itself"
	mapfile -t commits < <(git -C "$BASE_TREE" rev-list --reverse "$BASE_TAG..$BRANCH")
	for commit in "${commits[@]}"; do
		check "alone: $(git -C "$BASE_TREE" log -1 --format=%s "$commit")" alone "$commit"
	done
	"$TOP/scripts/objects.sh" --each | tee "$tmp/objects" || :
	read -r p _ f _ < <(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$tmp/objects" || say 0 passed, 1 failed)
	passed=$((passed + p)) failed=$((failed + f))
fi
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
