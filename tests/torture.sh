#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# torture.sh [NAME...] - all faults, for as long as it takes: every crash point, 500 times kill -9, 200 cut wires in each
# scenario, memory, disk and power. NAMEs choose among: points dovecot kill9 cuts faults. Ends with one table and
# "N passed, N failed". Needs a build (make torture makes one); what each part says is in $BUILD/log/torture.NAME.out.
#
# EVERY, FAULTS, KILLS and CUTS make the parts smaller, SEED repeats choices.
# A part is a command that prints any number of lines "KIND: ... N faults injected ... N lost ... N duplicated", ends
# with "N passed, N failed", and fails when something is wrong.
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=$(realpath -m "${BUILD:-build/torture}")
export BUILD MAILVAN=$BUILD/mailvan LC_ALL=C.UTF-8 TZ=UTC
unset MAILVAN_PROJECT MAKEFLAGS MAKELEVEL MFLAGS
# Mail stores are many small files, synced or not: memory is the place for them.
[ -n "${TMPDIR-}" ] || { [ -w /dev/shm ] && TMPDIR=/dev/shm; }
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/torture.XXXXXX") || exit 2
export TMPDIR
chmod 711 "$TMPDIR" # test servers read their mail as nobody
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM HUP
log=$BUILD/log
mkdir -p "$log" || exit 2

declare -A part=(
	[points]="$BUILD/tests/crash/points --every ${EVERY:-1} --crew ${CREW:-24}"
	[dovecot]="bash tests/crash/points_dovecot.sh"
	[kill9]="bash tests/crash/kill9.sh"
	[cuts]="$BUILD/tests/crash/cuts --cuts ${CUTS:-200} --crew ${CREW:-48} ${SEED:+--seed $SEED}"
	[faults]="bash tests/faults/run.sh --torture"
)
export KILLS=${KILLS:-500} FAULTS=${FAULTS:-60}
[ $# -gt 0 ] || set -- points dovecot kill9 cuts faults
passed=0 failed=0 table=''
for name; do
	[ -n "${part[$name]-}" ] || { echo "torture: there is no part '$name'"; exit 2; }
	echo "== $name"
	# shellcheck disable=SC2086 # a command and its arguments
	${part[$name]} 2>&1 < /dev/null | tee "$log/torture.$name.out" | grep -E --line-buffered '^(FAIL|seed |every )|passed, '
	status=${PIPESTATUS[0]}
	read -r p f < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log/torture.$name.out" | tail -n 1)
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
	[ "$status" = 0 ] || [ "${f:-0}" != 0 ] || failed=$((failed + 1))
	table+=$(awk '
		function figure(word) { return match($0, "[0-9]+ " word) ? substr($0, RSTART) + 0 : 0 }
		/^[a-zA-Z][^:]*: .*[0-9]+ faults injected/ {
			printf "%s\t%d\t%d\t%d\n", substr($0, 1, index($0, ":") - 1), figure("faults injected"),
				figure("lost"), figure("duplicated")
		}' "$log/torture.$name.out")$'\n'
done
echo
awk -F '\t' '
	BEGIN { printf "%-24s %8s %6s %11s\n", "kind", "faults", "lost", "duplicated" }
	NF == 4 { printf "%-24s %8d %6d %11d\n", $1, $2, $3, $4; n += $2; lost += $3; twice += $4 }
	END { printf "%-24s %8d %6d %11d\n", "all", n, lost, twice; exit lost + twice > 0 }' <<< "$table" || failed=$((failed > 0 ? failed : 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
