#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_sign_in.sh - a tenant is connected in each of the three ways, its tokens are renewed, every refusal comes with
# what to do about it, and no secret is left anywhere in clear.
# run.sh: timeout=300
cd "$(dirname "$0")/../.." || exit 2
. tests/tally.sh
BUILD=$(realpath -m "${BUILD:-build/check}")
export BUILD
MAILVAN=${MAILVAN:-$BUILD/mailvan}
[ -x "$MAILVAN" ] || { echo "$MAILVAN is not built: BUILD=... says where, \`make check\` builds all"; exit 1; }
tenant=$PWD/tests/servers/tenant.sh
place=$(mktemp -d "${TMPDIR:-/tmp}/t.XXXX")
D=$place/d P=$place/project
trap '"$tenant" stop "$D"; rm -rf "$place"' EXIT
"$tenant" start "$D" --users 5 || exit 1
U=https://127.0.0.1:$(cat "$D/port")
app=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee
public=ffffffff-0000-0000-0000-000000000001
secret=s3cret~with.+=signs
where=(--authority "$U" --graph "$U" --exchange "$U" --ca "$D/ca.pem")

mailvan() { "$MAILVAN" --project "$P" "$@"; }
with_secret() { printf '%s\n' "$1" | mailvan tenant "${@:2}" --secret-stdin; }
# Output in $out, exit code in $code.
run() { out=$("$@" 2>&1 < /dev/null); code=$?; }
fails() { # TITLE CODE TEXT COMMAND...
	run "${@:4}"
	same "$1" "$2 yes" "$code $([[ $out == *"$3"* ]] && echo yes || echo "no: $out")"
}
tokens_asked() { "$tenant" requests "$D" 'select(.path | endswith("/token"))' | wc -l; }
connected() { mailvan tenant list --json | jq length; }
show() { mailvan tenant show --json | jq -r "$1"; }
check() { jq -r --arg n "$1" '.checks[] | select(.name == $n) | '"$2" "$place/test.json"; }

# ---- a client secret ----
export -f with_secret mailvan
export MAILVAN P
fails "a wrong secret is named" 1 "client secret is wrong" \
	bash -c 'with_secret wrong~secret add contoso.test --client-id '$app' '"${where[*]}"
same "nothing is connected then" 0 "$(connected)"
fails "another app is named" 2 "--client-id" \
	bash -c 'with_secret x add contoso.test --client-id 00000000-bbbb-cccc-dddd-eeeeeeeeeeee '"${where[*]}"
fails "another tenant is named" 2 "no such tenant" \
	bash -c 'with_secret x add nobody.test --client-id '$app' '"${where[*]}"
fails "a certificate of nobody's is refused" 1 "not trusted" bash -c 'with_secret x add contoso.test --client-id '$app" \
	--authority $U --graph $U --exchange $U"
fails "the app must be named" 2 "--client-id" mailvan tenant add contoso.test --device-code "${where[@]}"
fails "one way only" 2 "one way" mailvan tenant add contoso.test --client-id $app --device-code --certificate x
fails "http is refused" 2 "https" mailvan tenant add contoso.test --client-id $public --device-code --authority http://h
holds "connected by a secret" with_secret "$secret" add contoso.test --client-id $app "${where[@]}"
holds "as A.1 says" "$tenant" golden "$D" token-secret-graph
same "whose token it is" "mailvan test app" "$(show .who)"
same "its tenant" 11111111-2222-3333-4444-555555555555 "$(show .guid)"
same "its roles" true "$(show '.tokens[0].roles | contains(["User.ReadWrite.All"])')"
same "an hour is left" true "$(show '.tokens[0].minutes_left | . > 50 and . < 61')"
fails "twice is refused" 2 "connected already" mailvan tenant add contoso.test --client-id $public --device-code

