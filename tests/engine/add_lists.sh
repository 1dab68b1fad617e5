#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# add_lists.sh - `mailvan add` and `mailvan target` without any server: what is stored, what is printed, which exit code.
set -u
. "$(dirname "$0")/../tally.sh"
MAILVAN=${MAILVAN:-$(dirname "$0")/../../build/mailvan}
place=$(mktemp -d "${TMPDIR:-/tmp}/mv-add.XXXXXX") || exit 2
trap 'rm -rf "$place"' EXIT
P=$place/project
header=SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity
code() { "$MAILVAN" --project "$P" "$@" > "$place/out" 2> "$place/err" < "${stdin:-/dev/null}"; echo $?; }
said() { grep -qF -- "$1" "$place/out" "$place/err" || { cat "$place/out" "$place/err"; return 1; }; }
unsaid() { ! grep -F -- "$1" "$place/out" "$place/err"; }
json() { jq -r "$1" "$place/out"; }
good() { printf '%s@old.example,imap.old.example,%s,s3cr-%s,%s@new.example\n' "$1" "$1" "$1" "$1"; }
mailboxes() { "$MAILVAN" --project "$P" status --json | jq .totals.mailboxes; }
none() { [ ! -e "$P" ] || ls "$P"; }

{ echo $header; good a; echo 'b@old.example,h:99999,b,s3cr-b,b@new.example'; good c; echo 'd@old.example,h,d,"s3cr-d,d@'; good e; } \
	> "$place/bad.csv"
{ echo $header; good a; good b; good c; } > "$place/clean.csv"
: > "$place/ca.pem"

# -- errors: all of them, and nothing else happens
same "a list with errors" 2 "$(code add "$place/bad.csv" --target-server imaps://new.example)"
holds "names the port's line and column" said "line 3, SourceServer: error:"
holds "names the open quote's line" said "line 5, SourcePassword: error:"
holds "counts" said "5 rows: 3 good, 2 not usable; nothing was stored."
holds "offers the good ones" said "--skip-invalid"
holds "shows no password" unsaid s3cr
verdict "and makes no project" "$(none)"
same "as JSON" 2 "$(code add "$place/bad.csv" --target-server imaps://new.example --json)"
same "one document with both" "false 5 3 2 2" "$(json '"\(.stored) \(.rows) \(.good) \(.errors) \([.problems[] | select(.level == "error")] | length)"')"
same "with their lines" "3 5" "$(json '[.problems[] | select(.level == "error") | .line] | join(" ")')"
{ echo $header; for i in $(seq 40); do echo "u$i@old.example,h:99999,u$i,p,u$i@new.example"; done; } > "$place/column.csv"
same "a column that is wrong in each row" 2 "$(code add "$place/column.csv" --target-server imaps://new.example)"
same "is told ten times" 10 "$(grep -c '^line [0-9]*, SourceServer: error:' "$place/err")"
holds "and counted" said "30 more like line 2, SourceServer: "
same "as JSON" 2 "$(code add "$place/column.csv" --target-server imaps://new.example --json)"
same "each of them" 40 "$(json '.problems | length')"
same "no target at all" 2 "$(code add "$place/clean.csv")"
holds "says how to name one" said "--target-server"
same "a file that is not there" 2 "$(code add "$place/none.csv")"
same "no file" 2 "$(code add)"
same "a CA that is not there" 2 "$(code add "$place/clean.csv" --target-server t --target-ca "$place/none.pem")"
same "a POP3 target" 2 "$(code add "$place/clean.csv" --target-server pop3s://t)"
verdict "none of it made a project" "$(none)"

# -- a clean list
same "dry run" 0 "$(code add "$place/clean.csv" --target-server imaps://new.example --dry-run)"
holds "counts" said "3 rows: 3 good; nothing was stored."
verdict "makes no project" "$(none)"
same "for good" 0 "$(code add "$place/clean.csv" --target-server imaps://new.example --target-ca "$place/ca.pem" --batch w1)"
holds "counts" said "3 rows: 3 added."
holds "says how to shred the list" said "shred -u -- '$place/clean.csv'"
same "again" 0 "$(code add "$place/clean.csv")"
holds "changes nothing" said "3 rows: 3 unchanged."
same "three mailboxes" 3 "$(mailboxes)"
same "one batch" w1 "$("$MAILVAN" --project "$P" status --json | jq -r '[.mailboxes[].batch] | unique | .[]')"
verdict "no password in any file of the project" "$(grep -rl s3cr "$P")"

# -- a target that was wrong and is corrected in the list
{ echo $header; echo 'b@old.example,imap.old.example,b,s3cr-b,boris@new.example'; } > "$place/corrected.csv"
same "the same source with another target" 0 "$(code --project "$place/corrected" add "$place/clean.csv" --target-server imaps://new.example)"
holds "is no news at first" unsaid "another target"
same "then" 0 "$(code --project "$place/corrected" add "$place/corrected.csv")"
holds "is another mailbox" said "1 row: 1 added."
holds "and told, with what to do" said "the first is b@old.example, which goes to b@new.example. Both targets will get its mail. If that one was wrong: mailvan remove 2"
same "again" 0 "$(code --project "$place/corrected" add "$place/corrected.csv" --json)"
same "it is known" "0 1" "$(json '"\(.splits) \(.unchanged)"')"

