#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant_enrol.sh - a batch for a hosted device server goes its whole way: users of the tenant and of a CSV, contract, what
# somebody vouches for, checks, passwords, the work sheet, and what the service said of it. Nothing of it reaches the tenant.
# run.sh: timeout=200
set -u
USERS=40
. "$(dirname "$0")/../servers/tenant_project.sh"

enrol() { code device enrol "$@"; }
states() { mailvan device enrol show First --json | jq -r '.states | to_entries | map(select(.value > 0) | "\(.key)=\(.value)") | join(" ")'; }
row() { mailvan device enrol list First --json 2> /dev/null | jq -r ".rows[] | select(.email == \"$1\") | .$2"; }
requests() { "$tenant" requests "$D" | wc -l; }
audited() { mailvan audit --json 2> /dev/null | jq "[.rows[] | select(.action == \"$1\")] | length"; }

# -- a batch
same "nobody is known before the list is read" 2 "$(mailvan device enrol new Early --server bes0 > /dev/null; enrol add Early --all)"
holds "which is said" said "user list --refresh"
same "named ones are put in all the same" 0 "$(enrol add Early user00001@contoso.test)"
same "and checked" 1 "$(enrol check Early)"
holds "with the reason" grep -q "the list of users was never read" <(mailvan device enrol list Early --csv)
same "the batch goes" 0 "$(enrol remove Early --all)"
same "users are read" 0 "$(code user list --refresh)"
before=$(requests)
same "a server has to be named" 2 "$(enrol new First)"
same "a batch" 0 "$(enrol new First --server bes1.example --json)"
same "takes the tenant's company" "$(mailvan tenant show --json | jq -r .company)" \
	"$(mailvan device enrol show First --json | jq -r .contract.company)"
same "its name is taken then" 2 "$(enrol new first --server bes2.example)"
same "licensed users with a mailbox" 0 "$(enrol add First --all --json)"
want=$(sql "SELECT count(*) FROM users u JOIN mailbox m ON m.guid = u.guid WHERE u.licenses > 0 AND u.enabled AND m.type = 'UserMailbox' AND u.deleted = 0")
same "are those of the tenant" "$want" "$(json .affected)"
same "they are New" "New=$want" "$(states)"
same "a user without mailbox" 0 "$(enrol add First user00005@contoso.test)"
same "and one that nobody knows" 0 "$(enrol add First stranger@contoso.test)"
all=$((want + 2))

# -- checks
same "nothing is ready" 1 "$(enrol check First --json)"
same "each row is judged" "Problem=$all" "$(states)"
holds "no mailbox" grep -q "has no mailbox; the user has no licence" <(row user00005@contoso.test problem)
holds "not a user" grep -q "no user of the tenant" <(row stranger@contoso.test problem)
same "two rows are taken out" 0 "$(enrol remove First user00005@contoso.test stranger@contoso.test)"
same "a sheet is refused" 1 "$(enrol sheet First --out "$place/sheet.csv" --json)"
same "with all that is missing of the contract" "srp-id authentication-key cal-ids support-contract-id contact" "$(json '.missing | join(" ")')"
same "and every row" "$want" "$(json '.problems | length')"
holds "no file is left" test ! -e "$place/sheet.csv"

# -- contract
same "contract data" 0 "$(enrol contract First srp-id=T12345678 'cal-ids=BESCAL-1; BES35X-2, ABC-3' support-contract-id=TX2-77 'contact=Bo Boss' \
	contact-email=bo@contoso.test 'requestor=Al Admin' request-number=4711 'policy=No Device Password')"
same "the key is no argument" 2 "$(enrol contract First authentication-key=9f8e7d-hidden)"
printf '9f8e7d-hidden\n' | mailvan device enrol contract First authentication-key --json > "$place/out" 2>&1
same "but standard input's; then nothing is missing" "true []" "$(json '"\(.contract["authentication-key"]) \(.missing)"')"
same "an unknown key" 2 "$(enrol contract First colour=red)"
same "an unknown policy" 2 "$(enrol contract First policy=none)"
holds "a licence id with an unknown prefix is only noted" grep -q "the licence id ABC-3 begins with neither BESCAL nor BES35X" <(row user00001@contoso.test note)
holds "as is another company in the directory" grep -q "the user's is \"Contoso AG\"" <(row user00001@contoso.test note)

# -- a human's word, passwords
same "a personal data plan does not do" 2 "$(enrol confirm First --all --data-plan personal)"
same "all are vouched for" 0 "$(enrol confirm First --all --data-plan enterprise)"
same "one is removed elsewhere" 0 "$(enrol confirm First user00001@contoso.test --removed)"
same "passwords are made" 0 "$(enrol passwords First --all --json)"
same "for each" "$want" "$(json .affected)"
same "once" 0 "$(enrol passwords First --all --json)"
same "because all have one" 0 "$(json .affected)"
same "seven days are left" 7 "$(row user00001@contoso.test daysLeft)"
same "one row is ready" "Problem=$((want - 1)) Ready=1" "$(states)"
same "the rest lacks one thing" "nobody has confirmed that the device is removed from any other server" "$(row user00002@contoso.test problem)"
same "all that was only local" "$before" "$(requests)"

# -- asking the tenant
sql "DELETE FROM mailbox WHERE address = 'user00002@contoso.test'"
same "the mailboxes are asked for" 1 "$(enrol check First --reach)"
holds "one is gone" grep -q "the mailbox cannot be reached: .*user00002" <(row user00002@contoso.test problem)
holds "the others answered" test -n "$(row user00001@contoso.test reached)"
same "it is taken out" 0 "$(enrol remove First user00002@contoso.test)"

