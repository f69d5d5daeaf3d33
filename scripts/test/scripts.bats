#!/usr/bin/env bats
# The scripts' own tests, failure paths first. They work on a copy of the
# queue and on kernel trees of a few files, and touch nothing else.

bats_require_minimum_version 1.5.0

setup() {
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	T=$(mktemp -d)
	export VM_INSERT_BUILD=$T/build XDG_CACHE_HOME=$T/cache
	mkdir -p "$T/repo" "$T/build"
	cp -r "$REPO/scripts" "$REPO/kunit" "$T/repo/"
	mkdir -p "$T/repo/patches" "$T/repo/coccinelle"
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org
	export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
	small_queue
}

teardown() { rm -rf "$T"; }

# A kernel tree of two files, the base of a queue of two patches.
small_queue() {
	local b=$T/build/base
	mkdir -p "$b/mm"
	seq 1 60 >"$b/mm/memory.c"
	echo list >"$b/MAINTAINERS"
	git -C "$b" init -q -b base
	git -C "$b" config notes.rewriteRef refs/notes/commits
	git -C "$b" add -A
	git -C "$b" commit -q -m base
	git -C "$b" tag vm-insert-base
	cp -r "$b" "$T/user"
	git -C "$b" checkout -q -b vm-insert/series
	sed -i 's/^10$/ten/' "$b/mm/memory.c"
	git -C "$b" commit -q -a -m 'mm: first thing'
	git -C "$b" notes add -m 'A note below the line.'
	sed -i -e 's/^20$/twenty/' -e 's/^50$/fifty/' "$b/mm/memory.c"
	git -C "$b" commit -q -a -m 'mm: second thing'
	git -C "$b" checkout -q base
	printf '# topic\n' >"$T/repo/series"
	"$T/repo/scripts/refresh.sh"
	git -C "$b" branch -q -D vm-insert/series
	git -C "$b" update-ref -d refs/notes/commits
	git -C "$b" update-ref -d refs/vm-insert/applied
	rm -f "$b/.git/vm-insert-applied"
}

run_in_copy() { run "$T/repo/scripts/$1" "${@:2}"; }

state() {
	git -C "$1" status --porcelain
	git -C "$1" symbolic-ref HEAD
	git -C "$1" for-each-ref
	git -C "$1" worktree list | wc -l
	sha256sum "$1/.git/index" "$1/mm/memory.c"
}

