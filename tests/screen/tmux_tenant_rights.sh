#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_tenant_rights.sh - permissions and phones by keys: 1,000 permissions granted from a CSV and all of them taken back;
# a device wiped (its account; all of it, with its name typed) and the wipe cancelled. The tenant is compared each time.
# run.sh: timeout=200
set -u
TENANT="--users 900"
. "$(dirname "$0")/tenant_terminal.sh"

rights() { # everything that anybody may do with any mailbox
	sql "SELECT 'F', m.address, p.trustee, p.rights, p.inherited, p.deny, p.automap FROM permission p JOIN mailbox m ON m.n = p.mailbox
		UNION ALL SELECT 'S', m.address, p.trustee, p.rights, p.inherited, p.deny, '' FROM recipient_permission p JOIN mailbox m ON m.n = p.mailbox
		UNION ALL SELECT 'B', m.address, b.value, '', '', '', '' FROM mailbox m, json_each(m.behalf) b" | LC_ALL=C sort
}
devices() { sql "SELECT identity, doc->>'DeviceAccessState', stats->>'Status' FROM device ORDER BY 1"; }
grid() { stored "SELECT mailbox, trustee, full_access, send_as, on_behalf FROM permission ORDER BY 1, 2"; }

# 400 mailboxes with two rights, 200 with one. Some of these have it already, which must stay so.
who=user00002@contoso.test
sql "SELECT address FROM mailbox WHERE type = 'UserMailbox' AND address <> '$who' AND NOT EXISTS (SELECT 1 FROM permission p
	WHERE p.mailbox = mailbox.n AND p.trustee = '$who') ORDER BY n LIMIT 600" > "$place/boxes"
same "there are 600 mailboxes" 600 "$(wc -l < "$place/boxes")"
{
	echo "Mailbox,Trustee,FullAccess,SendAs,SendOnBehalf,AutoMapping"
	sed -n "1,200s/\$/,$who,yes,yes,-,yes/p; 201,400s/\$/,$who,yes,yes,-,no/p; 401,600s/\$/,$who,-,-,yes,-/p" "$place/boxes"
} > "$place/grants.csv"
rights > "$place/at-first"

open 110x30 "$P"
expect "an empty project" 'No mailboxes yet'
node Permissions
slow
press F5
expect "the crawl says how far it is" 'Read permissions [0-9]+/[0-9]+'
fast
holds "it comes to its end" at_rest 60
expect "which is said" 'Read permissions: [0-9]+ done'
grid > "$place/grid"
press c
expect "the form" '┌ Import permissions'
press "$place/grants.csv" F2
expect "what would be done" '1,000 to grant · 0 to revoke'
expect "and that nothing is wrong" 'Nothing is wrong with it'
slow
press Enter
expect "it goes on" 'Import permissions: 1,000 to grant [0-9,]+/1,000'
fast
holds "to its end" at_rest 90
expect "which is said" 'Import permissions: 1,000 to grant: 1,000 done'
{
	cat "$place/at-first"
	sed -n "1,400s/\(.*\)/F|\1|$who|[\"FullAccess\"]|0|0|1/p" "$place/boxes" | sed '201,$s/1$/0/'
	sed -n "1,400s/\(.*\)/S|\1|$who|[\"SendAs\"]|0|0|/p" "$place/boxes"
	sed -n "401,600s/\(.*\)/B|\1|$who||||/p" "$place/boxes"
} | LC_ALL=C sort -u > "$place/want"
rights > "$place/have"
same_files "the tenant has these 1,000 and what it had" "$place/want" "$place/have"
already=$(stored "SELECT count(*) FROM task_item WHERE state = 3")
same "what was so already is called that" $((1000 - $(wc -l < "$place/want") + $(wc -l < "$place/at-first"))) "$already"
holds "there was some ($already)" test "$already" -gt 0
find_rows "$(sed -n 300p "$place/boxes")" 'user00002@con.* Yes +Yes'

# -- taken back
press Escape
press u
expect "undo names the task" 'Take back task [0-9]+, "Import permissions: 1,000 to grant"'
slow
press y
expect "it goes on" 'Undo task [0-9]+: Import permissions.* [0-9,]+/'
fast
holds "to its end" at_rest 90
expect "which is said" 'Undo task [0-9]+: Import permissions: 1,000 to grant: [0-9,]+ done'
rights > "$place/have"
same_files "the tenant is as it was" "$place/at-first" "$place/have"
grid > "$place/have"
same_files "and so is the grid" "$place/grid" "$place/have"

# -- a phone
devices > "$place/at-first"
phone=$(sql "SELECT identity FROM device WHERE doc->>'ClientVersion' = '16.1' AND doc->>'DeviceAccessState' = 'Allowed' ORDER BY n LIMIT 1 OFFSET 2")
of() { sql "SELECT $1 FROM device WHERE identity = '$phone'"; }
id=$(of "doc->>'DeviceId'") name=$(of "doc->>'FriendlyName'")
name=$(head -c 24 <<< "$name" | iconv -c -f UTF-8 -t UTF-8) name=${name%% } # what has room in the field
node "Mobile devices"
press F5
expect "the devices are being read" 'Read devices'
holds "to the end" at_rest 60
expect "which is said, with the count" "Read devices: $(sql 'SELECT count(*) FROM device') done"
find_rows "$id" "filter: $id .*"
holds "one row is left" wait_until 20 shows "$(of "substr(doc->>'DeviceModel', 1, 8)").* Allowed"
press w
expect "account-only is the first choice" '1 +Account only'
press Enter
expect "it asks" 'Wipe the account on '
press y
expect "requested" 'Wipe the account on .*: 1 done'
same "at the service it waits for the device" AccountOnlyDeviceWipePending "$(of "stats->>'Status'")"
expect "and in the list" 'Allowed .* AccountOnly'
press W
expect "cancelled" 'Cancel wipe of .*: 1 done'
devices > "$place/have"
same_files "nothing is left of it" "$place/at-first" "$place/have"
press w 2
expect "a full wipe says what it does" 'EVERYTHING on it is erased'
expect "and wants the name typed" "Type $name to go on"
press y Enter
expect "another word does not do" "Type $name to go on, or Esc to leave it"
same "nothing was asked for" DeviceOk "$(of "stats->>'Status'")"
press C-u "$name" Enter
expect "the name does" 'Wipe all of .*: 1 done'
same "at the service it waits for the device" DeviceWipePending "$(of "stats->>'Status'")"
press W
expect "cancelled" 'Cancel wipe of .*: 1 done'
devices > "$place/have"
same_files "nothing is left of it" "$place/at-first" "$place/have"
press q
restored "left" 0
finish
