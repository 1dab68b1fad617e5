# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# tally.sh - for test scripts to source: count what holds, say what does not, wait without sleeping too long.
# A script ends with `finish`, which prints "N passed, N failed" and exits.
passed=0 failed=0

verdict() { # title, what is wrong ("" = nothing)
	if [ -z "$2" ]; then
		passed=$((passed + 1))
		echo "ok   $1"
	else
		failed=$((failed + 1))
		printf 'FAIL %s\n%s\n' "$1" "$2"
	fi
}
holds() { # title, command... : it must succeed; its output is shown when it does not
	local title=$1 out
	shift
	if out=$("$@" 2>&1); then verdict "$title" ""; else verdict "$title" "  $* failed: $(tail -n 15 <<< "${out:-no output}")"; fi
}
same() { # title, expected, found
	verdict "$1" "$([ "$2" = "$3" ] || printf '  expected: %s\n  found:    %s' "$2" "$3")"
}
same_files() { # title, expected file, found file; nothing expected proves nothing
	local want
	want=$(cat "$2")
	verdict "$1" "$([ -n "$want" ] || echo "  nothing was expected"; diff <(echo "$want") "$3" | head -n 40)"
}
wait_until() { # seconds, command... : true as soon as the command is
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
