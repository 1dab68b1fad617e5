#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# demo.sh - `make demo`: a dozen mailboxes move from one real mail server to another, and a tenant server plays Microsoft 365;
# all of them on this machine and gone afterwards. On a terminal it opens the console; otherwise it runs the migration,
# prints the report, and shows what can be done in the tenant.
set -u
. "$(dirname "$0")/servers/pair.sh"
. tests/demo_mailboxes.sh
. tests/demo_tenant.sh

show() { # what the operator would type, then its effect
	echo
	echo "\$ mailvan $*"
	"$MAILVAN" --project "$P" "$@"
}

echo "Starting two mail servers on 127.0.0.1 and filling twelve mailboxes ..."
demo_servers
# For somebody who watches, they are as far away as another continent; nobody needs to wait for a script.
[ -t 0 ] && [ -t 1 ] && demo_distance 150
demo_list > "$place/users.csv"
echo "The list, $place/users.csv:"
sed 's/^/    /' "$place/users.csv"
show add "$place/users.csv" --target-server "$(demo_target)" --target-ca "$CA" --source-ca "$CA" || exit 1

demo_tenant 300 || { echo "the tenant server did not start" >&2; exit 1; }
if [ -t 0 ] && [ -t 1 ]; then
	echo
	demo_connect || exit 1
	for list in "user list" "permission list" "device list" "service announcements" "service health"; do
		# shellcheck disable=SC2086 # a command and its verb
		mailvan $list --refresh > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
	done
	echo
	read -r -p "Enter starts a worker that moves them all, and opens the console (? helps, q leaves it): "
	show migrate --all || exit 1
	"$MAILVAN" --project "$P"
	show status
	echo "(dirk's password is wrong on purpose.)"
	exit 0
fi
show migrate --all --wait
status=$?
show report
# Eleven arrive; dirk's password is wrong on purpose.
states=$(mailvan status --json | tr -d ' \n' | grep -o '"state":"[A-Za-z]*"' | sort | uniq -c |
	sed -E 's/^ *([0-9]+) "state":"(.*)"/\2 \1/' | paste -sd , | sed 's/,/, /')

echo
echo "And a tenant of Microsoft 365, played by a server on this machine:"
echo
demo_connect || exit 1
tenant=0
show tenant test || tenant=1
show user list --refresh --limit 5 || tenant=1
show user enable sync00001@contoso.test sync00002@contoso.test --license SPE_E3 --location DE || tenant=1
show permission grant info@contoso.test --to user00003@contoso.test --full-access --send-as || tenant=1
show permission list --mailbox info@contoso.test || tenant=1
show task undo "$(mailvan task list --csv --limit 1 2> /dev/null | tail -n 1 | tr -d '"\r' | cut -d , -f 1)" || tenant=1
show device list --refresh --filter quarantined --limit 3 || tenant=1
show service announcements --refresh --limit 3 || tenant=1
show audit --limit 6 || tenant=1
if [ "$tenant" = 0 ] && [ "$status" = 1 ] && [ "$states" = "Failed 1, Synced 11" ]; then
	echo
	echo "As it should be: eleven mailboxes are synced; dirk's password is wrong on purpose."
	exit 0
fi
echo
echo "Not as it should be: $states (exit status $status), tenant $tenant." >&2
exit 1
