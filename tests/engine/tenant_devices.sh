#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_devices.sh - devices are listed, allowed, blocked, wiped and forgotten, policies and protocols changed, and what
# is in the tenant is what mailvan says.
# run.sh: timeout=200
set -u
USERS=80
. "$(dirname "$0")/../servers/tenant_project.sh"

device() { sql "SELECT coalesce(json_extract(doc, '\$.$2'), json_extract(stats, '\$.$2')) FROM device WHERE identity = '$1'"; }
listed() { mailvan device list --json 2> /dev/null | jq -r ".rows[] | select(.identity == \$d) | .$2" --arg d "$1"; }
a_device() { sql "SELECT identity FROM device WHERE $1 ORDER BY n LIMIT 1"; } # SQL-CONDITION
of_type() { a_device "json_extract(doc, '\$.ClientType') = '$1' AND json_extract(doc, '\$.ClientVersion') = '$2' AND json_extract(doc, '\$.DeviceAccessState') = '$3'"; }
asked() { "$tenant" requests "$D" 'select(.body.CmdletInput.CmdletName // "" | startswith("Clear-"))' | wc -l; }

# -- the list
same "the list is read" 0 "$(code device list --refresh)"
sql "SELECT identity FROM device" | LC_ALL=C sort > "$place/want"
mailvan device list --json 2> /dev/null | jq -r '.rows[].identity' | LC_ALL=C sort > "$place/have"
same_files "every device is in it" "$place/want" "$place/have"
counted() { stored "SELECT done || ' of ' || items FROM task WHERE verb = '$1' ORDER BY id DESC LIMIT 1"; }
same "the task has counted them" "$(grep -c . "$place/want") of $(grep -c . "$place/want")" "$(counted refresh-devices)"
same "policies are read" 0 "$(code device policy list --refresh --json)"
same "and counted" "$(json .total) of $(json .total)" "$(counted refresh-policies)"
same "each has its mailbox" 0 "$(mailvan device list --json 2> /dev/null | jq '[.rows[] | select(.mailbox | test("@contoso.test$") | not)] | length')"
same "each was measured" 0 "$(mailvan device list --json 2> /dev/null | jq '[.rows[] | select(.measured == null)] | length')"
modern=$(of_type EAS 16.1 Allowed) old=$(of_type EAS 14.1 Allowed) held=$(of_type EAS 16.1 Quarantined) outlook=$(of_type Outlook 1.0 Allowed)
same "its last sync" "$(device "$modern" LastSuccessSync | cut -c1-19)Z" "$(listed "$modern" lastSuccessSync)"
same "old protocols are flagged" "$(sql "SELECT count(*) FROM device WHERE json_extract(doc, '\$.ClientVersion') = '14.1'")" \
	"$(mailvan device list --filter legacy --json 2> /dev/null | jq .total)"
holds "with a reason" test -n "$(listed "$old" warning)"
same "quarantined ones" "$(sql "SELECT count(*) FROM device WHERE json_extract(doc, '\$.DeviceAccessState') = 'Quarantined'")" \
	"$(mailvan device list --filter quarantined --json 2> /dev/null | jq .total)"

# -- allow, block, undo
same "release from quarantine" 0 "$(code device allow "$held" --json)"
allowed=$(task_of)
same "the tenant has it" Allowed "$(device "$held" DeviceAccessState)"
same "and the list" Allowed "$(listed "$held" accessState)"
same "block" 0 "$(code device block "$held")"
same "the tenant has it" Blocked "$(device "$held" DeviceAccessState)"
same "on one list only" "0 1" "$(sql "SELECT json_array_length(cas, '\$.ActiveSyncAllowedDeviceIDs') || ' ' || json_array_length(cas, '\$.ActiveSyncBlockedDeviceIDs')
	FROM mailbox WHERE n = (SELECT mailbox FROM device WHERE identity = '$held')")"
same "undo of the block" 0 "$(code task undo "$(stored 'SELECT max(id) FROM task')")"
same "it is allowed" Allowed "$(device "$held" DeviceAccessState)"
same "undo of the release" 0 "$(code task undo "$allowed")"
same "it is on no list" "0 0" "$(sql "SELECT json_array_length(cas, '\$.ActiveSyncAllowedDeviceIDs') || ' ' || json_array_length(cas, '\$.ActiveSyncBlockedDeviceIDs')
	FROM mailbox WHERE n = (SELECT mailbox FROM device WHERE identity = '$held')")"