# -- a CSV
cat > "$place/in.csv" << 'X'
E-mail;User;IT policy;Licence id;Activation password;Company;Business contact e-mail
user00001@contoso.test;Zoë Baker, Jr.;device password required;BES35X-9;;;
user00006@contoso.test;;;;Typed-4711x;;
newcomer@contoso.test;New Comer;;;;Fabrikam;
X
same "a list is tried" 0 "$(enrol import First "$place/in.csv" --dry-run --json)"
same "and held against the batch" "new=1 as it is=0 changes=2" "$(json '.outcomes | to_entries | map("\(.key)=\(.value)") | join(" ")')"
same "by columns, not values" "LicenseId, ITPolicy ActivationPassword" "$(json '[.rows[].differs | select(.)] | join(" ")')"
same "no password is shown" "" "$(grep -h Typed "$place/out" "$place/err")"
same "nothing was done" "" "$(row newcomer@contoso.test email)"
same "then imported" 0 "$(enrol import First "$place/in.csv")"
same "the row's policy goes before the batch's" "device password required" "$(row user00001@contoso.test policy)"
same "changed rows are New" "New New" "$(row user00001@contoso.test state) $(row user00006@contoso.test state)"
printf 'Email,Policy\nx,y\n' > "$place/bad.csv"
same "a list with mistakes" 2 "$(enrol import First "$place/bad.csv")"
holds "each named" said "This is not an address"
holds "with its policy" said "There is no such IT policy"
same "another company is a problem" 1 "$(enrol check First)"
holds "that names both" grep -q 'the company is "Fabrikam", the contract' <(row newcomer@contoso.test problem)
same "it is taken out" 0 "$(enrol remove First newcomer@contoso.test)"

# -- one server for one device
mailvan device enrol new Second --server bes2.example > /dev/null
mailvan device enrol add Second user00006@contoso.test > /dev/null
same "a second server" 1 "$(enrol check First)"
holds "is refused by name" grep -q "bes2.example has it by the batch Second" <(row user00006@contoso.test problem)
same "until it is removed there" 0 "$(enrol remove Second --all)"

# -- the sheet
same "a part is not all" 1 "$(enrol sheet First --out "$place/sheet.csv")"
holds "ready ones are offered" said "--ready-only"
same "a part" 0 "$(enrol sheet First --out "$place/part.csv" --ready-only)"
same "has its line" 2 "$(wc -l < "$place/part.csv")"
same "the rest is vouched for" 0 "$(enrol confirm First --all --removed)"
rest=$((want - 1))
same "all are ready" "Ready=$rest" "$(states)"
same "the sheet" 0 "$(enrol sheet First --out "$place/sheet.csv" --json)"
same "has all" "$rest $((rest + 1))" "$(json .rows) $(wc -l < "$place/sheet.csv")"
same "is its owner's" 600 "$(stat -c %a "$place/sheet.csv")"
same "has these columns" '"Company","Business contact","Business contact e-mail","User","E-mail","Activation requestor","Service request number","IT policy","Activation password"' \
	"$(head -n 1 "$place/sheet.csv" | tr -d '\r')"
same "a typed password comes out as it went in" '"Typed-4711x"' "$(grep -F '"user00006@contoso.test"' "$place/sheet.csv" | tr -d '\r' | grep -o '[^,]*$')"
same "each has one of its own" "$rest" "$(tail -n +2 "$place/sheet.csv" | tr -d '\r' | grep -o '"[^",]*"$' | sort -u | wc -l)"
same "a file that is there is left alone" 2 "$(enrol sheet First --out "$place/sheet.csv")"
secrets=$(tail -n +2 "$place/sheet.csv" | tr -d '\r"' | grep -o '[^,]*$'; echo 9f8e7d-hidden)
same "no secret is in the project" "" "$(grep -rlF -f <(echo "$secrets") "$P")"
holds "where the search would find it" grep -rqF TX2-77 "$P"

# -- what the service said
same "not active before it is sent" 2 "$(enrol mark First user00001@contoso.test --state active)"
same "sent" 0 "$(enrol mark First --all --state sent)"
same "then" "Sent=$rest" "$(states)"
same "one is active" 0 "$(enrol mark First user00001@contoso.test --state active)"
same "one has failed" 0 "$(enrol mark First user00006@contoso.test --state failed)"
same "a state that is none" 2 "$(enrol mark First --all --state gone)"
same "and tried again" 0 "$(enrol mark First user00006@contoso.test --state new)"
# A week later: the password has to be another.
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE enrolment_row SET expires = expires - 8 * 86400000 WHERE mail = 'user00006@contoso.test'"
same "an expired password" 1 "$(enrol check First)"
holds "is a problem" grep -q "the activation password has expired" <(row user00006@contoso.test problem)
same "no day is left" 0 "$(row user00006@contoso.test daysLeft)"
same "and another is made" "0 1" "$(enrol passwords First --all --json) $(json .affected)"
same "then it is ready" Ready "$(row user00006@contoso.test state)"
same "sent ones are left alone" "$((rest - 2))" "$(mailvan device enrol list First --filter sent --json 2> /dev/null | jq .total)"

# -- who did what
same "each change is in the audit list" "3 3 2 2 4" "$(audited enrolment-new) $(audited enrolment-confirm) $(audited enrolment-sheet) $(audited enrolment-passwords) $(audited enrolment-mark)"
same "no secret is in it" 0 "$(mailvan audit --json 2> /dev/null | grep -cF -f <(echo "$secrets"))"
same "the policies" "Yes" "$(mailvan device enrol policies --json | jq -r '.rules[0]["device password required"]')"
same "the tenant goes with its batches" 0 "$(code tenant remove contoso.test --yes)"
same "and their secrets" 0 "$(stored 'SELECT count(*) FROM secret WHERE purpose IN (11, 12)')"
finish