# -- the first target became the project's; another one is for its rows
same "target show" 0 "$(code target show --json)"
same "server and CA" "imaps://new.example:993 $(realpath "$place/ca.pem")" "$(json '"\(.server) \(.ca)"')"
{ echo $header; good x; } > "$place/other.csv"
same "another target for one list" 0 "$(code add "$place/other.csv" --target-server imaps://elsewhere.example)"
same "is the row's" imaps://elsewhere.example:993 \
	"$("$MAILVAN" --project "$P" status --json | jq -r '.mailboxes[] | select(.source == "x@old.example").target_server')"
same "the project's" 0 "$(code target show --json)"
same "stays" imaps://new.example:993 "$(json .server)"

# -- skip-invalid, standard input
same "the good rows of a bad list" 0 "$(code add "$place/bad.csv" --skip-invalid)"
holds "counts" said "5 rows: 1 added, 2 unchanged, 2 not usable."
holds "still prints what is wrong" said "line 3, SourceServer: error:"
same "five mailboxes" 5 "$(mailboxes)"
{ echo $header; echo 'z@old.example,h:x,z,s3cr,z@new.example'; } > "$place/worse.csv"
same "a list without a good row" 2 "$(code add "$place/worse.csv" --skip-invalid)"
same "standard input" 0 "$(stdin=$place/clean.csv code add - --json)"
same "is the same list" "true 3" "$(json '"\(.stored) \(.unchanged)"')"
sed 's/s3cr-a/s3cr-new/' "$place/clean.csv" > "$place/changed.csv"
same "a new password" 0 "$(code add "$place/changed.csv")"
holds "is an update" said "3 rows: 1 updated, 2 unchanged."

# -- a row whose source is its target, given in the row or by the project; another login, port or server is another mailbox
itself() { printf '%s@x.example,%s,%s,s3cr,%s\n' "$1" "$2" "$3" "$4"; }
{
	echo "$header,TargetServer"
	itself a NEW.example e@new.example e@new.example,
	itself b imaps://h:1993 Bob bob@x.example,h:1993 | sed 's/$/,bob/'
	itself c new.example:1993 e@new.example e@new.example,
	itself d new.example d@new.example e@new.example,
	itself e pop3s://new.example e@new.example e@new.example,
	itself f imaps://h:1993 f@x.example f@x.example,h:1993
} | sed '1s/$/,TargetLoginID,TargetPassword/; 3s/$/,s3cr/; 3!s/$/,,/; 1s/,,$//' > "$place/itself.csv"
same "a list with rows that are their own target" 2 "$(code add "$place/itself.csv" --json)"
same "names them by line and column" "2 SourceServer
3 TargetServer
7 TargetServer" "$(json '.problems[] | select(.level == "error") | "\(.line) \(.column)"')"
same "and says what is wrong" 3 "$(grep -o 'Source and target are the same mailbox' "$place/out" | wc -l)"

# -- target set
printf 's3cr-admin\n' > "$place/admin" && chmod 600 "$place/admin"
same "an admin" 0 "$(code target set --admin boss --admin-style '{user}*{admin}' --password-file "$place/admin")"
same "target show" 0 "$(code target show --json)"
same "has it, and the server" "imaps://new.example:993 boss template {user}*{admin}" \
	"$(json '"\(.server) \(.admin) \(.admin_style) \(.login_template)"')"
holds "but not the password" unsaid s3cr
verdict "nor has any file of the project" "$(grep -rl s3cr "$P")"
same "a style that is none" 2 "$(code target set --admin-style nonsense)"
same "a field that is none" 2 "$(code target set --admin-style '{nobody}*{admin}')"
same "a new server" 0 "$(code target set --server imap://next.example)"
same "target show" 0 "$(code target show --json)"
same "keeps the admin, drops the CA" "imap://next.example:143 starttls null boss" "$(json '"\(.server) \(.security) \(.ca) \(.admin)"')"
same "authzid" 0 "$(code target set --admin-style authzid)"
same "no admin" 0 "$(code target set --no-admin)"
same "target show" 0 "$(code target show --json)"
same "has none" "null none null" "$(json '"\(.admin) \(.admin_style) \(.login_template)"')"
same "a password for nobody" 2 "$(code target set --password-file "$place/admin")"
same "an admin without a way to ask" 2 "$(code target set --admin boss --password-fd 77)"
same "a bad pin" 2 "$(code target set --pin 1234)"
same "neither set nor show" 2 "$(code target frob)"

# -- a project that cannot be opened: one exit code for all
echo 'this is no database' > "$P/project.db"
for command in "add $place/clean.csv" "add $place/clean.csv --dry-run" "target set --no-admin" "target show" status "set jobs 3"; do
	# shellcheck disable=SC2086 # a command and its arguments
	same "${command//$place\//} in a damaged project" 2 "$(code $command)"
	holds "says so" said "is damaged"
done
finish
