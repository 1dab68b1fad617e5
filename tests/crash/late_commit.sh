#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# late_commit.sh - the server goes on committing what it had received for a while after the line was cut. Whoever
# looks too early counts those messages as not stored and sends them again. A proxy holds the bytes back and
# gives them to the server 1.2 s after the client has gone (the settle time is 2 s); first the worker is killed,
# then the line is cut under a worker that lives.
# run.sh: timeout=300
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
"$load" "$S" src folder INBOX --seed 1 --count 500 --total 3000000 --drafts
holdings "$S" src > "$place/source"

begin() { # PROJECT USER PROXY-OPTION...
	P=$place/$1 user=$2
	start_proxy --hold 1000000 --late 1200 "${@:3}" "$(port "$T" IMAPS_PORT)"
	{ echo "$header"; row src "$(imaps "$S")" "$user"; } > "$place/list.csv"
	holds "$1: the list is stored" mailvan add "$place/list.csv" --target-server "imaps://127.0.0.1:$proxy_port" \
		--target-ca "$CA" --source-ca "$CA"
	setting settle_ms 2000
	holds "$1: a worker starts" mailvan migrate --all
	holds "$1: bytes are held back" wait_until 60 grep -q '^holding' "$place/proxy.log"
	held_at=$(committed "$user")
}
outcome() {
	holds "$1: the held bytes were delivered" wait_until 20 grep -q '^delivered' "$place/proxy.log"
	holds "$1: the server committed some of them after the cut ($held_at before)" \
		wait_until 5 more_than "$held_at"
	holds "$1: the mailbox is Synced" wait_until 120 state_is src Synced
	holdings "$T" "$user" > "$place/target"
	same "$1: what arrived" "0 lost, 0 twice" "$(lost_and_twice "$place/source" "$place/target")"
	holds "$1: the identity holds" identity_holds
}
more_than() { [ "$(committed "$user")" -gt "$1" ]; }

begin project-killed one
for pid in $(worker_pids "$P"); do kill -KILL "$pid"; done
wait_until 10 no_workers "$P"
verdict "project-killed: intents are open" "$([ "$(open_intents)" -gt 0 ] || echo "  none")"
mailvan worker --idle-exit > "$place/worker.out" 2>&1 &
disown
outcome project-killed
end_workers "$P"

begin project-cut two --cut 0
outcome project-cut
end_workers "$P"
finish
