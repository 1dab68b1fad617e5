#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_tenant_import.sh - 500 users from a CSV by keys: every problem and difference first, licences counted, the runner
# killed in the middle and the rest resumed: nobody is missing, nobody there twice, and the sheet has the passwords.
# run.sh: timeout=150
set -u
TENANT="--users 1000"
. "$(dirname "$0")/tenant_terminal.sh"

made() { sql "SELECT count(*) FROM users WHERE upn LIKE 'neu%'"; }
read_file() { # PATH : fills the form and reads the file
	press c
	expect "the form" '┌ Import users'
	press "$1" F2
	expect "what would be done" '┌ Import users: what would be done'
}
{
	echo "UserPrincipalName,DisplayName,FirstName,LastName,UsageLocation,Licenses,Department,Password"
	for i in $(seq 1 500); do
		printf 'neu%03d@contoso.test,"Neu, Nummer %d",Nummer,Neü,de,SPE_E3,Abteilung %d,\n' "$i" "$i" $((i % 7))
	done
} > "$place/new.csv"
{
	cat "$place/new.csv"
	echo 'user00001@contoso.test,Anders,,,DE,,,'
	echo 'neu001@contoso.test,Doppelt,,,DE,,,'
	echo 'x y@contoso.test,X,,,DE,,,'
	echo 'q@contoso.test,Q,,,Deutschland,,,kurz'
} > "$place/bad.csv"
sed 's/SPE_E3/EXCHANGESTANDARD/' "$place/new.csv" > "$place/dear.csv"
mailvan user list --refresh --limit 1 > "$place/out" 2>&1 || cat "$place/out"
users 1 > "$place/at-first"
seats=$(sql "SELECT consumed FROM sku WHERE part = 'SPE_E3'")

# -- first it is only said
open 80x24 "$P"
expect "an empty project" 'No mailboxes yet'
node Users
read_file "$place/bad.csv"
expect "how many rows, and how many are wrong" '504 rows · UTF-8'
expect "what is new" '500 new · 0 to change · 0 as they are · 1 left'
expect "what it costs" 'SPE_E3: needs 500, [0-9,]+ free'
expect "a row that is there twice" 'ERROR line 503, UserPrincipalName'
expect "with what to do" '→ Remove one of the two rows'
expect "and the others" 'ERROR line 505, Password'
press End
expect "who is there and differs is named" 'line 502, user00001@contoso\.test'
press Escape
expect "Esc does nothing" 'Nothing was changed'
read_file "$place/dear.csv"
expect "too few licences" '! EXCHANGESTANDARD: needs 500, [0-9]+ free'
expect "with the way out" 'buy licences, or name fewer users'
press Enter
expect "can't be gone on with" 'Nothing was changed'
users 1 > "$place/have"
same_files "nobody was touched" "$place/at-first" "$place/have"

# -- then it is done, by two runners of which the first is killed
open 110x30 "$P"
expect "a wider terminal" '┌ Console'
node Users
read_file "$place/new.csv"
expect "nothing is wrong" 'Nothing is wrong with it'
play '{"match":"POST /v1.0/$batch","times":0,"after":6,"delay_ms":100}'
press Enter
expect "where the passwords are, until it is read" 'Passwords are in'
sheet=$(ls "$P"/passwords-*.csv)
# A long path is broken between lines of the dialog, which has 64 columns in the middle of 110.
dialog_has() {
	local line text=
	while IFS= read -r line; do text+=${line:23:64}; done < <(screen)
	[[ ${text// /} == *"$1"* ]]
}
holds "with the whole path" wait_until 20 dialog_has "$sheet,andnowhereelse"
press Escape
expect "how far it is" 'Import users: 500 new [0-9]+/500'
some_are_made() { [ "$(made)" -ge 100 ]; }
holds "users come" wait_until 60 some_are_made
kill -KILL "$(runner)"
expect "killed: it is said, with what to do" 'Import users: 500 new: runner died, resume it in Tasks'
part=$(made)
holds "a part of them is there ($part)" test "$part" -lt 500
fast
play '{"match":"POST /v1.0/$batch","after":4,"drop":"after"}'
node Tasks
press Home
expect "the list of tasks has it" 'Import users: 500 new +Running'
press e
expect "resumed" 'Import users: 500 new( [0-9]+/500|: 500 done)'
holds "to its end" at_rest 90
expect "which is said" 'Import users: 500 new: 500 done'
fast
{
	cat "$place/at-first"
	for i in $(seq 1 500); do printf 'neu%03d@contoso.test|1|1|DE|Neu, Nummer %d\n' "$i" "$i"; done
} | LC_ALL=C sort > "$place/want"
users 1 | LC_ALL=C sort > "$place/have"
same_files "the tenant has these 500 once, licensed and placed, and all others as they were" "$place/want" "$place/have"
same "500 seats are taken" $((seats + 500)) "$(sql "SELECT consumed FROM sku WHERE part = 'SPE_E3'")"
sql "SELECT '\"' || upn || '\",\"' || password || '\"' FROM users WHERE upn LIKE 'neu%'" | LC_ALL=C sort > "$place/want"
tail -n +2 "$sheet" | tr -d '\r' | LC_ALL=C sort > "$place/have"
same_files "the sheet's passwords are those that were set" "$place/want" "$place/have"
same "it is its owner's" 600 "$(stat -c %a "$sheet")"
cut -d'"' -f4 "$sheet" | tail -n +2 > "$place/secrets"
same "no password was ever on the screen or in the project" 0 "$({ screen; cat "$P"/project.db* "$P/tasks.log"; } | grep -caFf "$place/secrets")"

# -- again: everybody is there
node Users
read_file "$place/new.csv"
expect "nothing is to do" '0 new · 0 to change · 500 as they are'
press Enter
expect "so nothing is done" 'Nothing was changed'
press q
restored "left" 0
finish
