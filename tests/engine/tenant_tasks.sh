#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_tasks.sh - tasks whose requests go wrong: nothing is done twice, an undo goes back to what was there before we came,
# and what stops everybody stops the task.
# run.sh: timeout=400
set -u
USERS=300
. "$(dirname "$0")/../servers/tenant_project.sh"

clear_rules() { sql 'DELETE FROM rule' > /dev/null; }
user_of() { sql "SELECT $2 FROM users WHERE upn = '$1' AND deleted = 0"; }
device() { sql "SELECT coalesce(json_extract(doc, '\$.$2'), json_extract(stats, '\$.$2')) FROM device WHERE identity = '$1'"; }
of_cmdlet() { "$tenant" requests "$D" "select(.body.CmdletInput.CmdletName == \"$1\")" | wc -l; }
posts() { "$tenant" requests "$D" 'select(.method == "POST" and .path == "/v1.0/users")' | wc -l; }
last_task() { stored 'SELECT max(id) FROM task'; }
before_of() { stored "SELECT json_extract(before, '\$.$2') FROM task_item WHERE task = $1 AND n = ${3:-1}"; }
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}
printf 'Str0ng-pass\n' > "$place/pw"
chmod 600 "$place/pw"
mailvan user list --refresh --limit 1 > /dev/null 2>&1
mailvan device list --refresh > /dev/null 2>&1

