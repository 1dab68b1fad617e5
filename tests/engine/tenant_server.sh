#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_server.sh - the tenant server itself: it signs in, pages, batches, refuses what it must, and misbehaves when told.
# run.sh: timeout=300
cd "$(dirname "$0")/../.." || exit 2
. tests/tally.sh
BUILD=$(realpath -m "${BUILD:-build/check}")
export BUILD
tenant=$PWD/tests/servers/tenant.sh
place=$(mktemp -d "${TMPDIR:-/tmp}/t.XXXX")
D=$place/d
trap '"$tenant" stop "$D"; rm -rf "$place"' EXIT
"$tenant" start "$D" --users 1200 --waiting 30 || exit 1
U=https://127.0.0.1:$(cat "$D/port")
guid=11111111-2222-3333-4444-555555555555
app=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
public=ffffffff-0000-0000-0000-000000000001
graph_scope=https://graph.microsoft.com/.default
exchange_scope=https://outlook.office365.com/.default
anchor="X-AnchorMailbox: APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@$guid"

fetch() { curl -s --cacert "$D/ca.pem" "$@"; }
# Status and body of a request; $status and $body are set.
ask() { # METHOD PATH [CURL-OPTION...]
	local out
	out=$(fetch -X "$1" -w '\n%{http_code}' "$U$2" "${@:3}")
	status=${out##*$'\n'} body=${out%$'\n'*}
}
json() { jq -r "$1" <<< "$body"; }
token_of() { fetch "$U/contoso.test/oauth2/v2.0/token" -d client_id=$app --data-urlencode "client_secret=s3cret~with.+=signs" \
	-d grant_type=client_credentials --data-urlencode "scope=$1" | jq -r .access_token; }
graph() { ask "$1" "/v1.0$2" -H "Authorization: Bearer $G" "${@:3}"; }              # METHOD PATH [OPTION...]
send() { graph "$1" "$2" -H 'Content-Type: application/json' -d "$3" "${@:4}"; }    # METHOD PATH JSON
invoke() { # CMDLET PARAMETERS [OPTION...]
	ask POST "/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $E" -H "$anchor" -H 'Content-Type: application/json' \
		-d '{"CmdletInput":{"CmdletName":"'"$1"'","Parameters":'"$2"'}}' "${@:3}"
}
refused() { # TITLE STATUS TEXT-IN-BODY : what the last request got
	same "$1" "$2 yes" "$status $([[ $body == *"$3"* ]] && echo yes || echo "no: $body")"
}
sql() { "$tenant" sql "$D" "$1"; }
play() { "$tenant" play "$D" "$1"; }

# ---- sign-in (A) ----

G=$(token_of $graph_scope) E=$(token_of $exchange_scope)
verified() { # does jwt-public.pem verify a token?
	printf %s "${1%.*}" > "$place/signed"
	tr -- -_ +/ <<< "${1##*.}==" | base64 -d 2> /dev/null > "$place/signature"
	openssl dgst -sha256 -verify "$D/jwt-public.pem" -signature "$place/signature" "$place/signed"
}
holds "access tokens verify with jwt-public.pem" verified "$G"
sign_in() { ask POST "/${1}/oauth2/v2.0/token" "${@:2}"; }
secret=(--data-urlencode "client_secret=s3cret~with.+=signs")
credentials=(-d grant_type=client_credentials)
sign_in contoso.test -d client_id=$app -d client_secret=wrong "${credentials[@]}" -d scope=$graph_scope
refused "a wrong secret" 401 AADSTS7000215
sign_in contoso.test -d client_id=$app -d 'client_secret=s3cret~with.+=signs' "${credentials[@]}" -d scope=$graph_scope
refused "a secret that was not encoded" 401 AADSTS7000215
sign_in fabrikam.test -d client_id=$app "${secret[@]}" "${credentials[@]}" -d scope=$graph_scope
refused "an unknown tenant" 400 AADSTS90002
sign_in contoso.test -d client_id=$public "${secret[@]}" "${credentials[@]}" -d scope=$graph_scope
refused "an app that is not there" 400 AADSTS700016
sign_in contoso.test -d client_id=$app "${secret[@]}" "${credentials[@]}" -d scope=https://graph.microsoft.com/User.Read.All
refused "a scope that is not one resource and .default" 400 invalid_scope

b64() { openssl base64 -A | tr -- '+/' '-_' | tr -d =; }
assertion() { # ALG AUDIENCE LIFE
	local head claims thumb now
	now=$(date +%s)
	thumb=$(openssl x509 -in "$D/app.pem" -outform DER | openssl dgst -sha256 -binary | b64)
	head=$(printf '{"alg":"%s","typ":"JWT","x5t#S256":"%s"}' "$1" "$thumb" | b64)
	claims=$(printf '{"aud":"%s","iss":"%s","sub":"%s","jti":"%s","nbf":%d,"iat":%d,"exp":%d}' "$2" $app $app $guid \
		"$now" "$now" $((now + $3)) | b64)
	printf '%s.%s.' "$head" "$claims"
	if [ "$1" = PS256 ]; then
		printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 \
			-sign "$D/app.pem" -binary | b64
	else
		printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -sign "$D/app.pem" -binary | b64
	fi
}
by_certificate() {
	sign_in contoso.test -d client_id=$app "${credentials[@]}" -d scope=$graph_scope --data-urlencode "client_assertion=$(assertion "$@")" \
		-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
}
endpoint=$U/contoso.test/oauth2/v2.0/token
by_certificate PS256 "$endpoint" 300
same "a certificate assertion (PS256)" "200 Bearer" "$status $(json .token_type)"
by_certificate RS256 "$endpoint" 300
same "a certificate assertion (RS256)" "200 Bearer" "$status $(json .token_type)"
by_certificate PS256 "$U/elsewhere" 300
refused "an assertion for another address" 401 AADSTS700023
by_certificate PS256 "$endpoint" -10
refused "an assertion that has expired" 401 AADSTS700024
by_certificate HS256 "$endpoint" 300
refused "an assertion by another algorithm" 401 AADSTS5002738

poll() { sign_in organizations -d client_id=$public -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code="$1"; }
begin_device() {
	ask POST /organizations/oauth2/v2.0/devicecode -d client_id=$public --data-urlencode "scope=$graph_scope offline_access"
	code=$(json .device_code)
}
begin_device
poll "$code"
same "device code: pending first" authorization_pending "$(json .error)"
poll "$code"
same "device code: polled at once again" slow_down "$(json .error)"
sleep 1.1 # the interval it named
poll "$code"
same "device code: then approved" "200 Bearer" "$status $(json .token_type)"
refresh=$(json .refresh_token)
same "a delegated token says who" admin@contoso.test "$(json .access_token | cut -d . -f 2 | tr -- -_ +/ | base64 -d 2> /dev/null | jq -r .upn)"
sign_in common -d client_id=$public -d grant_type=refresh_token -d refresh_token="$refresh" -d scope=$exchange_scope
same "its refresh token serves the other resource" "200 Bearer" "$status $(json .token_type)"
DE=$(json .access_token)
play '{"rotate":true}'
once=$(json .refresh_token) seen=''
for _ in 1 2; do
	sign_in common -d client_id=$public -d grant_type=refresh_token -d refresh_token="$once" -d scope=$exchange_scope
	seen+="$status "
done
same "told so, a refresh token is good for one use" "200 400 " "$seen"
play '{"device_code":"decline","after":0}'
begin_device
poll "$code"
same "device code: declined" authorization_declined "$(json .error)"
sign_in common -d client_id=$public -d grant_type=refresh_token -d refresh_token=x -d scope=$graph_scope
refused "a refresh token that is not known" 400 invalid_grant

ask GET /v1.0/users
refused "no token" 401 InvalidAuthenticationToken
ask GET /v1.0/users -H "Authorization: Bearer $E"
refused "a token for the other resource" 401 audience
ask GET /v1.0/users -H "Authorization: Bearer ${G}x"
refused "a token that was changed" 401 signature
play '{"roles":["User.Read.All"]}'
narrow=$(token_of $graph_scope)
ask PATCH /v1.0/users/user00001@contoso.test -H "Authorization: Bearer $narrow" -H 'Content-Type: application/json' -d '{"jobTitle":"x"}'
refused "a role that is missing" 403 Authorization_RequestDenied
ask GET '/v1.0/users?$select=id,signInActivity' -H "Authorization: Bearer $narrow"
refused "the last sign-in without AuditLog.Read.All" 403 Authorization_RequestDenied
ask POST "/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $(token_of $exchange_scope)" -d '{}'
same "without Exchange.ManageAsApp: 401 without a word" "401 " "$status $body"
sql "DELETE FROM rule"
play '{"expire_tokens":true,"match":"GET /v1.0/users/*","after":1}'
graph GET /users/user00001@contoso.test
same "a token still good" 200 "$status"
graph GET /users/user00001@contoso.test
refused "a token that expires in the middle" 401 expired
G=$(token_of $graph_scope) E=$(token_of $exchange_scope)

# ---- users (D) ----

pages() { # PATH [OPTION...] : all members of all pages, one JSON per line
	local next=$1
	while [ -n "$next" ]; do
		graph GET "$next" "${@:2}"
		json '.value[] | tojson'
		next=$(json '.["@odata.nextLink"] // empty') next=${next#"$U/v1.0"}
	done
}
everybody=$(sql "SELECT count(*) FROM user WHERE deleted = 0")
same "users over all pages" "$everybody" "$(pages '/users?$select=id,userPrincipalName&$top=999' | sort -u | wc -l)"
graph GET '/users?$select=displayName&$top=1'
same "a nextLink, and names in UTF-8" "yes Admin" "$([ -n "$(json '.["@odata.nextLink"]')" ] && echo yes) $(json '.value[0].displayName')"
graph GET '/users?$top=1000'
refused "a page of more than 999" 400 Request_UnsupportedQuery
graph GET '/users?$filter=assignedLicenses/$count%20eq%200&$count=true'
refused "an advanced query without its header" 400 ConsistencyLevel
graph GET '/users?$filter=assignedLicenses/$count%20eq%200'  -H 'ConsistencyLevel: eventual'
refused "an advanced query without \$count" 400 ConsistencyLevel
count() { pages "/users?\$top=999&\$select=id&\$filter=$1" "${@:2}" | wc -l; }
same "filter: disabled" "$(sql "SELECT count(*) FROM users WHERE NOT enabled")" "$(count 'accountEnabled%20eq%20false')"
same "filter: without a licence" "$(sql "SELECT count(*) FROM users WHERE NOT licenses")" \
	"$(count 'assignedLicenses/$count%20eq%200&$count=true' -H 'ConsistencyLevel: eventual')"
graph GET '/users?$filter=assignedLicenses/$count%20eq%200&$count=true&$top=5' -H 'ConsistencyLevel: eventual'
same "\$count counts beyond the page" "$(sql "SELECT count(*) FROM users WHERE NOT licenses") 5" "$(json '.["@odata.count"]') $(json '.value | length')"
same "filter: synced members whose name begins so" "$(sql "SELECT count(*) FROM users WHERE synced AND upn LIKE 'sync%' AND type = 'Member'")" \
	"$(count "onPremisesSyncEnabled%20eq%20true%20and%20(startsWith(userPrincipalName,'sync'))%20and%20userType%20eq%20'Member'")"
graph GET '/users?$filter=accountEnabled%20is%20false'
refused "a filter that is none" 400 filter
graph GET '/users/nobody@contoso.test'
refused "a user that is not there" 404 Request_ResourceNotFound

new_user() { jq -cn --arg u "$1" '{accountEnabled: true, displayName: "Test Täst", mailNickname: "t", userPrincipalName: $u, usageLocation: "DE",
	passwordProfile: {password: "Str0ng&Secret", forceChangePasswordNextSignIn: true}}'; }
send POST /users "$(new_user new1@contoso.test)"
same "a user is made" "201 new1@contoso.test" "$status $(json .userPrincipalName)"
same "its password is kept in the state only" "Str0ng&Secret 0" "$(sql "SELECT password FROM users WHERE upn = 'new1@contoso.test'") $(grep -c 'Str0ng&Secret' "$D/log")"
send POST /users "$(new_user new1@contoso.test)"
refused "the same user again" 400 'Another object with the same value for property userPrincipalName already exists.'
send POST /users "$(new_user new2@fabrikam.test)"
refused "a domain that is not verified" 400 'verified domain'
send POST /users "$(new_user new2@contoso.test | jq -c '.passwordProfile.password = "abc"')"
refused "a weak password" 400 'The specified password does not comply'
send POST /users "$(new_user new2@contoso.test | jq -c 'del(.mailNickname)')"
refused "a property that is required" 400 mailNickname
graph POST /users -d "$(new_user new2@contoso.test)"
refused "a body of another content type" 400 Content-Type
csdl=$(jq -r 'select(.note).note' "$D/log")
if [ "$csdl" = "CSDL loaded" ]; then
	send POST /users "$(new_user new2@contoso.test | jq -c '.enabled = true')"
	refused "a property that Graph does not have" 400 "'enabled' does not exist"
	send PATCH /users/new1@contoso.test '{"accountEnabled":"false"}'
	refused "a value of the wrong type" 400 Edm.Boolean
	send PATCH /users/new1@contoso.test '{"passwordProfile":{"passwd":"x"}}'
	refused "an unknown property of a complex type" 400 "'passwd' does not exist"
	send POST /users/new1@contoso.test/assignLicense '{"addLicenses":[{"sku":"x"}],"removeLicenses":[]}'
	refused "an unknown member of an action's parameter" 400 "'sku' does not exist"
	graph GET '/users?$select=licenses'
	refused "an unknown name in \$select" 400 "named 'licenses'"
else
	echo "[  SKIPPED ] refusals by the CSDL: $csdl" # run.sh tells
fi
send PATCH /users/new1@contoso.test '{"accountEnabled":false}'
same "a user is disabled" "204 0" "$status $(sql "SELECT enabled FROM users WHERE upn = 'new1@contoso.test'")"
graph POST /users/new1@contoso.test/revokeSignInSessions
same "its sessions are revoked" "200 true" "$status $(json .value)"
send PATCH /users/user00006@contoso.test '{"displayName":"x"}'
refused "a synced user's name" 400 'on-premises mastered'

sku() { sql "SELECT guid FROM sku WHERE part = '$1'"; }
license() { send POST "/users/$1/assignLicense" '{"addLicenses":[{"skuId":"'"$2"'","disabledPlans":[]}],"removeLicenses":['"${3-}"']}'; }
E1=$(sku EXCHANGESTANDARD) E3=$(sku SPE_E3)
license sync00001@contoso.test "$E3"
refused "a licence without a usage location" 400 'License assignment cannot be done for user with invalid usage location.'
send PATCH /users/sync00001@contoso.test '{"accountEnabled":true,"usageLocation":"DE"}'
before=$(sql "SELECT consumed FROM sku WHERE guid = '$E3'")
license sync00001@contoso.test "$E3"
same "a licence is assigned, counted, and makes a mailbox" "200 1 1" \
	"$status $(($(sql "SELECT consumed FROM sku WHERE guid = '$E3'") - before)) $(sql "SELECT count(*) FROM mailbox WHERE address = 'sync00001@contoso.test'")"
sql "UPDATE sku SET enabled = consumed WHERE guid = '$E1'"
license new1@contoso.test "$E1"
refused "no free seat" 400 'does not have any available licenses'
send POST /users/new1@contoso.test/assignLicense '{"addLicenses":[]}'
refused "assignLicense without one of its arrays" 400 removeLicenses
graph GET /subscribedSkus
same "subscriptions" 4 "$(json '.value | length')"
fresh_link() { # goes through all pages in this shell, so that $link is the last one's
	local next='/users/delta?$select=userPrincipalName'
	while [ -n "$next" ]; do
		graph GET "$next" -H 'Prefer: odata.maxpagesize=999'
		link=$(json '.["@odata.deltaLink"] // empty')
		next=$(json '.["@odata.nextLink"] // empty') next=${next#"$U/v1.0"}
	done
	link=${link#"$U/v1.0"}
}
fresh_link
send PATCH /users/new1@contoso.test '{"jobTitle":"y"}'
graph DELETE /users/user00007@contoso.test
graph GET "$link"
same "delta: what changed and what went" "2 changed" "$(json '.value | length') $(json '[.value[]["@removed"].reason // empty] | first')"

# ---- $batch (B.3.4) ----

batch() { send POST '/$batch' "$1"; }
parts() { jq -cn --argjson n "$1" '{requests: [range($n) | {id: "\(. + 1)", method: "GET", url: "/users/user0000\(1 + . % 6)@contoso.test"}]}'; }
part() { json ".responses[] | select(.id == \"$1\") | $2"; }
batch "$(parts 20)"
same "a batch of 20" "200 20" "$status $(json '[.responses[] | select(.status == 200)] | length')"
batch "$(parts 21)"
refused "a batch of 21" 400 MaximumValueExceeded
serial='{"requests":[{"id":"a","method":"PATCH","url":"/users/sync00002@contoso.test","headers":{"Content-Type":"application/json"},"body":{"usageLocation":"AT"}},
	{"id":"b","method":"POST","url":"/users/sync00002@contoso.test/assignLicense","dependsOn":["a"],"headers":{"Content-Type":"application/json"},"body":{"addLicenses":[{"skuId":"'$E3'","disabledPlans":[]}],"removeLicenses":[]}}]}'
play '{"part":1,"status":429,"headers":{"Retry-After":"1"}}'
batch "$serial"
same "a part is throttled, what depends on it fails" "429 1 424" "$(part a .status) $(part a '.headers["Retry-After"]') $(part b .status)"
batch "$serial"
same "the same batch again" "204 200" "$(part a .status) $(part b .status)"
batch '{"requests":[{"id":"a","method":"PATCH","url":"/users/new1@contoso.test","body":{"jobTitle":"z"}}]}'
same "a part with a body and no Content-Type" 400 "$(part a .status)"

# ---- reports, service (D.5, G) ----

ask GET "/v1.0/reports/getMailboxUsageDetail(period='D7')" -H "Authorization: Bearer $G" -o /dev/null -D "$place/headers"
report=$(tr -d '\r' < "$place/headers" | sed -n 's/^Location: //ip')
same "the report's CSV" "$(sql 'SELECT count(*) + 1 FROM mailbox')" "$(fetch "$report" | wc -l)"
same "its address refuses an Authorization header" 400 "$(fetch -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $G" "$report")"
graph GET "/reports/getMailboxUsageDetail(period='D8')"
refused "an unknown period" 400 D8
same "announcements over all pages" 250 "$(pages /admin/serviceAnnouncement/messages -H 'Prefer: odata.maxpagesize=100' | sort -u | wc -l)"
graph GET "/admin/serviceAnnouncement/issues?\$filter=service%20eq%20'Exchange%20Online'%20and%20isResolved%20eq%20false"
same "open issues of Exchange" EX100001 "$(json '.value[].id')"
graph GET '/admin/serviceAnnouncement/healthOverviews?$expand=issues'
same "health overview" serviceDegradation "$(json '.value[] | select(.service == "Exchange Online").status')"
send POST /admin/serviceAnnouncement/messages/markRead '{"messageIds":["MC900001"]}'
refused "an app marks a message" 403 Authorization_RequestDenied
same "feeds" "200 200" "$(fetch -o /dev/null -w '%{http_code}' "$U/feeds/rss.xml") $(fetch -o /dev/null -w '%{http_code}' "$U/feeds/atom.xml")"

# ---- InvokeCommand (E, F) ----

invoke Get-Mailbox '{"Identity":"info@contoso.test"}'
same "one mailbox" "200 SharedMailbox" "$status $(json '.value[0].RecipientTypeDetails')"
ask POST "/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $E" -H 'Content-Type: application/json' -d '{"CmdletInput":{"CmdletName":"Get-Mailbox"}}'
refused "no anchor mailbox" 400 X-AnchorMailbox
invoke Get-Mailbox '{}' -H 'Content-Type: text/plain'
refused "another content type" 400 Content-Type
boxes=$(sql 'SELECT count(*) FROM mailbox')
body_of_list='{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"ResultSize":"Unlimited"}}}'
all_rows() { # BODY : over all pages, by POST of the same body
	local next=/adminapi/beta/$guid/InvokeCommand
	while [ -n "$next" ]; do
		ask POST "$next" -H "Authorization: Bearer $E" -H "$anchor" -H 'Content-Type: application/json' -H 'Prefer: odata.maxpagesize=500' -d "$1"
		json '.value[].PrimarySmtpAddress'
		next=$(json '.["@odata.nextLink"] // empty') next=${next#"$U"}
	done
}
same "mailboxes over all pages" "$boxes" "$(all_rows "$body_of_list" | sort -u | wc -l)"
invoke Get-Mailbox '{}'
same "without ResultSize: one row, a warning, and a link" "1 1 true" "$(json '.value | length') $(json '.["@adminapi.warnings"] | length') $(json 'has("@odata.nextLink")')"
next=$(json '.["@odata.nextLink"]') next=${next#"$U"}
ask GET "$next" -H "Authorization: Bearer $E" -H "$anchor"
same "a nextLink by GET" 405 "$status"
ask POST "$next" -H "Authorization: Bearer $E" -H "$anchor" -H 'Content-Type: application/json' -d "$body_of_list"
refused "a nextLink with another body" 400 'same body'
same "an unknown cmdlet: 403 and NUL bytes" "403 16" "$(fetch -o "$place/nul" -w '%{http_code}' "$U/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $E" \
	-H "$anchor" -H 'Content-Type: application/json' -d '{"CmdletInput":{"CmdletName":"Get-Nothing"}}') $(tr -dc '\0' < "$place/nul" | wc -c)"
invoke Get-Mailbox '{"Identity":"nobody"}'
refused "a mailbox that is not there" 404 "|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'nobody'"
invoke Get-Mailbox '{"Identity":"info","Color":"red"}'
refused "an unknown parameter" 400 "ParameterBindingException|A parameter cannot be found that matches parameter name 'Color'"
invoke Add-MailboxPermission '{"Identity":"info","User":"user00003@contoso.test","AccessRights":["FullAccess"],"AutoMapping":"no"}'
refused "a value of the wrong type" 400 "parameter 'AutoMapping'"
invoke Add-MailboxPermission '{"Identity":"info","AccessRights":["FullAccess"]}'
refused "a mandatory parameter" 400 'mandatory parameters: User'
add='{"Identity":"info@contoso.test","User":"user00004@contoso.test","AccessRights":["FullAccess"],"InheritanceType":"All","AutoMapping":false,"Confirm":false}'
invoke Add-MailboxPermission "$add"
same "Full Access is granted" "200 0" "$status $(json '.["@adminapi.warnings"] | length')"
invoke Add-MailboxPermission "$add"
same "granted again: a warning only" "200 1" "$status $(json '.["@adminapi.warnings"] | length')"
invoke Get-MailboxPermission '{"Identity":"info@contoso.test","ResultSize":"Unlimited"}'
same "it is listed" FullAccess "$(json '.value[] | select(.User == "user00004@contoso.test").AccessRights[0]')"
invoke Remove-MailboxPermission "$(jq -c 'del(.AutoMapping)' <<< "$add")"
invoke Get-MailboxPermission '{"Identity":"info@contoso.test","User":"user00004@contoso.test","ResultSize":"Unlimited"}'
same "and removed" 0 "$(json '.value | length')"
invoke Add-RecipientPermission '{"Identity":"info","Trustee":"user00004@contoso.test","AccessRights":["SendAs"],"Confirm":false}'
invoke Get-RecipientPermission '{"Identity":"info","Trustee":"user00004@contoso.test","ResultSize":"Unlimited"}'
same "Send As" Allow "$(json '.value[0].AccessControlType')"
invoke Set-Mailbox '{"Identity":"info","GrantSendOnBehalfTo":{"@odata.type":"#Exchange.GenericHashTable","Add":["user00004@contoso.test"]}}'
invoke Get-Mailbox '{"Identity":"info"}'
same "Send on Behalf by a hashtable" "user00002 user00004" "$(json '.value[0].GrantSendOnBehalfTo | sort | join(" ")')"
invoke Set-Mailbox '{"Identity":"info","GrantSendOnBehalfTo":{"Add":["user00001@contoso.test"]}}'
refused "a hashtable without its type" 400 GrantSendOnBehalfTo
ask POST "/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $DE" -H 'X-AnchorMailbox: UPN:admin@contoso.test' -H 'Content-Type: application/json' \
	-d '{"CmdletInput":{"CmdletName":"Get-AcceptedDomain","Parameters":{"ResultSize":"Unlimited"}}}'
refused "a delegated token that expired with the others" 401 ''
invoke New-Mailbox '{"Name":"Raum Graz","Alias":"room-graz","Room":true}'
same "a room is made" RoomMailbox "$(sql "SELECT type FROM mailbox WHERE address = 'room-graz@contoso.test'")"
ask POST "/adminapi/beta/$guid/\$batch" -H "Authorization: Bearer $E" -H "$anchor" -H 'Content-Type: application/json' -d "$(jq -cn --arg u \
	"https://outlook.office365.com/adminapi/beta/$guid/InvokeCommand" '{requests: [("info", "nobody", "sales") | {id: ., method: "POST", url: $u, headers: {},
	body: {CmdletInput: {CmdletName: "Get-Mailbox", Parameters: {Identity: .}}}}]}')"
