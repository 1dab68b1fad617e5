#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_permissions.sh - the grid is crawled, granted, revoked, imported and taken back, and what is in the tenant is what
# mailvan says; a crawl that is killed goes on where it was.
# run.sh: timeout=400
set -u
USERS=700
. "$(dirname "$0")/../servers/tenant_project.sh"

one=user00001@contoso.test two=user00002@contoso.test
rights() { # MAILBOX TRUSTEE : what the tenant has, e.g. "FullAccess SendAs behalf"
	sql "SELECT group_concat(r, ' ') FROM (
		SELECT 'FullAccess' AS r FROM permission p JOIN mailbox m ON m.n = p.mailbox WHERE m.address = '$1' AND p.trustee = '$2'
			AND p.rights LIKE '%FullAccess%' AND NOT inherited AND NOT deny
		UNION ALL SELECT 'SendAs' FROM recipient_permission p JOIN mailbox m ON m.n = p.mailbox WHERE m.address = '$1' AND p.trustee = '$2'
		UNION ALL SELECT 'behalf' FROM mailbox, json_each(behalf) WHERE address = '$1' AND value = '$2')"
}
requests() { "$tenant" requests "$D" 'select(.path | endswith("InvokeCommand") or endswith("$batch"))' | wc -l; }

# -- the crawl, killed in the middle
play '{"match":"POST /adminapi/beta/*/$batch","times":0,"delay_ms":30}'
"$BUILD/mailvan" --project "$P" permission list --refresh > /dev/null 2>&1 &
crawler=$!
some_are_seen() { [ "$(stored 'SELECT count(*) FROM permission_crawl' 2> /dev/null || echo 0)" -ge 25 ]; }
wait_until 60 some_are_seen
kill -KILL $crawler
wait $crawler 2> /dev/null
seen=$(stored 'SELECT count(*) FROM permission_crawl')
all=$(sql 'SELECT count(*) FROM mailbox')
holds "it was killed in the middle" test "$seen" -lt "$all"
same "reverse says that the crawl is not complete" "true $seen" "$(mailvan permission reverse $one --json | jq -r '"\(.unfinished) \(.mailboxes_looked_at)"')"
sql 'DELETE FROM rule'
before=$("$tenant" requests "$D" 'select(.path | endswith("$batch")) | .body.requests[] | .body.CmdletInput | select(.CmdletName == "Get-MailboxPermission") | .Parameters.Identity' | wc -l)
same "it is resumed" 0 "$(code permission list --refresh)"
asked=$("$tenant" requests "$D" 'select(.path | endswith("$batch")) | .body.requests[] | .body.CmdletInput | select(.CmdletName == "Get-MailboxPermission") | .Parameters.Identity' | wc -l)
holds "what was seen is not asked again" test $((asked - before)) -le $((all - seen))
same "every mailbox was looked at" "$all 0" "$(stored "SELECT count(*), count(CASE WHEN error <> '' THEN 1 END) FROM permission_crawl" | tr '|' ' ')"
same "reverse says so" "false $all" "$(mailvan permission reverse $one --json | jq -r '"\(.unfinished) \(.mailboxes_looked_at)"')"

# -- what the grid says is what the tenant has
tenant_full() { sql "SELECT m.address || ' ' || p.trustee FROM permission p JOIN mailbox m ON m.n = p.mailbox WHERE p.rights LIKE '%FullAccess%' AND NOT p.inherited
	AND NOT p.deny AND p.trustee <> 'NT AUTHORITY\SELF' ORDER BY 1"; }
tenant_full > "$place/want"
mailvan permission list --json 2> /dev/null | jq -r '.rows[] | select(.fullAccess == "Yes" or .fullAccess == "Yes, inherited") | "\(.mailbox) \(.trustee)"' |
	LC_ALL=C sort > "$place/have"
same_files "Full Access is what the tenant has" "$place/want" "$place/have"
same "SELF is dropped" 0 "$(mailvan permission list --json 2> /dev/null | jq '[.rows[] | select(.trustee | test("SELF"))] | length')"
holds "inherited entries are recognisable" test "$(mailvan permission list --filter inherited --json 2> /dev/null | jq .total)" -gt 10
holds "denied entries are" test "$(mailvan permission list --filter denied --json 2> /dev/null | jq .total)" -gt 10
same "orphans are" "$(sql "SELECT count(*) FROM permission WHERE trustee LIKE 'S-1-5-%'")" \
	"$(mailvan permission list --filter orphaned --json 2> /dev/null | jq .total)"
same "names on behalf of are addresses" "$two" "$(mailvan permission list --mailbox info@contoso.test --json 2> /dev/null |
	jq -r '.rows[] | select(.sendOnBehalf == "Yes") | .trustee')"
