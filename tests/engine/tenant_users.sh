#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_users.sh - 30,000 users are listed, 500 created from a CSV, 2,000 activated, while the service throttles, loses
# answers and refuses single ones, and while mailvan is killed: nobody twice, nobody missing, and every refusal is named.
# run.sh: timeout=900
set -u
USERS=30000
. "$(dirname "$0")/../servers/tenant_project.sh"

total() { mailvan user list --json "$@" 2> /dev/null | jq .total; }
asked() { "$tenant" requests "$D" "select(.path | startswith(\"$1\"))" | wc -l; }
user_of() { sql "SELECT $2 FROM users WHERE upn = '$1' AND deleted = 0"; }
parts_of() { sql "SELECT group_concat(sku.part, ' ') FROM user, json_each(user.doc, '\$.assignedLicenses') l JOIN sku ON sku.guid = l.value->>'\$.skuId' WHERE user.upn = '$1'"; }
clear_rules() { sql 'DELETE FROM rule' > /dev/null; }
outcome() { json "[.items[] | select(.target == \"$1\")][0] | \"\(.result): \(.text)\""; }

# -- the list
same "30,000 users are read" 0 "$(code user list --refresh --limit 3)"
sql "SELECT upn || '|' || name || '|' || enabled || '|' || coalesce(location, '') || '|' || synced FROM users WHERE deleted = 0" |
	LC_ALL=C sort > "$place/want"
mailvan user list --json 2> /dev/null | jq -r '.rows[] | "\(.userPrincipalName)|\(.displayName)|\(if .accountEnabled then 1 else 0 end)|\(.usageLocation // "")|\(if .synced then 1 else 0 end)"' |
	LC_ALL=C sort > "$place/have"
same_files "they are those of the tenant" "$place/want" "$place/have"
same "unlicensed ones" "$(sql "SELECT count(*) FROM users LEFT JOIN mailbox m ON m.guid = users.guid WHERE licenses = 0 AND users.type = 'Member' AND coalesce(m.type, 'UserMailbox') = 'UserMailbox'")" "$(total --filter unlicensed)"
same "blocked ones" "$(sql 'SELECT count(*) FROM users WHERE NOT enabled')" "$(total --filter disabled)"
same "guests" "$(sql "SELECT count(*) FROM users WHERE type = 'Guest'")" "$(total --filter guests)"
holds "who never signed in is known" test "$(total --filter never-signed-in)" -gt 100
same "rooms are told from users" "$(sql "SELECT count(*) FROM mailbox WHERE type <> 'UserMailbox'")" "$(total --filter shared)"
same "size and real quota" "$(sql "SELECT bytes || ' ' || quota FROM mailbox WHERE address = 'user00001@contoso.test'")" \
	"$(mailvan user show user00001@contoso.test --json | jq -r '"\(.mailboxBytes) \(.mailboxQuota)"')"
same "licences: bought, used, free" "$(sql "SELECT enabled || ' ' || consumed || ' ' || (enabled - consumed) FROM sku WHERE part = 'SPE_E3'")" \
	"$(mailvan user licenses --json 2> /dev/null | jq -r '.rows[] | select(.skuPartNumber == "SPE_E3") | "\(.enabled) \(.consumed) \(.free)"')"
