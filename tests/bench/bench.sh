#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench.sh - `make bench`: mailvan beside Debian's mbsync, and beside what the servers can do at all, between the same
# servers in the same run. Every run goes into an empty account, and what arrived is compared with the source, so
# that speed is never bought with mail.
#
#   ROWS="one tls far second twenty small single pop3 memory scale"   what to run (default: all)
#   RUNS=3     of each tool, in turns; medians are shown
#   FULL=1     doveadm backup too, which writes the target's files without a server; a minute for the idle worker
#   SCALE=1    a divisor for the amount of mail: 10 for a quick look
#   KEEP_TABLE=DIR  where table.txt, table.tsv and runs.tsv go (default $BUILD/bench)
#
# The servers' mail is in memory (/dev/shm, or TMPDIR): they are the same for all tools, and a file system
# that is slow at making files would only hide the difference. What the tools write (mailvan's project, mbsync's state)
# is on a disk, with their usual durability.
set -u
here=$(cd "$(dirname "$0")" && pwd)
file_system() { df --output=fstype "$1" | tail -n 1; }
if [ -z "${TMPDIR-}" ] && [ -d /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt 4000000 ]; then
	export TMPDIR=/dev/shm
fi
. "$here/../servers/pair.sh"
. "$here/tools.sh"
. "$here/rows.sh"
. "$here/proofs.sh"
for d in "$BUILD" /var/tmp "$HOME" /tmp; do
	disk=$(mktemp -d "$d/bench.XXXX" 2> /dev/null) || continue
	[ "$(file_system "$disk")" = tmpfs ] || break
	rmdir "$disk"
done
end_bench() {
	local status=$? d
	for d in "$disk"/*/project; do [ -e "$d/project.db" ] && end_workers "$d"; done
	rm -rf "$disk"
	(exit $status)
	tidy_up
}
trap end_bench EXIT

runs=${RUNS:-3} scale=${SCALE:-1}
results=${KEEP_TABLE:-$BUILD/bench}
mkdir -p "$results"
: > "$results/runs.tsv"
: > "$place/rows" # ROW <tab> label <tab> goal
: > "$place/proofs" # label <tab> value <tab> goal <tab> unit
note() { printf '%s\n' "$*" >&2; }

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
machine="$(nproc) cores${model:+ ($model)}, Linux $(uname -r), Dovecot $(dovecot --version | cut -d ' ' -f 1)"
machine+=", $(mbsync --version), SQLite $(sqlite3 --version 2> /dev/null | cut -d ' ' -f 1)"
note "$machine"
note "servers' mail: $place ($(file_system "$place")); projects and states: $disk ($(file_system "$disk"))"
[ "$(file_system "$disk")" != tmpfs ] || note "NO DISK was found: durability costs nothing here, so the times are too good"

server "$S"
server "$T" --role target
masters=(-m "$(port "$S" PID)" -m "$(port "$T" PID)")
load_average() { cut -d ' ' -f 1-2 /proc/loadavg; }
begun=$SECONDS load_before=$(load_average)
for row in ${ROWS:-one tls far second twenty small single pop3 memory scale}; do
	declare -F "row_$row" > /dev/null || { note "There is no row \"$row\"."; exit 2; }
	"row_$row"
done
{
	echo "$machine"
	echo "servers' mail on $(file_system "$place"), projects and states on $(file_system "$disk"); medians of $runs runs;" \
		"$([ "$scale" = 1 ] || echo "ONLY 1/$scale OF THE MAIL that the labels tell;")" \
		"$((SECONDS - begun)) s in all; load $load_before before, $(load_average) at the end"
	echo
	awk -v runs="$results/runs.tsv" -v rows="$place/rows" -v proofs="$place/proofs" -v tsv="$results/table.tsv" \
		-f "$here/table.awk" /dev/null
} | tee "$results/table.txt"
