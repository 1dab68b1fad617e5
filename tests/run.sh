#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh [--only 'PATTERN...'] [NAME] - the test runner behind `make check`.
#
# Runs every test program in $BUILD/tests and every test script, some at once, each with a time limit, its own
# TMPDIR and its own sanitizer log; NAME (part of a name) chooses. A test is named by its source: unit/store/test_ledger,
# engine/e2e_fidelity, screen/tmux_start, crash/kill9, check-layers. A source may hold a line
#     run.sh: timeout=900 alone
# (seconds, else 300; alone: nothing else runs beside it, for tests that measure time). Those with a limit of their own
# begin first, the longest one before the others.
# Output is shown for failures only; all of it is kept in $BUILD/log. A sanitizer report, a leftover process
# or a time-out is a failure. What a test says of itself ("N passed, N failed", or cmocka's count) is added up.
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=$(realpath -m "${BUILD:-build/check}")
export BUILD CC=${CC:-gcc}
export MAILVAN=$BUILD/mailvan
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR MAILVAN_PROJECT MAKEFLAGS MAKELEVEL MFLAGS DISPLAY

patterns='*'
[ "${1-}" = --only ] && { patterns=$2; shift 2; }
name=${1-}
# Two more than processors: about half of its time a test waits for a server, a deadline or an answer that is held back.
slots=${SLOTS:-$(($(nproc) + 2))}
log=$BUILD/log
work=$(mktemp -d "${TMPDIR:-/tmp}/mv.XXXXXX") || exit 2
chmod 711 "$work" # test servers read their mail as nobody
rm -rf "$log" && mkdir -p "$log" || exit 2

# ---- which tests there are ----

