#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_tenant.sh - a tenant by keys alone, against the tenant server: connect it (secret, device code, given up), read its
# lists, enable and license users, grant and undo, wipe and cancel, hand-outs, an enrolment batch to its sheet, a feed, read what is
# announced. run.sh: timeout=400
set -u
TENANT="--users 40" SIGN_IN=no
. "$(dirname "$0")/tenant_terminal.sh"

reached() { [ "$(stored 'SELECT count(*) FROM enrolment_row WHERE reached > 0')" = "$1" ]; }

open 132x43 "$P"
expect "an empty project" 'No mailboxes yet'
node Users
expect "no tenant: it says what to do" 'No tenant is connected\. Press N'
press N
expect "the form" '┌ Connect a tenant'
press "contoso.test" Down "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" Down Right Down "n0t-it" Down Down "$U" Down "$U" Down "$U" \
	Down Down "$D/ca.pem" F2
expect "a wrong secret is told in words" 'The client secret is wrong'
expect "and no tenant is left behind" 'No tenant is connected'
press N
expect "the form again" '┌ Connect a tenant'
press "contoso.test" Down "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" Down Right Down 's3cret~with.+=signs' Down Down "$U" Down \
	"$U" Down "$U" Down Down "$D/ca.pem" F2
expect "signed in" 'Signed in to contoso\.test'
press F5
expect "the list is read in the background" '│ +[a-z0-9.]+@contoso\.test'
expect "and its age is told" 'Users · as of [0-9:]+, just now'
expect "with the count in the tree" 'Users +4[0-9]'

press f
expect "named filters" 'Sign-in blocked'
press 2
expect "only blocked ones" 'Users · Sign-in blocked'
press C-a
expect "all of them are marked" '[0-9]+ selected'
press e
expect "several: it asks" 'Enable [0-9]+ users\?'
press y
expect "and says how it ended" 'Enable [0-9]+ users: [0-9]+ done'
same "at the service all of them can sign in" 0 "$(sql 'SELECT count(*) FROM users WHERE enabled = 0 AND deleted = 0')"
press Escape
node Permissions
press F5
expect "the grid is read" 'as of [0-9:]+, '
press g
expect "a form" '┌ Grant permissions'
press C-u "user00001@contoso.test" Down "user00002@contoso.test" F2
expect "granted" 'Grant user00001@contoso\.test to user00002@contoso\.test: 1 done'
press u
expect "undo names the task" 'Take back task [0-9]+, "Grant user00001'
press y
expect "and it is taken back" 'Undo.*: 1 done|[Tt]ake.*back.*: 1 done'

node "Mobile devices"
press F5
expect "devices" 'as of [0-9:]+, '
press w
expect "account-only is the first choice" '┌ Wipe'
press Enter
expect "it asks" 'Wipe the account on '
press y
expect "requested" 'Wipe the account on .*: 1 done'
press R
expect "the recovery password: shown, or why there is none" 'It is shown this once|keeps no recovery password'
press Escape
same "either way it is noted" 1 "$(stored "SELECT count(*) FROM tenant_audit WHERE action = 'device-recovery-password'")"
press W
expect "and cancelled" 'Cancel wipe of .*: 1 done'

# Hand-outs: the tenant is asked for the server, in a thread; no task.
node Policies
press F5
expect "policies" 'as of [0-9:]+, '
node Users
press C-a
expect "all users" '[0-9]+ selected'
users=$(stored 'SELECT count(*) FROM directory_user')
boxes=$(sql 'SELECT count(*) FROM users JOIN mailbox ON address = upn COLLATE NOCASE WHERE deleted = 0')
holds "some have no mailbox" test "$boxes" -lt "$users"
press H
expect "a form" '┌ Phone hand-out'
press C-u "$place/hand-outs" F2
expect "a sheet for each mailbox" "$boxes sheets in .*/hand-outs"
expect "and who gets none" 'no sheet: Exchange Online has no'
press Escape
same "they are there" "$boxes" "$(find "$place/hand-outs" -name '*.txt' | wc -l)"
holds "with the server" grep -q "Server  *127\.0\.0\.1" "$place/hand-outs/user00001@contoso.test.txt"
press Home H
expect "of one, for web mail" '┌ Phone hand-out'
press C-u "$place/web" Down Right F2
expect "said" '1 sheet in .*/web.*ActiveSync answers'
holds "is another sheet" grep -rq "Web mail address" "$place/web"

