#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_sign_in.sh - a device code by keys, against the tenant server: declined, not entered in time, given up, approved;
# then what a person's token may: protocols and policies, with what is there now in the form. run.sh: timeout=300
set -u
TENANT="--users 5" SIGN_IN=no
. "$(dirname "$0")/tenant_terminal.sh"

connect() {
	press N
	expect "the form" '┌ Connect a tenant'
	press "contoso.test" Down "ffffffff-0000-0000-0000-000000000001" Down Down Down Down "$U" Down "$U" Down "$U" Down Down \
		"$D/ca.pem" F2
}

open 110x30 "$P"
expect "an empty project" 'No mailboxes yet'
node Service

play '{"device_code":"approve","after":1000}'
connect
expect "the code" 'ABC12345'
expect "where to type it" 'https://microsoft\.com/devicelogin'
expect "for how long" 'at most 1[45] min more'
press Escape
expect "given up" 'Signing in was given up'
expect "nothing is left of it" 'No tenant is connected'
play '{"device_code":"decline","after":1}'
connect
expect "declined, in words" 'declined'
expect "nothing is left of it" 'No tenant is connected'
play '{"device_code":"expire","after":1}'
connect
expect "too late, in words" 'not entered in time'
expect "nothing is left of it" 'No tenant is connected'
play '{"device_code":"approve","after":2}'
connect
expect "the code" 'ABC12345'
expect "who signed in" 'Signed in to contoso\.test as admin@contoso\.test'
expect "the badge" 'Signed in as +admin@contoso\.test, by device code'
expect "and how long it lasts" 'Graph token +admin@contoso\.test, [0-9]+ min left'

play '{"device_code":"decline","after":0}'
press S
expect "again, declined" 'declined'
expect "who was signed in stays" 'Signed in as +admin@contoso\.test'
play '{"device_code":"approve","after":0}'
press S
expect "again" 'Signed in to contoso\.test as admin@contoso\.test'

cas() { sql "SELECT group_concat(json_extract(cas, '\$.$1'), '') FROM (SELECT cas FROM mailbox WHERE address LIKE 'user%' ORDER BY address)"; }
sql "UPDATE mailbox SET cas = json_set(cas, '\$.PopEnabled', json('false')) WHERE address = 'user00001@contoso.test'"
before=$(cas ImapEnabled)
node Users
press F5
expect "users" 'user00001@contoso\.test'
press ":" "filter user00001" Enter
expect "one of them" 'Users · filter: user00001'
press O
expect "the service was asked how they are" 'POP3 +< off >'
expect "each of them" 'IMAP +< on >'
press F2
expect "nothing is sent that is so already" 'Switch at least one of them on or off'
press Down Down Down Down Right F2
expect "one is switched" 'Set protocols of user00001@contoso\.test: 1 done'
same "which one is what the form says" "1 item" "$(stored "SELECT count(*) || ' item' FROM task_item WHERE verb = 'protocols-set' AND args = '{\"settings\":{\"ImapEnabled\":false}}'")"
same "and the tenant has it of this one alone" "0${before:1}" "$(cas ImapEnabled)"
press Escape

policy() { sql "SELECT json_extract(doc, '\$.PasswordEnabled') || ' ' || json_extract(doc, '\$.MinPasswordLength') FROM policy WHERE name = 'Default'"; }
same "a policy as it was" "0 1" "$(policy)"
node Policies
press F5
expect "policies" 'Default +yes'
press e
expect "with what is there" 'A device password is required +< no >'
expect "numbers too" 'Shortest password +1 '
press Right F2
expect "it asks" 'Every device with this policy'
press y
expect "changed" 'Change policy Default: 1 done'
same "at the tenant, and nothing else" "1 1" "$(policy)"
same "nothing else was sent" '{"settings":{"PasswordEnabled":true}}' "$(stored "SELECT args FROM task_item WHERE verb = 'policy-set'")"
press e
expect "the list has it too" 'A device password is required +< yes >'
press Escape
press q
restored "left" 0
finish