# -- wipe
same "account-only is the default" 0 "$(code device wipe "$modern")"
same "it is asked for" AccountOnlyDeviceWipePending "$(device "$modern" Status)"
before=$(asked)
same "again while it is pending" "0 Already so" "$(code device wipe "$modern" --json) $(json '.items[0].result')"
holds "says since when" said "pending since $(date -u +%Y-%m-%d)"
same "and asks for nothing" "$before" "$(asked)"
same "and shown" AccountOnlyDeviceWipePending "$(listed "$modern" status)"
same "cancel" 0 "$(code device cancel-wipe "$modern")"
same "it is taken back" DeviceOk "$(device "$modern" Status)"
same "cancel of nothing" 0 "$(code device cancel-wipe "$modern")"
holds "says that there was none" said "no wipe was pending"
before=$(asked)
same "account-only on ActiveSync 14.1" 1 "$(code device wipe "$old")"
holds "says what it needs" said "16.1"
same "and asks for nothing" "$before" "$(asked)"
same "an Outlook app" 0 "$(code device wipe "$outlook")"
same "is wiped of its account" AccountOnlyDeviceWipePending "$(device "$outlook" Status)"
name=$(device "$old" FriendlyName)
same "full without the name" 2 "$(code device wipe "$old" --full < /dev/null)"
holds "wants it" said "--confirm-name"
same "full with another name" 2 "$(code device wipe "$old" --full --confirm-name "$name ")"
same "asks for nothing" DeviceOk "$(device "$old" Status)"
same "full for two at once" 2 "$(code device wipe "$old" "$modern" --full --confirm-name "$name")"
same "full with its name" 0 "$(code device wipe "$old" --full --confirm-name "$name" --notify admin@contoso.test)"
same "is asked for" DeviceWipePending "$(device "$old" Status)"
same "it is not undone" 1 "$([ "$(code task undo "$(stored 'SELECT max(id) FROM task')")" = 0 ]; echo $?)"
before=$(asked)
same "full again while it is pending" "0 Already so" "$(code device wipe "$old" --full --confirm-name "$name" --json) $(json '.items[0].result')"
holds "says since when" said "pending since $(date -u +%Y-%m-%d)"
same "and asks for nothing" "$before" "$(asked)"
same "remove while it is pending" 0 "$(code device remove "$old")"
holds "warns" said "pending"
same "it is gone" 0 "$(sql "SELECT count(*) FROM device WHERE identity = '$old'")"
same "from the list too" "" "$(listed "$old" status)"

# -- a wipe whose answer is lost is asked for once
play '{"match":"POST /adminapi/*","cmdlet":"Clear-MobileDevice","times":0,"drop":"after"}'
before=$(asked)
same "a wipe whose answer is lost" 0 "$(code device wipe "$modern")"
sql 'DELETE FROM rule'
at=$(device "$modern" AccountOnlyDeviceWipeRequestTime)
holds "it was carried out" test -n "$at"
same "it was asked for once" 1 $(($(asked) - before))
same "the task says done" 1 "$(stored "SELECT done FROM task ORDER BY id DESC LIMIT 1")"

# -- and so is one whose answer was not waited for
next=$(a_device "json_extract(doc, '\$.ClientVersion') = '16.1' AND json_extract(stats, '\$.Status') = 'DeviceOk' AND identity <> '$held'")
is_asked_for() { [ -n "$(device "$next" AccountOnlyDeviceWipeRequestTime)" ]; }
within() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}
play '{"match":"POST /adminapi/*","cmdlet":"Clear-MobileDevice","delay_ms":6000}'
"$BUILD/mailvan" --project "$P" device wipe "$next" > "$place/out" 2>&1 &
wiper=$!
holds "the tenant has it" within 30 is_asked_for
kill -INT $wiper
wait $wiper
sql 'DELETE FROM rule'
same "stopped: nobody knows" "Sent" "$(mailvan task show "$(stored 'SELECT max(id) FROM task')" --json | jq -r '.rows[0].state')"
before=$(asked)
same "resumed" 0 "$(code task resume "$(stored 'SELECT max(id) FROM task')")"
same "without asking again" "$before" "$(asked)"

# -- recovery password
same "the recovery password" 0 "$(code device show "$held" --recovery-password --json)"
secret=$(device "$held" RecoveryPassword)
same "is shown" "$secret" "$(json .recoveryPassword)"
holds "and noted" test "$(mailvan audit --json 2> /dev/null | jq '[.rows[] | select(.action == "device-recovery-password")] | length')" = 1
verdict "but not kept" "$(grep -rlaF -- "$secret" "$P" 2> /dev/null)"
same "show" 0 "$(code device show "$held" --json)"
same "has the details" "$held" "$(json .identity)"