@test "every script has --help" {
	for s in "$REPO"/scripts/*.sh; do
		run "$s" --help
		[ "$status" -eq 0 ]
		[[ $output == "$(basename "$s")"* ]]
	done
}

@test "every script refuses what it does not know" {
	for s in "$REPO"/scripts/*.sh; do
		run "$s" --no-such-thing
		[ "$status" -ne 0 ]
		[[ $output == *"--help"* ]]
	done
}

@test "apply makes one commit per patch and a note" {
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	[ "$(git -C "$T/build/base" rev-list --count vm-insert-base..vm-insert/series)" -eq 2 ]
	[ "$(git -C "$T/build/base" notes show vm-insert/series~1)" = 'A note below the line.' ]
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	[[ $output == 'Already applied: 2 patches'* ]]
}

@test "apply, then refresh: the same bytes, comments and notes included" {
	cp -r "$T/repo/patches" "$T/repo/series" "$T/"
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	git -C "$T/build/base" config format.signature nonsense
	git -C "$T/build/base" config diff.noprefix true
	git -C "$T/build/base" config diff.algorithm patience
	run_in_copy refresh.sh
	[ "$status" -eq 0 ]
	diff -r "$T/patches" "$T/repo/patches"
	cmp "$T/series" "$T/repo/series"
	grep -q 'A note below the line' "$T/repo/patches/mm-first-thing.patch"
}

@test "a note survives a rebase" {
	run_in_copy apply.sh
	cd "$T/build/linux"
	GIT_SEQUENCE_EDITOR="sed -i '1s/^pick/reword/'" \
		GIT_EDITOR="sed -i '1s/thing/matter/'" git rebase -q -i vm-insert-base
	run_in_copy refresh.sh
	[ "$status" -eq 0 ]
	[ ! -e "$T/repo/patches/mm-first-thing.patch" ]
	grep -q 'A note below the line' "$T/repo/patches/mm-first-matter.patch"
	[ "$(grep -v '^#' "$T/repo/series" | head -n 1)" = mm-first-matter.patch ]
}

@test "a patch keeps its topic under another name, and what is new is named" {
	printf '%s\n' '# Topic one: x' mm-first-thing.patch '#' '# Topic two: y' '# needs: one' mm-second-thing.patch '# end' >"$T/repo/series"
	run_in_copy apply.sh
	cd "$T/build/linux"
	GIT_SEQUENCE_EDITOR="sed -i 's/^pick/reword/'" \
		GIT_EDITOR="sed -i '1s/thing/matter/'" git rebase -q -i vm-insert-base
	run_in_copy refresh.sh
	[ "$status" -eq 0 ]
	[[ $output == *'new: mm-first-matter.patch, in topic one'*'new: mm-second-matter.patch, in topic two'* ]]
	sed -i 's/matter/thing/' "$T/repo/series"
	printf '%s\n' '# Topic one: x' mm-first-thing.patch '#' '# Topic two: y' '# needs: one' mm-second-thing.patch '# end' |
		diff - "$T/repo/series"
	# one less: its comments go to the next
	GIT_SEQUENCE_EDITOR="sed -i 1d" git rebase -q -i vm-insert-base
	run_in_copy refresh.sh
	[ "$(grep -c '^# Topic' "$T/repo/series")" -eq 2 ]
}

@test "apply does not throw edits away, except with --force" {
	run_in_copy apply.sh
	echo more >>"$T/build/linux/mm/memory.c"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'apply.sh --force'* ]]
	run_in_copy refresh.sh
	[ "$status" -ne 0 ]
	[[ $output == *'not committed'* ]]
	run_in_copy apply.sh --force
	[ "$status" -eq 0 ]
	run ! grep -q more "$T/build/linux/mm/memory.c"
}

@test "apply --tree leaves a branch and nothing else" {
	git -C "$T/user" config user.name U
	echo untracked >"$T/user/file"
	state "$T/user" | grep -v refs/heads/vm-insert >"$T/before"
	run_in_copy apply.sh --tree "$T/user"
	[ "$status" -eq 0 ]
	state "$T/user" | grep -v refs/heads/vm-insert >"$T/after"
	diff "$T/before" "$T/after"
	[ "$(git -C "$T/user" rev-list --count base..vm-insert/series)" -eq 2 ]
	[ -z "$(ls -d "$T"/build/tree.* 2>/dev/null)" ]
	# again, for it is as it was left; but not over the work of somebody else
	run_in_copy apply.sh --tree "$T/user"
	[ "$status" -eq 0 ]
	git -C "$T/user" branch -f vm-insert/series base
	run_in_copy apply.sh --tree "$T/user"
	[ "$status" -ne 0 ]
	[[ $output == *'--force'* ]]
	[ "$(git -C "$T/user" rev-parse vm-insert/series)" = "$(git -C "$T/user" rev-parse base)" ]
}

@test "a conflict names patch, file and hunk, and leaves nothing" {
	sed -i 's/^50$/other/' "$T/user/mm/memory.c"
	git -C "$T/user" commit -q -a -m other
	state "$T/user" >"$T/before"
	run_in_copy apply.sh --tree "$T/user"
	[ "$status" -ne 0 ]
	[[ $output == *'patch 2 of 2, mm-second-thing.patch, does not apply'* ]]
	[[ $output == *'file mm/memory.c'* ]]
	[[ $output == *'hunk 2 does not apply'* ]]
	[[ $output != *'hunk 1 does not apply'* ]]
	state "$T/user" >"$T/after"
	diff "$T/before" "$T/after"
	[ -z "$(ls -d "$T"/build/tree.* 2>/dev/null)" ]
}

# What USER made of the file, as one commit.
user_change() {	# SED SUBJECT
	sed -i "$1" "$T/user/mm/memory.c"
	git -C "$T/user" commit -q -a -m "$2"
}

@test "a patch that is there already is left out: by patch-id, subject or content" {
	user_change 's/^10$/ten/' 'mm: the same under another name'
	run_in_copy apply.sh --tree "$T/user"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'left out, there already: mm-first-thing.patch (the same change is commit'* ]]
	[[ $output == *'Applied 1 patches'* ]]
	git -C "$T/user" reset -q --hard HEAD~
	user_change 's/^9$/nine/' 'mm: first thing'
	run_in_copy apply.sh --force --tree "$T/user"
	[ "$status" -eq 0 ]
	[[ $output == *'mm-first-thing.patch (commit '*' has its subject)'* ]]
	# Without history, as from a tar file, only the content is left to go by.
	user_change 's/^nine$/9/; s/^10$/ten/' 'all of it'
	rm -rf "$T/user/.git"
	git -C "$T/user" init -q -b base
	git -C "$T/user" add -A
	git -C "$T/user" commit -q -m 'Linux'
	run_in_copy apply.sh --tree "$T/user"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'left out, there already: mm-first-thing.patch (it '* ]]
	[ "$(git -C "$T/user" rev-list --count base..vm-insert/series)" -eq 1 ]
}

@test "apply --tree merges from what the base has, and keeps both sides of lists" {
	run_in_copy apply.sh
	user_change 's/^12$/twelve/' 'near the first hunk'
	rm -rf "$T/user/.git"
	git -C "$T/user" init -q -b base
	git -C "$T/user" add -A
	git -C "$T/user" commit -q -m 'Linux'
	run_in_copy apply.sh --tree "$T/user"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(git -C "$T/user" show vm-insert/series:mm/memory.c | sed -n 10,12p)" = $'ten\n11\ntwelve' ]
	[ "$(git -C "$T/user" ls-tree -r vm-insert/series | wc -l)" -eq 2 ]
	[ "$(git -C "$T/user" config --get-regexp sparse | wc -l)" -eq 0 ]
	# The same conflict in a list is none.
	local b=$T/build/base
	git -C "$b" checkout -q -f base
	echo one >"$b/mm/Makefile"
	git -C "$b" add -A
	git -C "$b" commit -q -m base --amend
	git -C "$b" tag -f vm-insert-base >/dev/null
	git -C "$T/build/linux" checkout -q --detach base
	echo two >>"$T/build/linux/mm/Makefile"
	git -C "$T/build/linux" commit -q -a -m 'mm: a list'
	git -C "$b" branch -f vm-insert/series "$(git -C "$T/build/linux" rev-parse HEAD)"
	run_in_copy refresh.sh
	printf 'one\nthree\n' >"$T/user/mm/Makefile"
	git -C "$T/user" add -A
	git -C "$T/user" commit -q -m 'more'
	run_in_copy apply.sh --force --tree "$T/user"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(git -C "$T/user" show vm-insert/series:mm/Makefile | wc -l)" -eq 3 ]
}

@test "apply --report names all conflicts, what follows from what, and changes nothing" {
	run_in_copy apply.sh --report
	[ "$status" -ne 0 ]
	[[ $output == *'--report needs --tree'* ]]
	user_change 's/^10$/other/' other
	user_change 's/^20$/other/' another
	state "$T/user" >"$T/before"
	run_in_copy apply.sh --tree "$T/user" --report
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *'patch 1 of 2, mm-first-thing.patch, does not apply'*'three-way merge: mm/memory.c'*'hunk 1 does not apply (line 7)'* ]]
	[[ $output == *'patch 2 of 2, mm-second-thing.patch, does not apply'*'hunk 1 does'*'may follow from mm-first-thing.patch'* ]]
	[[ $output != *'hunk 2 does not'* ]]
	[[ $output == *'0 of 2 patches apply, 0 are there already, 2 do not apply' ]]
	state "$T/user" >"$T/after"
	diff "$T/before" "$T/after"
	git -C "$T/user" reset -q --hard HEAD~2
	run_in_copy apply.sh --tree "$T/user" --report
	[ "$status" -eq 0 ]
	[[ $output == *'2 of 2 patches apply'* ]]
	[ -z "$(ls -d "$T"/build/tree.* "$T"/build/am.* 2>/dev/null)" ]
}

@test "what is no kernel tree is refused" {
	mkdir "$T/empty"
	run_in_copy apply.sh --tree "$T/empty"
	[ "$status" -ne 0 ]
	[[ $output == *'not a kernel tree'* ]]
	run_in_copy apply.sh --tree "$T/nowhere"
	[ "$status" -ne 0 ]
	[[ $output == *'not a directory'* ]]
	rm -rf "$T/user/.git"
	run_in_copy apply.sh --tree "$T/user"
	[ "$status" -ne 0 ]
	[[ $output == *'not a git checkout'* ]]
}

@test "a dirty tree is refused" {
	echo dirt >>"$T/user/mm/memory.c"
	run_in_copy apply.sh --tree "$T/user"
	[ "$status" -ne 0 ]
	[[ $output == *'not committed'*stash* ]]
}

@test "a truncated patch is refused, cut in a hunk or between two" {
	local p=$T/repo/patches/mm-second-thing.patch
	cp "$p" "$T/whole"
	head -n -3 "$T/whole" >"$p"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'cut short'*'git checkout patches/mm-second-thing.patch'* ]]
	local second
	second=$(grep -n '^@@' "$T/whole" | sed -n 2p | cut -d: -f1)
	head -n $((second - 1)) "$T/whole" >"$p"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'cut short'* ]]
	[ ! -d "$T/build/linux" ]
}

@test "an unreadable patch is refused" {
	printf '\377\376' >"$T/repo/patches/mm-second-thing.patch"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'cannot be read'* ]]
}

@test "series and patches/ must agree" {
	echo no-such.patch >>"$T/repo/series"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'no-such.patch is not in patches/'*'delete its line'* ]]
	sed -i '/no-such/d' "$T/repo/series"
	cp "$T/repo/patches/mm-first-thing.patch" "$T/repo/patches/extra.patch"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'patches/extra.patch is not in series'*'git rm'* ]]
	echo '# extra.patch: waits for review' >>"$T/repo/series"
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	[[ $output == *'unfinished: extra.patch'* ]]
}

@test "a base that is not there is named" {
	rm -rf "$T/build/base"
	run_in_copy apply.sh
	[ "$status" -ne 0 ]
	[[ $output == *'scripts/base.sh'* ]]
	run_in_copy refresh.sh
	[ "$status" -ne 0 ]
	run_in_copy kunit.sh
	[ "$status" -ne 0 ]
	[[ $output == *'scripts/apply.sh'* ]]
}

@test "setup tells a user who is not root what to install" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root to become somebody else'
	sed -i 's/um) packages+=(/um) packages+=(no-such-package-here /' "$T/repo/scripts/setup.sh"
	chmod -R a+rX "$T"
	run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
		"$T/repo/scripts/setup.sh" um
	[ "$status" -ne 0 ]
	[[ $output == *'apt-get install'*no-such-package-here* ]]
}

@test "kunit results: a suite that did not run is a failure" {
	echo '{"sub_groups":[{"name":"a","test_cases":[{"name":"x","status":"PASS"},{"name":"y","status":"SKIP"}],"sub_groups":[]}]}' >"$T/json"
	run "$REPO/scripts/lib/kunit_result.py" "$T/json" a
	[ "$status" -eq 0 ]
	[ "$output" = '1 0 1' ]
	run "$REPO/scripts/lib/kunit_result.py" "$T/json" a b
	[ "$status" -ne 0 ]
	[[ $output == *'did not run: suite b'* ]]
	# Of two cases that have to run, one was skipped, and one is not there.
	run "$REPO/scripts/lib/kunit_result.py" "$T/json" a a.x
	[ "$status" -eq 0 ]
	[ "$output" = '1 0 1' ]
	run "$REPO/scripts/lib/kunit_result.py" "$T/json" a a.x a.y a.z
	[ "$status" -ne 0 ]
	[[ $output == *'did not run: case a.y'*'did not run: case a.z'*'1 2 1' ]]
	sed -i 's/PASS/FAIL/' "$T/json"
	run "$REPO/scripts/lib/kunit_result.py" "$T/json" a
	[ "$status" -ne 0 ]
	[[ $output == *'failed: x'* ]]
	run "$REPO/scripts/lib/kunit_result.py" "$T/none" a
	[ "$status" -ne 0 ]
	[[ $output == *'did not run'* ]]
}

@test "the log of a kernel: a report with another architecture's trace counts" {
	printf '%s\n' 'BUG: sleeping function called from invalid context at include/linux/mmu_notifier.h:473' \
		'Call trace: ' ' __split_huge_pmd from vma_adjust_trans_huge+0xec/0x1ac' >"$T/log"
	run "$REPO/scripts/lib/ktap.py" --log "$T/log"
	[ "$status" -ne 0 ]
	[[ $output == 'in the log: BUG: sleeping function'* ]]
}

@test "check sees a signed patch, bad style and a stale export" {
	[ -f "$REPO/build/linux/scripts/checkpatch.pl" ] || [ -n "${VM_INSERT_REAL-}" ]
	local real=${VM_INSERT_REAL:-$REPO/build}
	rm -rf "$T/repo"
	mkdir "$T/repo"
	cp -r "$REPO"/{scripts,kunit,coccinelle,patches,series,cover-letter.txt,MAINTAINERS.fragment} "$T/repo/" 2>/dev/null || :
	export VM_INSERT_BUILD=$real
	local p
	p=$T/repo/patches/$(grep -v '^#' "$REPO/series" | head -n 1)
	sed -i '0,/^---$/s//Signed-off-by: A <a@example.org>\n---/' "$p"
	sed -i '0,/^+\t/s//+        /' "$p"
	echo '/* stale */' >>"$T/repo/kunit/vm_insert_kunit.c"
	run "$T/repo/scripts/check.sh" "$p" no-such.patch
	[ "$status" -ne 0 ]
	[[ $output == *'FAIL: checkpatch no-such.patch'* ]]
	[[ $output == *'FAIL: no patch is signed'* ]]
	[[ $output == *'FAIL: exports are identical'* ]]
	[[ $output == *'FAIL: checkpatch'*CODE_INDENT* ]]
	[[ $output == *' passed, 4 failed' ]]
}