list_tests() { # one name per line
	local f
	for f in tests/unit/*/test_*.c tests/engine/test_*.c tests/engine/*.sh tests/screen/tmux_*.sh tests/crash/*.sh \
		tests/fuzz/seeds.sh tests/faults/run.sh tests/check-layers.sh tests/check-style.sh tests/check-docs.sh; do
		[ -e "$f" ] || continue
		f=${f#tests/}
		echo "${f%.*}"
	done
}
chosen() { # does the test's name fit --only and NAME?
	local p
	[[ -z $name || $1 == *"$name"* ]] || return 1
	set -f
	for p in $patterns; do
		# shellcheck disable=SC2053 # a pattern
		[[ $1 == $p ]] && { set +f; return 0; }
	done
	set +f
	return 1
}
# A script goes before a program of the same name: it knows the options.
source_of() { [ -e "tests/$1.sh" ] && echo "tests/$1.sh" || echo "tests/$1.c"; }
marks_of() { sed -n 's/.*run\.sh: *\(.*\)$/\1/p' "$(source_of "$1")" | head -n 1; }
limit_of() { [[ $(marks_of "$1") =~ timeout=([0-9]+) ]] && echo "${BASH_REMATCH[1]}"; } # seconds, if it names its own

# ---- one test ----

# Processes that the test left behind: they name its TMPDIR on the command line or in the environment. One grep for all,
# which does not name it itself: asking each process took longer than most of the tests.
leftovers() {
	local p found
	# shellcheck disable=SC2062 # files, not the pattern
	found=$(grep -lasF --file=- /proc/[0-9]*/cmdline /proc/[0-9]*/environ <<< "$1" | cut -d / -f 3 | sort -u)
	for p in $found; do
		[ ! -e "/proc/$p/exe" ] || echo "$p"
	done
}
run_one() { # name -> $log/NAME.out, $work/RESULTS/NAME: "passed failed seconds"
	local test=$1 id=${1//\//.} limit dir rc passed failed start reports left cmd p
	limit=$(limit_of "$test") || limit=300
	dir=$work/$(printf '%s' "$id" | cksum | cut -d ' ' -f 1) # short: Unix sockets live below it
	mkdir -m 711 "$dir"
	cmd=("$BUILD/tests/$test")
	[ ! -e "tests/$test.sh" ] || cmd=(bash "tests/$test.sh")
	start=$(date +%s%N)
	TMPDIR=$dir \
		ASAN_OPTIONS="log_path=$log/$id.san:detect_leaks=1:detect_stack_use_after_return=1:${ASAN_OPTIONS-}" \
		LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0" \
		UBSAN_OPTIONS="log_path=$log/$id.san:print_stacktrace=1:${UBSAN_OPTIONS-}" \
		TSAN_OPTIONS="log_path=$log/$id.san:${TSAN_OPTIONS-}" \
		timeout --kill-after=10 "$limit" "${cmd[@]}" > "$log/$id.out" 2>&1 < /dev/null
	rc=$?
	read -r passed failed < <(count_of "$log/$id.out")
	[ "$rc" = 0 ] || [ "$failed" -gt 0 ] || failed=1
	[ "$rc" = 124 ] && echo "time limit of $limit s reached" >> "$log/$id.out"
	[ "$rc" = 0 ] || echo "exit status $rc" >> "$log/$id.out"
	reports=$(compgen -G "$log/$id.san*")
	if [ -n "$reports" ]; then
		# shellcheck disable=SC2086 # a list of files
		{ echo "sanitizer reports:"; cat $reports; } >> "$log/$id.out"
		failed=$((failed + 1))
	fi
	left=$(leftovers "$dir")
	if [ -n "$left" ]; then
		for p in $left; do
			echo "left running: $p $(tr '\0' ' ' < "/proc/$p/cmdline" 2> /dev/null)"
			kill -KILL "$p" 2> /dev/null
		done >> "$log/$id.out"
		failed=$((failed + 1))
	fi
	[ "$failed" = 0 ] && rm -rf "$dir"
	echo "$passed $failed $((($(date +%s%N) - start) / 1000000))" > "$work/$id.result"
}
count_of() { # "passed failed" by what the output says; a test that says nothing is one
	awk '
	match($0, /[0-9]+ passed, [0-9]+ failed/) { split(substr($0, RSTART, RLENGTH), w, " "); p = w[1]; f = w[3]; said = 1 }
	/^\[       OK \] / { p++; said = 1 }
	/^ *[0-9]+ FAILED TEST\(S\)/ { f += $1; said = 1 }
	END { if (!said) p = 1; print p + 0, f + 0 }' "$1"
}
report() { # name, as soon as it has ended
	local id=${1//\//.} p f ms
	read -r p f ms < "$work/$id.result"
	total_passed=$((total_passed + p))
	total_failed=$((total_failed + f))
	local skipped
	skipped=$(sed -n 's/^\[  SKIPPED \] \([^0-9]\)/\1/p' "$log/$id.out" | sort -u)
	[ -z "$skipped" ] || printf 'note  %s skipped: %s\n' "$1" "${skipped//$'\n'/, }"
	if [ "$f" = 0 ]; then
		printf 'ok    %-34s %5d  %6d.%d s\n' "$1" "$p" $((ms / 1000)) $((ms / 100 % 10))
		return
	fi
	printf 'FAIL  %-34s %5d  %6d.%d s  (%d failed) output:\n' "$1" "$p" $((ms / 1000)) $((ms / 100 % 10)) "$f"
	tail -n "${LINES_SHOWN:-80}" "$log/$id.out" | sed 's/^/    /'
	failures+=("$1")
}

# ---- all of them ----

declare -A running=() # pid -> name
total_passed=0 total_failed=0 failures=()
wait_for_one() {
	local pid
	wait -n -p pid "${!running[@]}"
	report "${running[$pid]}"
	unset "running[$pid]"
}
stop_all() {
	trap - INT TERM
	local pid
	for pid in "${!running[@]}"; do pkill -TERM -P "$pid"; done # `timeout` hands it on to its test
	wait
	rm -rf "$work"
	exit 130
}
trap stop_all INT TERM

# Long ones first, so that no slot waits in the end for one that began late.
beside=() alone=()
while read -r _ t; do
	case "$(marks_of "$t")" in
	*alone*) alone+=("$t") ;;
	*) beside+=("$t") ;;
	esac
done < <(list_tests | while read -r t; do ! chosen "$t" || echo "$(limit_of "$t" || echo 0) $t"; done | sort -s -k 1,1nr)
if [ $((${#beside[@]} + ${#alone[@]})) = 0 ]; then
	echo "no test fits '$name'"
	exit 2
fi
start() { # name, how many may run
	while [ ${#running[@]} -ge "$2" ]; do wait_for_one; done
	run_one "$1" &
	running[$!]=$1
}
for t in "${beside[@]}"; do start "$t" "$slots"; done
for t in "${alone[@]}"; do start "$t" 1; done
while [ ${#running[@]} -gt 0 ]; do wait_for_one; done
[ ${#failures[@]} = 0 ] && rm -rf "$work" || echo "failed: ${failures[*]} (output in $log, files in $work)"
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" = 0 ]
