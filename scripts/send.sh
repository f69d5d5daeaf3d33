#!/bin/bash
# send.sh --from 'NAME <MAIL>' --out FILE - the queue as a thread of mails
#
# Writes an mbox to FILE: cover letter with shortlog, diffstat and base, and the
# patches as replies to it, with notes, the poster's From and Signed-off-by, and
# the recipients that get_maintainer.pl names: all mails to the lists, each patch
# to its own maintainers too. It never sends anything. The Signed-off-by is your
# word about the origin of each patch (Documentation/process/submitting-patches).
#
#   --topic NAME   one topic, on top of those that it needs; RFC if series says so
#   --version N    of the thread, 1 unless given
#   --list         the topics of series, and what each needs; nothing else
#
# Needs an applied series (scripts/apply.sh).
set -eu
. "$(dirname "$0")/lib/common.sh"
. "$(dirname "$0")/lib/series.sh"
. "$(dirname "$0")/lib/small.sh"
. "$(dirname "$0")/lib/recipients.sh"

topics() { /usr/bin/python3 "$TOP/scripts/lib/topics.py" "$@"; }
cover() { /usr/bin/python3 "$TOP/scripts/lib/cover.py" "$@"; }

topic='' version=1 poster='' out='' list=0
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--list) list=1 ;;
	--topic|--version|--from|--out)
		[ $# -gt 1 ] || die "$1 needs a value; see --help"
		case $1 in
		--topic) topic=$2 ;;
		--version) version=$2 ;;
		--from) poster=$2 ;;
		--out) out=$2 ;;
		esac
		shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done
problems=$(topics check) || die "$problems"
if [ "$list" = 1 ]; then
	topics list
	exit 0
fi

[ -n "$poster" ] || die "who posts it? give yourself: --from 'Name <mail>'; it becomes the Signed-off-by"
[[ $poster =~ ^[^\<\>@[:cntrl:]]+\ \<[^\<\>@[:space:]]+@[^\<\>@[:space:]]+\>$ ]] ||
	die "'$poster' does not look like 'Name <mail>'"
[ "${poster,,}" != "${ROLE,,}" ] ||
	die "the role cannot sign; a person has to: --from 'Name <mail>'"
[ -n "$out" ] || die "where to? give a file: --out FILE"
[ -d "$(dirname "$out")" ] || die "there is no folder $(dirname "$out")"
[[ $version =~ ^[1-9][0-9]*$ ]] || die "--version has to be a number from 1 on"
problems=$(series_check) || { printf '%s\n' "$problems" >&2; die "the series is not whole"; }
problems=$(cover check) || die "$problems"
prefix=PATCH before=()
if [ -n "$topic" ]; then
	names=$(topics patches "$topic") || { printf '%s\n' "send.sh: $names" >&2; exit 1; }
	[ -n "$names" ] || die "no patch of topic $topic is finished; series says what is missing"
	mapfile -t patches <<<"$names"
	mapfile -t before < <(topics before "$topic")
	case $(topics title "$topic") in *', RFC') prefix='RFC PATCH' ;; esac
else
	mapfile -t patches < <(series_entries)
fi
[ -f "$TREE/scripts/get_maintainer.pl" ] || die "the series is not applied; run: scripts/apply.sh"

tmp=$(mktemp -d "$BUILD/send.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# Where the patches land, and what they change there.
small_repo "$tmp/small"
small_am "$tmp/small" base "${before[@]}" ||
	die "the patches in front of topic $topic do not apply: $(grep -m 1 '^Patch failed' "$tmp/small/.git/am.log")"
onto=$(git -C "$tmp/small" rev-parse HEAD)
small_am "$tmp/small" "$onto" "${patches[@]}" ||
	die "${topic:+topic $topic }does not apply to what it needs: $(grep -m 1 '^Patch failed' "$tmp/small/.git/am.log")"

recipients "$tmp/recipients" "${patches[@]}" || die "nothing was written"

(
	if [ -n "$topic" ]; then cover topic "$topic"; else cover whole; fi
	printf '\n%s (%s):\n' "${poster% <*}" "${#patches[@]}"
	cd "$TOP/patches"
	/usr/bin/python3 "$TOP/scripts/lib/patchfile.py" subject "${patches[@]}" | sed 's/^/  /'
	say
	neutral_git -C "$tmp/small" diff -M --stat=72 --summary "$onto" HEAD
	printf '\nBase: %s\n' "$(git -C "$BASE_TREE" log -1 --format=%s "$BASE_TAG")"
	[ ${#before[@]} = 0 ] || cat "${before[@]}" | git patch-id --stable |
		sed 's/ .*//; s/^/prerequisite-patch-id: /'
) >"$tmp/cover"

/usr/bin/python3 "$TOP/scripts/lib/mbox.py" --from "$poster" --version "$version" \
	--prefix "$prefix" --id "vm-insert${topic:+-$topic}" \
	--date "${SOURCE_DATE_EPOCH:-$(date +%s)}" --cover "$tmp/cover" \
	--recipients "$tmp/recipients" "${patches[@]/#/$TOP/patches/}" >"$tmp/mbox"
cp "$tmp/mbox" "$out"
say "Wrote $out: cover letter and ${#patches[@]} patches. Nothing was sent."
