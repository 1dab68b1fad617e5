#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cli_flow.sh - the command line from the list to the report: every step, its exit code and its JSON.
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S" --wrong eve
server "$T" --role target
"$load" "$S" anna folder INBOX --seed 1 --count 40
"$load" "$S" anna folder Projects.2024 --seed 2 --count 12
"$load" "$S" bob folder INBOX --seed 3 --count 25
"$load" "$S" eve folder INBOX --seed 4 --count 3
code() { mailvan "$@" > "$place/out" 2> "$place/err"; echo $?; }
said() { grep -qF -- "$1" "$place/out" "$place/err" || { cat "$place/out" "$place/err"; return 1; }; }
one_document() { jq -es 'length == 1' "$place/out" > /dev/null || { cat "$place/out"; return 1; }; }
json() { jq -r "$1" "$place/out"; }

# -- before there is a project
same "status without a project" 2 "$(code status)"
verdict "status makes none" "$([ ! -e "$P" ] || ls "$P")"

# -- a list with problems
printf '%s\n' "$header" 'anna@old.example,,anna,pass,anna,pass' 'bob@old.example,h:99999,bob,pass,bob,pass' > "$place/bad.csv"
same "a bad list" 2 "$(code add "$place/bad.csv" --target-server "$(imaps "$T")" --target-ca "$CA")"
holds "names the lines" grep -q '3' "$place/err"
verdict "nothing is stored" "$(mailvan status --json 2> /dev/null | jq '.mailboxes[]?')"

# -- a clean one
{ echo "$header,Batch"; for u in anna bob; do echo "$(row $u),wave-1"; done; echo "$(row eve),wave-2"; } > "$place/list.csv"
same "a clean list" 0 "$(code add "$place/list.csv" --target-server "$(imaps "$T")" --target-ca "$CA" --source-ca "$CA")"
same "the same again" 0 "$(code add "$place/list.csv" --target-server "$(imaps "$T")" --target-ca "$CA" --source-ca "$CA")"
same "three mailboxes" 3 "$(total .mailboxes)"
same "status of nothing done yet" 0 "$(code status)"
holds "says so" said "not started yet"

# -- test
same "test of the good ones" 0 "$(code test --batch wave-1)"
same "test of all" 1 "$(code test --all --json)"
holds "is one document" one_document
same "with eve's failure" "false AuthBad" "$(json '.tests[] | select(.source == "eve@old.example") | "\(.ok) \(.error_category)"')"
same "and both others good" 2 "$(json .ok)"
same "status shows it" failed "$(figure eve .test.result)"

# -- migrate
same "migrate a batch" 0 "$(code migrate --batch wave-1 --wait)"
holds "progress names the end" said "anna@old.example: Synced"
holds "the sum is printed" said "77 of 77 messages are at the target"
same "what arrived of anna" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" anna) <(holdings "$T" anna))"
same "what arrived of bob" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" bob) <(holdings "$T" bob))"
same "eve was not touched" "Stopped false" "$(figure eve '"\(.state) \(.ever_run)"')"
same "migrate all, one password is wrong" 1 "$(code migrate --all --wait --json)"
holds "is one document" one_document
same "eve failed" "Failed AuthBad" "$(json '.mailboxes[] | select(.source == "eve@old.example") | "\(.state) \(.error_category)"')"
same "nobody else has an error" null "$(json '[.mailboxes[] | select(.state == "Synced") | .error] | unique | .[0]')"
same "again moved nothing" 77 "$(json .totals.messages.copied)"
same "and nothing arrived twice" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" anna) <(holdings "$T" anna))"
holds "the identity holds" identity_holds
same "identity_holds says so" true "$(mailvan status --json | jq '[.mailboxes[].identity_holds, .totals.identity_holds] | all')"
same "the issue's keys are there" true "$(mailvan status --json | jq '
	(.mailboxes | all(has("source") and has("target") and has("state") and has("error") and
		(.messages | keys == ["adopted", "copied", "failed", "merged", "pending", "skipped", "source", "vanished"]) and
		(.bytes | has("source") and has("copied")))) and has("totals")')"

# -- new mail, and only that
"$load" "$S" bob folder INBOX --seed 30 --count 2
same "migrate by identity" 0 "$(code migrate bob@old.example --wait)"
same "bob has two more" 27 "$(message_count "$T" bob)"
same "each once" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" bob) <(holdings "$T" bob))"

