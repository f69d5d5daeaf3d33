# shellcheck shell=bash
# Sourced, after common.sh: whom does get_maintainer.pl name for a patch? Each is
# asked once for a patch and a list of maintainers; answers stay in the build folder.

recipients_of() {	# PATCH FILE
	local known new
	known=$BUILD/recipients/$(cat "$TOP/patches/$1" "$TREE/MAINTAINERS" | sha256sum | cut -c1-64)
	new=$known.$BASHPID
	if [ ! -s "$known" ]; then
		# One commit of history: who changed it before cannot be asked.
		(cd "$TREE" && perl scripts/get_maintainer.pl --rolestats --no-git \
			--no-git-fallback --no-fixes "$TOP/patches/$1") >"$new" || return 1
		mv "$new" "$known"
	fi
	cp "$known" "$2"
}

# recipients DIR PATCH...: DIR/PATCH for each; names those without an answer.
recipients() {
	local dir=$1 p rc=0; shift
	mkdir -p "$dir" "$BUILD/recipients"
	for p; do
		while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do wait -n || :; done
		recipients_of "$p" "$dir/$p" &
	done
	wait
	for p; do
		[ -s "$dir/$p" ] || { say "get_maintainer.pl names nobody for $p"; rc=1; }
	done
	return "$rc"
}
