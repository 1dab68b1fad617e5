#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_lanes.sh - several folders of one mailbox at once: how many pairs of connections are opened, and that a server
# that grants one only, or that cuts the lines, costs time and no mail.
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
server "$place/n" --role target --max-conn 1
folders=6
for f in $(seq $folders); do
	"$load" "$S" src folder "Work $f" --seed "$f" --count 60
done
holdings "$S" src > "$place/source"

logins() { grep -c "imap-login: Info: Login: user=<$2>" "$1/dovecot.log"; } # SERVER USER
migrate() { # TARGET-SERVER USER OPTION...
	{ echo "$header"; row src "$(imaps "$S")" "$2"; } > "$place/list.csv"
	mailvan add "$place/list.csv" --target-server "$(imaps "$1")" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1 &&
		mailvan migrate --all --wait "${@:3}" > "$place/out" 2>&1
}
arrived() { # SERVER USER : by content
	same_files "$2: what arrived is what was there" "$place/source" <(holdings "$1" "$2")
}

P=$place/alone # holds runs in a subshell
holds "a mailbox alone" migrate "$T" alone
same "it gets four pairs of connections" 4 "$(logins "$T" alone)"
arrived "$T" alone
before=$(logins "$S" src)
holds "nothing new" mailvan migrate --all --wait
same "an unchanged mailbox gets one connection" 1 "$(($(logins "$S" src) - before))"

P=$place/onejob
holds "one job is one lane" migrate "$T" onejob --jobs 1
same "and one connection at the target" 1 "$(logins "$T" onejob)"
arrived "$T" onejob

P=$place/two
{ echo "$header"; row src "$(imaps "$S")" two; } > "$place/list.csv"
mailvan add "$place/list.csv" --target-server "$(imaps "$T")" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1
holds "lanes is a setting" mailvan set lanes 2
holds "two lanes" mailvan migrate --all --wait
same "two connections at the target" 2 "$(logins "$T" two)"
arrived "$T" two

P=$place/narrow
holds "a target that grants one connection" migrate "$place/n" narrow
arrived "$place/n" narrow
same "narrow: Synced" Synced "$(figure src .state)"
holds "narrow: the identity holds" identity_holds

enough() { [ "$(committed killed)" -ge "$1" ]; }
# Killed in the middle with all lanes at work: the next run finds out what each of them had sent.
P=$place/killed
{ echo "$header"; row src "$(imaps "$S")" killed; } > "$place/list.csv"
mailvan add "$place/list.csv" --target-server "$(imaps "$T")" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1
for round in 1 2 3 4 5 6; do
	mailvan migrate --all --wait > "$place/out" 2>&1 &
	pid=$!
	wait_until 20 enough $((round * 40)) || break
	kill -KILL $pid
	wait $pid 2> /dev/null
done
holds "after the kills" mailvan migrate --all --wait
arrived "$T" killed
finish