# -- acknowledged is not verified
same "report before anything was read back" 0 "$(code report --batch wave-1)"
same "the verdict" "All 79 messages are at the target." "$(head -n 1 "$place/out")"
same "and that it is not verified" "Not verified: no copy has been read back." "$(sed -n 2p "$place/out")"
verdict "nothing else is called verified" "$(sed 2d "$place/out" | grep -i 'verified' | grep -v '^  Verification: not verified$')"

# -- verify
same "verify" 0 "$(code verify --batch wave-1)"
holds "in words" said "2 of 2 mailboxes verified: 79 messages read back"
"$dovecot" adm "$T" expunge -u anna mailbox INBOX uid 1 > /dev/null
same "the report says what was read back" 0 "$(code report --batch wave-1)"
same "all of it" "Verified by reading back: 79 of 79 copies (header, date, flags) and 0 bodies; 0 differences, 0 missing copies, 0 duplicates." \
	"$(sed -n 2p "$place/out")"
same "verify after a loss" 1 "$(code verify anna@old.example --json)"
holds "is one document" one_document
same "it names the one" "1 1" "$(json '"\(.gaps) \([.mailboxes[].differences[] | select(.gap)] | length)"')"
same "with its folder" INBOX "$(json '.mailboxes[0].differences[] | select(.gap) | .folder')"
same "and does not call it verified" false "$(json '.mailboxes[0].verified')"

# -- report
same "report" 0 "$(code report)"
# The mailbox with the wrong password may hold anything: "all" would say more than is known. And verify has missed one.
same "the verdict comes first" "78 of 79 messages known so far are at the target. 1 was copied, but missing there when it was looked for. 1 mailbox has not finished: there may be more in it." \
	"$(head -n 1 "$place/out")"
same "what was read back, and what was not looked at" "Verified by reading back: 78 of 79 copies (header, date, flags) and 0 bodies; 1 difference, 1 missing copy, 0 duplicates. 1 mailbox has not been looked at." \
	"$(sed -n 2p "$place/out")"
holds "the difference is named" said "  - Missing: INBOX UID "
holds "with its remedy" said "Remedy: Run 'mailvan verify --refill' and then 'mailvan migrate'"
same "report --json" 0 "$(code report --json)"
holds "is one document" one_document
same "folders of anna" "Projects/2024 12" "$(json '.mailboxes[] | select(.source == "anna@old.example") | .folders[] | select(.source | startswith("Projects/2")) | "\(.source) \(.messages.copied)"')"
same "report --csv to a file" 0 "$(code report --csv --output "$place/report.csv")"
same "for its owner only" 600 "$(stat -c %a "$place/report.csv")"
same "one row per mailbox" 3 "$(grep -c '^"mailbox",' "$place/report.csv")"
same "as many fields in every row" 30 "$(sed -E 's/"([^"]|"")*"/x/g' "$place/report.csv" | awk -F , '{ print NF }' | sort -u)"
same "two formats at once" 2 "$(code report --json --csv)"

# -- an hour later
an_hour=3600000
sqlite3 -cmd '.timeout 5000' "$P/project.db" "UPDATE mailbox SET started = started - $an_hour, finished = finished - $an_hour,
	first_started = first_started - $an_hour WHERE first_started > 0"
first=$(mailvan report --json | jq -r .summary.first_run)
holds "a delta" mailvan migrate anna@old.example bob@old.example --wait
same "does not move the beginning" "$first" "$(mailvan report anna@old.example --json | jq -r .summary.first_run)"
verdict "but the end" "$(mailvan report anna@old.example --json | jq -r '.summary | select(.last_run <= .first_run)')"

# -- requests and their reasons
same "pause what is done" 0 "$(code pause --all --json)"
same "affects none" "0" "$(json .affected)"
same "and says why for each" 3 "$(json '[.reasons[].count] | add')"
same "batches" "wave-1 2,wave-2 1" "$(mailvan status --batches --json | jq -r '[.batches[] | "\(.batch) \(.mailboxes)"] | join(",")')"
same "an unknown batch" 2 "$(code status --batch nowhere)"
same "unknown mailboxes" 2 "$(code stop nobody@x anna@old.example noone@y)"
holds "are all named" said "'nobody@x', 'noone@y'"
same "nothing named" 2 "$(code stop)"
same "remove asks" 2 "$(code remove --batch wave-2)"
same "remove" 0 "$(code remove --batch wave-2 --yes)"
same "two are left" 2 "$(total .mailboxes)"
finish
