#!/usr/bin/env bats
# Topics, cover letter, mails, and the ways to apply: on a copy of the scripts
# and a kernel tree of a few files.

bats_require_minimum_version 1.5.0

setup() {
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	T=$(mktemp -d)
	export VM_INSERT_BUILD=$T/build XDG_CACHE_HOME=$T/cache
	mkdir -p "$T/repo/patches" "$T/repo/coccinelle" "$T/repo/kunit" "$T/build"
	cp -r "$REPO/scripts" "$T/repo/"
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	export GIT_AUTHOR_NAME='vm_insert maintainers' GIT_AUTHOR_EMAIL=vm-insert@example.org
	export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
	me=(--from 'A Poster <poster@example.org>' --out "$T/mbox")
	small_queue
}

teardown() { rm -rf "$T"; }

# Three topics of one patch each; the third needs the first only. What stands
# for get_maintainer.pl knows one maintainer for each file.
small_queue() {
	local b=$T/build/base f
	mkdir -p "$b/mm" "$b/scripts"
	for f in memory gup vmalloc; do seq 1 60 >"$b/mm/$f.c"; done
	echo list >"$b/MAINTAINERS"
	cat >"$b/scripts/get_maintainer.pl" <<-'EOF'
		my $patch = do { local (@ARGV, $/) = ($ARGV[-1]); <> };
		exit 0 if $patch =~ /nobody/;
		for my $f (sort grep { $_ } $patch =~ m{^diff --git a/mm/(\w+)}mg) {
			print qq("J. $f" <$f\@example.org> (maintainer:MM: $f)\n);
		}
		print "linux-mm\@example.org (open list:MM)\n";
		print "gup\@example.org (moderated list:GUP)\n" if $patch =~ m{a/mm/gup};
	EOF
	git -C "$b" init -q -b base
	git -C "$b" config notes.rewriteRef refs/notes/commits
	git -C "$b" add -A
	git -C "$b" commit -q -m base
	git -C "$b" tag vm-insert-base
	git -C "$b" checkout -q -b vm-insert/series
	change memory 10 'mm: first thing'
	git -C "$b" notes add -m 'A note below the line.'
	change gup 10 'mm: second thing'
	change memory 12 'mm: third thing'
	git -C "$b" checkout -q base
	cat >"$T/repo/series" <<-'EOF'
		# Topic one: the first
		mm-first-thing.patch
		#
		# Topic two: the second, RFC
		# needs: one
		mm-second-thing.patch
		#
		# Topic three: the third
		# needs: one
		mm-third-thing.patch
	EOF
	cat >"$T/repo/cover-letter.txt" <<-'EOF'
		mm: three things

		Why.

		Topic one: mm: the first thing
		------------------------------
		Needs: nothing.

		Text of one.

		Topic two: mm: the second thing
		-------------------------------
		Needs: one.

		Text of two.

		Topic three: mm: the third thing
		--------------------------------
		Needs: one.

		Text of three.
	EOF
	"$T/repo/scripts/refresh.sh"
	"$T/repo/scripts/apply.sh"
}

change() {	# FILE LINE SUBJECT
	sed -i "s/^$2\$/line $2/" "$T/build/base/mm/$1.c"
	git -C "$T/build/base" commit -q -a -m "$3"
}

run_in_copy() { run "$T/repo/scripts/$1" "${@:2}"; }

# headers N: those of the Nth mail of the mbox, from 0 on, one a line.
headers() {
	/usr/bin/python3 - "$T/mbox" "$1" <<-'EOF'
		import mailbox, sys
		m = list(mailbox.mbox(sys.argv[1]))[int(sys.argv[2])]
		for k, v in m.items():
		    print(f"{k}: {' '.join(v.split())}")
	EOF
}

@test "send: who posts it has to be said, and has to be a person" {
	run_in_copy send.sh --out "$T/mbox"
	[ "$status" -ne 0 ]
	[[ $output == *"--from 'Name <mail>'"* ]]
	run_in_copy send.sh --out "$T/mbox" --from poster@example.org
	[ "$status" -ne 0 ]
	[[ $output == *'does not look like'* ]]
	run_in_copy send.sh --out "$T/mbox" --from 'vm_insert maintainers <vm-insert@example.org>'
	[ "$status" -ne 0 ]
	[[ $output == *'the role cannot sign'* ]]
	run_in_copy send.sh --out "$T/mbox" --from $'A\nBcc: x <poster@example.org>'
	[ "$status" -ne 0 ]
	[ ! -e "$T/mbox" ]
}

