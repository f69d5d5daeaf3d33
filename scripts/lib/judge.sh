# shellcheck shell=bash disable=SC2154 # tmp, base, SPARSE: objects.sh has them
# Sourced by objects.sh: results. What a tool said about an object of the series
# is no failure yet: suspects are compared with the base, all at the end.

passed=0 failed=0
pass() { passed=$((passed + 1)); }
# fail NAME: one failed result, with what stdin says about it.
fail() {
	failed=$((failed + 1))
	say "FAIL: $1"
	head -n 40 | sed 's/^/    /'
}

# diagnostics LOG...: lines "KIND OBJECT TEXT", KIND W=1 or sparse, for all that
# was said between the line that names an object and the next such line.
# "KIND OBJECT" alone says that the tool was there. W=1 runs kernel-doc too, and
# after sparse: its lines are known by how they begin.
diagnostics() {
	cat "$@" | awk -v src="$SRC/" '
	/^make(\[[0-9]+\])?: / { next }
	/^  [A-Z][A-Z0-9_]* / {
		kind = ""
		if ($1 == "CC" || $1 == "RUSTC" || $1 == "CHECK") {
			kind = $1 == "CHECK" ? "sparse" : "W=1"
			object = $NF
			sub(/\.(c|rs)$/, ".o", object)
			print kind, object
		}
		next
	}
	kind != "" && NF {
		while (i = index($0, src))
			$0 = substr($0, 1, i - 1) substr($0, i + length(src))
		print /^(Warning|Error): / ? "W=1" : kind, object, $0
	}'
}

# said KIND OBJECT DIAGNOSTICS: what that tool said about that object.
said() { sed -n "s|^$1 $2 \(.*\)|\1|p" "$3"; }

# news OLD NEW: the lines of NEW that OLD has not, or not as often. What moves
# with the code around it does not make a difference: line numbers, offsets, and
# source lines that the compiler quotes.
news() {
	awk '
	function still(s) { gsub(/:[0-9]+/, "", s); gsub(/\+0x[0-9a-f]+/, "", s); return s }
	/^ *[0-9]* *\|/ { next }
	FILENAME == ARGV[1] { seen[still($0)]++; next }
	seen[still($0)]-- <= 0' "$1" "$2"
}

# judge COMMIT RIG SET C LOG FILE...: one result each for compiler and sparse.
judge() {
	local commit=$1 rig=$2 set=$3 c=$4 log=$5 diag=$tmp/$1.$2.$3 f o kind; shift 5
	diagnostics "$BUILD/log/objects-$rig-prepare.log" "$log" >"$diag"
	for f; do
		o=$(object_of "$f")
		if [ ! -s "$OBJ-$rig/$o" ]; then
			said W=1 "$o" "$diag" >"$tmp/said"
			[ -s "$tmp/said" ] || tail -n 20 "$log" >"$tmp/said"
			fail "$o on $rig, at ${commit:0:12}, was not built; see $log" <"$tmp/said"
			continue
		fi
		for kind in W=1 sparse; do
			[ "$kind$c" != sparse0 ] || continue
			if ! grep -qxF "$kind $o" "$diag"; then
				fail "$kind on $o, $rig, did not run" <<<"$log has no line for it"
			elif [ -n "$(said "$kind" "$o" "$diag")" ]; then
				say "$commit $rig $set $kind $f" >>"$tmp/suspects"
			else
				pass
			fi
		done
	done
}

# The planted C file has to draw the warnings that it was made for.
judge_plant() {	# COMMIT RIG SET C
	local diag=$tmp/$1.$2.$3 what=$tmp/plant o
	o=$(object_of "$PLANT")
	said W=1 "$o" "$diag" >"$what"
	if grep -q 'Wunused-const-variable' "$what"; then
		pass
	else
		fail "W=1 on $2 did not run: it does not see a planted bug" <"$what"
	fi
	[ "$4" = 1 ] || return 0
	said sparse "$o" "$diag" >"$what"
	if grep -q 'incorrect type in return expression' "$what" && grep -q 'restricted vm_fault_t' "$what"; then
		pass
	else
		fail "sparse on $2 did not run: it does not see a fault handler that returns an errno" <"$what"
	fi
}

# A method that was renamed in one place only has to break the Rust binder.
judge_rust_plant() {
	local log=$BUILD/log/objects-rust-plant.log f=drivers/android/binder/rust_binder_main.rs rc=0
	sed -i -E 's/\.vm_insert_[a-z_]+\(/.planted_rename(/' "$SRC/$RUST_PLANT"
	with_progress "$log" rig_compile rust 0 "$f" || rc=$?
	neutral_git -C "$SRC" checkout -q -f -- "$RUST_PLANT"
	if [ "$rc" != 0 ] && grep -q 'no method named .planted_rename.' "$log"; then
		pass
	else
		fail "the Rust build did not run: it does not see a planted bug" < <(tail -n 20 "$log")
	fi
}

# settle: build the suspects' objects of the base, and fail what is new.
settle() {
	local rig commit set kind f o rigs files exist log new=$tmp/new
	[ -s "$tmp/suspects" ] || return 0
	say "base: comparing warnings of $(wc -l <"$tmp/suspects") results"
	checkout "$base"
	mapfile -t rigs < <(cut -d' ' -f2 "$tmp/suspects" | sort -u)
	for rig in "${rigs[@]}"; do
		log=$BUILD/log/objects-$rig-base.log
		: >"$tmp/base.$rig"
		mapfile -t files < <(sed -n "s/^[^ ]* $rig [^ ]* [^ ]* //p" "$tmp/suspects" | sort -u)
		exist=()
		for f in "${files[@]}"; do
			[ ! -e "$SRC/$f" ] || exist+=("$f")
		done
		[ ${#exist[@]} -gt 0 ] || continue
		with_progress "$log" rig_prepare "$rig" || :
		with_progress "$log.objects" rig_compile "$rig" "$(rig_sparse "$rig")" "${exist[@]}" || :
		diagnostics "$log" "$log.objects" >"$tmp/base.$rig"
	done
	while read -r commit rig set kind f; do
		o=$(object_of "$f")
		said "$kind" "$o" "$tmp/base.$rig" >"$tmp/said.base"
		said "$kind" "$o" "$tmp/$commit.$rig.$set" >"$tmp/said"
		news "$tmp/said.base" "$tmp/said" >"$new"
		if [ -s "$new" ]; then
			fail "$kind on $o, $rig, at ${commit:0:12}: what the base does not say" <"$new"
		else
			pass
		fi
	done <"$tmp/suspects"
}
