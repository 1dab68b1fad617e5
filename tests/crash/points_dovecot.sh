#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# points_dovecot.sh - crash points between real Dovecots: FAULTS (5) of them, evenly spread from a random one on (OFFSET
# repeats it). After each: another worker goes on, both sides are compared, and another run fetches no body (the
# source counts them in its log) and changes nothing at the target, not even a UID.
# run.sh: timeout=1200
set -u
. "$(dirname "$0")/../servers/pair.sh"

faults=${FAULTS:-5} injected=0 lost=0 twice=0
server "$S"
server "$T" --role target
"$load" "$S" src folder INBOX --seed 1 --count 12 --total 60000 --drafts
"$load" "$S" src folder Archive.2023 --seed 2 --count 9 --total 30000
holdings "$S" src > "$place/source"

begin() { # USER
	P=$place/project-$1
	{ echo "$header"; row src "$(imaps "$S")" "$1"; } > "$place/list.csv"
	add_list "$place/list.csv" > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
	setting settle_ms 300
}
stop_at() { "$BUILD/tests/crash/stop_at" "$P" "$1" 2>&1; }
bodies_fetched() { # by all sessions that the source has seen
	cat "$S"/*.log "$S"/log/* 2> /dev/null | grep -o 'body_count=[0-9]*' | awk -F = '{ n += $2 } END { print n + 0 }'
}
sessions() { cat "$S"/*.log "$S"/log/* 2> /dev/null | grep -c 'body_count='; }
a_session_more() { [ "$(sessions)" -gt "$1" ]; }

begin probe
points=$(stop_at 0 | sed -n 's/^ended after \([0-9]*\) points$/\1/p')
verdict "an undisturbed run counts its points" "$([ "${points:-0}" -gt 50 ] || echo "  only ${points:-none}")"
[ "${points:-0}" -gt 0 ] || finish
# Answers come in fewer or more pieces each time, so there are not always as many points.
points=$((points * 2 / 3)) step=$(((points + faults - 1) / faults)) offset=${OFFSET:-$((RANDOM % step))}
echo "$points points, every ${step}th, offset $offset"
for ((i = 0; i < faults; i++)); do
	n=$((offset % step + i * step + 1)) user=user$n
	begin "$user"
	where=$(stop_at "$n")
	[[ $where == stopped* ]] && injected=$((injected + 1))
	holds "point $n, $where: another worker goes on" mailvan migrate --all --wait
	holdings "$T" "$user" > "$place/target"
	outcome=$(lost_and_twice "$place/source" "$place/target")
	lost=$((lost + ${outcome%% lost*})) twice=$((twice + $(cut -d ' ' -f 3 <<< "$outcome")))
	same "point $n: what arrived" "0 lost, 0 twice" "$outcome"
	"$dovecot" dump "$T" "$user" > "$place/before"
	bodies=$(bodies_fetched) seen=$(sessions)
	holds "point $n: one more run" mailvan migrate --all --wait
	holds "point $n: the source has logged it" wait_until 10 a_session_more "$seen"
	same "point $n: no body is fetched" "$bodies" "$(bodies_fetched)"
	"$dovecot" dump "$T" "$user" > "$place/after"
	same_files "point $n: the target is as it was" "$place/before" "$place/after"
done
echo "crash points (Dovecot): $injected faults injected, $lost lost, $twice duplicated"
[ "$injected" -gt 0 ] || verdict "faults were injected" "  none"
finish