# -- policies
same "policies" 0 "$(code device policy list --refresh --json)"
same "both of them" "Default,Password required" "$(json '[.rows[].name] | sort | join(",")')"
same "a setting out of range" 2 "$(code device policy set Default MinPasswordLength=17)"
holds "says what it may be" said "1 to 16"
same "an unknown setting" 2 "$(code device policy set Default Colour=blue)"
same "settings" 0 "$(code device policy set Default PasswordEnabled=yes MinPasswordLength=6 MaxInactivityTimeLock=15m)"
same "are what the tenant has" "1 6 00:15:00" "$(sql "SELECT json_extract(doc, '\$.PasswordEnabled') || ' ' || json_extract(doc, '\$.MinPasswordLength') || ' ' || json_extract(doc, '\$.MaxInactivityTimeLock') FROM policy WHERE name = 'Default'")"
holds "and what is shown" test "$(mailvan device policy show Default --json | jq -r .settings.MaxInactivityTimeLock)" = 00:15:00
same "undo" 0 "$(code task undo "$(stored 'SELECT max(id) FROM task')")"
same "gives them back" "0 1 Unlimited" "$(sql "SELECT json_extract(doc, '\$.PasswordEnabled') || ' ' || json_extract(doc, '\$.MinPasswordLength') || ' ' || json_extract(doc, '\$.MaxInactivityTimeLock') FROM policy WHERE name = 'Default'")"
same "a new one" 0 "$(code device policy create Strict PasswordEnabled=yes MaxPasswordFailedAttempts=8)"
same "a second of that name" 1 "$(code device policy create Strict PasswordEnabled=yes)"
same "assign" 0 "$(code device policy assign Strict user00001@contoso.test)"
policy_of() { sql "SELECT json_extract(cas, '\$.ActiveSyncMailboxPolicy') FROM mailbox WHERE address = 'user00001@contoso.test'"; }
same "the mailbox has it" Strict "$(policy_of)"
same "undo" 0 "$(code task undo "$(stored 'SELECT max(id) FROM task')")"
same "it has the one before" Default "$(policy_of)"

# -- protocols
same "protocols" 0 "$(code device protocols user00001@contoso.test --json)"
same "are all on" "true true" "$(json '"\(.protocols.imap) \(.protocols.pop)"')"
same "switch two off" 0 "$(code device protocols user00001@contoso.test imap=off pop=off)"
cas_of() { sql "SELECT json_extract(cas, '\$.ImapEnabled') || ' ' || json_extract(cas, '\$.PopEnabled') FROM mailbox WHERE address = 'user00001@contoso.test'"; }
same "the tenant has it" "0 0" "$(cas_of)"
same "undo" 0 "$(code task undo "$(stored 'SELECT max(id) FROM task')")"
same "they are on" "1 1" "$(cas_of)"
same "an unknown one" 2 "$(code device protocols user00001@contoso.test gopher=off)"

# -- CSV
id=$(device "$held" DeviceId) box=$(sql "SELECT m.address FROM device d JOIN mailbox m ON m.n = d.mailbox WHERE d.identity = '$held'")
printf 'Mailbox,DeviceId,Access\n%s,%s,allow\n' "$box" "$id" > "$place/devices.csv"
same "a CSV of devices" 0 "$(code device import "$place/devices.csv")"
same "is what the tenant has" Allowed "$(device "$held" DeviceAccessState)"
printf 'Mailbox,DeviceId,Access\n%s,%s,perhaps\n' "$box" "$id" > "$place/devices.csv"
same "one with mistakes" 2 "$(code device import "$place/devices.csv")"
same "PowerShell of a wipe" "Clear-MobileDevice -Identity '$modern' -AccountOnly:\$true -Confirm:\$false" "$(mailvan device wipe "$modern" --powershell)"
sql "UPDATE device SET stats = json_set(stats, '\$.Status', 'DeviceOk') WHERE 1"
same "the devices of one mailbox are read again" 0 "$(code device list --mailbox user00001@contoso.test --refresh --json)"
same "and are what the tenant has" "$(sql "SELECT count(*) FROM device WHERE mailbox = (SELECT n FROM mailbox WHERE address = 'user00001@contoso.test')") DeviceOk" \
	"$(jq -sr '.[-1] | "\(.total) \([.rows[].status] | unique | join(","))"' "$place/out")"
same "the rest stays" "$(sql 'SELECT count(*) FROM device')" "$(mailvan device list --json 2> /dev/null | jq .total)"
holds "the requests are those of the golden files" golden exchange-devices exchange-device-statistics exchange-policies \
	exchange-protocols-read exchange-device-recovery-password
finish
