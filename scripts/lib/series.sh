# shellcheck shell=bash
# Sourced: is the queue in patches/ and series whole, and which one is it?

# series_key BASE PATCH...: of the base, the order and every patch.
series_key() { { printf '%s\n' "$@"; cd "$TOP/patches" && cat -- "${@:2}"; } | sha256sum | cut -c1-64; }

# Says everything that is wrong, with what mends it; returns 1 if anything is.
series_check() {
	local name f bad=0 seen=' '
	[ -r "$TOP/series" ] || { say "series: cannot be read; restore it: git checkout series"; return 1; }
	while read -r name; do
		case $seen in *" $name "*)
			say "series: $name stands there twice; delete one of the lines"; bad=1 ;;
		esac
		seen+="$name "
		case $name in *[!A-Za-z0-9._-]*|*.patch.*|[!A-Za-z0-9]*)
			say "series: '$name' is no patch name; write SUBJECT-SLUG.patch"; bad=1; continue ;;
		esac
		f=$TOP/patches/$name
		if [ ! -f "$f" ]; then
			say "series: $name is not in patches/; restore it: git checkout patches/$name, or delete its line"
			bad=1
		elif ! /usr/bin/python3 "$TOP/scripts/lib/patchfile.py" verify "$f" 2>&1; then
			say "  restore it: git checkout patches/$name"
			bad=1
		fi
	done < <(series_entries)
	for f in "$TOP"/patches/*; do
		name=${f##*/}
		[ -e "$f" ] || continue
		case $seen in *" $name "*) continue ;; esac
		# Unfinished patches are named in a comment: "# name.patch: why".
		if grep -qF "# $name: " "$TOP/series"; then
			say "not applied, unfinished: $(grep -F "# $name: " "$TOP/series" | sed 's/^# //')"
		else
			say "patches/$name is not in series; add its line, or: git rm patches/$name"
			bad=1
		fi
	done
	/usr/bin/python3 "$TOP/scripts/lib/topics.py" check || bad=1
	return "$bad"
}
