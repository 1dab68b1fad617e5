#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_verify.sh - verify and report by keys between two real servers: how deep, seen going on, stopped, gone on with, its
# process killed, what was found and filled again. run.sh: timeout=300
set -u
. "$(dirname "$0")/../servers/pair.sh"
. tests/screen/terminal.sh

server "$S"
server "$T" --role target
"$load" "$S" anna folder INBOX --seed 1 --count 30
"$load" "$S" bob folder INBOX --seed 3 --count 20
"$load" "$S" eve folder INBOX --seed 4 --count 10
{ echo "$header"; row anna; row bob; row eve; } > "$place/list.csv"
holds "a list" add_list "$place/list.csv" > /dev/null
holds "migrated" mailvan migrate --all --wait > /dev/null 2>&1
master=$(cat "$T/run/master.pid")
run() { ask "SELECT $1 FROM verify_run ORDER BY id DESC LIMIT 1"; }
runs() { [ "$(run state)" = "$1" ]; }
# The process that has the last run, "" when nobody has.
process() { run 'CASE state WHEN 1 THEN pid ELSE "" END'; }
has_process() { [ -n "$(process)" ]; }

open 100x30 "$P"
expect "the list" 'anna@old\.example +✓ Synced'
press v
expect "the form" 'How deep +< 2: header, date and flags'
press F2
expect "one mailbox is verified" 'Verify: 1 of 1 mailbox without a gap at level 2, 0 gaps'
press i
expect "the sheet says so" 'Verification +level 2, '
expect "with its figures" ' 30 messages, 0 gaps'
press Escape

# The target does not answer: it goes on until it is told to stop.
kill -STOP "$master"
press C-a
expect "all of them" '3 selected|3 marked'
press v
expect "the form" 'How deep'
press Right Right F2
expect "it is seen" 'Verify 0/3'
press v
expect "v asks" 'Stop it\?'
press y
expect "it stops although a server is silent" 'Verify: stopped after 0 of 3 mailboxes: v goes on'
press v
expect "the rest" 'Go on with the last one: 3 mailboxes left'
press 1
expect "it goes on" 'Verify 0/3'
holds "a process has it" wait_until 20 has_process
kill -KILL "$(process)"
expect "that it was killed is seen" 'its process is gone after 0 of 3 mailboxes'
kill -CONT "$master"
press v 1
expect "and it goes on" 'Verify: 3 of 3 mailboxes without a gap at level 4, 0 gaps'
same "every body was compared" 60 "$(ask 'SELECT sum(bodies) FROM verification')"

"$dovecot" adm "$T" expunge -u anna mailbox INBOX uid 1:3 > /dev/null
press v
expect "the form" 'How deep'
press Down Down Space F2
expect "gaps" 'Verify: 2 of 3 mailboxes without a gap at level 2, 3 gaps'
press i 4
expect "they are named" 'Missing'
press Escape g
expect "the gaps are filled" 'migrate: 3 mailboxes'
holds "all is there again" wait_until 30 state_is anna Synced
arrived() { [ "$(message_count "$T" anna)" = 30 ]; }
holds "what was missing was copied again" wait_until 30 arrived
same "nothing is there twice" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" anna) <(holdings "$T" anna))"

press R
expect "the form" 'Format +< HTML >'
press Right Right Down "$place/report.csv" F2
expect "written" 'The report of 3 selected is in'
same "of all" "anna bob eve" "$(grep -oE '(anna|bob|eve)@old' "$place/report.csv" | sort -u | sed 's/@old//' | paste -sd' ')"
same "for the operator alone" 600 "$(stat -c %a "$place/report.csv")"

# The command line goes on with what a console has left, and a console sees what the command line does.
kill -STOP "$master"
press v
expect "the form" 'How deep'
press F2
expect "it is seen" 'Verify 0/3'
press ":" "verify stop" Enter
expect "stopped by its name" 'Verify: stopped after 0 of 3'
"$MAILVAN" --project "$P" verify --resume > "$place/out" 2>&1 &
resumed=$!
expect "the command line's is seen too" 'Verify 0/3'
kill -CONT "$master"
wait "$resumed"
same "verify --resume" "0 3 of 3 mailboxes verified" "$? $(grep -o '3 of 3 mailboxes verified' "$place/out")"
expect "and its end" 'Verify: 3 of 3 mailboxes without a gap at level 2, 0 gaps'
same "nothing is left" 2 "$(mailvan verify --resume > "$place/out" 2>&1; echo $?)"
same "nothing else beside --resume" 2 "$(mailvan verify --resume --level 1 > "$place/out" 2>&1; echo $?)"
kill -STOP "$master"
press v
expect "the form" 'How deep'
press F2
expect "it is seen" 'Verify 0/3'
press C-d
expect "leaving says that it goes on" 'The verification goes on'
restored "left" 0
kill -CONT "$master"
holds "and it does, to its end" wait_until 30 runs 2
finish