same "a batch of cmdlets" "200 404 200" "$(part info .status) $(part nobody .status) $(part sales .status)"

invoke Get-MobileDevice '{"Filter":"DeviceAccessState -eq '"'Quarantined'"'","ResultSize":"Unlimited"}'
quarantined=$(json '.value[0].Identity')
same "devices in quarantine" "$(sql "SELECT count(*) FROM device WHERE doc->>'\$.DeviceAccessState' = 'Quarantined'")" "$(json '.value | length')"
owner=$(sql "SELECT address FROM mailbox WHERE n = (SELECT mailbox FROM device WHERE identity = '${quarantined//\'/\'\'}')")
invoke Set-CASMailbox "$(jq -cn --arg i "$owner" --arg d "$(json '.value[0].DeviceId')" \
	'{Identity: $i, ActiveSyncAllowedDeviceIDs: {"@odata.type": "#Exchange.GenericHashTable", Add: [$d]}}')"
invoke Get-MobileDevice "$(jq -cn --arg i "$quarantined" '{Identity: $i}')"
same "one is released" "Allowed Individual" "$(json '.value[0] | .DeviceAccessState + " " + .DeviceAccessStateReason')"
device() { jq -cn --arg i "$(sql "SELECT identity FROM device WHERE doc->>'\$.ClientType' = 'EAS' AND doc->>'\$.ClientVersion' = '$1' LIMIT 1")" \
	"{Identity: \$i, Confirm: false} + ${2:-{\}}"; }
