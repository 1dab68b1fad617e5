#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_xoauth.sh - mailboxes opened with a tenant's token, at a real Dovecot that validates the JWTs of the tenant server
# by itself: as target and as source, IMAP and POP3, app-only and delegated, renewed when it has expired or is refused.
# run.sh: timeout=600
set -u
. "$(dirname "$0")/../servers/pair.sh"
tenant=$PWD/tests/servers/tenant.sh
N=$place/tenant
trap '"$tenant" stop "$N"; tidy_up' EXIT

app=aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee device=ffffffff-0000-0000-0000-000000000001
"$tenant" start "$N" --users 20 --token-life 3600 --cert-dir "$place/certs" || { echo "no tenant server"; exit 1; }
url() { echo "https://127.0.0.1:$(cat "$N/port")"; }

# Dovecot finds the key of a token below its azp, alg and kid. The token of an app names no user: the one that XOAUTH2
# asks for is opened, as Exchange does it for an app with FullAccess; "denied" stands for a mailbox without.
trust() { # the tenant's key, as it is now
	local client
	for client in $app $device; do
		mkdir -p "$place/keys/$client/RS256"
		cp "$N/jwt-public.pem" "$place/keys/$client/RS256/default"
	done
	chmod -R a+rX "$place/keys"
}
trust
cat > "$place/oauth.conf" <<- END
	introspection_mode = local
	local_validation_key_dict = fs:posix:prefix=$place/keys/
	username_attribute = appid
	username_format = any
END
oauth="passdb {
 driver = oauth2
 mechanisms = xoauth2 oauthbearer
 username_filter = !denied*
 args = $place/oauth.conf
}"
server "$S"
server "$T" --role target --mechs 'plain login xoauth2 oauthbearer' --set "$oauth"
for u in anna bob carla; do "$load" "$S" $u folder INBOX --seed ${#u} --count 25; done
"$load" "$S" anna folder Work --seed 7 --count 10
start_proxy --delay 0 --rate 60 "$(port "$T" IMAPS_PORT)" # KiB a second: time for a token to expire
slow=$proxy_port

(umask 077 && printf '%s' 's3cret~with.+=signs' > "$place/secret")
connect() { # NAME TENANT-OPTION...
	mailvan tenant add "$1" --authority "$(url)" --graph "$(url)" --exchange "$(url)" --ca "$CA" "${@:2}"
}
holds "the tenant is connected" connect contoso.test --client-id $app --secret-file "$place/secret" \
	--imap "127.0.0.1:$(port "$T" IMAPS_PORT)"
logins() { grep -cE "$1-login: Info: Login: user=<$2>, method=XOAUTH2" "$T/dovecot.log"; } # PROTOCOL USER
tokens() { "$tenant" requests "$N" 'select(.path | endswith("/token"))' | wc -l; }

# ---- as a target: no password anywhere ----
holds "the tenant is the target" mailvan target set --tenant contoso.test
same "and shown" "contoso.test null imaps://127.0.0.1:$(port "$T" IMAPS_PORT)" \
	"$(mailvan target show --json | jq -r '"\(.tenant) \(.admin) \(.server)"')"
{
	echo 'SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity'
	echo "anna@old.example,$(imaps "$S"),anna,pass,anna"
} > "$place/list.csv"
holds "the list needs no target password" mailvan add "$place/list.csv" --source-ca "$CA"
same "and nothing is said about one" "0 " "$(mailvan add "$place/list.csv" --source-ca "$CA" --json |
	jq -r '"\(.errors) \([.problems[] | select(.column == "TargetPassword") | .text] | join(" "))"')"
holds "both logins work" mailvan test --all
before=$(tokens)
holds "everything moves" mailvan migrate --all --wait
same_files "anna's mail is there" <(holdings "$S" anna) <(holdings "$T" anna)
verdict "by XOAUTH2" "$([ "$(logins imap anna)" -ge 2 ] || echo "  $(logins imap anna) logins")"
same "the token that is there serves them all" "$before" "$(tokens)"
holds "verify opens it too" mailvan verify --all

# ---- as a source, IMAP and POP3, by the columns of a list; the target is another server ----
{
	echo 'SourceIdentity,SourceTenant,SourceServer,SourceProtocol,TargetIdentity,TargetServer,TargetPassword'
	echo "anna,contoso.test,,imap,anna2,$(imaps "$S"),pass"
	echo "bob,CONTOSO.test,pop3s://127.0.0.1:$(port "$T" POP3S_PORT),,bob2,$(imaps "$S"),pass"
} > "$place/back.csv"
"$load" "$T" bob folder INBOX --seed 5 --count 12
holds "a list of the tenant's mailboxes" mailvan add "$place/back.csv" --target-ca "$CA"
holds "both come back" mailvan migrate --all --wait
same_files "anna by IMAP" <(holdings "$T" anna) <(holdings "$S" anna2)
same "bob by POP3" "$(holdings "$T" bob | cut -f 4 | sort)" "$(holdings "$S" bob2 | cut -f 4 | sort)"
same "bob by XOAUTH2" 1 "$([ "$(logins pop3 bob)" -ge 1 ] && echo 1)"
same "still the same token" "$before" "$(tokens)"
printf 'SourceIdentity,SourceTenant,TargetIdentity,TargetServer,TargetPassword\nzoe,fabrikam.test,z,%s,p\n' "$(imaps "$S")" > "$place/wrong.csv"
same "an unknown tenant is named" SourceTenant \
	"$(mailvan add "$place/wrong.csv" --json | jq -r '.problems[] | select(.level == "error") | .column')"

