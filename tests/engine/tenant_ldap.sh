#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_ldap.sh - users come from Debian's slapd: pages, attributes of Active Directory and of inetOrgPerson, TLS, a wrong
# password, a wrong filter; the list is shown, written, and its users are created in the tenant.
# run.sh: timeout=240
set -u
USERS=20
. "$(dirname "$0")/../servers/tenant_project.sh"
. tests/servers/ldap.sh

clear="ldap://127.0.0.1:$ldap_port" secure="ldaps://127.0.0.1:$ldap_tls_port"
printf 'ldap-S3cret\n' > "$place/pw"
chmod 600 "$place/pw"
ldap() { code user ldap --base dc=contoso,dc=test "$@"; }
bound=(--server "$clear" --bind "cn=admin,dc=contoso,dc=test" --password-file "$place/pw")

# -- preview
same "a preview" 0 "$(ldap "${bound[@]}" --location DE --json)"
same "everybody who can sign in, page by page" 1204 "$(json .outcomes.new)"
holds "who is disabled is left out" said "1 are disabled there"
holds "who has no name to sign in with is counted" said "1 entries have no name"
same "Active Directory's attributes" "anna@contoso.test" "$(json '.users[] | select(.user == "anna@contoso.test") | .user')"
same "nothing is created" 0 "$(sql "SELECT count(*) FROM users WHERE upn = 'anna@contoso.test'")"
same "uid@domain where there is no other name" 1 "$(mailvan user ldap --base dc=contoso,dc=test "${bound[@]}" --filter '(uid=berta)' --domain contoso.test --json 2> /dev/null | jq '[.users[] | select(.user == "berta@contoso.test")] | length')"
same "company names that differ" 0 "$(ldap "${bound[@]}" --filter '(|(cn=Anna*)(cn=Carla*))' --domain contoso.test)"
holds "are warned of" said 'The company is "Contoso AG"'
same "a file for later" 0 "$(ldap "${bound[@]}" --filter '(cn=A*)' --to "$place/out.csv")"
same "which is its owner's" 600 "$(stat -c %a "$place/out.csv")"
same "with the directory's words" '"anna@contoso.test","Anna ""Änne"" Müller","Anna","Müller","DE","Vertrieb, Nord","","Contoso GmbH"' "$(sed -n 2p "$place/out.csv" | tr -d '\r')"
same "import reads it" 0 "$(code user import "$place/out.csv" --dry-run)"

# -- refusals
same "a wrong password" 1 "$(ldap --server "$clear" --bind cn=admin,dc=contoso,dc=test --password-file <(echo wrong))"
holds "is said to be wrong" said "password for --bind is wrong"
same "a filter that is none" 2 "$(ldap "${bound[@]}" --filter '(cn=')"
holds "is refused by its syntax" said "correct --filter"
same "a base that is not there" 2 "$(code user ldap "${bound[@]}" --base ou=nobody,dc=contoso,dc=test)"
holds "is named" said "correct --base"
same "nobody home" 1 "$(ldap --server ldap://127.0.0.1:1)"
same "not an address" 2 "$(ldap --server http://127.0.0.1)"
same "no password in clear to another machine" 2 "$(ldap --server ldap://ldap.example --bind cn=x --password-file "$place/pw")"
holds "says so before it connects" said "unencrypted"

# -- TLS
same "TLS with the CA" 0 "$(ldap --server "$secure" --ca "$ldap_ca" --bind cn=admin,dc=contoso,dc=test --password-stdin --filter '(cn=Anna*)' < "$place/pw")"
same "TLS without it" 1 "$(ldap --server "$secure" --filter '(cn=Anna*)')"
holds "says what may be wrong with it" said "whom --ca (or the system) trusts"
same "TLS with another CA" 1 "$(ldap --server "$secure" --ca "$L/certs/other-ca.pem" --filter '(cn=Anna*)')"
sed "s|certs/good|certs/wrong-host|; s|$L/db|$L/other|; s|slapd.pid|other.pid|" "$L/slapd.conf" > "$L/other.conf"
mkdir "$L/other"
slapd -d 0 -h "ldaps://127.0.0.1:$((ldap_port + 2))" -f "$L/other.conf" > "$L/other.log" 2>&1 &
open_port() { (exec 3<> "/dev/tcp/127.0.0.1/$((ldap_port + 2))") 2> /dev/null; }
holds "a server with another's certificate" wait_until 10 open_port
same "is not trusted" 1 "$(ldap --server "ldaps://127.0.0.1:$((ldap_port + 2))" --ca "$ldap_ca" --filter '(cn=Anna*)')"
holds "for its name" said "not for this name"
same "StartTLS" 0 "$(ldap "${bound[@]}" --starttls --ca "$ldap_ca" --filter '(cn=Anna*)')"
same "StartTLS without the CA" 1 "$(ldap "${bound[@]}" --starttls --filter '(cn=Anna*)')"

# -- into the tenant
same "created" 0 "$(ldap "${bound[@]}" --filter '(cn=A*)' --create --license SPE_E3 --passwords "$place/sheet.csv" --json)"
same "with name, department and licence" 'Anna "Änne" Müller|Vertrieb, Nord|DE|1' "$(sql "SELECT doc->>'\$.displayName' || '|' || (doc->>'\$.department') || '|' || (doc->>'\$.usageLocation') || '|' || json_array_length(doc, '\$.assignedLicenses') FROM user WHERE upn = 'anna@contoso.test'")"
same "and again nothing is new" 0 "$(ldap "${bound[@]}" --filter '(cn=A*)' --create --license SPE_E3 --json)"
same "nothing to do" 0 "$(json .total)"
finish