status_of() { invoke Get-MobileDeviceStatistics "$(device "$1" | jq -c 'del(.Confirm)')"; json '.value[0].Status'; }
invoke Clear-MobileDevice "$(device 14.1 '{AccountOnly: true}')"
refused "an account-only wipe of an old client" 400 16.1
invoke Clear-MobileDevice "$(device 16.1 '{AccountOnly: true}')"
same "an account-only wipe" AccountOnlyDeviceWipePending "$(status_of 16.1)"
invoke Clear-MobileDevice "$(device 16.1 '{Cancel: true}')"
same "cancelled" DeviceOk "$(status_of 16.1)"
invoke Get-MobileDeviceStatistics "$(device 16.1 '{ShowRecoveryPassword: true}' | jq -c 'del(.Confirm)')"
same "the recovery password is shown on request only" 8 "$(json '.value[0].RecoveryPassword | gsub("[^0-9]"; "") | length')"
invoke Set-MobileDeviceMailboxPolicy '{"Identity":"Default","MinPasswordLength":17}'
refused "a policy's value out of range" 400 MinPasswordLength
invoke Set-MobileDeviceMailboxPolicy '{"Identity":"Default","MinPasswordLength":8,"PasswordEnabled":true}'
invoke Get-MobileDeviceMailboxPolicy '{"Identity":"default"}'
same "a policy is changed" 8 "$(json '.value[0].MinPasswordLength')"