@test "send: the thread: numbers, From, sign-off, Message-IDs, recipients" {
	run_in_copy send.sh "${me[@]}" --version 3
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'cover letter and 3 patches. Nothing was sent.' ]]
	[ "$(grep -c '^From mboxrd@z ' "$T/mbox")" -eq 4 ]
	[ "$(headers 0 | grep '^Subject')" = 'Subject: [PATCH v3 0/3] mm: three things' ]
	[ "$(headers 2 | grep '^Subject')" = 'Subject: [PATCH v3 2/3] mm: second thing' ]
	local id i
	id=$(headers 0 | sed -n 's/^Message-ID: //p')
	[ -n "$id" ]
	run ! grep -q '^In-Reply-To' <(headers 0)
	for i in 1 2 3; do
		[ "$(headers $i | grep '^From: ')" = 'From: A Poster <poster@example.org>' ]
		[ "$(headers $i | sed -n 's/^In-Reply-To: //p')" = "$id" ]
		[ "$(headers $i | sed -n 's/^References: //p')" = "$id" ]
	done
	[ "$(for i in 0 1 2 3; do headers $i | grep '^Message-ID'; done | sort -u | wc -l)" -eq 4 ]
	[ "$(grep -c '^Signed-off-by: A Poster <poster@example.org>$' "$T/mbox")" -eq 3 ]
	run ! grep -q 'vm-insert@example.org' "$T/mbox"
	# Each mail to all lists, each patch to its own maintainers only.
	[ "$(headers 0 | grep '^To')" = 'To: linux-mm@example.org, gup@example.org' ]
	[ "$(headers 1 | grep '^To')" = 'To: "J. memory" <memory@example.org>' ]
	[ "$(headers 1 | grep '^Cc')" = 'Cc: linux-mm@example.org, gup@example.org' ]
	[ "$(headers 2 | grep '^To')" = 'To: "J. gup" <gup@example.org>' ]
}

@test "send: notes below the line survive, and trailers are told" {
	sed -i '0,/^---$/s//A sentence.\n\nSuggested-by: Somebody Else <else@example.org>\n---/' \
		"$T/repo/patches/mm-first-thing.patch"
	run_in_copy apply.sh
	[ "$status" -eq 0 ]
	run_in_copy send.sh "${me[@]}" --topic one
	[ "$status" -eq 0 ]
	[[ $(headers 1 | grep '^Cc') == 'Cc: Somebody Else <else@example.org>, '* ]]
	sed -n '/^Suggested-by/,/^diff/p' "$T/mbox" >"$T/part"
	[ "$(sed -n 2,4p "$T/part")" = $'Signed-off-by: A Poster <poster@example.org>\n---\nA note below the line.' ]
}

@test "send: the sign-off is a paragraph of its own behind what is no trailer" {
	local p=$T/repo/patches/mm-first-thing.patch text
	cp "$p" "$T/patch"
	for text in 'Sentence.\nNote: none.' 'Sentence.\n\n  a table'; do
		sed "0,/^---\$/s//$text\n---/" "$T/patch" >"$p"
		/usr/bin/python3 "$T/repo/scripts/lib/patchfile.py" poster "$p" 'A <a@example.org>' >"$T/out"
		grep -B 1 '^Signed-off-by: A' "$T/out" | head -n 1 | grep -qx ''
	done
}

@test "send: names that are not ASCII are encoded, not folded" {
	run_in_copy send.sh --from 'Jérôme Poster <poster@example.org>' --out "$T/mbox"
	[ "$status" -eq 0 ]
	grep -qx 'From: =?utf-8?[qb]?.*?= <poster@example.org>' "$T/mbox"
	grep -qx 'Signed-off-by: Jérôme Poster <poster@example.org>' "$T/mbox"
}

@test "send: a topic: its patches, its section, what it goes on top of" {
	run_in_copy send.sh "${me[@]}" --topic three
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^From mboxrd@z ' "$T/mbox")" -eq 2 ]
	[ "$(headers 0 | grep '^Subject')" = 'Subject: [PATCH 0/1] mm: the third thing' ]
	grep -q '^Text of three.' "$T/mbox"
	grep -q '^  mm: the first thing$' "$T/mbox"
	run ! grep -q 'second thing\|Text of one\|gup@' "$T/mbox"
	local id
	id=$(git patch-id --stable <"$T/repo/patches/mm-first-thing.patch" | cut -d' ' -f1)
	[ "$(grep '^prerequisite-patch-id' "$T/mbox")" = "prerequisite-patch-id: $id" ]
	# Once in the cover letter, once in the patch.
	[ "$(grep -cx ' 1 file changed, 1 insertion(+), 1 deletion(-)' "$T/mbox")" -eq 2 ]
	grep -qx 'Base: base' "$T/mbox"
	run_in_copy send.sh "${me[@]}" --topic two --version 2
	[ "$(headers 0 | grep '^Subject')" = 'Subject: [RFC PATCH v2 0/1] mm: the second thing' ]
}

@test "send: topics are listed, an unknown one is refused" {
	run_in_copy send.sh --list
	[ "$status" -eq 0 ]
	[ "${lines[2]}" = 'three: 1 patch, needs one: the third' ]
	run_in_copy send.sh "${me[@]}" --topic four
	[ "$status" -ne 0 ]
	[[ $output == *'no topic four; there are: one, two, three'* ]]
	[ ! -e "$T/mbox" ]
}

