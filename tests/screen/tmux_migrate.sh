#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_migrate.sh - the whole way by keys alone: add a list, say where to, test, migrate between two real servers; the
# terminal is lost on the way, and another console shows the end. run.sh: timeout=300
set -u
. "$(dirname "$0")/../servers/pair.sh"
. tests/screen/terminal.sh

server "$S" --wrong eve
server "$T" --role target
"$load" "$S" anna folder INBOX --seed 1 --count 60
"$load" "$S" anna folder Archive.2024 --seed 2 --count 40
"$load" "$S" bob folder INBOX --seed 3 --count 25
{ echo "$header"; row anna; row bob; row eve; } > "$place/list.csv"

open 100x30 "$P"
expect "an empty project" 'No mailboxes yet'
press a
expect "the form" 'CSV file'
press "$place/list.csv" Down Down "$CA" F2
expect "nobody knows the target: it is asked for" 'Target server'
press "$(imaps "$T")" Down Down "$CA" F2
expect "the list is good" 'Store 3 good rows'
press Enter
expect "it is stored" '3 mailboxes added'

press C-a
expect "all are marked" '3 marked'
press t
expect "the test says OK" 'bob@old\.example.*Test: OK'
expect "and what is wrong with eve" 'eve@old\.example.*Test: Source: '
expect "a worker was started" 'worker: pid [0-9]+'
press g
expect "the request is confirmed" 'migrate: 3 mailboxes'
tm kill-server # the terminal is lost

open 100x30 "$P"
expect "another console shows anna's end" 'anna@old\.example +✓ Synced +100/100 100\.0%'
expect "and bob's" 'bob@old\.example +✓ Synced +25/25 100\.0%'
expect "eve failed, with the reason" 'eve@old\.example +× Failed +AuthBad'
expect "the title counts" '2 done +1 failed'
press i
expect "properties" 'Messages source +100'
press 2
expect "folders with their counts" 'Archive/2024 +40/40 +100\.0%'
press Escape
press '!'
expect "errors only" 'errors only'
press C-d
restored "left" 0

# All workers are gone (a reboot): what is queued waits, and a key is enough.
end_workers "$P"
mailvan migrate --all --no-worker > "$place/queued"
open 100x30 "$P"
expect "nobody works: the title says what waits" '3 waiting .*worker: none'
press C-a
expect "all are marked again" '3 marked'
press g
expect "migrate starts a worker for what waits" '3 mailboxes waited for a worker: one was started'
expect "and it works" 'anna@old\.example +✓ Synced +100/100 100\.0%'
expect "to the end" '2 done +1 failed'
press C-d
restored "left again" 0
same "what arrived of anna" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" anna) <(holdings "$T" anna))"
same "what arrived of bob" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" bob) <(holdings "$T" bob))"
holds "the identity holds" identity_holds
finish