# ---- autodiscover, ActiveSync (F.2, F.3) ----

ask GET '/autodiscover/autodiscover.json?Email=info@contoso.test&Protocol=ActiveSync'
same "autodiscover v2" "$U/Microsoft-Server-ActiveSync" "$(json .Url)"
ask GET '/autodiscover/autodiscover.json?Email=info@contoso.test'
refused "autodiscover v2 without a protocol" 400 MissingProtocol
pox() { # NAMESPACE-START SCHEMA
	ask POST /autodiscover/autodiscover.xml -H "Authorization: Bearer $E" -H 'Content-Type: text/xml' -d "<Autodiscover
xmlns=\"$1//schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006\"><Request><EMailAddress>info@contoso.test</EMailAddress>
<AcceptableResponseSchema>$2</AcceptableResponseSchema></Request></Autodiscover>"
}
schema=http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006
pox http: $schema
refused "POX" 200 "<Type>MobileSync</Type>"
pox https: $schema
refused "POX with the namespace of the documentation's examples" 200 '<ErrorCode>600</ErrorCode>'
pox http: " $schema"
refused "POX with a blank around the schema" 200 '<ErrorCode>601</ErrorCode>'
ask OPTIONS /Microsoft-Server-ActiveSync
same "ActiveSync without a token" 401 "$status"
ask OPTIONS /Microsoft-Server-ActiveSync -H "Authorization: Bearer $E" -D "$place/headers"
holds "ActiveSync says its versions" grep -qi '^MS-ASProtocolVersions: .*16.1' "$place/headers"

