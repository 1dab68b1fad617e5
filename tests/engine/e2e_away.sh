#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_away.sh - a server that is away and comes back, between real servers: nobody fails, everybody says what it waits
# for; a worker that died is seen as dead; a lost terminal does not end `migrate --wait`.
# run.sh: timeout=240
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
list() { # FILE ROW... : a project with these rows
	{ echo "$header"; printf '%s\n' "${@:2}"; } > "$1"
	add_list "$1"
}
all_synced() { mailvan status --json | jq -e 'all(.mailboxes[]; .state == "Synced")' > /dev/null; }
start() { # COMMAND... : in the background; sets $pid
	"$MAILVAN" --project "$P" "$@" < /dev/null > "$place/out" 2> "$place/err" &
	pid=$!
}

# -- twenty mailboxes, and nobody at the door: its port refuses
rows=()
for i in $(seq 20); do
	"$load" "$S" user$i folder INBOX --seed 1$i --count 4 --total 20000
	rows+=("$(row user$i)")
done
holds "a list" list "$place/a.csv" "${rows[@]}"
"$dovecot" stop "$S"
start migrate --all --wait
# Every row says it, those that nobody has tried too.
everybody_says() {
	mailvan status --json | jq -e 'all(.mailboxes[]; .state == "Queued" and .throttled_until != null and
		(.error | contains("connection refused")))' > /dev/null
}
holds "everybody waits and says why" wait_until 20 everybody_says
same "nobody has failed" 0 "$(total .states.Failed)"
same "status names the server, once" 1 "$(mailvan status | grep -c "^127.0.0.1:$(port "$S" IMAPS_PORT) starts nothing new until ")"
told() { grep -q "Queued.* Waits until .*connection refused" "$place/err"; }
holds "migrate --wait says it too" wait_until 10 told
holds "for some of them, and how many more" grep -q "more wait;" "$place/err"

# -- the terminal is lost, the server comes back
kill -HUP $pid
dovecot -c "$S/dovecot.conf"
holds "they all arrive" wait_until 90 all_synced
wait $pid
same "migrate --wait saw them through" 0 $?
for i in 1 20; do
	same "user$i" "0 lost, 0 twice" \
		"$(lost_and_twice <(holdings "$S" user$i | messages_only) <(holdings "$T" user$i | messages_only))"
done

# -- a worker that is gone from one moment to the next
P=$place/dead
"$load" "$S" big folder INBOX --seed 99 --count 300 --total 9000000
holds "a list" list "$place/b.csv" "$(row big)"
holds "slowly" mailvan migrate --all --rate 100k
copying() { [ "$(figure big .rate)" -gt 0 ]; }
holds "it moves" wait_until 20 copying
same "status knows the worker" "$(worker_pids "$P")" "$(mailvan status --json | jq .worker.pid)"
verdict "and says nothing of none" "$(mailvan status | grep 'No worker')"
kill -KILL "$(worker_pids "$P")"
holds "it is gone" wait_until 5 no_workers "$P"
verdict "status says so" "$(mailvan status | grep -qx 'No worker is running; 1 mailbox waits: mailvan migrate --all' || mailvan status)"
same "in JSON as well" null "$(mailvan status --json | jq .worker)"
same "no rate without a worker" "0 0 null null" "$(figure big .rate) $(total .rate) $(figure big .eta_seconds) $(total .eta_seconds)"
mailvan set rate off > /dev/null
holds "another one goes on" mailvan migrate --all --wait
holds "to the end" all_synced
verdict "and nothing is said of a worker when nothing waits" "$(mailvan status | grep 'No worker')"

# -- many folders and few messages: what it does is said while it does it
"$load" "$S" many folder INBOX --seed 3 --count 3
"$dovecot" adm "$S" mailbox create -u many $(seq -f "F-%g" 1 80)
start_proxy --delay 40 "$(port "$S" IMAPS_PORT)"
{ echo "$header"; row many "imaps://127.0.0.1:$proxy_port"; } > "$place/many.csv"
holds "a mailbox of 81 folders" add_list "$place/many.csv"
start migrate many@old.example --wait
holds "status says how far it is" wait_until 30 eval "mailvan status | grep -q 'many.*Copying.*Folders: [1-9][0-9]* of 81 done'"
same "which is no error" null "$(figure many .error)"
holds "migrate --wait says it" wait_until 30 grep -q 'Folders: [1-9][0-9]* of 81 done' "$place/err"
wait $pid
same "it ends well" 0 $?
same "and nothing is left of it" "Synced null null" "$(figure many '"\(.state) \(.error) \(.doing)"')"

echo "$SECONDS s"
finish