@test "send: a topic that is commented out is refused, alone, and not missed" {
	sed -i 's/^mm-second-thing.patch/# &: waits/' "$T/repo/series"
	run_in_copy apply.sh
	run_in_copy send.sh --list
	[ "${lines[1]}" = 'two: 0 patches (+1 unfinished), needs one: the second, RFC' ]
	run_in_copy send.sh "${me[@]}" --topic two
	[ "$status" -ne 0 ]
	[[ $output == *'no patch of topic two is finished'* ]]
	run_in_copy send.sh "${me[@]}"
	[ "$status" -eq 0 ]
	run ! grep -q 'Text of two' "$T/mbox"
	grep -q 'Text of three' "$T/mbox"
}

@test "send: a topic that does not apply to what it says it needs is refused" {
	sed -i '/third/,$s/^# needs: one$/# needs: two/; /second/,/third/s/^# needs: one$/#/' "$T/repo/series"
	sed -i -e '/^Topic two/,/^Topic three/s/Needs: one/Needs: nothing/' \
		-e '/^Topic three/,$s/Needs: one/Needs: two/' "$T/repo/cover-letter.txt"
	run_in_copy send.sh "${me[@]}" --topic three
	echo "$output"
	[ "$status" -ne 0 ]
	[[ $output == *'topic three does not apply to what it needs'* ]]
	[ ! -e "$T/mbox" ]
}

@test "send: a patch that nobody maintains is refused" {
	sed -i '0,/^---$/s//nobody\n---/' "$T/repo/patches/mm-second-thing.patch"
	run_in_copy send.sh "${me[@]}"
	[ "$status" -ne 0 ]
	[[ $output == *'names nobody for mm-second-thing.patch'* ]]
	[[ $output == *'nothing was written'* ]]
	[ ! -e "$T/mbox" ]
}

@test "send: a line that would end a mail is refused" {
	sed -i '0,/^---$/s//From here on it is wrong.\n---/' "$T/repo/patches/mm-second-thing.patch"
	run_in_copy send.sh "${me[@]}"
	[ "$status" -ne 0 ]
	[[ $output == *"begins with 'From '"* ]]
	[ ! -e "$T/mbox" ]
}

@test "topics: names, needs and sections are checked" {
	local s=$T/repo/series
	cp "$s" "$T/series"
	sed -i 's/^# Topic two:/# Topic:/' "$s"
	run_in_copy apply.sh --force
	[ "$status" -ne 0 ]
	[[ $output == *'has no name; write: # Topic NAME'* ]]
	sed 's/^# Topic two:/# Topic one:/' "$T/series" >"$s"
	run_in_copy apply.sh --force
	[[ $output == *'topic one stands there twice'* ]]
	sed '0,/^# needs: one/s//# needs: three/' "$T/series" >"$s"
	run_in_copy apply.sh --force
	[[ $output == *'topic two needs three, which is no topic before it'* ]]
	{ echo mm-first-thing.patch; grep -v first-thing "$T/series"; } >"$s"
	run_in_copy apply.sh --force
	[[ $output == *'mm-first-thing.patch stands before the first topic'* ]]
	{ cat "$T/series"; echo '# needs: one'; } >"$s"
	run_in_copy apply.sh --force
	[[ $output == *'does not follow the line of its topic'* ]]
	cp "$T/series" "$s"
	sed -i '/^Topic three/,$s/Needs: one/Needs: two/' "$T/repo/cover-letter.txt"
	run_in_copy send.sh "${me[@]}"
	[ "$status" -ne 0 ]
	[[ $output == *"topic three has to begin with 'Needs: one.'"* ]]
	sed -i '/^Topic three/,$d' "$T/repo/cover-letter.txt"
	run_in_copy send.sh "${me[@]}"
	[[ $output == *'has no section for topic three'* ]]
}

@test "round trip: five ways, one tree" {
	run_in_copy roundtrip.sh
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"git am ends in tree $(git -C "$T/build/base" rev-parse 'vm-insert/series^{tree}')"* ]]
	[[ $output == *'8 passed, 0 failed' ]]
	[ -z "$(ls -d "$T"/build/*.?????? 2>/dev/null)" ]
}

@test "round trip: sees a way that ends elsewhere" {
	# patch(1) accepts an offset that is wrong in the hunk, and so does git; a
	# branch that was changed behind their back is another tree for all of them.
	echo more >>"$T/build/linux/mm/vmalloc.c"
	git -C "$T/build/linux" commit -q -a --amend --no-edit
	run_in_copy roundtrip.sh
	[ "$status" -ne 0 ]
	[[ $output == *'FAIL: refresh.sh'*'FAIL: git am'*'FAIL: git quiltimport'*'FAIL: quilt push'*'FAIL: b4'* ]]
}

@test "round trip: sees a topic that needs more than it says" {
	sed -i '/third/,$s/^# needs: one$/#/' "$T/repo/series"
	run_in_copy roundtrip.sh
	[ "$status" -ne 0 ]
	[[ $output == *'FAIL: topic three'* ]]
	[[ $output == *'FAIL: b4'*'topic three has to begin with'* ]]
}
