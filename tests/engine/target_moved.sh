#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# target_moved.sh - a project, and then a row, whose target becomes another one: what was copied to the old target is
# not at the new one until it has been looked for there.
set -u
. "$(dirname "$0")/../servers/pair.sh"

T2=$place/t2
says() { verdict "$1" "$(tr '\n' ' ' <<< "$3" | grep -q -- "$2" || echo "  it says: $3")"; } # title, pattern, text
silent() { verdict "$1" "$(grep -- "$2" <<< "$3")"; }
server "$S"
server "$T" --role target
server "$T2" --role target --sep . --format maildir
for u in anna bob; do "$load" "$S" $u folder INBOX --seed ${#u} --count 20; done
"$load" "$S" anna folder Work.Old --seed 7 --count 10
{
	echo "$header"
	row anna
	row bob
} > "$place/list.csv"
holds "the list" add_list "$place/list.csv"
holds "anna moves to T1" mailvan migrate anna@old.example --wait
same "what T1 has" 30 "$(message_count "$T" anna)"

new=(mailvan target set --server "$(imaps "$T2")" --ca "$CA")
said=$("${new[@]}" 2>&1)
says "it says whose copies are elsewhere" "1 mailbox was copied to another target before" "$said"
same "anna is not complete" SyncedWithGaps "$(figure anna .state)"
same "nothing of hers is at the new target" "0 30" "$(figure anna '.messages | "\(.copied) \(.pending)"')"
says "and it is said why" "copied to another target" "$(mailvan status 2>&1)"
said=$("${new[@]}" 2>&1)
same "each of them is named" "30 in doubt" "$(mailvan report --json anna@old.example | jq -r '[.mailboxes[].failures[].state] | "\(length) \(unique | join(","))"')"
says "also where people read" 'pending: INBOX UID 1, ' "$(mailvan report anna@old.example)"
silent "the same target again says nothing" "copied to another" "$said"

# Some of it lies there already.
"$load" "$T2" anna folder INBOX --seed 4 --count 20 # as on S
holds "everything moves" mailvan migrate --all --wait
for u in anna bob; do
	same_files "$u's mail is at T2 once" <(holdings "$S" $u) <(holdings "$T2" $u)
done
same "what lay there was found" "30 0" "$(figure anna '.messages | "\(.copied) \(.adopted)"')"
same "T1 keeps what it has" 30 "$(message_count "$T" anna)"
same "and got nothing of bob" 0 "$(message_count "$T" bob)"
holds "verify agrees" mailvan verify --all --level 2

# A row with a target of its own, and then with another one.
echo "$header,TargetServer" > "$place/row.csv"
echo "$(row bob),$(imaps "$T")" >> "$place/row.csv"
said=$(add_list "$place/row.csv" 2>&1)
says "the list says it too" "1 mailbox was copied to another target before" "$said"
holds "bob moves" mailvan migrate bob@old.example --wait
same_files "bob's mail is at T1" <(holdings "$S" bob) <(holdings "$T" bob)

# The same mailbox from another address is another row: told, with what to do.
start_proxy "$(port "$S" IMAPS_PORT)" || exit 1
{
	echo "$header"
	row bob "imaps://127.0.0.1:$proxy_port"
} > "$place/twin.csv"
said=$(add_list "$place/twin.csv" 2>&1)
says "a twin is named" "1 of the added rows is in the project already .*bob@old.example from 127.0.0.1:$(port "$S" IMAPS_PORT)/bob.*mailvan remove 2" "$said"
said=$(add_list "$place/list.csv" 2>&1)
silent "a list again has no twins" "in the project already" "$said"
# -- source and target are one mailbox: under another name of the server, and since the project's target was set
for u in carla dora; do "$load" "$T2" $u folder INBOX --seed ${#u} --count 5; done
"$load" "$T2" carla folder Work --seed 8 --count 4
{
	echo "$header,TargetServer"
	echo "$(row carla "imaps://localhost:$(port "$T2" IMAPS_PORT)"),$(imaps "$T2")"
	echo "$(row dora "$(imaps "$T2")"),$(imaps "$T")"
} > "$place/itself.csv"
holds "two names for one server are two servers for a list" add_list "$place/itself.csv"
before=$(holdings "$T2" carla)
same "its mailbox is no migration" 1 "$(mailvan migrate carla@old.example --wait > /dev/null 2>&1; echo $?)"
same "it has failed" "Failed Input" "$(figure carla '"\(.state) \(.error_category)"')"
says "for a reason" "Source and target are the same mailbox: one server answers" "$(figure carla .error)"
same "nothing is called copied" 0 "$(figure carla '.messages | .copied + .adopted')"
same "and nothing was written" "$before" "$(holdings "$T2" carla)"
{
	echo "$header,TargetServer"
	echo "$(row dora "$(imaps "$T2")" erik),$(imaps "$T2")"
} > "$place/host.csv"
sed -i 's/^dora@/dora2@/' "$place/host.csv"
holds "another login of the same server" add_list "$place/host.csv"
holds "is a migration" mailvan migrate dora2@old.example --wait
same_files "and moves" <(holdings "$T2" dora) <(holdings "$T2" erik)
sqlite3 -cmd '.timeout 5000' "$P/project.db" "UPDATE mailbox SET target_key = source_key WHERE source = 'dora@old.example'"
same "a row that became its own target" 1 "$(mailvan migrate dora@old.example --wait > /dev/null 2>&1; echo $?)"
says "fails before it connects" "Source and target are the same mailbox: one server, port and login" "$(figure dora .error)"
mailvan remove carla@old.example dora@old.example dora2@old.example --yes > /dev/null

# Small things that operators stumble over.
ask_to_write() { sqlite3 -cmd '.timeout 5000' "$P/project.db" "$1"; }
ask_to_write "UPDATE mailbox SET state = 2 WHERE id = 2;
	INSERT INTO worker(id, pid, start, boot, pid_ns, host, version, jobs, started, beat_wall, beat_mono)
		VALUES(99, 1, 1, 'another boot', 1, 'another host', '1', 1, 1, 1, 1);
	INSERT INTO lease(key, mailbox, worker) SELECT target_key, id, 99 FROM mailbox WHERE id = 2"
same "a dead worker's mailbox is removed, and nothing else is said" "remove: 1 mailbox" "$(mailvan remove 2 --yes)"
holds "a rate" mailvan set rate 20M
says "the report says what it is" 'Bandwidth limit: 20.0 MB per second' "$(mailvan report)"
says "a name alone shows how it stands" 'rate 20.0 MB per second' "$(mailvan set budget)"
finish