# ---- misbehaviour and the log ----

play '{"match":"GET /v1.0/organization","times":2,"status":503,"headers":{"Retry-After":"1"}}'
seen=''
for _ in 1 2 3; do graph GET /organization; seen+="$status "; done
same "a rule for two times" "503 503 200 " "$seen"
play '{"match":"GET /v1.0/organization","after":1,"every":2,"times":0,"status":429}'
seen=''
for _ in 1 2 3 4 5; do graph GET /organization; seen+="$status "; done
same "a rule for each second time after the first" "200 200 429 200 429 " "$seen"
sql 'DELETE FROM rule'
play '{"write_limit":3,"window_s":600}'
seen=''
for i in 1 2 3 4; do send PATCH /users/new1@contoso.test '{"jobTitle":"'$i'"}' -D "$place/headers"; seen+="$status "; done
same "a limit of writes" "204 204 204 429 " "$seen"
holds "with a Retry-After" grep -qiE '^Retry-After: (5[0-9][0-9]|600)' "$place/headers"
graph GET /organization
same "that reading does not touch" 200 "$status"
sql 'DELETE FROM rule'
play '{"match":"POST /v1.0/users","drop":"before"}'
send POST /users "$(new_user lost1@contoso.test)"
play '{"match":"POST /v1.0/users","drop":"after"}'
send POST /users "$(new_user lost2@contoso.test)"
same "the line is cut before and after it is carried out" "0 1" \
	"$(sql "SELECT count(*) FROM user WHERE upn = 'lost1@contoso.test'") $(sql "SELECT count(*) FROM user WHERE upn = 'lost2@contoso.test'")"
