#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# permission_acl.sh - Full Access on an ordinary IMAP server is RFC 4314 ACL over all folders: granted on a real Dovecot, the
# trustee opens the folders; revoked and taken back, it is as it was, folder by folder.
# run.sh: timeout=200
set -u
. "$(dirname "$0")/../servers/pair.sh"

code() { mailvan "$@" > "$place/out" 2> "$place/err"; echo $?; }
said() { grep -qF -- "$1" "$place/out" "$place/err" || { cat "$place/out" "$place/err"; return 1; }; }
with_acl=(--set 'mail_plugins = acl' --set 'protocol imap {
 mail_plugins = acl imap_acl
}' --set "plugin {
 acl = vfile
 acl_shared_dict = file:$T/shared/mailboxes.db
}" --set 'namespace shared {
 type = shared
 separator = /
 prefix = Other/%%u/
 location = sdbox:%%h/mail
 subscriptions = no
 list = children
}')
mkdir -p "$T/shared" && chmod 755 "$T" && chmod 777 "$T/shared"
server "$S"
server "$T" --role target "${with_acl[@]}"
"$dovecot" folder "$T" anna Work Work/2024 "Priv&AOk-" Sent
"$load" "$T" anna folder Work/2024 --seed 1 --count 5
{ echo "$header"; row anna; row carl; } > "$place/list.csv"
add_list "$place/list.csv" > /dev/null 2>&1

adm_rights() { "$dovecot" adm "$T" acl get -u anna "$1" 2> /dev/null | awk -v who="user=$2" '$1 == who { $1 = ""; print substr($0, 2) }'; } # FOLDER TRUSTEE
full="lookup read write write-seen write-deleted insert post expunge create delete"
sorted() { tr ' ' '\n' <<< "$1" | LC_ALL=C sort | tr '\n' ' '; }
opens() { # USER FOLDER : does IMAP let this user read anna's folder?
	curl -s --cacert "$CA" --user "$1:pass" "$(imaps "$T")/Other%2Fanna%2F${2//\//%2F};MAILINDEX=1" > "$place/mail" && [ -s "$place/mail" ]
}

same "nothing is shared at first" 1 "$(opens bob Work/2024; [ $? != 0 ] && echo 1)"
same "the grid is read" 0 "$(code permission list --imap --refresh --json)"
same "and is empty" 0 "$(jq .total "$place/out")"
"$dovecot" adm "$T" acl set -u anna Sent user=bob lookup read

# -- grant
same "grant" 0 "$(code permission grant anna --imap --to bob --full-access --json)"
task=$(jq .task "$place/out")
holds "says how many folders" said "5 folders"
for f in INBOX Work Work/2024 "Priv&AOk-" Sent; do
	same "all rights on $f" "$(sorted "$full")" "$(sorted "$(adm_rights "$f" bob)")"
done
holds "the trustee reads a folder" opens bob Work/2024
same "nobody else does" 1 "$(opens eve Work/2024; [ $? != 0 ] && echo 1)"
same "the grid has it" "anna bob Yes" "$(mailvan permission list --imap --json 2> /dev/null | jq -r '.rows[] | "\(.mailbox) \(.trustee) \(.fullAccess)"')"
same "again" 0 "$(code permission grant anna --imap --to bob --full-access --json)"
same "it was so already" "Already so" "$(jq -r '.items[0].result' "$place/out")"
same "reverse" anna "$(mailvan permission reverse bob --imap --json | jq -r '.rows[].mailbox')"
same "a folder made later has the rights of its parent" 0 "$("$dovecot" folder "$T" anna Work/2025 > /dev/null; [ -n "$(adm_rights Work/2025 bob)" ]; echo $?)"

# -- undo: what was there before, folder by folder
same "undo" 0 "$(code permission undo "$task")"
same "what he had in one folder is back" "lookup read" "$(adm_rights Sent bob)"
for f in INBOX Work Work/2024 Work/2025 "Priv&AOk-"; do same "and nothing else: $f" "" "$(adm_rights "$f" bob)"; done
same "the trustee is out" 1 "$(opens bob Work/2024; [ $? != 0 ] && echo 1)"
same "the grid is read again" 0 "$(code permission list --imap --refresh --json)"
same "and tells a part from the whole" "anna bob  all on 0 and lr on 1 of 6 folders" "$(jq -r '.rows[] | "\(.mailbox) \(.trustee) \(.fullAccess) \(.otherRights)"' "$place/out")"
same "both mailboxes were looked at" 2 "$(mailvan permission reverse bob --imap --json | jq .mailboxes_looked_at)"

# -- revoke, and undo of that
code permission grant anna --imap --to bob --full-access > /dev/null
same "revoke" 0 "$(code permission revoke anna --imap --from bob --full-access --json)"
task=$(jq .task "$place/out")
for f in INBOX Work/2024 Sent; do same "no rights on $f" "" "$(adm_rights "$f" bob)"; done
same "undo of it" 0 "$(code permission undo "$task")"
holds "the trustee reads again" opens bob Work/2024

# -- what cannot be
same "Send As" 1 "$(code permission grant anna --imap --to bob --send-as)"
holds "is not there" said "cannot do"
same "a mailbox of nobody" 1 "$(code permission grant zoe --imap --to bob --full-access)"
holds "is named" said '"zoe"'
same "PowerShell" 2 "$(code permission grant anna --imap --to bob --full-access --powershell)"
same "the owner himself" 1 "$(code permission grant anna --imap --to anna --full-access)"
server "$place/plain" --role target
{ echo "$header"; row dora; } > "$place/plain.csv"
mailvan add "$place/plain.csv" --target-server "$(imaps "$place/plain")" --target-ca "$CA" --source-ca "$CA" > /dev/null 2>&1
same "a server without ACL" 1 "$(code permission grant dora --imap --to bob --full-access)"
holds "is said to be one" said "RFC 4314"
finish