# ---- test ----
mailvan tenant test --json > "$place/test.json"
same "everything works" "0 true" "$? $(jq .ok "$place/test.json")"
same "and names the company" true "$(check Organisation '.text | contains("Contoso")')"
same "kept for the title" true "$(show '.company | contains("Contoso")')"
holds "as A.1 says, for Exchange" "$tenant" golden "$D" token-secret-exchange
"$tenant" play "$D" '{"roles":["User.Read.All"]}'
mailvan tenant test --json > "$place/test.json"
same "a role is missing" "1 false" "$? $(check Users .ok)"
same "and is named" true "$(check Users '.text | contains("User.ReadWrite.All")')"
same "with what to do" true "$(check Licences '.remedy | contains("Grant LicenseAssignment.ReadWrite.All (application")')"
same "of the other service too" true "$(check Mail '.text | contains("IMAP.AccessAsApp")')"
"$tenant" sql "$D" "DELETE FROM rule" > /dev/null
"$tenant" play "$D" '{"match":"POST *InvokeCommand","times":1,"nul_403":true}'
mailvan tenant test --json > "$place/test.json"
same "Exchange refuses" false "$(check 'Exchange answers' .ok)"
same "with what to do" true "$(check 'Exchange answers' '.remedy | contains("Exchange Administrator")')"

# ---- renewal ----
before=$(tokens_asked)
"$tenant" play "$D" '{"match":"GET /v1.0/organization*","times":1,"expire_tokens":true}'
mailvan tenant test --json > "$place/test.json"
same "a token that ends in the middle is renewed" true "$(check Organisation .ok)"
same "once" 3 "$(($(tokens_asked) - before))"
"$tenant" play "$D" '{"match":"POST *oauth2/v2.0/token","times":1,"status":429,"headers":{"Retry-After":"1"}}'
holds "a busy sign-in service is waited for" mailvan tenant sign-in
"$tenant" play "$D" '{"match":"POST *oauth2/v2.0/token","times":1,"drop":"after"}'
holds "a lost answer is asked for again" mailvan tenant sign-in

# ---- mailboxes that the app may open ----
object=12345678-1234-1234-1234-123456789abc
fails "the object id must be known" 2 "--object-id" mailvan tenant grant-imap user00001@contoso.test
"$tenant" play "$D" '{"claims":{"oid":"'$object'"}}'
holds "it comes with the token" mailvan tenant sign-in
holds "and with Exchange's" mailvan tenant test
run mailvan tenant grant-imap user00001@contoso.test --powershell
same "as PowerShell" "0 2" "$code $(grep -cE "^New-ServicePrincipal .*$object|^Add-MailboxPermission .*user00001.*$object" <<< "$out")"
fails "read-only: nothing is sent" 1 "--read-only" mailvan --read-only tenant grant-imap user00001@contoso.test
same "nothing was" 0 "$("$tenant" sql "$D" "SELECT count(*) FROM service_principal")"
holds "granted" mailvan tenant grant-imap user00001@contoso.test user00002@contoso.test
holds "as A.5 says" "$tenant" golden "$D" exchange-app-register
same "Exchange knows the app" "$app|$object" "$("$tenant" sql "$D" "SELECT app, object FROM service_principal")"
holds "twice is fine" mailvan tenant grant-imap user00001@contoso.test
same "and is noted" 5 "$(mailvan audit --json | jq '[.rows[] | select(.action | test("app-register|full-access"))] | length')"

# ---- a certificate ----
chmod 644 "$D/app.pem"
fails "a key that others can read" 2 "chmod 600" mailvan tenant change contoso.test --certificate "$D/app.pem"
chmod 600 "$D/app.pem"
holds "a certificate instead" mailvan tenant change contoso.test --certificate "$D/app.pem"
holds "signs in" mailvan tenant sign-in
holds "as A.2 says" "$tenant" golden "$D" token-certificate-graph
same "its thumbprint is the one that Entra shows" \
	"$(openssl x509 -in "$D/app.pem" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g' | tr A-F a-f)" "$(show .thumbprint)"
(umask 077 && openssl pkcs12 -export -in "$D/app.pem" -out "$place/app.pfx" -passout pass:pfx-S3cret && printf 'pfx-S3cret\n' > "$place/pw" && printf 'no\n' > "$place/wrong")
holds "a .pfx with its password" mailvan tenant change contoso.test --certificate "$place/app.pfx" --password-file "$place/pw"
holds "signs in too" mailvan tenant sign-in
fails "a wrong password of the file" 2 "its password is another" mailvan tenant change contoso.test --certificate "$place/app.pfx" --password-file "$place/wrong"
fails "none, and nobody to ask" 2 "no terminal to ask on" mailvan tenant change contoso.test --certificate "$place/app.pfx" < /dev/null
same "the password is nowhere in the project" "" "$(grep -rlaF pfx-S3cret "$P" 2> /dev/null)"
holds "one that mailvan makes" mailvan tenant certificate "$place/own.pem" --name "mailvan on $HOSTNAME" --days 90
same "is its owner's, valid for 90 days" "600 yes" "$(stat -c %a "$place/own.pem") $(openssl x509 -in "$place/own.cer" -noout -checkend $((89 * 86400)) > /dev/null && echo yes)"
holds "and is taken" mailvan tenant change contoso.test --certificate "$place/own.pem"
same "with the thumbprint of the .cer" "$(openssl x509 -in "$place/own.cer" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g' | tr A-F a-f)" "$(show .thumbprint)"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$place/k" -out "$place/c" -days 3 -subj /CN=other 2> /dev/null
(umask 077 && cat "$place/k" "$place/c" > "$place/other.pem")
holds "somebody else's certificate" mailvan tenant change contoso.test --certificate "$place/other.pem"
fails "is refused, and named" 1 "certificate is not the app's" mailvan tenant sign-in

# ---- a device code ----
holds "a device code instead" mailvan tenant change contoso.test --client-id $public --device-code
fails "nobody has signed in yet" 1 "tenant sign-in contoso.test" mailvan tenant test
run mailvan tenant sign-in
same "approved in the browser" 0 "$code"
same "the code and the address were shown" 2 "$(grep -cE 'ABC12345|https://microsoft.com/devicelogin' <<< "$out")"
holds "as A.4 says" "$tenant" golden "$D" token-device-begin token-device-poll
same "whose token it is" admin@contoso.test "$(show .who)"
refresh=$("$tenant" sql "$D" "SELECT token FROM refresh" | head -n 1)
holds "both services by one sign-in" mailvan tenant test
holds "as A.4 says of refreshing" "$tenant" golden "$D" token-refresh
"$tenant" play "$D" '{"device_code":"decline","after":0}'
fails "declined" 1 "declined" mailvan tenant sign-in
"$tenant" play "$D" '{"device_code":"expire","after":0}'
fails "not entered in time" 1 "not entered in time" mailvan tenant sign-in
"$tenant" play "$D" '{"device_code":"approve","after":1000}'
: > "$place/out"
mailvan tenant sign-in > "$place/out" 2>&1 &
pid=$!
wait_until 10 grep -q ABC12345 "$place/out"
started=$SECONDS
pkill -INT -P $pid 2> /dev/null || kill -INT $pid
wait $pid
same "Ctrl+C cancels at once" "3 yes" "$? $([ $((SECONDS - started)) -le 2 ] && echo yes)"
holds "and the sign-in before it is still good" mailvan tenant show
"$tenant" sql "$D" "DELETE FROM rule" > /dev/null
"$tenant" play "$D" '{"refresh":"revoked"}'
fails "a sign-in that has ended" 1 "sign in again" mailvan tenant test
"$tenant" sql "$D" "DELETE FROM rule" > /dev/null

# ---- lives ----
"$tenant" stop "$D"
"$tenant" start "$D" --token-life 4
holds "short tokens" with_secret "$secret" change contoso.test --client-id $app
holds "sign in" mailvan tenant sign-in
ended() { [ "$(mailvan tenant show --json | jq '.tokens[0].expires | fromdateiso8601 < now')" = true ]; }
holds "ends" wait_until 10 ended
holds "and is fetched again by whoever needs it" mailvan tenant test

# ---- several, and none ----
holds "another name of it" with_secret "$secret" add 11111111-2222-3333-4444-555555555555 --client-id $app "${where[@]}"
fails "which one?" 2 "--tenant" mailvan tenant show
holds "the usual one" mailvan tenant use contoso.test
same "is meant" contoso.test "$(show .name)"
same "both are listed" 2 "$(connected)"
holds "one is removed" mailvan tenant remove 11111111-2222-3333-4444-555555555555 --yes
same "the other stays" 1 "$(connected)"

# ---- secrets ----
same "no token is shown" 0 "$(mailvan tenant show --json | grep -c eyJ)"
for hidden in "$secret" eyJ "$refresh" "BEGIN PRIVATE" "BEGIN RSA"; do
	same "nowhere in clear: ${hidden:0:8}..." "" "$(grep -raF -e "$hidden" "$P" | head -c 100)"
done
same "what is in clear is found" yes "$(grep -raqF contoso.test "$P" && echo yes)"
holds "removed" mailvan tenant remove contoso.test --yes
same "with all its secrets" 0 "$(sqlite3 -readonly "$P/project.db" "SELECT count(*) FROM secret")"
fails "then there is none" 2 "tenant add" mailvan tenant show

# ---- read-only ----
holds "read-only can be set" mailvan set read-only on
same "and is shown" true "$(mailvan set --json | jq .read_only)"
fails "on or off" 2 "on or off" mailvan set read-only maybe
holds "and unset" mailvan set read-only off
finish