@test "reproduce: refuses a queue in which nothing was made by a semantic patch" {
	run_in_copy apply.sh
	run_in_copy reproduce.sh
	[ "$status" -ne 0 ]
	[[ $output == *'no patch of the queue says'* ]]
}

@test "reproduce: sees a patch that is not what its semantic patch makes" {
	local b=$T/build/base
	run_in_copy apply.sh
	cd "$T/build/linux"
	mkdir -p scripts/coccinelle/api
	printf 'virtual patch\n@@ @@\n- vm_insert_page\n+ vm_insert_kmem_page\n  (...)\n' >scripts/coccinelle/api/x.cocci
	printf 'int f(void)\n{\n\treturn vm_insert_page(1,\n\t\t\t2);\n}\n' >f.c
	git add -A; git commit -q -m 'add both'
	sed -i 's/vm_insert_page(1,/vm_insert_kmem_page(1,\n/' f.c
	git commit -q -a -m 'rename

This is the output of
scripts/coccinelle/api/x.cocci.'
	run_in_copy reproduce.sh
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'1 passed, 0 failed'* ]]
	sed -i 's/2)/3)/' f.c
	git commit -q -a --amend --no-edit
	run_in_copy reproduce.sh
	[ "$status" -ne 0 ]
	[[ $output == *'rename is not what x.cocci makes'* ]]
}

