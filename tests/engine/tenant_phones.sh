#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_phones.sh - hand-outs for phones: the server of each mailbox by autodiscover v2, by POX when v2 does not know the
# user, else by the region; what its policy will demand; what it may be opened with; whether ActiveSync answers there.
# run.sh: timeout=120
set -u
USERS=20
. "$(dirname "$0")/../servers/tenant_project.sh"

one=user00001@contoso.test two=user00002@contoso.test host=${U#https://}
handout() { code device handout "$@"; }
found_by() { mailvan device handout "$1" --json 2> /dev/null | jq -r '"\(.sheets[0].found_by) \(.sheets[0].server)"'; }
not() { ! "$@"; }
stored_drop() { sqlite3 -cmd '.timeout 20000' "$P/project.db" "DELETE FROM device_policy WHERE name = '$1'"; }
asked() { "$tenant" requests "$D" "select(.path | startswith(\"$1\"))" | wc -l; }

mailvan user list --refresh > /dev/null 2>&1
mailvan device policy list --refresh > /dev/null 2>&1

# -- autodiscover v2
same "a sheet" 0 "$(handout $one)"
holds "for the user by name" grep -qF "For: $(mailvan user show $one --json | jq -r .displayName) <$one>" "$place/out"
holds "with the server" grep -qE "^ +Server +${host%:*}\$" "$place/out"
holds "and its port" grep -qE "^ +Port +${host##*:}\$" "$place/out"
holds "and the sign-in name" grep -qE "^ +User name +$one\$" "$place/out"
holds "SSL on" grep -qE "^ +SSL / secure +on\$" "$place/out"
holds "ActiveSync was asked" said "$host: ActiveSync answers and asks for the sign-in"
same "by autodiscover" "autodiscover $host" "$(found_by $one)"
same "requests are those of the golden files" "" "$(golden autodiscover-phone activesync-probe)"
same "v2 and the probe see no token" 0 "$("$tenant" requests "$D" 'select(.path | endswith("autodiscover.json") or endswith("ActiveSync")) | select(.headers.authorization)' | wc -l)"
same "no line is longer than paper is wide" "" "$(awk 'length > 100' "$place/out")"
before=$(asked /autodiscover/)
same "two sheets" 0 "$(handout $one $two)"
same "are two questions: the next mailbox may be elsewhere" $((before + 2)) "$(asked /autodiscover/)"
same "both are there" 2 "$(grep -c '^For: ' "$place/out")"
batches() { "$tenant" requests "$D" 'select(.path | endswith("/$batch"))' | wc -l; }
before=$(batches)
# shellcheck disable=SC2046 # one word for each
same "fifteen sheets" 0 "$(handout $(sql 'SELECT address FROM mailbox ORDER BY n LIMIT 15'))"
same "ask for the switches of ten at a time" $((before + 2)) "$(batches)"
same "fifteen are there" 15 "$(grep -c '^For: ' "$place/out")"
play '{"match":"GET /autodiscover/autodiscover.json*","email":"'$two'","times":1,"status":200,"body":{"Protocol":"ActiveSync","Url":"https://mail.onprem.test/Microsoft-Server-ActiveSync"}}'
same "a hybrid tenant" 0 "$(handout $one $two --json)"
same "each has the server of the own mailbox" "$host mail.onprem.test" "$(json '[.sheets[].server] | join(" ")')"

# -- what the policy demands
same "a sheet once more" 0 "$(handout $one)"
holds "the default policy is named" said '(policy "Default")'
other=$(mailvan device policy list --json 2> /dev/null | jq -r '.rows[] | select(.isDefault | not) | .name' | head -n 1)
mailvan device policy set "$other" PasswordEnabled=true MinPasswordLength=8 RequireDeviceEncryption=true AllowCamera=false > /dev/null 2>&1
same "another policy" 0 "$(handout $one --policy "$other")"
holds "its length" grep -q '8 ' "$place/out"
holds "its encryption" said "the device is encrypted"
holds "its camera" said "the camera stays off"
same "assigned to the second" 0 "$(code device policy assign "$other" $two)"
same "sheets of both" 0 "$(handout $one $two --json)"
same "each with the policy of the own mailbox" "Default,$other" "$(json '[.sheets[].policy] | join(",")')"
holds "and its demands" grep -q 'has at least 8 characters' <(json '.sheets[1].text')
holds "which the first has not" not grep -q 'has at least 8 characters' <(json '.sheets[0].text')
same "the list is older than a new policy" 0 "$(stored_drop "$other"; handout $two)"
holds "which is said" said "the policy \"$other\" is not in the list that was read"
holds "and the sheet promises nothing" said "The phone may ask you to accept rules"
mailvan device policy list --refresh > /dev/null 2>&1
same "a policy that is none" 2 "$(handout $one --policy Nothing)"

# -- what the mailbox may do
same "no ActiveSync for the first" 0 "$(code device protocols $one activesync=off)"
same "its sheet" 0 "$(handout $one)"
holds "names no server" not grep -qE '^ +(Server|Port) ' "$place/out"
holds "but the Outlook app" said "With the Outlook app"
holds "which the operator is told" said "ActiveSync is switched off for this mailbox"
same "nor the app" 0 "$(code device protocols $one outlook-mobile=off)"
same "then there is no sheet" 1 "$(handout $one $two)"
holds "and why" said "$one: no sheet: no phone may open this mailbox"
same "but the other's" 1 "$(grep -c '^For: ' "$place/out")"
same "JSON has it" 1 "$(handout $one --json)"
same "by name" "$one 0" "$(json '"\(.without[0].mail) \(.sheets | length)"')"
same "only the app is off" 0 "$(code device protocols $one activesync=on)"
same "a sheet again" 0 "$(handout $one)"
holds "without the app" not grep -q 'Outlook app' "$place/out"
same "as before" 0 "$(code device protocols $one outlook-mobile=on)"
same "no web mail" 0 "$(code device protocols $one owa=off)"
same "no sheet for web mail" 1 "$(handout $one --web)"
same "web mail again" 0 "$(code device protocols $one owa=on)"
same "nobody" 1 "$(handout nobody@contoso.test)"
holds "has no mailbox" said "nobody@contoso.test: no sheet: Exchange Online has no mailbox of that address"
holds "and no sheet" not grep -q '^For: ' "$place/out"
play '{"match":"GET /autodiscover/autodiscover.json*","times":1,"status":200,"body":{"Protocol":"ActiveSync","Url":"https://mail.onprem.test/Microsoft-Server-ActiveSync"}}'
same "somebody whose mailbox is on another server" 0 "$(handout nobody@contoso.test)"
holds "gets that one" grep -qE '^ +Server +mail.onprem.test$' "$place/out"
holds "which is said" said "no mailbox in Exchange Online; the sheet names the server that autodiscover names"

# -- to a directory
same "to files" 0 "$(handout $one $two --out "$place/sheets")"
same "one for each" "$one.txt $two.txt" "$(cd "$place/sheets" && echo *)"
holds "with the same text" grep -qF "For: " "$place/sheets/$one.txt"
same "which JSON lists" 2 "$(mailvan device handout $one $two --out "$place/sheets" --json 2> /dev/null | jq '.sheets | length')"
same "somebody without an address" 2 "$(handout nobody)"
play '{"match":"GET /autodiscover/autodiscover.json*","times":1,"status":200,"body":{"Protocol":"ActiveSync","Url":"https://mail.onprem.test/Microsoft-Server-ActiveSync"}}'
same "a path in an address stays a name" 0 "$(handout ../up@contoso.test --out "$place/sheets")"
same "nothing is outside" 0 "$(find "$place" -name '*up@*' -not -path '*/sheets/*' | wc -l)"

# -- the web sheet
same "a sign-in sheet" 0 "$(handout $one --web)"
holds "with the web mail's address" grep -qE "Web mail address +$U/owa" "$place/out"

# -- POX, then the region
play '{"match":"GET /autodiscover/autodiscover.json*","times":0,"status":404,"body":{"ErrorCode":"UserNotFound","ErrorMessage":"The given user does not exist."}}'
same "v2 does not know the user: POX" "autodiscover (POX) $host" "$(found_by $one)"
same "which is said, with v2's reason" 0 "$(handout $one)"
holds "so that nobody wonders" said "server by autodiscover (POX): The given user does not exist."
same "POX as the reference has it" "" "$(golden autodiscover-pox)"
same "POX was accepted" 0 "$("$tenant" requests "$D" 'select(.path | endswith("autodiscover.xml")) | select(.status != 200)' | wc -l)"
same "nobody knows the user: no sheet" "null null" "$(found_by nobody@contoso.test)"
sql 'DELETE FROM rule'
play '{"match":"GET /autodiscover/autodiscover.json*","email":"'$one'","times":1,"status":404,"body":{"ErrorCode":"UserNotFound","ErrorMessage":"no"}}'
play '{"match":"POST /autodiscover/autodiscover.xml*","times":1,"status":500}'
same "one falls back" 0 "$(handout $one $two --json)"
same "and nobody else with it" "the address of the tenant's region,autodiscover" "$(json '[.sheets[].found_by] | join(",")')"
play '{"match":"GET /autodiscover/autodiscover.json*","times":0,"status":404,"body":{"ErrorCode":"UserNotFound","ErrorMessage":"The given user does not exist."}}'
play '{"match":"POST /autodiscover/autodiscover.xml*","times":0,"status":500}'
same "POX is broken: the region's address" "the address of the tenant's region $host" "$(found_by $one)"
sql 'DELETE FROM rule'
same "all is well again" "autodiscover $host" "$(found_by $one)"

# -- the probe
probe() { # STATUS TEXT
	play '{"match":"OPTIONS /Microsoft-Server-ActiveSync*","times":1,"status":'"$1"'}'
	same "ActiveSync says $1" 0 "$(handout $one)"
	holds "in words" said "$2"
}
probe 403 "switched off or blocked"
probe 449 "wants its policy accepted first"
probe 404 "that is not ActiveSync"
sql 'DELETE FROM rule'

# -- stopped or gone
"$tenant" stop "$D"
same "nobody answers" 1 "$(handout $one)"
holds "is said" said "mailvan: "
finish
