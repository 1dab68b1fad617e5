#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_asks.sh - what touches many is asked for first, nobody's own sign-in is caught by --all, a list says of each row
# what becomes of it, and no password is handed out that was never set.
# run.sh: timeout=200
set -u
USERS=60
. "$(dirname "$0")/../servers/tenant_project.sh"

user_of() { sql "SELECT $2 FROM users WHERE upn = '$1' AND deleted = 0"; }
blocked() { sql "SELECT count(*) FROM users WHERE NOT enabled AND deleted = 0"; }
unsaid() { ! said "$@"; }
# With a terminal to ask on; what is typed, and then the command.
answered() {
	local typed=$1
	shift
	TERM=xterm script -qec "$(printf '%q ' "$BUILD/mailvan" --project "$P" "$@")" /dev/null <<< "$typed" > "$place/out" 2>&1
	echo $?
}
holds "users are read" mailvan user list --refresh --limit 1

# -- --all asks
before=$(blocked)
same "everybody blocked, nobody there to ask" 2 "$(code user disable --all < /dev/null)"
holds "is not done, and says what is wanted" said "say --yes"
holds "says how many" said "Block "
holds "and guests among them" said "of them guest"
same "no is no" 3 "$(answered n user disable --all)"
same "nothing was sent" "$before" "$(blocked)"
same "what is only said needs no answer" 0 "$(code user disable --all --dry-run < /dev/null)"
same "passwords for all" 2 "$(code user password --all --generate --passwords "$place/all.csv" < /dev/null)"
same "no sheet is there" "" "$(ls "$place/all.csv" 2> /dev/null)"
same "licences of all" 2 "$(code user license --all --remove SPE_E3 < /dev/null)"
holds "what becomes of their mailboxes is said" mailvan user license user00001@contoso.test --remove SPE_E3 --dry-run
same "a mailbox without a licence goes" 0 "$(code user license user00001@contoso.test --remove SPE_E3 --dry-run)"
holds "after 30 days" said "deleted after about 30 days"
same "a licence that is given takes no mailbox" 0 "$(code user license user00001@contoso.test --add SPE_E3 --dry-run)"
holds "and is not warned of" unsaid "30 days"
admin=$(sql "SELECT upn FROM users WHERE enabled AND type = 'Member' AND deleted = 0 AND NOT synced ORDER BY n LIMIT 1")
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE tenant SET who = '$admin'"
same "all but who is signed in" 0 "$(answered y user disable --all --match "${admin%%@*}" --filter enabled > /dev/null; code user disable --all --yes --filter enabled --dry-run)"
holds "who is left out and named" said "$admin is signed in here and is left out"
same "is not among them" 0 "$(grep -c "^$admin " "$place/out")"
same "named, it is meant" 0 "$(code user disable "$admin" --dry-run)"
holds "and there" said "$admin  user-disable"

# -- a tenant is not forgotten by a slip
same "one change" 0 "$(code user disable user00001@contoso.test)"
same "removal asks" 2 "$(code tenant remove contoso.test < /dev/null)"
holds "and says that no undo stays" said "1 change of it can then not be undone"
same "it is there" 0 "$(code tenant show contoso.test)"
same "taken back" 0 "$(code task undo "$(stored 'SELECT max(id) FROM task WHERE verb = "change"')")"

# -- a list: every row has an outcome, one mistake does not hide another
old=$(sql "SELECT upn FROM users WHERE NOT enabled AND deleted = 0 AND NOT synced ORDER BY n LIMIT 1")
name=$(user_of "$old" name)
cat > "$place/list.csv" << END
UserPrincipalName,DisplayName,Licenses,UsageLocation
neu1@contoso.test,,NO_SUCH,DE
neu1@contoso.test,Eins,,DE
neu2@nirgends.test,Zwei,,DE
neu3@contoso.test,Drei,,DE,too many
$old,$name,,
neu4@contoso.test,Vier,,DE
END
same "a list with mistakes" 2 "$(code user import "$place/list.csv" --dry-run)"
holds "a name is missing" said "line 2, DisplayName: error: The value is missing"
holds "and the licence behind it" said 'line 2: error: The tenant has no licence "NO_SUCH"'
holds "the same user again" said "line 3, UserPrincipalName: error: Line 2 has the same user"
holds "a domain that is not verified" said "line 4: error: The domain nirgends.test is not verified"
holds "the sum has them all" said "1 new, 0 same, 0 change, 1 left, 4 error"
same "the rows too" 3 "$(grep -c ' error ' "$place/out")"
same "good rows alone" 0 "$(code user import "$place/list.csv" --skip-invalid --passwords "$place/sheet.csv")"
holds "what is left is named without --dry-run" said "sign-in is blocked"
holds "in the singular" said "Import 1 user:"
same "one user" Vier "$(user_of neu4@contoso.test name)"
printf 'UPN,Name,Department\n%s,%s,Lager\n' "$old" "$name" > "$place/update.csv"
same "an update" 0 "$(code user import "$place/update.csv" --update)"
same "lets nobody in" 0 "$(user_of "$old" enabled)"
holds "and says so" said "sign-in is blocked and stays so"
same "unless it is said" 0 "$(code user import "$place/update.csv" --update --enable)"
same "then it does" 1 "$(user_of "$old" enabled)"
printf 'UPN,Name,Password\nneu5@contoso.test,Eins,Str0ng-pass\n' > "$place/open.csv"
chmod 644 "$place/open.csv"
same "a list with passwords" 0 "$(code user import "$place/open.csv" --dry-run)"
holds "that others can read" said "others on this machine can read it"
chmod 600 "$place/open.csv"
same "its owner alone" 0 "$(code user import "$place/open.csv" --dry-run)"
holds "is nobody's business" unsaid "others on this machine"
same "no such domain" 2 "$(code user create a@nirgends.test --name X --generate)"
holds "is found before there is a sheet" said "The domain nirgends.test is not verified"
same "nothing of it stays" "" "$(ls "$P"/passwords-* 2> /dev/null)"

