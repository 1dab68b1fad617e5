#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cli_json.sh - every verb of every command with --json: one document and nothing else on standard output, whatever the
# exit code; a usage error prints none. A verb that is new and not tried here fails.
# run.sh: timeout=300
set -u
USERS=40
. "$(dirname "$0")/../servers/tenant_project.sh"

# want CODE WORDS [OPERAND...]: WORDS are the command and its verb. One document, and that exit code.
: > "$place/tried"
want() {
	local expected=$1 got
	words=$2
	shift 2
	echo "$words" >> "$place/tried"
	# shellcheck disable=SC2086 # words
	got=$(code $words "$@" --json < /dev/null)
	got+=" $(jq -s 'map(select(type == "object" or type == "array")) | length' "$place/out" 2>&1)"
	same "$words $* --json" "$expected 1" "$got"
	[ "$got" = "$expected 1" ] || cat "$place/out" "$place/err"
}
field() { same "$words says $1" "$2" "$(json "$1")"; }
fails() { # CODE WORDS OPERAND... : it could not be done; that is a sentence, and nothing on standard output
	local expected=$1
	shift
	same "$* --json fails" "$expected" "$(code "$@" --json < /dev/null)"
	verdict "$* prints no document" "$(cat "$place/out")"
	holds "but says why" test -s "$place/err"
}
none() { fails 2 "$@"; } # a usage error
one=user00001@contoso.test two=user00002@contoso.test

want 0 "--version"
same "the number alone" "$(mailvan --version)" "mailvan $(json .version)"

# -- tenants
want 0 "tenant list"
want 0 "tenant show"
want 0 "tenant test"
want 0 "tenant sign-in" contoso.test
want 0 "tenant change" contoso.test --imap imap.contoso.test:993
want 0 "tenant use" contoso.test
same "which one" contoso.test "$(json .tenant)"
want 0 "tenant grant-imap" $one --object-id 11111111-2222-3333-4444-555555555555 --dry-run
want 0 "tenant certificate" "$place/app.pem"
field .upload "$place/app.cer"
none tenant certificate "$place/app.pem"
none tenant remove nobody.test
none tenant frobnicate
none device policy frobnicate

# -- users
want 0 "user list" --refresh
want 0 "user show" $one
want 0 "user licenses" --refresh
want 0 "user create" json@contoso.test --name "J Son" --generate
want 0 "user create" json2@contoso.test --name "J Son" --generate
same "each made its own sheet" 2 "$(cat "$P"/passwords-*.csv | grep -c contoso.test)"
printf 'User,Name,UsageLocation\nnew1@contoso.test,New One,DE\n' > "$place/users.csv"
want 0 "user import" "$place/users.csv"
want 0 "user import" "$place/users.csv" --update --dry-run
printf 'User,Name,UsageLocation\nno address,New One,DE\n' > "$place/bad.csv"
want 2 "user import" "$place/bad.csv"
same "with the problem" "2 1" "$(json '"\(.problems[0].line) \(.errors)"')"
want 0 "user disable" $one
want 0 "user enable" $one
want 0 "user license" $two --location DE --add SPE_E3
want 0 "user license" $two --location DE --add SPE_E3
want 0 "user password" $two --generate
want 1 "user disable" nobody@contoso.test
none user ldap

# -- permissions
want 0 "permission list" --refresh
want 0 "permission grant" info@contoso.test --to $two --full-access
want 0 "permission undo" "$(task_of)"
want 0 "permission revoke" info@contoso.test --from $two --full-access
want 0 "permission reverse" $one
printf 'Mailbox,Trustee,FullAccess\ninfo@contoso.test,%s,yes\n' $two > "$place/grid.csv"
want 0 "permission import" "$place/grid.csv"
printf 'Mailbox,Trustee,FullAccess\nnot-an-address,%s,perhaps\n' $two > "$place/bad.csv"
want 2 "permission import" "$place/bad.csv"
holds "with the problems" test "$(json '.problems | length')" -gt 0
same "the CSV of export is refused" 2 "$(code permission export --json)"
holds "and what to use instead" said "permission list --json"
echo "permission export" >> "$place/tried"

# -- as PowerShell
want 0 "permission grant" info@contoso.test --to "o'neil@contoso.test" --send-as --send-on-behalf --powershell
same "each line" "2 true" "$(json '"\(.powershell | length) \(.powershell[0] | startswith("Add-RecipientPermission"))"')"
want 0 "user disable" $one --powershell
want 0 "user disable" $one --dry-run