# ---- refused: a second token is tried, and only then is it an error ----
"$tenant" stop "$N"
rm "$N/jwt.key" "$N/jwt-public.pem"
"$tenant" start "$N" --token-life 3600 --cert-dir "$place/certs"
trust
"$dovecot" adm "$T" reload # it keeps keys
holds "Dovecot is back" wait_until 20 holdings "$T" anna
before=$(tokens)
holds "a token that nobody accepts any more is replaced" mailvan test anna@old.example
same "by one other" $((before + 1)) "$(tokens)"

echo "denied@old.example,$(imaps "$S"),carla,pass,denied" | cat <(head -n 1 "$place/list.csv") - > "$place/denied.csv"
mailvan add "$place/denied.csv" --source-ca "$CA" > "$place/out"
mailvan test denied@old.example > "$place/out" 2>&1
same "a mailbox that does not open: what to do is said" 1 "$(grep -c 'give FullAccess to the app.s service principal' "$place/out")"
"$tenant" play "$N" '{"roles":["User.Read.All"]}'
holds "the tenant forgets its tokens" mailvan tenant change contoso.test --secret-file "$place/secret"
mailvan test denied@old.example > "$place/out" 2>&1
same "a token without the permission: it is named" 1 "$(grep -c 'lacks the permission IMAP.AccessAsApp' "$place/out")"
"$tenant" play "$N" '{"roles":["IMAP.AccessAsApp","POP.AccessAsApp"]}'

# ---- expires in the middle, and the line breaks then ----
"$tenant" stop "$N"
"$tenant" start "$N" --token-life 4 --cert-dir "$place/certs"
curl -s --cacert "$CA" "$(url)/contoso.test/oauth2/v2.0/token" -d client_id=$app --data-urlencode "client_secret@$place/secret" \
	-d grant_type=client_credentials --data-urlencode scope=https://outlook.office365.com/.default | jq -r .access_token > "$place/early.token"
holds "short tokens from here on" mailvan tenant change contoso.test --secret-file "$place/secret"
holds "the target is far away now" mailvan target set --tenant contoso.test --server "imaps://127.0.0.1:$slow"
{
	head -n 1 "$place/list.csv"
	echo "carla@old.example,$(imaps "$S"),carla,pass,carla"
} > "$place/carla.csv"
for i in {1..4}; do "$load" "$S" carla folder "Folder$i" --seed "$i" --count 60; done
mailvan add "$place/carla.csv" --source-ca "$CA" > "$place/out"
before=$(tokens)
mailvan migrate carla@old.example --wait > "$place/out" 2>&1 &
migration=$!
children+=("$migration")
some_there() { [ "$(message_count "$T" carla)" -ge 20 ]; }
expired() { [ "$(ask 'SELECT max(expires) FROM token WHERE resource = 2')" -lt "$(date +%s%3N)" ]; }
holds "messages arrive" wait_until 60 some_there
leaks=$(tr '\0' '\n' < "/proc/$migration/cmdline" | grep -c -e eyJ -e s3cret)
holds "the token expires meanwhile" wait_until 20 expired
same "Dovecot does not take an expired one" 1 "$({
	sleep 0.5
	printf 'a AUTHENTICATE XOAUTH2 %s\r\n' "$(printf 'user=carla\001auth=Bearer %s\001\001' "$(cat "$place/early.token")" | base64 -w 0)"
	sleep 0.5
	printf '\r\n'
	sleep 0.5
} | timeout 10 openssl s_client -quiet -CAfile "$CA" -connect "127.0.0.1:$(port "$T" IMAPS_PORT)" 2> /dev/null | grep -c '^a NO')"
"$dovecot" adm "$T" kick carla > /dev/null
wait $migration
same "the migration went on and came to its end" 0 $?
same "Synced" Synced "$(figure carla .state)"
holdings "$S" carla > "$place/source.txt"
holdings "$T" carla > "$place/target.txt"
same "nothing lost, nothing twice" "0 lost, 0 twice" "$(lost_and_twice "$place/source.txt" "$place/target.txt")"
same_files "carla's mail is there" "$place/source.txt" "$place/target.txt"
verdict "with more than one token" "$([ "$(tokens)" -gt $((before + 1)) ] || echo "  $before before, $(tokens) now")"

# ---- the token of a person ----
holds "signed in by device code" connect 11111111-2222-3333-4444-555555555555 --client-id $device --device-code \
	--imap "127.0.0.1:$(port "$T" IMAPS_PORT)"
printf 'SourceIdentity,SourceTenant,TargetIdentity,TargetServer,TargetPassword\ncarla,11111111-2222-3333-4444-555555555555,carla3,%s,pass\n' \
	"$(imaps "$S")" > "$place/person.csv"
holds "their token opens it" mailvan add "$place/person.csv" --target-ca "$CA"
holds "and it moves" mailvan migrate carla --wait
same_files "carla's mail came back" <(holdings "$T" carla) <(holdings "$S" carla3)

# ---- nothing of a token or secret lies about ----
same "no token in a command line" 0 "$leaks"
same "no token in the project" "" "$(grep -rlaE 'eyJ0eXAi|eyJhdWQi' "$P")"
same "no secret in the project" "" "$(grep -rlaF 's3cret~with' "$P")"
same "none of them in what was printed" "" "$(grep -laE 'eyJ|s3cret' "$place/out")"
finish
