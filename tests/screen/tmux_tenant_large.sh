#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_tenant_large.sh - 30,000 users by keys: read, written out, filtered; 2,000 synced ones activated while the
# service throttles and the console is left and opened again; then taken back, with a pause. After each the tenant is
# compared, and keys are answered at once all the time.
# run.sh: timeout=240 alone
set -u
TENANT="--users 28000 --waiting 2000"
. "$(dirname "$0")/tenant_terminal.sh"

seats() { sql "SELECT consumed FROM sku WHERE part = 'SPE_E3'"; }
enabled_ones() { sql "SELECT count(*) FROM users WHERE upn LIKE 'sync%' AND enabled"; }

open 132x43 "$P"
expect "an empty project" 'No mailboxes yet'
node Users
press F5
expect "while it is read, the list says so" 'Being read from the tenant'
expect "and the title how far it is" 'Read users [0-9]+,[0-9]{3} '
expect "then the rows are there" '1–37 of 30,006'
answers_at_once "keys are answered while kinds and sizes are read"
holds "it comes to its end" at_rest 90
expect "which is said, with the count" 'Read users: 30,006 done'
expect "and the tree has it" 'Users +30,006'

# -- what is shown is what the tenant has
press x
expect "the form of the export" '┌ Export list'
press Tab C-u "$place/users.csv" F2
expect "the list is written out" '30,006 rows written'
sql "SELECT upn, name, iif(enabled, 'yes', 'no'), coalesce(location, ''), iif(synced, 'yes', 'no') FROM users WHERE deleted = 0" |
	LC_ALL=C sort > "$place/want"
sqlite3 :memory: ".import --csv $place/users.csv t" \
	"SELECT userPrincipalName, displayName, accountEnabled, usageLocation, synced FROM t" | LC_ALL=C sort > "$place/have"
same_files "it is what the tenant has" "$place/want" "$place/have"
press f
expect "filters have names" 'Synced, but blocked or unlicensed'
press Down Down Down Down Down Down Down Down Down Enter
expect "those who wait for their activation" '┌ Users · Synced, but blocked or unlicensed'
waiting=$(sql "SELECT count(*) FROM users WHERE synced AND (NOT enabled OR NOT licenses) AND deleted = 0")
expect "are as many as in the tenant" "of ${waiting:0:1},${waiting:1} ─"
find_rows sync 'of 2,000 ─'
press C-a
expect "all of them are marked, which stays to be seen" '└─ 2,000 marked '

# -- 2,000 activated
users 1 > "$place/at-first"
seats=$(seats)
press A
expect "a form" '┌ Activate'
press EXCHANGESTANDARD Down DE F2
expect "it asks" 'Activate 2,000 users\?'
press y
expect "licences are counted before" 'EXCHANGESTANDARD: needs 2,000, [0-9]+ free\. Nothing was changed'
press A
expect "the form again" '┌ Activate'
press SPE_E3 Down Deutschland F2
expect "a wrong place is told in words" 'two letters \(ISO 3166\)'
press C-u de F2
expect "it asks again, with what they get" 'They can sign in then, and have SPE_E3'
play '{"match":"POST /v1.0/$batch","after":8,"status":429,"headers":{"Retry-After":"4"}}'
press y
expect "it goes on" 'Activate 2,000 users [0-9,]+/2,000'
expect "the service wants a break: it says until when" 'Activate 2,000 users: throttled until [0-9]{2}:[0-9]{2}:[0-9]{2}'
node Tasks
expect "the list of tasks has it" 'Activate 2,000 users +Running +2,000'
node Users
expect "it goes on by itself" 'Activate 2,000 users [0-9,]+/2,000'
answers_at_once "keys are answered while 2,000 are changed"
press q
expect "leaving says what goes on" 'The task goes on: Activate 2,000 users'
press Enter
expect "the console is left" 'ended with 0$'
holds "the task goes on without it" test -n "$(runner)"
before=$(enabled_ones)
more_are_enabled() { [ "$(enabled_ones)" -gt "$before" ]; }
holds "users are enabled meanwhile" wait_until 20 more_are_enabled
open 132x43 "$P"
expect "opened again it shows how far it is" 'Activate 2,000 users [0-9,]+/2,000'
holds "it comes to its end" at_rest 90
expect "and says so" 'Activate 2,000 users: 2,000 done'
sed -E 's/^(sync[^|]*)\|0\|0\|-\|/\1|1|1|DE|/' "$place/at-first" > "$place/want"
users 1 > "$place/have"
same_files "in the tenant these 2,000 can sign in, have a place and a licence; nobody else changed" "$place/want" "$place/have"
same "2,000 seats are taken" $((seats + 2000)) "$(seats)"
node Users
find_rows sync 'of 2,000 ─'
expect "the list has it" 'sync00001@contoso.test .* yes +SPE_E3'

# -- taken back, with a pause
node Tasks
press Home u
expect "undo asks" 'Take back task [0-9]+, "Activate 2,000 users"'
slow
press y
expect "it is a task of its own" 'Undo task [0-9]+: Activate 2,000 users [0-9,]+/2,000'
press Home
expect "the cursor is on it" 'Undo task [0-9]+: Activate 2,000 users · Running'
some_are_blocked() { [ "$(enabled_ones)" -lt 2000 ]; }
holds "it begins" wait_until 30 some_are_blocked
press z
expect "it is held" 'Undo task [0-9]+: Act.* Paused '
no_runner() { [ -z "$(runner)" ]; }
holds "nobody works on it any more" wait_until 20 no_runner
fast
part=$(enabled_ones)
holds "a part is taken back ($part still enabled)" test "$part" -gt 0 -a "$part" -lt 2000
expect "the title says that it waits" 'Undo task [0-9]+: Activate 2,000 users: paused'
press e
expect "resumed it runs" 'Undo task [0-9]+: Act.* Running '
holds "to its end" at_rest 90
expect "and says so" 'Undo task [0-9]+: Activate 2,000 users: 2,000 done'
sed -E 's/^(sync[^|]*)\|0\|0\|-\|/\1|0|0|DE|/' "$place/at-first" > "$place/want"
users 1 > "$place/have"
same_files "everybody is as before; a place that was given stays" "$place/want" "$place/have"
same "the seats are free again" "$seats" "$(seats)"
press v
expect "the items tell what was done" '┌ Tasks · items of [0-9]+'
press i
expect "each with what was there before" 'Before +\{"accountEnabled":true'
press Escape
expect "out of the sheet" '┌ Tasks · items of [0-9]+'
press Escape
expect "and with Esc out of the task" '┌ Tasks ─'
press q
restored "left" 0
finish