@test "test.sh runs all of its parts, and adds up what they say" {
	local name
	cp -r "$REPO/.ci" "$T/repo/" && cp -r "$REPO/scripts" "$T/repo/"
	rm -rf "$T/repo/scripts/test" "$T/repo/coccinelle"
	mkdir "$T/repo/scripts/test"
	printf '@test "nothing" {\n\ttrue\n}\n' >"$T/repo/scripts/test/x.bats"
	for name in setup base apply check roundtrip cocci reproduce kunit objects bench system; do
		printf '#!/bin/bash\necho "%s $*" >>%s\necho "3 passed, 0 failed"\n' "$name" "$T/ran" >"$T/repo/scripts/$name.sh"
	done
	sed -i 's/3 passed, 0 failed/20 passed, 0 failed, 2 skipped/' "$T/repo/scripts/kunit.sh"
	export VM_INSERT_ROOM=0
	run_in_copy test.sh
	[ "$status" -eq 0 ]
	[ "$(grep -c '^kunit --arch [a-z0-9_-]*$' "$T/ran")" -eq 3 ]
	[ "$(cut -d' ' -f1 "$T/ran" | sort -u | wc -l)" -eq 11 ]
	[[ $output != *'rror'* ]]
	# One each for the first three parts, and eleven calls say three.
	[[ $output == *$'\n96 passed, 0 failed, 6 skipped' ]]
	# A part that fails and says nothing, and one that only skips.
	printf '#!/bin/bash\nexit 1\n' >"$T/repo/scripts/objects.sh"
	sed -i 's/20 passed/0 passed/' "$T/repo/scripts/kunit.sh"
	run_in_copy test.sh
	[ "$status" -ne 0 ]
	[[ $output == *$'\n33 passed, 1 failed, 6 skipped' ]]
	# Nothing is begun on a disk that is too small.
	rm "$T/ran"
	export VM_INSERT_ROOM=1000000
	run_in_copy test.sh
	[ "$status" -ne 0 ]
	[[ $output == *'1000000 GB are needed; free some'* ]]
	[[ $output == *$'\n0 passed, 1 failed' ]]
	[ ! -e "$T/ran" ]
}