holds "the requests are those of the golden files" golden exchange-mailboxes exchange-recipients

# -- grant, revoke, undo
same "three rights granted" 0 "$(code permission grant sales@contoso.test --to user00004@contoso.test --full-access --send-as --send-on-behalf --no-automapping --json)"
granted=$(task_of)
same "they are there" "FullAccess SendAs behalf" "$(rights sales@contoso.test user00004@contoso.test)"
same "without AutoMapping" 0 "$(sql "SELECT automap FROM permission p JOIN mailbox m ON m.n = p.mailbox WHERE m.address = 'sales@contoso.test' AND p.trustee = 'user00004@contoso.test'")"
same "and in the grid" "Yes Yes Yes" "$(mailvan permission list --trustee user00004@contoso.test --json 2> /dev/null | jq -r '.rows[] | select(.mailbox == "sales@contoso.test") | "\(.fullAccess) \(.sendAs) \(.sendOnBehalf)"')"
same "again: it was so" 0 "$(code permission grant sales@contoso.test --to user00004@contoso.test --full-access --send-as --json)"
same "says so" "Already so Already so" "$(json '[.items[].result] | join(" ")')"
same "undo of nothing" 0 "$(code permission undo "$(task_of)")"
holds "has nothing to take back" said "nothing to take back"
same "undo" 0 "$(code permission undo "$granted")"
same "a second undo would overwrite what came since" 2 "$(code permission undo "$granted")"
same "nothing is left" "" "$(rights sales@contoso.test user00004@contoso.test)"
same "revoke by another name of the trustee" 0 "$(code permission revoke info@contoso.test --from user00001 --full-access --json)"
revoked=$(task_of)
same "only that right is gone" "SendAs" "$(rights info@contoso.test $one)"
same "the grid knows whom it was" " Yes" "$(mailvan permission list --trustee $one --json 2> /dev/null | jq -r '.rows[] | select(.mailbox == "info@contoso.test") | "\(.fullAccess) \(.sendAs)"')"
same "undo of a revocation" 0 "$(code permission undo "$revoked")"
same "gives it back" "FullAccess SendAs" "$(rights info@contoso.test $one)"
same "a mailbox that is not there" 1 "$(code permission grant nobody@contoso.test --to $one --send-as)"
holds "is named as a mailbox" said 'The tenant has no mailbox "nobody@contoso.test": `mailvan user list --refresh`'
same "a trustee that is not there" 1 "$(code permission grant info@contoso.test --to nobody@contoso.test --full-access)"
holds "is named as one" said 'knows nobody called "nobody@contoso.test" to whom a right on the mailbox could be given'
same "no right named" 2 "$(code permission grant info@contoso.test --to $one)"
same "the audit list has before and after" '{"fullAccess":"Yes"} No' "$(mailvan audit --json 2> /dev/null |
	jq -r '[.rows[] | select(.action == "full-access-grant" and .target == "sales@contoso.test" and .outcome == "Done")][0] | "\(.after) \(.before.fullAccess)"')"