# -- passwords that were not set are not handed out
same "read-only makes no sheet" 1 "$(code --read-only user password neu4@contoso.test --generate --passwords "$place/ro.csv")"
same "none is there" "" "$(ls "$place/ro.csv" 2> /dev/null)"
same "nor does an import" 1 "$(code --read-only user import <(echo "UPN,Name"; echo "neu6@contoso.test,X") --passwords "$place/ro.csv")"
same "none is there either" "" "$(ls "$place/ro.csv" 2> /dev/null)"
same "one known, one unknown" 1 "$(code user password neu4@contoso.test nobody@contoso.test --generate --passwords "$place/two.csv")"
holds "the sheet is good for the first" said "Hand out the passwords in $place/two.csv"
holds "not for the other" said "not to be handed out: the passwords of nobody@contoso.test (mailvan task show"
same "a user who is there" 1 "$(code user create user00001@contoso.test --name X --generate --passwords "$place/there.csv")"
holds "has no password from here" said "No password was set: nothing of $place/there.csv is to be handed out"
same "nobody to type one" 2 "$(setsid -w "$BUILD/mailvan" --project "$P" user password neu4@contoso.test < /dev/null > "$place/out" 2> "$place/err"; echo $?)"
holds "the ways are named" said "with --generate"

# -- words
same "one permission" 0 "$(code permission grant user00001@contoso.test --to user00002@contoso.test --send-as)"
holds "is named" said "Grant Send As on user00001@contoso.test to user00002@contoso.test: 1 done"
printf 'Mailbox,Trustee,FullAccess,SendAs,SendOnBehalf\nuser00001@contoso.test,user00003@contoso.test,yes,-,-\n' > "$place/grants.csv"
same "a CSV of permissions" 0 "$(code permission import "$place/grants.csv")"
holds "says what it is to do" said "Import permissions: 1 to grant, 0 to revoke"
same "a shared mailbox" 0 "$(code user create team@contoso.test --name Team --kind shared)"
same "stands in the list" shared "$(mailvan user show team@contoso.test --json | jq -r .kind)"
quota=$(sql "SELECT address FROM mailbox WHERE quota = 107374182400 LIMIT 1")
holds "100 GB are 100 GB" grep -qE '^Quota +100\.0 GB$' <(mailvan user show "$quota")
mailvan audit --csv > "$place/audit.csv" 2> /dev/null
holds "times in CSV are UTC" grep -qE '^"?20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z' "$place/audit.csv"
same "arguments in JSON are JSON" true "$(mailvan audit --json 2> /dev/null | jq '[.rows[] | select(.action == "send-as-grant")][0].args.trustee == "user00002@contoso.test"')"
if [ "$(id -u)" = 0 ] && grep -qE '^(0|4294967295)$' <(cat /proc/self/loginuid 2> /dev/null || echo 0); then
	SUDO_USER=clara mailvan user disable user00001@contoso.test > /dev/null 2>&1
	holds "who became root is known" grep -q '^clara as root' <(mailvan audit --json 2> /dev/null | jq -r '.rows[0].operator')
fi
same "an empty list" 0 "$(code device list)"
holds "says nothing of keys" unsaid "F5"
for verb in "user list" "service health" "tenant list" audit; do
	# shellcheck disable=SC2086
	same "no project: $verb" 2 "$("$BUILD/mailvan" --project "$place/none" $verb > "$place/out" 2>&1; echo $?)"
	holds "how to begin: $verb" said "mailvan tenant add"
done
same "help" 0 "$(code help device)"
holds "says which verb takes which option" grep -qE '^ {5} .*--confirm-name' "$place/out"
holds "and the columns of a list" said "Mailbox, DeviceId and Access"
finish
