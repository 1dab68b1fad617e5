#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# demo.sh - `make demo`: a dozen mailboxes move from one real mail server to another, both on this machine and gone
# afterwards. On a terminal it opens the console; otherwise it runs the migration and prints the report.
set -u
. "$(dirname "$0")/servers/pair.sh"
. tests/demo_mailboxes.sh

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

if [ -t 0 ] && [ -t 1 ]; then
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
if [ "$status" = 1 ] && [ "$states" = "Failed 1, Synced 11" ]; then
	echo
	echo "As it should be: eleven mailboxes are synced; dirk's password is wrong on purpose."
	exit 0
fi
echo
echo "Not as it should be: $states (exit status $status)." >&2
exit 1