# -- a Deny entry
five=user00005@contoso.test
deny_of() { sql "SELECT count(*) FROM permission p JOIN mailbox m ON m.n = p.mailbox WHERE m.address = 'sales@contoso.test' AND p.trustee = '$five' AND deny"; }
grid() { mailvan permission list --trustee $five --json 2> /dev/null | jq -r '.rows[] | select(.mailbox == "sales@contoso.test") | .fullAccess'; }
sql "INSERT INTO permission(mailbox, trustee, rights, deny) SELECT n, '$five', '[\"FullAccess\"]', 1 FROM mailbox WHERE address = 'sales@contoso.test'"
sql "INSERT INTO permission(mailbox, trustee, rights) SELECT n, '$five', '[\"ReadPermission\"]' FROM mailbox WHERE address = 'info@contoso.test'"
for box in sales info; do mailvan permission list --mailbox $box@contoso.test --refresh > /dev/null 2>&1; done
same "who is denied, or may only read permissions, opens nothing" "0 0" "$(code permission reverse $five --json) $(json '[.rows[] | select(.mailbox == "sales@contoso.test" or .mailbox == "info@contoso.test")] | length')"
same "in words" 0 "$(code permission reverse $five)"
holds "denials are told apart" said "permission list --trustee $five --filter denied"
same "revoke of what is denied" "0 Already so" "$(code permission revoke sales@contoso.test --from $five --full-access --json) $(json '.items[0].result')"
holds "says how the denial goes" said "permission revoke MAILBOX --from TRUSTEE --full-access --deny"
same "a grant" 0 "$(code permission grant sales@contoso.test --to $five --full-access --no-automapping --json)"
holds "says that it does not help" said "a Deny entry stands and goes before it"
same "as the grid has it" "Yes, denied" "$(grid)"
same "the denial removed" 0 "$(code permission revoke sales@contoso.test --from $five --full-access --deny --json)"
undenied=$(task_of)
same "it is gone" "0 FullAccess" "$(deny_of) $(rights sales@contoso.test $five)"
same "from the grid too" Yes "$(grid)"
same "once more: so already" "0 Already so" "$(code permission revoke sales@contoso.test --from $five --full-access --deny --json) $(json '.items[0].result')"
same "undo" 1 "$([ "$(code permission undo "$undenied" --anyway)" = 0 ] && deny_of)"
same "in the grid" "Yes, denied" "$(grid)"
same "of Send on Behalf" 2 "$(code permission revoke sales@contoso.test --from $five --send-on-behalf --deny)"

# -- through groups: helpers has berlin as a member, which has the user
member=user00010@contoso.test
guid() { printf '99999999-0000-4000-a000-%012d' "$1"; }
sql "INSERT INTO grouping(n, guid, type, name, mail) VALUES (1, '$(guid 1)', 'group', 'Helpers', 'helpers@contoso.test'), (2, '$(guid 2)', 'group', 'Berlin', 'berlin@contoso.test'),
	(3, '$(guid 3)', 'group', 'Old \033[1mname', NULL), (4, '$(guid 4)', 'administrativeUnit', 'Unit', NULL), (5, '$(guid 5)', 'directoryRole', 'Role', NULL), (6, '$(guid 6)', 'group', 'Others', 'others@contoso.test')"
sql "INSERT INTO member(grouping, guid) VALUES (1, '$(guid 2)'), (3, '$(guid 2)'), (6, '$(guid 3)')"
sql "INSERT INTO member(grouping, guid) SELECT n, (SELECT guid FROM user WHERE upn = '$member') FROM grouping WHERE n IN (2, 4, 5)"
sql "INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'helpers@contoso.test', '[\"FullAccess\"]' FROM mailbox WHERE address IN ('sales@contoso.test', 'info@contoso.test')"
sql "INSERT INTO recipient_permission(mailbox, trustee, rights) SELECT n, 'berlin@contoso.test', '[\"SendAs\"]' FROM mailbox WHERE address = 'sales@contoso.test'"
sql "INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'others@contoso.test', '[\"FullAccess\"]' FROM mailbox WHERE address = 'room-wien@contoso.test'"
for box in sales info room-wien; do mailvan permission list --mailbox $box@contoso.test --refresh > /dev/null 2>&1; done
mailvan permission grant room-berlin@contoso.test --to $member --full-access > /dev/null 2>&1
groups_asked() { "$tenant" requests "$D" 'select(.path | endswith("/transitiveMemberOf"))' | wc -l; }
opened() { json '[.rows[] | "\(.mailbox | split("@")[0]):\(.fullAccess)\(if .sendAs == "Yes" then "+as" else "" end):\(.through // "-" | split("@")[0])"] | sort | join(" ")'; }
before=$(groups_asked)
same "what a member opens" 0 "$(code permission reverse $member --json)"
same "by itself and through three groups" "info:Yes:helpers room-berlin:Yes:- room-wien:Yes:others sales:+as:berlin sales:Yes:helpers" "$(opened)"
same "with the groups, and no roles" "Berlin,Helpers,Old \\033[1mname,Others" "$(json '[.groups.names[].name] | sort | join(",")')"
holds "as the golden file has it" golden user-groups
same "they are kept" "0 1" "$(code permission reverse $member) $(($(groups_asked) - before))"
holds "rows say through whom" said "sales@contoso.test  Full Access, through helpers@contoso.test"
holds "and how old that is" said "A member of 4 groups, as of"
sql "DELETE FROM member WHERE grouping = 1"
stored_write() { sqlite3 -cmd '.timeout 20000' "$P/project.db" "$1"; }
stored_write "UPDATE membership SET at = at - 86400000"
same "after a crawl they are asked for again" "0 2" "$(code permission reverse $member --json) $(($(groups_asked) - before))"
same "and what is over is gone" "room-berlin:Yes:- room-wien:Yes:others sales:+as:berlin" "$(opened)"
same "a group has what is granted to it" 0 "$(code permission reverse helpers@contoso.test --json)"
same "and is no user" "info:Yes:- sales:Yes:-" "$(opened)"
# An app that may read users, but no groups, is told their number.
play '{"roles":["User.Read.All","User.ReadWrite.All","LicenseAssignment.Read.All","Organization.Read.All"]}'
stored_write "DELETE FROM token; UPDATE membership SET at = at - 86400000"
same "without the right to read names" 0 "$(code permission reverse $member)"
holds "what it may open itself is listed" said "room-berlin@contoso.test  Full Access"
holds "and what is missing is said" said "GroupMember.Read.All"
sql 'DELETE FROM rule'
play '{"match":"GET */transitiveMemberOf","status":403,"body":{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}}'
stored_write "DELETE FROM token; DELETE FROM membership"
same "refused altogether" 0 "$(code permission reverse $member --json)"
same "the direct rows, and why" "room-berlin:Yes:- true" "$(opened) $(json '.groups.error | contains("GroupMember.Read.All")')"
sql 'DELETE FROM rule'
same "the next time it is asked again" 0 "$(code permission reverse $member --json)"
same "and answered" "room-berlin:Yes:- room-wien:Yes:others sales:+as:berlin" "$(opened)"