holds "requests are those of the golden files" golden users-delta usage-report subscriptions
same "the report's second address sees no token" 0 "$("$tenant" requests "$D" 'select(.path | startswith("/report-data/")) | select(.headers.authorization)' | wc -l)"
before=$(asked /v1.0/users)
sql "UPDATE user SET doc = json_set(doc, '\$.displayName', 'Neuer Name'), changed = (SELECT value + 1 FROM counter WHERE name = 'change') WHERE upn = 'user00002@contoso.test'"
sql "UPDATE user SET deleted = 1, changed = (SELECT value + 2 FROM counter WHERE name = 'change') WHERE upn = 'user00004@contoso.test'"
sql "UPDATE counter SET value = value + 2 WHERE name = 'change'"
same "a second refresh" 0 "$(code user list --refresh --limit 3)"
same "asks for changes only" 1 "$(($(asked /v1.0/users) - before))"
same "a changed name" "Neuer Name" "$(mailvan user show user00002@contoso.test --json | jq -r .displayName)"
same "a removed user is gone" 2 "$(code user show user00004@contoso.test)"
play '{"match":"GET /v1.0/users/delta","status":410,"body":{"error":{"code":"SyncStateNotFound","message":"Sync state generation not found."}}}'
same "a mark that is too old" 0 "$(code user list --refresh --limit 3)"
same "costs a whole list" 30005 "$(total)"
clear_rules
play '{"match":"GET /v1.0/users/delta","times":0,"status":400}'
same "without delta" 0 "$(code user list --refresh --limit 3)"
same "there is the plain list" 30005 "$(total)"
holds "as the golden file has it" golden users-list
clear_rules
play '{"match":"GET /v1.0/users/delta","after":3,"status":429,"headers":{"Retry-After":"1"}}'
play '{"match":"GET /v1.0/users/delta","after":5,"expire_tokens":true,"status":401}'
same "throttled and with a token that ends in the middle" 0 "$(code user list --refresh --limit 3)"
same "still all" 30005 "$(total)"
clear_rules
play '{"concealed":true}'
stored_write() { sqlite3 -cmd '.timeout 20000' "$P/project.db" "$1"; }
stored_write "UPDATE list_state SET refreshed = 0 WHERE list = 'mailbox-sizes'"
same "names concealed in reports" 0 "$(code user list --refresh --limit 3)"
holds "is said, with the way out" said "conceals names"
clear_rules
play '{"roles":["User.ReadWrite.All"]}'
stored_write "DELETE FROM token"
licensed=$(sql "SELECT upn FROM users WHERE enabled AND licenses = 1 AND deleted = 0 AND NOT synced ORDER BY n LIMIT 1")
licences_of() { mailvan user list --match "$licensed" --json 2> /dev/null | jq -r '.rows[0].licenses'; }
names=$(licences_of)
stored_write "UPDATE list_state SET delta = '' WHERE list = 'refresh-users'" # else only changes are read
same "without the right to read licences the list is read" 0 "$(code user list --refresh --limit 3)"
same "all of it" 30005 "$(total)"
holds "licences have numbers instead of names" grep -qE '^[0-9a-f]{8}-' <(licences_of)
same "but one is not given" 1 "$(code user license "$licensed" --add FLOW_FREE --location DE)"
holds "the right's name is said" said "LicenseAssignment.Read.All"
clear_rules
stored_write "DELETE FROM token"
same "with the right" 0 "$(code user list --refresh --limit 3)"
same "they have their names again" "$names" "$(licences_of)"
holds "of letters" grep -q '^[A-Z_0-9]*$' <(licences_of)

# -- 500 users of a CSV
{
	echo "UserPrincipalName,DisplayName,FirstName,LastName,UsageLocation,Licenses,Department,Password"
	for i in $(seq 1 500); do printf 'neu%03d@contoso.test,"Neu, Nummer %d",Nummer,Neü,de,SPE_E3,Abteilung %d,\n' "$i" "$i" $((i % 7)); done
} > "$place/new.csv"
{ cat "$place/new.csv"; echo 'user00001@contoso.test,Anders,,,DE,,,'; echo 'neu001@contoso.test,Doppelt,,,DE,,,'; echo 'x y@contoso.test,X,,,DE,,,'; echo 'q@contoso.test,Q,,,Deutschland,,,kurz'; } > "$place/bad.csv"
same "a list with mistakes" 2 "$(code user import "$place/bad.csv" --dry-run)"
for what in "line 503, UserPrincipalName: error: Line 2 has the same user" "line 504, UserPrincipalName: error" "line 505, UsageLocation: error" "line 505, Password: error" "500 new, 0 same, 0 change, 1 left" "SPE_E3: needs 500"; do
	holds "says: $what" said "$what"
