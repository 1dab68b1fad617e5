#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_permissions.sh - the grid is crawled, granted, revoked, imported and taken back, and what is in the tenant is what
# mailvan says; a crawl that is killed goes on where it was.
# run.sh: timeout=300
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
holds "is named" said "nobody@contoso.test"
same "a trustee that is not there" 1 "$(code permission grant info@contoso.test --to nobody@contoso.test --full-access)"
same "no right named" 2 "$(code permission grant info@contoso.test --to $one)"
same "the audit list has before and after" '{"fullAccess":"Yes"} No' "$(mailvan audit --json 2> /dev/null |
	jq -r '[.rows[] | select(.action == "full-access-grant" and .target == "sales@contoso.test" and .outcome == "Done")][0] | "\(.after) \(.before | fromjson | .fullAccess)"')"

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
