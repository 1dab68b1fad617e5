#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_worker.sh - a worker lives on its own: it outlives its starter, obeys pause, resume, stop and retry, and
# there are never two writers in one account, whatever is stopped, woken or started twice.
# run.sh: timeout=600
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
for i in 1 2 3; do "$load" "$S" user$i folder INBOX --seed $i --count 4000 --total 6000000; done
"$load" "$S" twin folder INBOX --seed 9 --count 300
# A target that is far away, so that there is time to interfere.
start_proxy --delay 200 "$(port "$T" IMAPS_PORT)"
far=imaps://127.0.0.1:$proxy_port
list() { # FILE ROW... : a project with these rows
	{ echo "$header"; printf '%s\n' "${@:2}"; } > "$1"
	mailvan add "$1" --target-server "$far" --target-ca "$CA" --source-ca "$CA"
}
moving() { [ "$(committed "$1")" -gt "${2:-0}" ] && ! no_workers "$P"; } # USER [MESSAGES-BEFORE]
all_synced() { mailvan status --json | jq -e 'all(.mailboxes[]; .state == "Synced")' > /dev/null; }
complete() { # USER TARGET
	same "$1: what arrived at $2" "0 lost, 0 twice" \
		"$(lost_and_twice <(holdings "$S" "$1") <(holdings "$T" "$2" | messages_only))"
}

# -- it outlives the session that started it
holds "a list" list "$place/a.csv" "$(row user1)"
holds "migrate returns at once" setsid bash -c '"$0" --project "$1" migrate --all < /dev/null > /dev/null 2>&1' "$MAILVAN" "$P"
holds "and the mailbox moves on" wait_until 30 moving user1
worker=$(worker_pids "$P")
same "one worker" 1 "$(wc -w <<< "$worker")"
verdict "in a session of its own" "$([ "$(ps -o sid= -p "$worker" | tr -d ' ')" != "$(ps -o sid= -p $$ | tr -d ' ')" ] || echo "  ours")"
kill -HUP "$worker"
holds "a second migrate starts no second worker" mailvan migrate --all
same "and says that it is at it" "1 mailbox is queued or running already." "$(mailvan migrate --all 2>&1 | head -n 1)"
same "still one worker" "$worker" "$(worker_pids "$P")"

# -- pause, resume, stop, migrate again
holds "pause" mailvan pause --all
holds "it pauses" wait_until 15 state_is user1 Paused
stood=$(committed user1)
same "exit status of --wait when nothing runs" 0 "$(mailvan resume --all > /dev/null 2>&1; echo $?)"
holds "it resumes" wait_until 15 moving user1 "$stood"
holds "stop" mailvan stop --all
holds "it stops" wait_until 15 state_is user1 Stopped
verdict "before the end" "$([ "$(committed user1)" -lt 4000 ] || echo "  everything was copied already")"
verdict "after the pause it had gone on" "$([ "$(committed user1)" -ge "$stood" ] || echo "  no")"
holds "migrate" mailvan migrate --all
holds "it ends" wait_until 120 all_synced
complete user1 user1
end_workers "$P"

# -- a worker that is stopped dead and comes to life again
P=$place/project2
holds "a list" list "$place/b.csv" "$(row user2)"
holds "migrate" mailvan migrate --all
holds "it moves" wait_until 30 moving user2
frozen=$(worker_pids "$P")
kill -STOP "$frozen"
mailvan worker --idle-exit > "$place/second.out" 2>&1 &
disown
holds "a second worker takes over and ends it" wait_until 120 state_is user2 Synced
holds "the frozen one was killed first" gone "$frozen"
complete user2 user2
end_workers "$P"

# -- two workers at once, and two rows with one target
P=$place/project3
holds "two rows, one target" list "$place/c.csv" "$(row user3 "$(imaps "$S")" joint)" "$(row twin "$(imaps "$S")" joint)"
holds "migrate" mailvan migrate --all
mailvan worker --idle-exit > "$place/third.out" 2>&1 &
disown
overlap=0
watch_leases() {
	[ "$(ask "SELECT count(*) FROM mailbox WHERE state IN (1, 2, 3)")" -le 1 ] || overlap=1
	all_synced
}
holds "both get there" wait_until 120 watch_leases
same "one after the other" 0 $overlap
same "joint: what arrived" "0 lost, 0 twice" "$(lost_and_twice \
	<(cat <(holdings "$S" user3) <(holdings "$S" twin) | LC_ALL=C sort) <(holdings "$T" joint | messages_only))"
holds "the identity holds" identity_holds

# -- a failure is final until somebody asks again
P=$place/project4
{ echo "$header"; row user1 | sed 's/,pass,user1/,wrong,user1b/'; } > "$place/d.csv"
holds "a row with a wrong password" add_list "$place/d.csv"
same "migrate --wait says so" 1 "$(mailvan migrate --all --wait > /dev/null 2>&1; echo $?)"
same "its state" Failed "$(figure user1 .state)"
same "its category" AuthBad "$(figure user1 .error_category)"
logins() { grep -c 'user=<user1>.*auth failed\|auth failed.*user=<user1>' "$S/dovecot.log"; }
tries=$(logins)
same "one attempt" 1 "$tries"
{ echo "$header"; row user1 "$(imaps "$S")" user1b; } > "$place/d.csv"
holds "the same row with the right password" add_list "$place/d.csv"
holds "what to do stands beside it" grep -q 'corrected since: migrate again' <(mailvan status)
holds "it is one of those that failed" mailvan migrate --failed
holds "now it moves" wait_until 120 state_is user1 Synced
complete user1 user1b
finish
