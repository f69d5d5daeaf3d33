#!/bin/bash
# refresh.sh - write patches/, series and the exports back from the branch
#
# Takes the commits between the base and branch vm-insert/series in
# build/base, whatever you did to them, and writes one patch each, the text of
# its git note below the '---'. Comment lines of series stay in front of the
# patch that they preceded; what is new is named, with the topic that it is in
# now, since a patch in front of a topic joins the one before. Exports: KUnit suites to kunit/, semantic patches
# to coccinelle/, the MAINTAINERS entry to MAINTAINERS.fragment. Run after
# apply.sh alone, it changes nothing.
#
#   --output DIR   write there instead of into this repository
#   --exports DIR  write only the exports, there
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"

out=$TOP only_exports=0
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--output|--exports)
		[ $# -gt 1 ] || die "$1 needs a directory"
		[ "$1" = --output ] || only_exports=1
		mkdir -p "$2"; out=$(cd "$2" && pwd); shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

base=$(git -C "$BASE_TREE" rev-parse -q --verify "$BASE_TAG^{commit}" 2>/dev/null) ||
	die "the base is not there; run: scripts/apply.sh after scripts/base.sh"
tip=$(git -C "$BASE_TREE" rev-parse -q --verify "refs/heads/$BRANCH^{commit}") ||
	die "there is no branch $BRANCH; run: scripts/apply.sh"
git -C "$BASE_TREE" merge-base --is-ancestor "$base" "$tip" ||
	die "$BRANCH does not begin at the base any more; rebase it: git -C $TREE rebase --onto $BASE_TAG UPSTREAM"
[ -z "$(git -C "$BASE_TREE" rev-list --min-parents=2 "$base..$tip")" ] ||
	die "$BRANCH holds a merge; make it linear: git -C $TREE rebase $BASE_TAG"
if [ -e "$TREE/.git" ] && [ -n "$(git -C "$TREE" status --porcelain | head -n 1)" ]; then
	die "$TREE has changes that are not committed; commit them, or: git -C $TREE stash -u"
fi

# Twins of what the series installs, for people to read.
write_exports() {
	local f
	mkdir -p "$out/kunit" "$out/coccinelle"
	git -C "$BASE_TREE" diff --name-only --diff-filter=d "$base" "$tip" -- \
		'mm/tests/*.[ch]' 'scripts/coccinelle/api/*.cocci' |
	while read -r f; do
		case $f in
		*.cocci) git -C "$BASE_TREE" show "$tip:$f" >"$out/coccinelle/${f##*/}" ;;
		*) git -C "$BASE_TREE" show "$tip:$f" >"$out/kunit/${f##*/}" ;;
		esac
	done
	# Each line with the title of its entry above it.
	awk 'NR == FNR { if (/^@@/) at = substr($3, 2) + 0; else if (/^\+[^+]/) added[at++] = 1; next }
	     last == "" { title = $0; titled = 0 }
	     FNR in added { if (!titled) print (n++ ? "\n" : "") title; if ($0 != title) print; titled = 1 }
	     { last = $0 }' <(git -C "$BASE_TREE" diff -U0 "$base" "$tip" -- MAINTAINERS) \
		<(git -C "$BASE_TREE" show "$tip:MAINTAINERS") >"$out/MAINTAINERS.fragment"
}
if [ "$only_exports" = 1 ]; then
	write_exports
	exit 0
fi

new=$(mktemp -d "$BUILD/refresh.XXXXXX")
trap 'rm -rf "$new"' EXIT
mkdir "$new/patches"
names=()
while read -r commit; do
	slug=$(git -C "$BASE_TREE" show -s --format=%f "$commit" | cut -c1-60 | sed 's/[-.]*$//')
	name=$slug.patch
	[ ! -e "$new/patches/$name" ] ||
		die "two commits would be called $name; give one of them another subject"
	neutral_git -C "$BASE_TREE" format-patch -1 --stdout -N --subject-prefix= \
		--zero-commit --no-signature --full-index --no-cover-letter --no-thread \
		--no-attach --no-base --no-from --no-to --no-cc --no-notes \
		--no-ext-diff --no-textconv --no-encode-email-headers -U3 -M \
		--diff-algorithm=myers --stat=72 --summary -p "$commit" >"$new/patches/$name"
	if git -C "$BASE_TREE" notes show "$commit" >"$new/note" 2>/dev/null; then
		/usr/bin/python3 "$TOP/scripts/lib/patchfile.py" add-notes "$new/patches/$name" "$new/note"
	fi
	names+=("$name")
done < <(git -C "$BASE_TREE" rev-list --reverse "$base..$tip")
[ ${#names[@]} -gt 0 ] || die "$BRANCH holds no commit above the base"

# Comments keep to the patch after them. Those of one that went, to what is new at
# its place, under another name, or to the next.
printf '%s\n' "${names[@]}" >"$new/names"
awk 'NR == FNR { order[++n] = $1; at[$1] = n; next }
     /^#/ || /^[ \t]*$/ { held = held $0 "\n"; next }
     { old[++m] = $1; was[$1] = 1; above[m] = held; held = "" }
     END { for (i = 1; i <= m; i++) {
		text = text above[i]
		if (old[i] in at)
			last = at[old[i]]
		else if (last < n && !(order[last + 1] in was))
			last++
		else
			continue
		before[last] = before[last] text
		text = ""
	   }
	   for (i = 1; i <= n; i++) printf "%s%s\n", before[i], order[i]
	   printf "%s", text held }' "$new/names" "$TOP/series" >"$new/series"
awk 'NR == FNR { was[$1] = 1; next }
     /^# Topic / { topic = $3; sub(/:/, "", topic) }
     /^[^#]/ && !($1 in was) { print "new: " $1 (topic == "" ? "" : ", in topic " topic) }' \
	"$TOP/series" "$new/series"

mkdir -p "$out/patches"
for f in "$out"/patches/*.patch; do
	[ -e "$f" ] || continue
	if [ ! -e "$new/patches/${f##*/}" ] && ! grep -qF "# ${f##*/}: " "$new/series"; then
		rm "$f"
	fi
done
cp "$new"/patches/*.patch "$out/patches/"
cp "$new/series" "$out/series"
write_exports
if [ "$out" = "$TOP" ]; then
	neutral_git -C "$BASE_TREE" update-ref "$APPLIED" "$tip"
	series_key "$base" "${names[@]}" >"$BASE_TREE/.git/vm-insert-applied"
fi
say "Wrote ${#names[@]} patches to $out/patches"