done
same "nothing was sent" 0 "$(sql "SELECT count(*) FROM users WHERE upn LIKE 'neu%'")"
same "the diff as JSON" "500 500 SPE_E3" "$(mailvan user import "$place/new.csv" --dry-run --json 2> /dev/null | jq -r '"\(.outcomes.new) \(.licenses[0].needs) \(.licenses[0].name)"')"
same "too few licences" 1 "$(code user import <(sed 's/SPE_E3/EXCHANGESTANDARD/' "$place/new.csv") --dry-run)"
holds "are counted" said "EXCHANGESTANDARD: needs 500,"
play '{"match":"POST /v1.0/$batch","times":0,"after":6,"delay_ms":100}'
"$BUILD/mailvan" --project "$P" user import "$place/new.csv" --passwords "$place/sheet.csv" > "$place/out" 2>&1 &
importer=$!
some_are_made() { [ "$(sql "SELECT count(*) FROM users WHERE upn LIKE 'neu%'")" -ge 100 ]; }
wait_until 120 some_are_made
kill -KILL $importer
wait $importer 2> /dev/null
holds "killed in the middle" test "$(sql "SELECT count(*) FROM users WHERE upn LIKE 'neu%'")" -lt 500
clear_rules
# The tenth loses its answer, one is throttled as a whole, one user's request alone, one user is refused.
play '{"match":"POST /v1.0/$batch","after":9,"drop":"after"}'
play '{"match":"POST /v1.0/$batch","after":12,"status":429,"headers":{"Retry-After":"1"}}'
play '{"match":"POST /v1.0/users","contains":"neu450@","status":429,"headers":{"Retry-After":"1"}}'
play '{"match":"POST /v1.0/users","contains":"neu460@","status":400,"body":{"error":{"code":"Request_BadRequest","message":"The specified password does not comply with password complexity requirements."}}}'
play '{"match":"POST /v1.0/users/neu470*/assignLicense","status":404,"body":{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist"}}}'
play '{"match":"POST /v1.0/users","contains":"neu480@","status":500}'
play '{"match":"POST /v1.0/users","contains":"neu490@","times":0,"status":500}'
task=$(stored "SELECT max(id) FROM task WHERE verb = 'change'")
same "resumed" 1 "$(code task resume "$task" --json)"
same "all but those refused for good" "498 2" "$(json '"\(.done) \(.failed)"')"
same "they are named" "neu460@contoso.test neu490@contoso.test" "$(json '[.items[] | select(.result == "Failed") | .target] | join(" ")')"
holds "with what to do" said "password policy refused"
clear_rules
same "retried" 0 "$(code task retry "$task" --json)"
same "nobody is missing or there twice" "500 500" "$(sql "SELECT count(*) || ' ' || count(DISTINCT upn) FROM users WHERE upn LIKE 'neu%'")"
same "all licensed, placed, enabled, under their names" 500 "$(sql "SELECT count(*) FROM users WHERE upn LIKE 'neu%' AND licenses = 1 AND location = 'DE' AND enabled AND name LIKE 'Neu, Nummer %'")"
same "seats are used once each" "$(sql "SELECT count(*) FROM user, json_each(user.doc, '\$.assignedLicenses') l JOIN sku ON sku.guid = l.value->>'\$.skuId' WHERE sku.part = 'SPE_E3'")" "$(sql "SELECT consumed FROM sku WHERE part = 'SPE_E3'")"
same "the sheet is its owner's" 600 "$(stat -c %a "$place/sheet.csv")"
sql "SELECT '\"' || upn || '\",\"' || password || '\"' FROM users WHERE upn LIKE 'neu%' ORDER BY upn" > "$place/want"
tail -n +2 "$place/sheet.csv" | tr -d '\r' | LC_ALL=C sort > "$place/have"
same_files "its passwords are those that were set" "$place/want" "$place/have"
cut -d'"' -f4 "$place/sheet.csv" | tail -n +2 > "$place/secrets"
holds "made passwords follow the policy" bash -c "[ \$(grep -cP '^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^A-Za-z0-9])[A-Za-z].{15}\$' '$place/secrets') = 500 ]"
stored "SELECT * FROM task_item" > "$place/items"
stored "SELECT * FROM tenant_audit" > "$place/audit"
for where in "$P/project.db" "$P/project.db-wal" "$P/tasks.log" "$place/items" "$place/audit" "$place/out" "$place/err"; do
	[ -e "$where" ] || continue
	same "no password in $(basename "$where")" 0 "$(grep -caFf "$place/secrets" "$where")"
done
same "a sheet is never written over" 2 "$(code user import <(sed '2,$s/neu/neuer/' "$place/new.csv") --passwords "$place/sheet.csv")"
same "again: everybody is there" 0 "$(code user import "$place/new.csv")"
holds "nothing is to do" said "0 new, 500 same"

