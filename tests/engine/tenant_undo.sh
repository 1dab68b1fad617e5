#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_undo.sh - undo goes back from what the undone task has made, and overrides nothing that was decided since; it can
# be looked at before; and two tasks on the same users never mix.
# run.sh: timeout=200
set -u
USERS=300
. "$(dirname "$0")/../servers/tenant_project.sh"

user_of() { sql "SELECT $2 FROM users WHERE upn = '$1' AND deleted = 0"; }
enabled() { user_of "$1" enabled; }
last_task() { stored 'SELECT max(id) FROM task'; }
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}
mailvan user list --refresh --limit 1 > /dev/null 2>&1
sql "SELECT upn FROM users WHERE enabled AND deleted = 0 AND NOT synced ORDER BY n LIMIT 250" > "$place/names"
mapfile -t names < "$place/names"
x=${names[0]} y=${names[1]} z=${names[2]}

# -- blocked, let in, blocked again: the first block is not what holds
same "two are blocked" 0 "$(code user disable "$x" "$y" --json)"
first=$(task_of)
same "one is let in" 0 "$(code user enable "$x" --json)"
same "and blocked again" 0 "$(code user disable "$x" --json)"
again=$(task_of)
same "a look at the undo of the first" 0 "$(code task undo "$first" --dry-run --json)"
same "names the other one" "$y user-enable" "$(json '[.items[] | "\(.target) \(.change)"] | join(",")')"
holds "and says why not both" said "Task $again has changed the same since"
same "it was a look" "$again" "$(last_task)"
same "its PowerShell" 0 "$(code task undo "$first" --powershell)"
same "is of the other one" 1 "$(grep -c -- "-AccountEnabled:\$true" "$place/out")"
same "undo of the first" 1 "$(code task undo "$first" --json)"
same "leaves what was decided since" "0 1" "$(enabled "$x") $(enabled "$y")"
same "as Skipped" "Skipped Done" "$(jq -r '[.items[] | {t: .target, r: .result}] | sort_by(.r != "Skipped") | map(.r) | join(" ")' "$place/out")"
same "a second undo is refused" 2 "$(code task undo "$first")"
holds "and says what is left to do" said "task undo $first --anyway"
same "anyway" 0 "$(code task undo "$first" --anyway --json)"
same "takes back what was left" "$x" "$(json '[.items[].target] | join(" ")')"
same "both may sign in" "1 1" "$(enabled "$x") $(enabled "$y")"
same "nothing is left of it" 0 "$(code task undo "$first" --anyway)"
holds "says so" said "nothing to take back"

# -- one that was asked for again and found it so
same "blocked" 0 "$(code user disable "$z" --json)"
first=$(task_of)
same "and again" "0 Already so" "$(code user disable "$z" --json) $(json '.items[0].result')"
same "undo of the first" 0 "$(code task undo "$first")"
same "lets in: the second has changed nothing" 1 "$(enabled "$z")"

# -- an undo that was undone, and tasks about something else, do not count
one=${names[3]}
same "blocked" 0 "$(code user disable "$one" --json)"
first=$(task_of)
same "a licence meanwhile" 0 "$(code user license "$one" --add FLOW_FREE --location DE)"
same "let in" 0 "$(code user enable "$one" --json)"
same "which is taken back" 0 "$(code task undo "$(task_of)" --json)"
same "blocked it is" 0 "$(enabled "$one")"
same "undo of the block" 0 "$(code task undo "$first" --json)"
undo=$(task_of)
same "lets in" 1 "$(enabled "$one")"
same "undo of the undo" 0 "$(code task undo "$undo" --json)"
label() { stored "SELECT label FROM task WHERE id = $1"; }
same "says what it is about, once" "Undo task $undo (undo of task $first): $(label "$first")" "$(label "$(task_of)")"
third=$(task_of)
same "and undo of that" 0 "$(code task undo "$third" --json)"
same "is no longer" "Undo task $third (undo of task $undo): $(label "$first")" "$(label "$(task_of)")"

# -- changed by somebody else: neither what we made nor what was there
policy_of() { sql "SELECT json_extract(cas, '\$.ActiveSyncMailboxPolicy') FROM mailbox WHERE address = 'user00001@contoso.test'"; }
same "a policy" 0 "$(code device policy create Strict PasswordEnabled=yes --json)"
same "is assigned" 0 "$(code device policy assign Strict user00001@contoso.test --json)"
first=$(task_of)
sql "UPDATE mailbox SET cas = json_set(cas, '\$.ActiveSyncMailboxPolicy', 'Third') WHERE address = 'user00001@contoso.test'"
same "somebody assigns another: undo" 1 "$(code task undo "$first" --json)"
holds "leaves it" said "somebody has changed policy since"
same "as it is" Third "$(policy_of)"
same "unless anyway" 0 "$(code task undo "$first" --anyway)"
same "as it was" Default "$(policy_of)"

# -- two tasks on the same users: one after the other
play '{"match":"POST /v1.0/$batch","times":0,"delay_ms":60}'
"$BUILD/mailvan" --project "$P" user disable "${names[@]}" > "$place/first" 2>&1 &
one_job=$!
runs() { [ "$(stored 'SELECT count(*) FROM task WHERE state = 1')" = 1 ]; }
holds "the first runs" within 30 runs
"$BUILD/mailvan" --project "$P" user enable "${names[@]}" > "$place/second" 2>&1 &
other_job=$!
waits() { [ "$(stored 'SELECT count(*) FROM task WHERE state = 0')" = 1 ]; }
holds "the second waits" within 30 waits
same "a third, which nobody waits for" 0 "$(code user license "${names[0]}" --add FLOW_FREE --location DE --detach)"
last=$(last_task)
"$BUILD/mailvan" --project "$P" user disable "${names[0]}" > "$place/fourth" 2>&1 &
fourth=$!
is_there() { [ "$(last_task)" -gt "$last" ]; }
holds "a fourth" within 30 is_there
kill -INT $fourth
wait $fourth
same "that is interrupted waits for nobody" 5 "$(stored "SELECT state FROM task WHERE id = $last + 1")"
wait $one_job
same "the first is done" 0 $?
wait $other_job
same "the second is done" 0 $?
sql 'DELETE FROM rule'
all_in() { stored "SELECT count(*) FROM task_item WHERE task = $last AND state IN (2, 3)"; }
ended() { [ "$(all_in)" = 1 ]; }
holds "the third too" within 30 ended
same "everybody is let in, as the last one said" "${#names[@]}" "$(sql "SELECT count(*) FROM users WHERE enabled AND deleted = 0 AND upn IN ($(printf "'%s'," "${names[@]}")'')")"
same "in their order" 0 "$(stored "SELECT count(*) FROM task a JOIN task b ON b.id > a.id WHERE a.id >= $last - 2 AND b.id <= $last AND b.started < a.finished")"

# -- without the right to read licences, what is not about them works
stored_write() { sqlite3 -cmd '.timeout 20000' "$P/project.db" "$1"; }
play '{"roles":["User.ReadWrite.All","User.EnableDisableAccount.All","User.RevokeSessions.All"]}'
stored_write "DELETE FROM token"
before=$("$tenant" requests "$D" 'select(.path | endswith("/subscribedSkus"))' | wc -l)
same "blocked" 0 "$(code user disable "$x" "$y")"
same "subscriptions are asked for once" 1 $(($("$tenant" requests "$D" 'select(.path | endswith("/subscribedSkus"))' | wc -l) - before))
same "a licence is refused" 1 "$(code user license "$x" --add FLOW_FREE --location DE)"
holds "and names the right" said "LicenseAssignment.Read.All"
finish
