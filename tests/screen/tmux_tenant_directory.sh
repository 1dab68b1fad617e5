#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_tenant_directory.sh - by keys: users from an LDAP server are seen and then added; what a user can open through
# groups; changes as PowerShell, from the question and into a file.
# run.sh: timeout=200
set -u
TENANT="--users 60"
. "$(dirname "$0")/tenant_terminal.sh"
. tests/servers/ldap.sh

# -- LDAP
open 110x34 "$P"
expect "an empty project" 'No mailboxes yet'
node Users
press F5
expect "the users are being read" 'Read users'
holds "to the end" at_rest 60
expect "which is said" 'Read users: [0-9]+ done'
press D
expect "the form" '┌ Users from LDAP'
press C-u "ldap://127.0.0.1:$ldap_port" Down Down "cn=admin,dc=contoso,dc=test" Down "wrong" Down "dc=contoso,dc=test" Down '(|(cn=Anna*)(cn=Carla*))' Down "contoso.test" F2
expect "a wrong password" 'the name or the password for bind is wrong'
press D
press C-u "ldap://127.0.0.1:$ldap_port" Down Down "cn=admin,dc=contoso,dc=test" Down "ldap-S3cret" Down "dc=contoso,dc=test" Down '(|(cn=Anna*)(cn=Carla*))' Down "contoso.test" Down Down DE F2
expect "who is there" '[0-9] people found'
expect "what would be done" '[0-9] new · 0 to change'
expect "each of them" 'anna@contoso.test .*will be created'
expect "and where the company differs" 'The company is "Contoso AG"'
same "nothing is created yet" 0 "$(sql "SELECT count(*) FROM user WHERE upn = 'anna@contoso.test'")"
press Enter
holds "it is done" at_rest 60
expect "with a sheet" 'Passwords are in'
press Enter
same "she is there" 1 "$(sql "SELECT count(*) FROM user WHERE upn = 'anna@contoso.test'")"
same "the password for the server is nowhere" "" "$(grep -rlaF 'ldap-S3cret' "$P")"

# -- what a user can open
member=user00010@contoso.test
guid() { printf '99999999-0000-4000-a000-%012d' "$1"; }
lacks() { ! shows "$1"; }
sql "INSERT INTO grouping(n, guid, type, name, mail) VALUES (1, '$(guid 1)', 'group', 'Helpers', 'helpers@contoso.test')"
sql "INSERT INTO member(grouping, guid) SELECT 1, guid FROM user WHERE upn = '$member'"
sql "INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'helpers@contoso.test', '[\"FullAccess\"]' FROM mailbox WHERE type = 'SharedMailbox' LIMIT 1"
sql "INSERT INTO permission(mailbox, trustee, rights) SELECT n, 'x$member', '[\"FullAccess\"]' FROM mailbox WHERE type = 'SharedMailbox' LIMIT 1"
node Permissions
press F5
expect "the crawl says how far it is" 'Read permissions'
holds "it comes to its end" at_rest 60
node Users
find_rows "$member" "filter: $member"
press v
expect "the groups are asked for" 'through 1 group too'
expect "what is granted to one is listed" 'helpers@contos'
holds "a name that holds this one is not" lacks "xuser00010"

# -- PowerShell
node Users
find_rows "$member" "filter: $member"
press b
expect "the question has a button" 'PowerShell.* Disable'
press '$'
expect "the lines" '┌ PowerShell: Disable'
expect "of this user" "user00010@contoso.test"
press w
expect "a file" '┌ Write to a file'
press C-u "$place/changes.ps1" F2
expect "is written" '[0-9]+ lines are in'
holds "with them" grep -qF "$member" "$place/changes.ps1"
same "for its owner" 600 "$(stat -c %a "$place/changes.ps1")"
press Escape
expect "the question is asked again" 'Disable user00010@contoso.test\?'
press n
same "nothing was done" 1 "$(sql "SELECT json_extract(doc, '\$.accountEnabled') FROM user WHERE upn = '$member'")"
press q
restored "left" 0
finish
