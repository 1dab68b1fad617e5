#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_lanes.sh - several folders of one mailbox at once, and several lanes in one folder where the line is slow: how many
# pairs of connections are opened, and that a server that grants few, or a worker that is killed, costs time and no mail.
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
move() { # SOURCE-URL SOURCE-USER TARGET-URL USER OPTION...
	{ echo "$header"; row "$2" "$1" "$4"; } > "$place/list.csv"
	mailvan add "$place/list.csv" --target-server "$3" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1 &&
		mailvan migrate --all --wait "${@:5}" > "$place/out" 2>&1
}
migrate() { # TARGET-SERVER USER OPTION...
	move "$(imaps "$S")" src "$(imaps "$1")" "${@:2}"
}
arrived() { # SERVER USER : by content
	same_files "$2: what arrived is what was there" "$place/source" <(holdings "$1" "$2")
}

P=$place/alone # holds runs in a subshell
holds "a mailbox alone" migrate "$T" alone
same "near by it gets two pairs of connections" 2 "$(logins "$T" alone)"
arrived "$T" alone
before=$(logins "$S" src)
holds "nothing new" mailvan migrate --all --wait
same "an unchanged mailbox gets one connection" 1 "$(($(logins "$S" src) - before))"

away() { # PROXY-OPTION... SERVER : its URL through a proxy
	start_proxy "${@:1:$#-1}" "$(port "${*: -1}" IMAPS_PORT)" && url=imaps://127.0.0.1:$proxy_port
}
away --delay 10 "$T"
P=$place/fartarget
holds "a target that is far away" move "$(imaps "$S")" src "$url" fartarget
same "far target: four pairs of connections" 4 "$(logins "$T" fartarget)"
arrived "$T" fartarget
away --delay 10 "$S"
P=$place/farsource
holds "a source that is far away" move "$url" src "$(imaps "$T")" farsource
same "far source: four pairs of connections" 4 "$(logins "$T" farsource)"
arrived "$T" farsource
away --delay 1 --rate 100 "$T"
P=$place/slow
before=$(logins "$S" src)
holds "a target that is near and slow" move "$(imaps "$S")" src "$url" slow
holds "slow target: more pairs of connections, when that is seen" [ $(($(logins "$S" src) - before)) -ge 3 ]
arrived "$T" slow

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

enough() { [ "$(committed "$1")" -ge "$2" ]; }
killed_in_between() { # USER STEP : killed with all lanes at work; the next run finds out what each of them had sent
	local pid round
	for round in 1 2 3 4 5 6; do
		mailvan migrate --all --wait > "$place/out" 2>&1 &
		pid=$!
		wait_until 20 enough "$1" $((round * $2)) || break
		kill -KILL $pid
		wait $pid 2> /dev/null
	done
	holds "$1: after the kills" mailvan migrate --all --wait
	arrived "$T" "$1"
}
P=$place/killed
{ echo "$header"; row src "$(imaps "$S")" killed; } > "$place/list.csv"
mailvan add "$place/list.csv" --target-server "$(imaps "$T")" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1
killed_in_between killed 40

# One large folder, and a line to the target that is slow for each connection.
"$load" "$S" big folder Big --seed 7 --count 500 --total 1200000
holdings "$S" big > "$place/source"
away --delay 1 --rate 200 "$T"
far=$url
P=$place/big
holds "a large folder over a slow line" move "$(imaps "$S")" big "$far" big
holds "several pairs of connections copy it" [ "$(logins "$T" big)" -ge 2 ]
arrived "$T" big
holds "big: verified" mailvan verify --all

away --delay 1 --rate 200 "$place/n"
P=$place/fewer
holds "a slow target that grants one connection" move "$(imaps "$S")" big "$url" fewer
arrived "$place/n" fewer

P=$place/bigkilled
{ echo "$header"; row big "$(imaps "$S")" bigkilled; } > "$place/list.csv"
mailvan add "$place/list.csv" --target-server "$far" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1
killed_in_between bigkilled 80
finish