# -- as PowerShell, and not at all
asked=$(requests)
same "PowerShell" "Add-MailboxPermission -Identity 'info@contoso.test' -User 'o''neil@contoso.test' -AccessRights 'FullAccess' -InheritanceType 'All' -AutoMapping:\$true -Confirm:\$false" \
	"$(mailvan permission grant info@contoso.test --to "o'neil@contoso.test" --full-access --powershell)"
same "PowerShell of a hashtable" "Set-Mailbox -Identity 'info@contoso.test' -GrantSendOnBehalfTo @{Remove='$two'} -Confirm:\$false" \
	"$(mailvan permission revoke info@contoso.test --from $two --send-on-behalf --powershell)"
same "a dry run" 0 "$(code permission grant info@contoso.test --to user00009@contoso.test --full-access --dry-run)"
same "asks nobody" "$asked" "$(requests)"

# -- 1,000 permissions, with trouble on the way, and back
sql "SELECT address FROM mailbox WHERE type = 'UserMailbox' ORDER BY n LIMIT 500" > "$place/boxes"
rights_now() { sql "SELECT mailbox, trustee, rights, deny, inherited FROM permission ORDER BY 1, 2, 3, 4, 5"; sql "SELECT mailbox, trustee FROM recipient_permission ORDER BY 1, 2"; sql "SELECT n, behalf FROM mailbox"; }
rights_now > "$place/at-first"
play '{"part":4,"contains":"Add-MailboxPermission","after":3,"times":2,"status":429,"headers":{"Retry-After":"1"}}'
play '{"match":"POST /adminapi/beta/*/$batch","contains":"Add-MailboxPermission","after":20,"times":1,"status":503,"headers":{"Retry-After":"1"}}'
play '{"match":"POST /adminapi/beta/*/$batch","contains":"Add-MailboxPermission","after":30,"times":1,"drop":"after"}'
play '{"match":"POST /adminapi/beta/*/$batch","after":200,"expire_tokens":true}'
mapfile -t boxes < "$place/boxes"
same "1,000 are granted" 0 "$(code permission grant "${boxes[@]}" --to sales@contoso.test --to room-wien@contoso.test --full-access --json)"
many=$(task_of)
same "each of them" "1000 0" "$(json '"\(.done) \(.failed)"')"
same "once" "1000 500" "$(sql "SELECT count(*), count(DISTINCT mailbox) FROM permission WHERE trustee IN ('sales@contoso.test', 'room-wien@contoso.test') AND rights LIKE '%FullAccess%'" | tr '|' ' ')"
same "all trouble was met" 0 "$(sql 'SELECT count(*) FROM rule WHERE fired = 0')"
sql 'DELETE FROM rule'
"$BUILD/mailvan" --project "$P" permission undo "$many" > "$place/out" 2>&1 &
undo=$!
some_are_back() { [ "$(sql "SELECT count(*) FROM permission WHERE trustee = 'room-wien@contoso.test'")" -lt 400 ]; }
wait_until 60 some_are_back
kill -KILL $undo
wait $undo 2> /dev/null
holds "undo was killed in the middle" test "$(sql "SELECT count(*) FROM permission WHERE trustee = 'sales@contoso.test'")" -gt 0
back=$(stored "SELECT max(id) FROM task")
same "and resumed" 0 "$(code task resume "$back")"
rights_now > "$place/at-last"
same_files "the tenant is as it was at first" "$place/at-first" "$place/at-last"
same "and the grid" 0 "$(mailvan permission list --trustee sales@contoso.test --json 2> /dev/null | jq .total)"