# -- existing users of a CSV
printf 'UPN;Name;License;Country\nneu001@contoso.test;Neu, Nummer 1;SPE_E3 FLOW_FREE;AT\nneu002@contoso.test;Anders;SPE_E3;DE\n' > "$place/more.csv"
same "what differs is left" 0 "$(code user import "$place/more.csv" --dry-run)"
holds "and named" said "lacks FLOW_FREE; usage location is DE"
same "with --update it is given" 0 "$(code user import "$place/more.csv" --update)"
same "licence and location" "AT SPE_E3 FLOW_FREE" "$(user_of neu001@contoso.test location) $(parts_of neu001@contoso.test)"
doc_of() { sql "SELECT coalesce(doc->>'\$.$2', '-') FROM user WHERE upn = '$1'"; }
person() { echo "$(doc_of "$1" displayName)|$(doc_of "$1" givenName)|$(doc_of "$1" surname)|$(doc_of "$1" department)|$(doc_of "$1" jobTitle)|$(doc_of "$1" companyName)"; }
same "and the name" "Neu, Nummer 1 Anders" "$(user_of neu001@contoso.test name) $(user_of neu002@contoso.test name)"
was=$(person neu003@contoso.test)
synced=$(sql "SELECT upn FROM users WHERE synced AND enabled ORDER BY n LIMIT 1")
printf 'UPN;Name;FirstName;LastName;Department;Title;Company\nneu003@contoso.test;Drei Neu;Drei;Neu;Vertrieb;Chefin;Contoso AG\n%s;Anders hier;;;;;\n' "$synced" > "$place/people.csv"
same "other columns differ too" 0 "$(code user import "$place/people.csv" --update --dry-run --json)"
same "each is shown, old and new" "change first name: Nummer -> Drei" "$(json '.users[0] | "\(.outcome) \(.differs | split("; ")[] | select(startswith("first name")))"')"
same "all of them" "company department first_name job_title last_name name" "$(json '[.users[0].differs | split("; ")[] | split(":")[0] | sub(" "; "_")] | sort | join(" ")')"
same "what Active Directory decides is left" "left true" "$(json '.users[1] | "\(.outcome) \(.differs | contains("Active Directory decides"))"')"
same "they are set" 0 "$(code user import "$place/people.csv" --update --json)"
people=$(task_of)
same "in one request" "1 1" "$(json .total) $("$tenant" requests "$D" 'select(.method == "PATCH" and (.path | endswith("/neu003@contoso.test")))' | wc -l)"
same "and there" "Drei Neu|Drei|Neu|Vertrieb|Chefin|Contoso AG" "$(person neu003@contoso.test)"
holds "as the golden file has it" golden user-set
same "and in the list" "Drei Neu Chefin" "$(mailvan user show neu003@contoso.test --json | jq -r '"\(.surname | "Drei " + .) \(.jobTitle)"')"
same "again there is nothing to do" 0 "$(code user import "$place/people.csv" --update)"
holds "because it is so" said "1 same"
same "undo" 0 "$(code task undo "$people" --json)"
same "gives back what was there" "$was" "$(person neu003@contoso.test)"
holds "taking away what was not" golden user-set-back

# -- 2,000 of a synced set, activated
sql "SELECT upn FROM users WHERE synced AND NOT enabled AND licenses = 0 AND deleted = 0 ORDER BY n LIMIT 2000" > "$place/names"
holds "there are 2,000" test "$(wc -l < "$place/names")" = 2000
play '{"match":"POST /v1.0/$batch","after":50,"status":503}'
play '{"match":"POST /v1.0/$batch","after":70,"drop":"before"}'
play '{"match":"POST /v1.0/$batch","after":90,"expire_tokens":true,"status":401}'
same "2,000 activated" 0 "$(xargs -a "$place/names" "$BUILD/mailvan" --project "$P" user enable --license SPE_E3 --location DE --json > "$place/out" 2> "$place/err"; echo $?)"
same "each is done" "2000 0" "$(json '"\(.done) \(.failed)"')"
activated=$(task_of)
clear_rules
sql "SELECT upn FROM users WHERE synced AND enabled AND licenses = 1 AND location = 'DE' ORDER BY n" | grep -cFxf "$place/names" > "$place/count"
same "they sign in, have a place and a licence" 2000 "$(cat "$place/count")"
same "location goes before the licence, in one batch" 0 "$("$tenant" requests "$D" 'select(.path | test("/assignLicense$")) | select(.status == 400)' | wc -l)"
same "everybody of a filter: the rest of them" 0 "$(code user enable --all --yes --filter not-active --match user2999 --license SPE_E3 --location DE --json)"
holds "some" test "$(json .total)" -gt 0
same "undo of the 2,000" 0 "$(code task undo "$activated" --json)"
same "blocked again, without licence" "0 0" "$(user_of "$(head -n 1 "$place/names")" "enabled || ' ' || licenses")"

