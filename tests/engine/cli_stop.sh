#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cli_stop.sh - migrate --wait: Ctrl+C stops in order, a second one at once; it follows a live worker and takes over
# when that dies.
# run.sh: timeout=400
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
count=2000
for u in anna bob carl; do "$load" "$S" $u folder INBOX --seed 1 --count $count --total 20000000; done
# So slow that each mailbox takes seven seconds at least: there is time to see that it moves.
start_proxy --delay 40 --rate 3000 "$(port "$T" IMAPS_PORT)"
list() { # FILE ROW...
	{ echo "$header"; printf '%s\n' "${@:2}"; } > "$1"
	mailvan add "$1" --target-server "imaps://127.0.0.1:$proxy_port" --target-ca "$CA" --source-ca "$CA" &&
		mailvan set lanes 1 > /dev/null # several would be through before anybody can stop them
}
moving() { [ "$(figure "$1" .messages.copied)" -gt 0 ] && [ "$(figure "$1" .state)" = Copying ]; }
ends_within() { wait_until "$1" bash -c "! kill -0 $2 2> /dev/null"; }
# A background job of bash ignores SIGINT; this one does not.
start() { # COMMAND... : sets $pid
	env --default-signal=INT "$MAILVAN" --project "$P" "$@" < /dev/null > "$place/out" 2> "$place/err" &
	pid=$!
	children+=($pid)
}

# -- Ctrl+C
holds "a list" list "$place/a.csv" "$(row anna)"
start migrate --all --wait
holds "it moves" wait_until 30 moving anna
kill -INT $pid
wait $pid
same "exit code of Ctrl+C" 3 $?
same "the row is Stopped" Stopped "$(figure anna .state)"
verdict "before the end" "$([ "$(committed anna)" -lt $count ] || echo "  everything was copied already")"
same "no intent is open" 0 "$(open_intents)"
holds "it says what it does" grep -q "Stopping in order" "$place/err"
start migrate --all --wait
holds "it goes on" wait_until 30 moving anna
kill -INT $pid
kill -TERM $pid
ends_within 5 $pid
wait $pid
same "twice is at once, with the same code" 3 $?

# -- SIGTERM, as at a shutdown
start migrate --all --wait
holds "and on" wait_until 30 moving anna
kill -TERM $pid
wait $pid
same "exit code of SIGTERM" 3 $?
same "the row is Queued for the next worker" Queued "$(figure anna .state)"
same "nobody has it" 0 "$(ask 'SELECT count(*) FROM lease')"
same "no intent is open" 0 "$(open_intents)"
verdict "before the end" "$([ "$(committed anna)" -lt $count ] || echo "  everything was copied already")"
mailvan worker --idle-exit > /dev/null 2>&1
same "which goes on by itself" Synced "$(figure anna .state)"
mailvan migrate --all --wait > /dev/null 2>&1
same "the end" 0 $?
same "nothing lost, nothing twice" "0 lost, 0 twice" \
	"$(lost_and_twice <(holdings "$S" anna) <(holdings "$T" anna | messages_only))"

# -- behind a worker
P=$place/project2
holds "a list" list "$place/b.csv" "$(row bob)"
holds "a detached migrate" mailvan migrate --all
worker=$(worker_pids "$P")
same "one worker" 1 "$(wc -w <<< "$worker")"
start migrate --all --wait
holds "it moves" wait_until 30 moving bob
kill -KILL "$worker"
wait $pid
same "the worker is killed, --wait takes over and ends it" 0 $?
same "nothing lost, nothing twice" "0 lost, 0 twice" \
	"$(lost_and_twice <(holdings "$S" bob) <(holdings "$T" bob | messages_only))"

# -- Ctrl+C behind a worker stops these mailboxes, not the worker
P=$place/project3
# A target that takes one message per round trip, so that there is time for both.
server "$place/slow" --role target --capability 'IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN'
start_proxy --delay 40 "$(port "$place/slow" IMAPS_PORT)"
holds "a list" list "$place/c.csv" "$(row carl)"
holds "a detached migrate" mailvan migrate --all
worker=$(worker_pids "$P")
start migrate --all --wait
holds "it moves" wait_until 30 moving carl
kill -TERM $pid
wait $pid
same "SIGTERM ends who looks on" 3 $?
holds "and not the work" moving carl
start migrate --all --wait
holds "it moves" wait_until 30 moving carl
kill -INT $pid
wait $pid
same "exit code" 3 $?
same "the row is Stopped" Stopped "$(figure carl .state)"
same "the worker lives" "$worker" "$(worker_pids "$P")"
kill -TERM "$worker"
holds "until it is told to go" ends_within 10 "$worker"

# -- a worker's exit codes
start worker
holds "a worker in the foreground" wait_until 10 grep -q started "$place/err"
kill -HUP $pid
kill -TERM $pid
wait $pid
same "stopped by SIGTERM, not by SIGHUP" 3 $?
start worker --idle-exit
wait $pid
same "idle" 0 $?
finish