@test "an object that takes in another file is not taken from the cache" {
	local word
	cd "$T"
	printf '.incbin "data"\n' >x.S
	echo 'int x;' >x.c
	for word in before after; do
		echo "$word" >data
		XDG_CACHE_HOME=$T/cache bash -c '. "$1"
			gcc -Wp,-MMD,x.d -c x.S -o x.o && gcc -Wp,-MMD,y.d -c x.c -o y.o' _ "$REPO/scripts/lib/common.sh"
		grep -q "$word" x.o
	done
	# What does not is.
	[ -n "$(find "$T/cache/vm-insert/ccache" -name '*R' -print -quit)" ]
}

@test "bisect: one result per patch, and those that passed are known by what they change" {
	local k=$T/build/base/tools/testing/kunit/kunit.py
	mkdir -p "${k%/*}"
	cat >"$k" <<-'EOF'
		#!/bin/bash
		for a; do case $a in --json=*) json=${a#*=} ;; esac; done
		status=PASS
		! grep -qx fifty mm/memory.c || status=FAIL
		echo ran >>"$RAN"
		printf '{"sub_groups": [{"name": "example", "test_cases": [{"name": "a", "status": "%s"}]}]}' "$status" >"$json"
	EOF
	chmod +x "$k"
	git -C "$T/build/base" add -A
	git -C "$T/build/base" commit -q -m kunit
	git -C "$T/build/base" tag -f vm-insert-base
	export RAN=$T/ran
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	run_in_copy bisect.sh
	[ "$status" -ne 0 ]
	[[ $output == *$'FAIL: mm-second-thing.patch'* ]]
	[[ $output == *$'\n1 passed, 1 failed' ]]
	[ "$(grep -c . "$T/ran")" -eq 2 ]
	# Another message and the same lines: only what failed runs again.
	sed -i 's/^A note below/Another note below/; s/first thing/first matter/' "$T/repo/patches/mm-first-thing.patch"
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	run_in_copy bisect.sh
	[ "$status" -ne 0 ]
	[[ $output == *$'ok: 1 passed before\nFAIL: mm-second-thing.patch'* ]]
	[ "$(grep -c . "$T/ran")" -eq 3 ]
	# Other lines, and all that comes after.
	sed -i 's/^+ten$/+Ten/' "$T/repo/patches/mm-first-thing.patch"
	sed -i 's/^+fifty$/+Fifty/' "$T/repo/patches/mm-second-thing.patch"
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	run_in_copy bisect.sh
	[ "$status" -eq 0 ]
	[ "$(grep -c . "$T/ran")" -eq 5 ]
	run_in_copy bisect.sh
	[ "$output" = $'ok: 2 passed before\n2 passed, 0 failed' ]
	# The other way round: a new tree first, and then one that passed.
	cp "$T/repo/series" "$T/series"
	tac "$T/series" >"$T/repo/series"
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	run_in_copy bisect.sh
	[[ $output == *'ok: mm-second-thing.patch: '*'ok: mm-first-thing.patch: its tree passed before'*'2 passed, 0 failed' ]]
	[ "$(grep -c . "$T/ran")" -eq 6 ]
	cp "$T/series" "$T/repo/series"
	run_in_copy apply.sh
	run_in_copy bisect.sh --again --from mm-second-thing.patch
	[ "$status" -eq 0 ]
	[[ $output == *$'\n1 passed, 0 failed' ]]
	[ "$(grep -c . "$T/ran")" -eq 7 ]
	# A topic runs on what it needs, whatever comes before it in series.
	cat >"$T/repo/series" <<-'EOF'
		# Topic one: first
		mm-first-thing.patch
		# Topic two: second
		mm-second-thing.patch
	EOF
	sed -i 's/fifty mm/Ten mm/' "$k"
	git -C "$T/build/base" commit -q -a -m kunit
	git -C "$T/build/base" tag -f vm-insert-base
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	run_in_copy bisect.sh --topics
	[ "$status" -ne 0 ]
	[[ $output == *'FAIL: topic one'*'ok: topic two'* ]]
	[[ $output == *$'\n1 passed, 1 failed' ]]
	sed -i '/^# Topic two/a # needs: one' "$T/repo/series"
	run_in_copy bisect.sh --topics
	[[ $output == *'FAIL: topic one'*'FAIL: topic two'* ]]
}