# -- single refusals and changes
printf 'Str0ng-pass\n' > "$place/pw"
chmod 600 "$place/pw"
same "a user of that name" 1 "$(code user create user00001@contoso.test --name X --password-file "$place/pw" --json)"
holds "exists already" said "exists already"
same "a domain that is not the tenant's" 2 "$(code user create a@nirgends.test --name X --password-file "$place/pw")"
holds "is explained" said "not verified in this tenant"
same "a weak password" 2 "$(code user create a@contoso.test --name X --password-file <(echo abcdefgh))"
sql "UPDATE sku SET enabled = consumed WHERE part = 'EXCHANGESTANDARD'"
same "no free licence" 1 "$(code user license neu003@contoso.test --add EXCHANGESTANDARD --anyway)"
holds "is named" said "No licence of that kind is free"
same "a licence that is not there" 1 "$(code user license user00001@contoso.test --add NIX)"
same "a synced user's password is the directory's" 1 "$(code user password "$(head -n 1 "$place/names")" --password-file "$place/pw")"
holds "says where to change it" said "Active Directory"
same "a new one" 0 "$(code user create eins@contoso.test --name "Eins O'Neill" --location DE --license SPE_E3 --password-file "$place/pw" --keep-password)"
same "as asked" "Eins O'Neill|1|DE|Str0ng-pass" "$(user_of eins@contoso.test "name || '|' || enabled || '|' || location || '|' || password")"
same "one more, with what is usual" 0 "$(code user create zwei@contoso.test --name Zwei --location DE --license FLOW_FREE --generate --passwords "$place/zwei.csv")"
same "another password" 0 "$(code user password eins@contoso.test --generate --passwords "$place/one.csv")"
same "is on the sheet" "$(tail -n 1 "$place/one.csv" | cut -d'"' -f4)" "$(user_of eins@contoso.test password)"
same "blocked" 0 "$(code user disable eins@contoso.test --remove SPE_E3 --json)"
blocked=$(task_of)
same "with sessions ended and licence gone" "0 0 1" "$(user_of eins@contoso.test "enabled || ' ' || licenses || ' ' || revoked")"
same "blocked again" "Already so" "$(mailvan user disable eins@contoso.test --json | jq -r '.items[0].result')"
same "taken back" 0 "$(code task undo "$blocked")"
same "as it was" "1 1" "$(user_of eins@contoso.test "enabled || ' ' || licenses")"
play '{"match":"POST /v1.0/users/eins*/revokeSignInSessions","status":400,"body":{"error":{"code":"Request_BadRequest","message":"Not now."}}}'
same "blocked in part" 1 "$(code user disable eins@contoso.test --remove SPE_E3 --json)"
clear_rules
blocked=$(task_of)
same "without its sessions" "Failed 0 0" "$(json '.items[0].result') $(user_of eins@contoso.test "enabled || ' ' || licenses")"
same "what was done is taken back" 0 "$(code task undo "$blocked")"
same "as it was" "1 1" "$(user_of eins@contoso.test "enabled || ' ' || licenses")"
same "licences" 0 "$(code user license eins@contoso.test --add FLOW_FREE --remove SPE_E3 --location AT)"
same "changed" "AT FLOW_FREE" "$(user_of eins@contoso.test location) $(parts_of eins@contoso.test)"
same "a room" 0 "$(code user create saal@contoso.test --name Saal --kind room)"
same "is one" RoomMailbox "$(sql "SELECT type FROM mailbox WHERE address = 'saal@contoso.test'")"
same "read-only refuses" 1 "$(code --read-only user disable eins@contoso.test)"
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE task SET state = 2 WHERE id = $blocked; UPDATE task_item SET state = 0 WHERE task = $blocked"
same "goes on with nothing" 1 "$(code --read-only task resume "$blocked")"
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE task SET state = 0 WHERE id = $blocked"
same "and takes none that waits" 0 "$(code task run --read-only)"
mailvan set read-only on > /dev/null
same "nor does anybody in such a project" 0 "$(code task run)"
same "which waits" 1 "$(user_of eins@contoso.test enabled)"
mailvan set read-only off > /dev/null
same "can be asked to pause" "$blocked" "$(mailvan task pause "$blocked" --json | jq .task)"
same "and to stop" "$blocked" "$(mailvan task stop "$blocked" --json | jq .task)"
holds "the shapes of D are kept" golden user-batch user-create user-disable user-enable user-license-add user-license-remove user-password user-revoke-sessions user-location
mailvan user create "o'b@contoso.test" --name "O'B" --generate --license SPE_E3 --location DE --powershell > "$place/ps"
holds "PowerShell doubles quotes" grep -qF "New-MgUser -UserPrincipalName 'o''b@contoso.test' -DisplayName 'O''B'" "$place/ps"
holds "and asks for the password" grep -qF "Read-Host -AsSecureString" "$place/ps"
same "nothing was created" "" "$(user_of "o''b@contoso.test" upn)"
finish
