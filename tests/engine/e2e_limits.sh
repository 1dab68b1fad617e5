#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_limits.sh - how much at once, between real servers: the bandwidth cap holds and is changed live, the number of
# mailboxes follows `mailvan set`, a host's limit holds back only its own, and a day that is used up waits.
# run.sh: timeout=240
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
server "$place/s2"
"$load" "$S" big folder INBOX --seed 1 --count 250 --total 10500000 # a little more than 10 MB
list() { # FILE ROW... : a project with these rows
	{ echo "$header"; printf '%s\n' "${@:2}"; } > "$1"
	add_list "$1"
}
complete() { # USER [SERVER]
	same "$1: what arrived" "0 lost, 0 twice" \
		"$(lost_and_twice <(holdings "${2-$S}" "$1" | messages_only) <(holdings "$T" "$1" | messages_only))"
}
worker_jobs() { ask 'SELECT jobs FROM worker'; }
jobs_are() { [ "$(worker_jobs)" = "$1" ]; } # N
in_hand() { ask 'SELECT count(*) FROM lease'; }
in_hand_is() { [ "$(in_hand)" = "$1" ]; } # N
all_synced() { mailvan status --json | jq -e 'all(.mailboxes[]; .state == "Synced")' > /dev/null; }

# -- 10 MB at 2 MB a second
holds "a list" list "$place/a.csv" "$(row big)"
start=$(date +%s%N)
holds "10 MB at 2M" mailvan migrate --all --wait --rate 2M
took=$((($(date +%s%N) - start) / 1000000))
bytes=$(figure big .bytes.copied)
echo "$bytes bytes in $took ms"
verdict "there were 10 MB" "$([ "$bytes" -ge 10000000 ] || echo "  $bytes")"
verdict "they took 4.5 s at least" "$([ "$took" -ge 4500 ] || echo "  $took ms")"
complete big
same "the rate stays" 2000000 "$(mailvan set --json | jq .rate)"

# -- another rate while it runs: at 20 kB/s this would take ten minutes
P=$place/live
"$load" "$S" live folder INBOX --seed 2 --count 250 --total 10500000
holds "a list" list "$place/b.csv" "$(row live)"
holds "it crawls" mailvan migrate --all --rate 20k
holds "it begins" wait_until 20 state_is live Copying
holds "and is let go" mailvan set rate 0
holds "it ends" wait_until 60 state_is live Synced
complete live
end_workers "$P"

# -- mailboxes at once, live
P=$place/jobs
for i in 1 2 3 4 5 6; do "$load" "$S" job$i folder INBOX --seed 1$i --count 60 --total 1500000; done
holds "six mailboxes" list "$place/c.csv" "$(row job1)" "$(row job2)" "$(row job3)" "$(row job4)" "$(row job5)" "$(row job6)"
mailvan set jobs 2 > /dev/null
holds "slowly" mailvan migrate --all --rate 50k
holds "two at once" wait_until 20 in_hand_is 2
holds "four" mailvan set jobs 4
holds "the worker knows within a second or so" wait_until 3 jobs_are 4
holds "four at once" wait_until 5 in_hand_is 4
holds "one" mailvan set jobs 1
holds "the worker knows" wait_until 3 jobs_are 1
same "the four go on" 4 "$(in_hand)"
refused=$(mailvan set jobs 0 2>&1)
same "0 is refused" 2 $?
verdict "and says what would do" "$([[ $refused == *"1 to 256"* ]] || echo "  $refused")"
mailvan set rate off > /dev/null
holds "all six end" wait_until 90 all_synced
for i in 1 2 3 4 5 6; do complete job$i; done
end_workers "$P"

# -- a host that takes one at once does not hold back another
P=$place/hosts
"$load" "$place/s2" other folder INBOX --seed 31 --count 5 --total 60000
for i in 1 2 3; do "$load" "$S" host$i folder INBOX --seed 2$i --count 60 --total 4000000; done
holds "three here, one there" list "$place/d.csv" "$(row host1)" "$(row host2)" "$(row host3)" "$(row other "$(imaps "$place/s2")")"
mailvan set limit "127.0.0.1:$(port "$S" IMAPS_PORT)" 1 > /dev/null
holds "slowly" mailvan migrate --all --rate 200k
other_synced() { state_is other Synced; }
holds "the other host's is done" wait_until 40 other_synced
same "one of the three runs" 1 "$(in_hand)"
same "two are Queued" 2 "$(mailvan status --json | jq '[.mailboxes[] | select(.state == "Queued")] | length')"
said=$(mailvan status)
verdict "status says why" "$([[ $said == *"takes 1 at once, as set; 2 queued mailboxes wait for it"* ]] || echo "$said")"
mailvan set limit "127.0.0.1:$(port "$S" IMAPS_PORT)" auto > /dev/null
holds "without the limit they all run" wait_until 5 in_hand_is 3
mailvan set rate off > /dev/null
holds "all end" wait_until 90 all_synced
complete host3
end_workers "$P"

# -- a day's budget: it stops in order, waits, says until when, and survives the worker
P=$place/budget
for i in 1 2; do "$load" "$S" day$i folder INBOX --seed 4$i --count 200 --total 6000000; done
holds "two mailboxes" list "$place/e.csv" "$(row day1)" "$(row day2 "$(imaps "$S")")"
holds "a budget" mailvan set budget 127.0.0.1 2M
holds "migrate" mailvan migrate --all
waits() { [ "$(figure "$1" .state)" = Queued ] && [ "$(figure "$1" .error_category)" = DailyBudget ]; } # USER
holds "the first stops" wait_until 40 waits day1
holds "the second too" wait_until 40 waits day2
verdict "until tomorrow" "$(figure day1 .throttled_until | grep -q '^20' || echo "  $(figure day1 .throttled_until)")"
copied=$(figure day1 .messages.copied)
verdict "a part is copied" "$([ "$copied" -gt 0 ] && [ "$copied" -lt 200 ] || echo "  $copied of 200")"
same "nothing is in doubt" 0 "$(open_intents)"
verdict "status says it" "$(mailvan status | grep -q 'Waits until .*has read all of the 2.0 MB' || mailvan status)"
verdict "so does set" "$(mailvan set | grep -q '/day1: 2.* MB of 2.0 MB read in 24 hours' || mailvan set)"
end_workers "$P"
mailvan stop --all > /dev/null
holds "asked for again" mailvan migrate --all
holds "another worker knows of it" wait_until 20 waits day1
same "and reads nothing" "$copied" "$(figure day1 .messages.copied)"
holds "the budget is lifted" mailvan set budget 127.0.0.1 off
holds "and both go on" wait_until 60 all_synced
complete day1
complete day2
verdict "counts" "$(identity_holds || mailvan status)"

echo "$SECONDS s"
finish
