# shellcheck shell=bash
# Sourced, after common.sh: packages of other Debian suites, with an apt
# configuration of our own. Nothing of it is installed; the machine's apt
# configuration, lists and package cache stay as they are.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
APT_DIR=${APT_DIR:-$BUILD/apt-toolchain}

# The mirror that the machine itself takes bookworm from.
apt_mirror() {
	local f
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		awk -v RS= -v key="$KEYRING" '
			{ uri = suites = by = ""
			  n = split($0, line, "\n")
			  for (i = 1; i <= n; i++) {
				split(line[i], w, " ")
				if (line[i] ~ /^URIs:/) uri = w[2]
				if (line[i] ~ /^Suites:/) suites = w[2]
				if (line[i] ~ /^Signed-By:/) by = w[2]
			  }
			  if (suites == "bookworm" && by == key) { print uri; exit } }' "$f"
	done
	# One-line entries, as debootstrap writes them.
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) bookworm .*/\2/p'
}

apt_private() {
	local cmd=$1; shift
	"$cmd" -q -o Dir::Etc::sourcelist="$APT_DIR/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::State::lists="$APT_DIR/lists" \
		-o Dir::Cache="$APT_DIR" -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 "$@"
}

# apt_lists SUITE...: fetch what those suites have; says why on failure.
apt_lists() {
	local m s log=$BUILD/log/apt-$1.log
	[ -r "$KEYRING" ] || { say "$KEYRING is missing; run: apt-get install debian-archive-keyring"; return 1; }
	m=$(apt_mirror | head -n 1)
	[ -n "$m" ] || { say "no apt source for bookworm signed by $KEYRING; add one to /etc/apt/sources.list.d"; return 1; }
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/archives/partial"
	for s; do
		say "deb [signed-by=$KEYRING] $m $s main"
	done >"$APT_DIR/sources.list"
	with_progress "$log" apt_private apt-get update ||
		{ say "apt-get update failed for $*; see $log, then run the script again"; return 1; }
}