play '{"cmdlet":"Get-AcceptedDomain","nul_403":true}'
fetch -o /dev/null "$U/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $E" -H "$anchor" -H 'Content-Type: application/json' \
	-d '{"CmdletInput":{"CmdletName":"Get-AcceptedDomain","Parameters":{}}}'
same "a rule for a cmdlet" 403 "$("$tenant" requests "$D" 'select(.body.CmdletInput?.CmdletName == "Get-AcceptedDomain") | .status' | tail -n 1)"
same "no secret in the log" 0 "$(grep -cF -e 's3cret~with' -e "$refresh" -e "${G:0:60}" -e eyJ "$D/log")"
holds "a golden request that was sent" "$tenant" golden "$D" token-secret-graph users-list
same "a golden request that was not sent is named" "not sent: user-password (D.3 password)" "$("$tenant" golden "$D" user-password token-secret-exchange)"

# Golden requests are what the client sends: the server must know every cmdlet and parameter in them.
unknown=''
for golden in tests/golden/requests/*.json; do
	jq -e '.body.CmdletInput' "$golden" > /dev/null || continue
	ask POST "/adminapi/beta/$guid/InvokeCommand" -H "Authorization: Bearer $E" -H "$anchor" -H 'Content-Type: application/json' -d "$(jq -c .body "$golden")" \
		-o "$place/answer"
	grep -q ParameterBindingException "$place/answer" && unknown+="  $golden: $(jq -r '.error.details[0].message' "$place/answer")"$'\n'
	[ "$status" = 403 ] && unknown+="  $golden: 403"$'\n'
done
verdict "cmdlets and parameters of the golden requests are known" "$unknown"

# ---- many at once ----

play '{"match":"GET /v1.0/organization","delay_ms":4000}'
graph GET /organization &
slow=$!
delayed() { [ "$(sql "SELECT fired FROM rule WHERE json LIKE '%4000%'")" = 1 ]; }
wait_until 5 delayed
graph GET /subscribedSkus
holds "a delayed answer holds nobody else up" kill -0 $slow
wait $slow
create_many() { # one by one in parallel
	local i
	for i in {1..60}; do new_user "many$i@contoso.test"; done |
		xargs -d '\n' -P 8 -I BODY curl -s --cacert "$D/ca.pem" -o /dev/null "$U/v1.0/users" -H "Authorization: Bearer $G" -H 'Content-Type: application/json' -d BODY
}
create_many
same "60 users made by 8 clients at once" 60 "$(sql "SELECT count(*) FROM user WHERE upn LIKE 'many%'")"

# ---- size ----

"$tenant" stop "$D"
mv "$D" "$place/small"
start=$(date +%s%N)
"$tenant" start "$D" --users 30000 --cert-dir "$place/small/certs"
started=$((($(date +%s%N) - start) / 1000000))
U=https://127.0.0.1:$(cat "$D/port") G=$(token_of $graph_scope)
start=$(date +%s%N)
listed=$(pages '/users?$select=id,displayName,userPrincipalName,mail,accountEnabled,usageLocation,userType,assignedLicenses,onPremisesSyncEnabled,createdDateTime&$top=999' | wc -l)
echo "30,000 users: started in $started ms, listed (by curl and jq) in $((($(date +%s%N) - start) / 1000000)) ms"
same "30,000 users are listed" "$(sql 'SELECT count(*) FROM user')" "$listed"
finish