node "Mobile devices"
press C-a
expect "all devices" '[0-9]+ selected'
owners=$(stored 'SELECT count(DISTINCT mailbox) FROM device')
press H
expect "a form" '┌ Phone hand-out'
press C-u "$place/phones" F2
expect "one sheet for all devices of a user" "$owners sheets in .*/phones"

# Enrolment goes its whole way; the tenant hears of it only when it is asked, and passwords are on the sheet alone.
before=$("$tenant" requests "$D" | wc -l)
node Enrolments
expect "nobody yet" 'Nobody is in an enrolment batch yet'
press a
expect "a form" '┌ New enrolment batch'
press "Wave one" Down "bes1.example" F2
expect "a batch" 'Wave one is made'
press e
expect "the contract" '┌ Contract data'
press "T12345678" Down "9f8e7d-hidden" Down "BESCAL-1" Down "TX2-77" Down "Bo Boss" Down "bo@contoso.test" Down Down Down \
	"Al Admin" Down "4711" Down Right F2
expect "is complete" 'nothing is missing in the contract'
press u
expect "users" '┌ Users for the batch'
press Down "user00001@contoso.test user00002@contoso.test user00004@contoso.test" F2
expect "are put in" '3 users put into Wave one'
press s
expect "a sheet" '┌ Work sheet'
press C-u "$place/sheet.csv" F2
expect "is refused" '0 ready, 3 with a problem'
press Enter C-a
expect "three" '3 selected'
press y
expect "vouched for" '┌ I confirm for 3 selected'
press 3
expect "by somebody" '3 users: confirmed'
press C-a
expect "the three again" '3 selected'
press w
expect "passwords" '3 users: passwords made, valid for 7 days'
press v
expect "all are ready" 'Wave one: 3 ready, 0 with a problem'
same "the tenant heard nothing of it" "$before" "$("$tenant" requests "$D" | wc -l)"
press V
expect "it can be asked" 'Asking the tenant|Wave one: 3 ready, 0'
press Escape
holds "for each mailbox" wait_until 20 reached 3
expect "and all are ready still" 'Wave one: 3 ready, 0 with a problem'
press s
expect "the sheet again" '┌ Work sheet'
press C-u "$place/sheet.csv" F2
expect "is written" '3 users with activation passwords in'
same "with its lines" 4 "$(wc -l < "$place/sheet.csv")"
same "for its owner" 600 "$(stat -c %a "$place/sheet.csv")"
secrets=$(tail -n +2 "$place/sheet.csv" | tr -d '\r"' | grep -o '[^,]*$'; echo 9f8e7d-hidden)
press i
expect "properties of one" 'Password valid'
same "no password is on the screen" 0 "$(screen | grep -cF -f <(echo "$secrets"))"
press Escape
press C-a
expect "all of them" '3 selected'
press t
expect "what the service says" '┌ What the service says'
press 1
expect "sent" '3 users: marked Sent'
same "no secret lies open" "" "$(grep -rlF -f <(echo "$secrets") "$P")"

node Feeds
press a
expect "a form" '┌ Follow a feed'
press "$U/feeds/rss.xml" Down "$D/ca.pem" F2
expect "its entries come" 'Outlook: mail.* yes +Service news'

node Announcements
press F5
expect "announcements" 'MC[0-9]+ +yes'
press Enter
expect "are read in full" 'Text +[A-Za-z]'
press Escape

node Service
expect "whose token it is, and for how long" 'Graph token .*min left'
press N
expect "the form" '┌ Connect a tenant'
press "11111111-2222-3333-4444-555555555555" Down "ffffffff-0000-0000-0000-000000000001" Down Down Down Down "$U" Down "$U" \
	Down "$U" Down Down "$D/ca.pem" F2
expect "a device code and where to type it" 'ABC12345'
press Escape
expect "Esc gives up" 'Signing in was given up'

node Audit
expect "the audit list has it" 'user-enable'
node Tasks
expect "and Tasks" 'Enable [0-9]+ users +Done'
press ":" "filter Enable" Enter
expect "a text filters tasks too" 'Tasks · filter: Enable'
press i
expect "the sheet has the items" 'Items +and what became'
press Escape
press q
restored "left" 0
finish