# -- CSV out and in
mailvan permission export > "$place/all.csv"
same "what was exported differs in nothing" 0 "$(code permission import "$place/all.csv" --dry-run)"
holds "says so" said "0 to grant, 0 to revoke"
sed -e 's/^"info@contoso.test","user00001@contoso.test","yes","yes","no"/"info@contoso.test","user00001@contoso.test","no","yes","yes"/' \
	-e 's/^"sales@contoso.test","user00002@contoso.test","no","no","yes"/"sales@contoso.test","user00002@contoso.test","-","-","-"/' "$place/all.csv" > "$place/new.csv"
same "an edited one" 0 "$(code permission import "$place/new.csv")"
holds "says what differs" said "1 to grant, 1 to revoke"
same "is what the tenant has" "SendAs behalf" "$(rights info@contoso.test $one)"
same "what it leaves stays" "behalf" "$(rights sales@contoso.test $two)"
printf 'Mailbox,Trustee,FullAccess\ninfo@contoso.test,%s,perhaps\nnot-an-address,%s,yes\nsales@contoso.test,%s,yes\nSales@contoso.test,%s,no\n' $one $one $one $one > "$place/bad.csv"
asked=$(requests)
same "a CSV with mistakes" 2 "$(code permission import "$place/bad.csv")"
for line in 2 3 5; do holds "names line $line" grep -q "^line $line," "$place/err"; done
same "and changes nothing" "$asked" "$(requests)"

# -- who may not
same "read-only is set" 0 "$(code set read-only on)"
same "a grant is refused" 1 "$(code permission grant info@contoso.test --to $one --full-access)"
holds "because of it" said "read-only"
same "reading is not" 0 "$(code permission list --mailbox info@contoso.test --refresh)"
mailvan set read-only off > /dev/null 2>&1
play '{"match":"POST /adminapi/*","times":0,"nul_403":true}'
same "a role is missing" 1 "$(code permission list --refresh)"
holds "says which" said "Exchange Administrator"
same "the grid stays" "$all" "$(stored 'SELECT count(*) FROM permission_crawl')"
same "a grant without the role" 1 "$(code permission grant info@contoso.test --to $one --full-access)"
sql 'DELETE FROM rule'
same "can go on when it is there" 0 "$(code task resume "$(stored "SELECT max(id) FROM task")")"
same "and is done" "FullAccess SendAs behalf" "$(rights info@contoso.test $one)"

same "single changes are those of the golden files" 0 "$(code permission grant info@contoso.test --to user00002@contoso.test --full-access --no-automapping)"
same "" 0 "$(code permission grant info@contoso.test --to $two --send-as)"
same "" 0 "$(code permission revoke info@contoso.test --from $two --send-on-behalf)"
same "" 0 "$(code permission grant info@contoso.test --to $two --send-on-behalf)"
same "" 0 "$(code permission revoke info@contoso.test --from $two --full-access)"
same "" 0 "$(code permission revoke info@contoso.test --from $two --send-as)"
holds "golden requests" golden exchange-full-access-grant exchange-full-access-revoke exchange-send-as-grant exchange-send-as-revoke \
	exchange-send-on-behalf-grant exchange-send-on-behalf-revoke
verdict "no token and no secret is in the project" "$(grep -rlaF -e 's3cret~with' -e 'eyJ' "$P" 2> /dev/null)"
finish