# -- twenty users are looked at in one request
sql "SELECT upn FROM users WHERE NOT enabled AND deleted = 0 AND NOT synced ORDER BY n LIMIT 20" > "$place/names"
mapfile -t names < "$place/names"
count=${#names[@]}
same "some are blocked" 0 "$([ "$count" -ge 5 ]; echo $?)"
asked() { "$tenant" requests "$D" 'select(.part | not) | select(.path | test("^/v1.0/(users/|.batch)"))' | wc -l; }
before=$(asked)
same "blocked ones enabled" 0 "$(code user enable "${names[@]}" --json)"
same "each is done" "$count 0" "$(json '"\(.done) \(.failed)"')"
same "by two requests: a look and the change" 2 $(($(asked) - before))
same "what was there is known of each" "$count" "$(stored "SELECT count(*) FROM task_item WHERE task = $(task_of) AND json_extract(before, '\$.accountEnabled') = 0")"

sql "SELECT address FROM mailbox WHERE type = 'UserMailbox' ORDER BY n LIMIT 10" > "$place/boxes"
mapfile -t boxes < "$place/boxes"
sent() { "$tenant" requests "$D" 'select(.part | not) | select(.path | startswith("/adminapi/"))' | wc -l; }
before=$(sent) trustees=$(of_cmdlet Get-Recipient)
same "ten mailboxes for one trustee" 0 "$(code permission grant "${boxes[@]}" --to info@contoso.test --send-as --json)"
same "four requests look, one changes" 5 $(($(sent) - before))
same "the trustee is asked for once" 1 $(($(of_cmdlet Get-Recipient) - trustees))

# -- what waits is looked at anew before it is sent
one=${names[0]}
play '{"match":"POST /v1.0/users/*/assignLicense","times":0,"status":429,"headers":{"Retry-After":"100000"}}'
play '{"match":"PATCH /v1.0/users/*","times":0,"status":400,"body":{"error":{"code":"Request_BadRequest","message":"Not today."}}}'
sql "UPDATE user SET doc = json_set(doc, '\$.usageLocation', 'DE', '\$.assignedLicenses', json('[]')) WHERE upn = '$one'"
same "refused today" 1 "$(code user license "$one" --add FLOW_FREE --location AT --json)"
task=$(task_of)
same "its before is today's" DE "$(before_of "$task" usageLocation)"
clear_rules
sql "UPDATE user SET doc = json_set(doc, '\$.usageLocation', 'CH') WHERE upn = '$one'"
same "tried again days later" 0 "$(code task retry "$task" --json)"
same "its before is that day's" CH "$(before_of "$task" usageLocation)"
same "and so is the audit list's" CH "$(mailvan audit --json 2> /dev/null | jq -r "[.rows[] | select(.action == \"user-license\" and .outcome == \"Done\")][0] | .before.usageLocation")"

# -- what may have been carried out keeps the first before
sql "UPDATE user SET doc = json_set(doc, '\$.accountEnabled', json('true')) WHERE upn = '$one'"
play '{"match":"POST /v1.0/$batch","times":0,"drop":"after"}'
play '{"match":"PATCH /v1.0/users/*","times":0,"drop":"after"}'
"$BUILD/mailvan" --project "$P" user disable "$one" > "$place/out" 2>&1 &
job=$!
is_blocked() { [ "$(user_of "$one" enabled)" = 0 ]; }
holds "it is blocked, and nobody knows" within 30 is_blocked
kill -KILL $job
wait $job 2> /dev/null
clear_rules
task=$(last_task)
same "it is Sent" 1 "$(stored "SELECT state FROM task_item WHERE task = $task")"
same "resumed" 0 "$(code task resume "$task" --json)"
same "done" "1 0" "$(json '"\(.done) \(.failed)"')"
same "by us: not so already" Done "$(json '.items[0].result')"
same "its before is the first one" 1 "$(before_of "$task" accountEnabled)"
same "so undo enables" 0 "$(code task undo "$task")"
same "the user signs in" 1 "$(user_of "$one" enabled)"

# -- 500 after it was carried out
play '{"match":"POST /v1.0/users","times":0,"status":500,"late":true}'
before=$(posts)
same "a user is created, and the answer is 500" 0 "$(code user create late@contoso.test --name Late --location DE --license FLOW_FREE --password-file "$place/pw" --json)"
same "with its licence" "1 1" "$(user_of late@contoso.test "enabled || ' ' || licenses")"
same "by one request" 1 $(($(posts) - before))
clear_rules
for status in 500 504; do
	next=$(sql "SELECT identity FROM device WHERE json_extract(doc, '\$.ClientVersion') = '16.1' AND json_extract(stats, '\$.Status') = 'DeviceOk' ORDER BY n LIMIT 1")
	play "{\"match\":\"POST /adminapi/*\",\"cmdlet\":\"Clear-MobileDevice\",\"times\":0,\"status\":$status,\"late\":true,\"body\":{}}"
	before=$(of_cmdlet Clear-MobileDevice)
	code device wipe "$next" --json > "$place/code"
	clear_rules
	task=$(last_task)
	same "$status: the device has the wipe" AccountOnlyDeviceWipePending "$(device "$next" Status)"
	[ "$(cat "$place/code")" = 0 ] || same "$status: tried again" 0 "$(code task retry "$task" --json)"
	same "$status: it is done" "1 0" "$(stored "SELECT done || ' ' || failed FROM task WHERE id = $task")"
	same "$status: it was asked for once" 1 $(($(of_cmdlet Clear-MobileDevice) - before))
done
play '{"match":"POST /adminapi/*","cmdlet":"New-Mailbox","times":0,"status":500,"late":true,"body":{}}'
same "a room, and the answer is 500" 1 "$(code user create spaet@contoso.test --name Spaet --kind room --json)"
holds "nobody knows" said "not known whether it was carried out"
task=$(task_of)
clear_rules
same "tried again" 0 "$(code task retry "$task" --json)"
same "it is there once" 1 "$(sql "SELECT count(*) FROM mailbox WHERE address = 'spaet@contoso.test'")"
same "asked for once" 1 "$(of_cmdlet New-Mailbox)"
play '{"match":"POST /adminapi/*","cmdlet":"New-Mailbox","times":1,"drop":"after"}'
same "a room whose answer is lost" 0 "$(code user create verloren@contoso.test --name Verloren --kind room --json)"
same "is found" Done "$(json '.items[0].result')"
same "asked for once" 2 "$(of_cmdlet New-Mailbox)"
clear_rules

# -- undo of what can be
two=${names[1]}
same "one is blocked" 0 "$(code user disable "$two" --json)"
task=$(task_of)
# A task of both kinds, as an import has them.
sqlite3 -cmd '.timeout 20000' "$P/project.db" "INSERT INTO task_item(task, n, verb, target, args, state, before) VALUES($task, 2, 'user-create', 'neu1@contoso.test', '{}', 2, '{\"exists\":false}'), ($task, 3, 'user-create', 'neu2@contoso.test', '{}', 2, '{\"exists\":false}'); UPDATE task SET items = 3, done = 3 WHERE id = $task"
same "undone in part" 1 "$(code task undo "$task" --json)"
holds "says how many not, and why" said '2 items cannot be taken back: "user-create" cannot be taken back'
same "in JSON too" "1 0 2" "$(json '"\(.done) \(.failed) \(.skipped)"')"
same "by name" "Skipped neu1@contoso.test neu2@contoso.test" "$(json '[.items[] | select(.result == "Skipped")] | "\(.[0].result) \([.[].target] | sort | join(" "))"')"
same "the other is back" 1 "$(user_of "$two" enabled)"
same "a task of nothing else is refused" 2 "$(code task undo "$(stored "SELECT max(task) FROM task_item WHERE verb = 'user-create' AND target = 'late@contoso.test'")")"
holds "with the reason" said "cannot be taken back"

# -- what stops everybody stops the task
sql "SELECT upn FROM users WHERE NOT synced AND enabled AND deleted = 0 ORDER BY n LIMIT 40" > "$place/names"
mapfile -t names < "$place/names"
parked() { # WHAT TEXT: Nobody failed, all wait, one sentence says why
	local task
	same "$1: the task stops" 1 "$(code user license "${names[@]}" --add FLOW_FREE --location FR --json)"
	task=$(task_of)
	same "$1: nobody failed" "Failed 0 0" "$(json '"\(.state) \(.done) \(.failed)"')"
	same "$1: all wait" "${#names[@]}" "$(stored "SELECT count(*) FROM task_item WHERE task = $task AND state = 0")"
	holds "$1: says why" said "$2"
}
swap() { sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE tenant SET $1"; }
ca=$(stored 'SELECT ca_file FROM tenant')
"$(dirname "$tenant")/certs.sh" "$place/other" > /dev/null
swap "ca_file = '$place/other/ca.pem'"
parked certificate "certificate is not trusted"
holds "and what to do" said "mailvan tenant change NAME --ca FILE"
swap "ca_file = '$ca', graph = 'https://graph.invalid'"
parked name "host name is unknown"
swap "graph = 'https://127.0.0.1:1'"
parked port "refused"
swap "graph = '$U'"
same "resumed when it is back" 0 "$(code task resume "$(last_task)" --json)"
same "all are done" "${#names[@]} 0" "$(json '"\(.done) \(.failed)"')"

# -- a pause is obeyed while the service wants to be left alone
play '{"match":"POST /v1.0/$batch","times":0,"status":429,"headers":{"Retry-After":"300"}}'
"$BUILD/mailvan" --project "$P" user license "${names[@]}" --add FLOW_FREE --location IT > "$place/out" 2>&1 &
job=$!
waits() { [ "$(stored 'SELECT throttled_until > 0 FROM task ORDER BY id DESC LIMIT 1')" = 1 ]; }
holds "it is throttled" within 30 waits
mailvan task pause "$(last_task)" > /dev/null
ended() { ! kill -0 $job 2> /dev/null; }
holds "and pauses all the same" within 15 ended
wait $job
same "as paused" 2 "$(stored "SELECT state FROM task WHERE id = $(last_task)")"
same "nothing was sent" "${#names[@]}" "$(stored "SELECT count(*) FROM task_item WHERE task = $(last_task) AND state = 0")"
clear_rules

# -- a feed's certificate is the feed's
same "a feed whose certificate nobody vouches for" 1 "$(code service feed add "$U/feeds/rss.xml")"
holds "names what to do about a feed" said "mailvan service feed add URL --ca FILE"
holds "not about the tenant" test "$(grep -c "CA file of the tenant" "$place/out" "$place/err" | awk -F: '{n += $2} END {print n}')" = 0
finish
