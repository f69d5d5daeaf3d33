#!/bin/bash
# cocci.sh [OPTION]... [FILE|DIRECTORY]... - run the semantic patches
#
# Reports every use of the errno helpers (vm_insert_page() and its relatives)
# with its context, in a page fault or not, and what becomes of it: batch-array,
# batch-range, rename, rewrite, or leave and why. Works on the applied series,
# or on the files and directories that are named, which need no kernel tree.
#
#   --base         the untouched base instead
#   --tree DIR     your kernel tree; files are then named relative to DIR
#   --patch        print what the semantic patches change, as a diff
#   --in-place     change the files
#   --cocci FILE   only this semantic patch, may be given twice
#   --test         run the pairs in coccinelle/tests
#   --mutate       take out each rule in turn: a pair has to fail
#
# Exit code: 0 nothing found (or changed as asked), 1 findings or failed tests,
# 2 wrong usage, or spatch is missing or too old, 3 something could not be
# parsed or checked; the rest was. SPATCH names another spatch.
set -eu
. "$(dirname "$0")/lib/common.sh"

usage_error() { printf 'cocci.sh: %s\n' "$*" >&2; exit 2; }

mode=report tree='' coccis=() paths=()
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--base) tree=$BASE_TREE ;;
	--tree) [ $# -gt 1 ] || usage_error '--tree needs a directory'; tree=$2; shift ;;
	--patch|--in-place|--test|--mutate) mode=${1#--} ;;
	--cocci) [ -f "${2-}" ] || usage_error "--cocci needs a semantic patch"; coccis+=("$(realpath "$2")"); shift ;;
	--) shift; paths+=("$@"); break ;;
	-*) usage_error "unknown argument $1; see --help" ;;
	*) paths+=("$1") ;;
	esac
	shift
done

spatch=${SPATCH:-spatch} oldest=1.0.8
command -v "$spatch" >/dev/null ||
	usage_error "$spatch is missing; run: apt-get install coccinelle"
version=$("$spatch" --version 2>/dev/null | sed -n '1s/^spatch version \([0-9.]*[0-9]\).*/\1/p')
[ -n "$version" ] || usage_error "$spatch does not tell its version"
printf '%s\n' "$oldest" "$version" | sort -CV ||
	usage_error "spatch $version is too old, $oldest is needed"

# Tables first, so that what is left in a file is outside page faults.
[ ${#coccis[@]} -gt 0 ] ||
	coccis=("$TOP/coccinelle/vmf_insert_page.cocci" "$TOP/coccinelle/vm_insert_kmem_page.cocci")
joined=$(IFS=,; printf '%s' "${coccis[*]}")
run() { "$TOP/scripts/lib/cocci.py" "$1" "$2" "$JOBS" "$spatch" "$joined"; }

case $mode in
test|mutate)
	[ ${#paths[@]} = 0 ] || usage_error "--$mode takes no files"
	run "$mode" "$TOP/coccinelle/tests"
	exit ;;
esac

names='vm_insert_(pages?|kmem_(pages?|range))'
rc=0 root=$PWD list=$(mktemp)
trap 'rm -f "$list"' EXIT
if [ ${#paths[@]} = 0 ]; then
	: "${tree:=$TREE}"
	[ -f "$tree/include/linux/mm.h" ] ||
		usage_error "$tree is no kernel tree; the series is applied by scripts/apply.sh"
	paths=(.)
fi
if [ -n "$tree" ]; then
	[ -d "$tree" ] || usage_error "$tree is not a directory"
	root=$(cd "$tree" && pwd)
fi
cd "$root"
for path in "${paths[@]}"; do
	if [ -d "$path" ]; then
		if [ -z "$(find "$path" -name '*.[ch]' -print -quit)" ]; then
			say "$path: no C files" >&2
			rc=3
		elif [ "$(git -C "$path" rev-parse --is-inside-work-tree 2>/dev/null)" = true ] && [ "$path" = . ] &&
				[ -n "$tree" ]; then
			# A tree has scratch files too; only what git knows counts.
			git grep -lzwE "$names" -- '*.c' '*.h' '*.rs' >>"$list" || :
		else
			grep -rlZwE --include='*.[ch]' --include='*.rs' "$names" "$path" >>"$list" || :
		fi
	elif [ -f "$path" ] && [ -r "$path" ]; then
		printf '%s\0' "$path" >>"$list"
	else
		say "$path: no such file" >&2
		rc=3
	fi
done
got=0
run "$mode" "$root" <"$list" || got=$?
[ "$got" -le "$rc" ] || rc=$got
exit "$rc"
