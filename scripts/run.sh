#!/bin/bash
# run.sh - from a bare machine to green KUnit suites
#
# Installs what is missing (as root; else says what to install), gets the base
# tree, applies the series, runs its KUnit suites on UML, and prints a line of
# counts. build/linux, branch vm-insert/series, stays for you to look at. A
# second run reuses everything.
#
#   --tree DIR   use HEAD of your own kernel checkout DIR as the base
set -eu
. "$(dirname "$0")/lib/common.sh"

user_tree=
while [ $# -gt 0 ]; do
	case $1 in
	-h|--help) usage; exit 0 ;;
	--tree) [ $# -gt 1 ] || die "--tree needs a directory"; user_tree=$2; shift ;;
	*) die "unknown argument $1; see --help" ;;
	esac
	shift
done

"$TOP/scripts/setup.sh" base um
if [ -n "$user_tree" ]; then
	exec "$TOP/scripts/kunit.sh" --tree "$user_tree"
fi
"$TOP/scripts/base.sh"
"$TOP/scripts/apply.sh"
exec "$TOP/scripts/kunit.sh" --arch um