# -- devices
want 0 "device list" --refresh
device=$(json .rows[0].identity)
want 0 "device show" "$device"
for verb in block allow default wipe cancel-wipe remove; do want 0 "device $verb" "$device"; done
none device show "$device"
want 0 "device list" --mailbox $two --refresh
want 0 "device policy list" --refresh
want 0 "device policy show" Default
want 0 "device policy create" Strict PasswordEnabled=yes
want 0 "device policy set" Strict MinPasswordLength=6
want 0 "device policy assign" Strict $one
want 0 "device protocols" $one
want 0 "device protocols" $one imap=off
printf 'Device,Mailbox,Access\n,%s,perhaps\n' $one > "$place/bad.csv"
want 2 "device import" "$place/bad.csv"
want 0 "device handout" $one
none device policy set Strict

# -- enrolment
enrol() { want "$1" "device enrol $2" "${@:3}"; }
enrol 0 new First --server bes1.example
enrol 0 list
enrol 0 list First
enrol 0 add First $one $two
enrol 0 contract First srp-id=T12345678
enrol 0 show First
enrol 0 confirm First --all --removed --data-plan enterprise
enrol 0 passwords First --all
enrol 1 check First
enrol 1 sheet First --out "$place/sheet.csv"
printf 'E-mail\nnewcomer@contoso.test\n' > "$place/in.csv"
enrol 0 import First "$place/in.csv"
printf 'E-mail\nx\n' > "$place/bad.csv"
enrol 2 import First "$place/bad.csv"
holds "with the problems" test "$(json '.problems | length')" -gt 0
enrol 0 mark First --all --state new
enrol 0 policies
enrol 0 remove First $one
enrol 0 remove First --all
none device enrol mark First --all

# -- service
want 0 "service health" --refresh
want 0 "service announcements" --refresh
want 0 "service show" "$(json '.rows[0].id')"
want 0 "service sla"
want 0 "service feed"
want 0 "service feed" list
want 0 "service feed" add "$U/feeds/rss.xml" --ca "$D/ca.pem"
field .done followed
want 1 "service feed" add "$U/feeds/none.xml" --ca "$D/ca.pem"
want 0 "service feed" entries --refresh
want 0 "service feed" remove "$U/feeds/rss.xml"
field .done removed

# -- tasks: each state that somebody can put one into
play '{"match":"POST /adminapi/*","times":0,"nul_403":true}'
want 1 "permission grant" info@contoso.test --to $one --send-as
granting=$(task_of)
fails 1 permission list --refresh
refresh=$(stored 'SELECT max(id) FROM task')
sql 'DELETE FROM rule'
want 0 "task show" "$granting"
want 0 "task resume" "$granting"
field .state Done
want 0 "task undo" "$granting"
want 0 "task resume" "$refresh"
field '"\(.label) \(.items)"' "Read permissions []"
want 1 "permission grant" nobody@contoso.test --to $one --send-as
want 1 "task retry" "$(task_of)"
mailvan set read-only off > /dev/null 2>&1
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE task SET state = 0 WHERE id = $refresh"
want 0 "task pause" "$refresh"
field .task "$refresh"
want 0 "task resume" "$refresh"
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE task SET state = 0 WHERE id = $refresh"
want 0 "task stop" "$refresh"
sqlite3 -cmd '.timeout 20000' "$P/project.db" "UPDATE task SET state = 0 WHERE id = $refresh"
want 0 "task run"
field '.tasks | map(.id) | join(" ")' "$refresh"
want 0 "task run"
field '.tasks | length' 0
want 0 "task list"
none task pause 999999
want 0 "permission grant" info@contoso.test --to $one --send-as --detach
want 0 audit
idle() { [ "$(stored 'SELECT count(*) FROM task WHERE state IN (0, 1)')" = 0 ]; }
holds "the background comes to its end" wait_until 30 idle

# -- a tenant that goes, and comes
want 0 "tenant remove" contoso.test --yes
field '"\(.tenant) \(.done)"' "contoso.test removed"
printf 's3cret~with.+=signs\n' > "$place/secret"
chmod 600 "$place/secret"
want 0 "tenant add" contoso.test --client-id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee --secret-file "$place/secret" --authority "$U" --graph "$U" \
	--exchange "$U" --ca "$D/ca.pem"

# -- users of LDAP
. tests/servers/ldap.sh
printf 'ldap-S3cret\n' > "$place/pw"
chmod 600 "$place/pw"
ldap=(--server "ldap://127.0.0.1:$ldap_port" --base "dc=contoso,dc=test" --bind "cn=admin,dc=contoso,dc=test" --password-file "$place/pw" --filter '(cn=A*)')
want 0 "user ldap" "${ldap[@]}" --location DE
want 0 "user ldap" "${ldap[@]}" --to "$place/out.csv"
field .file "$place/out.csv"

# -- and nothing was left out
same_files "every verb was tried" <("$BUILD/mailvan" --dump-commands | sed -n 's/^verb	\([^	]*\)	\([^	]*\)	.*/\1 \2/p' | sort) \
	<(grep ' ' "$place/tried" | sort -u)
finish
