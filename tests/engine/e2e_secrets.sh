#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_secrets.sh - a password is in no project file, no log, no argument list, no environment and no output.
set -u
. "$(dirname "$0")/../servers/pair.sh"

# dovecot.sh gives such a user a password that is not a word of everyday.
password=not-the-usual-one
server "$S" --wrong sue
server "$T" --role target --wrong sue
"$load" "$S" other folder INBOX --seed 2 --count 2
"$load" "$S" sue folder INBOX --seed 1 --count 400 --total 20000000
{
	echo "$header"
	echo "sue@old.example,$(imaps "$S"),sue,$password,sue,$password"
	row other
	echo "bad@old.example,$(imaps "$S"),sue,$password-wrong,bad,$password-wrong"
} > "$place/list.csv"
add_list "$place/list.csv" > "$place/out" 2>&1
rm "$place/list.csv" # only the vault knows them now

mailvan migrate --all >> "$place/out" 2>&1
seen=''
looks=0
watch_processes() {
	local pid
	for pid in $(worker_pids "$P"); do
		looks=$((looks + 1))
		seen+=$(tr '\0' '\n' 2> /dev/null < "/proc/$pid/cmdline" | grep -F -- "$password")
		seen+=$(tr '\0' '\n' 2> /dev/null < "/proc/$pid/environ" | grep -F -- "$password")
	done
	[ "$(figure sue .state)" = Synced ] && [ "$(figure bad .state)" = Failed ]
}
holds "the mailbox moves, the wrong password fails" wait_until 60 watch_processes
wait_until 60 watch_processes
verdict "a worker was looked at" "$([ $looks -gt 0 ] || echo "  none was seen running")"
same "no argument list or environment holds it" "" "$seen"
for verb in status report 'status --json' 'report --json'; do
	# shellcheck disable=SC2086 # words
	mailvan $verb --all >> "$place/out" 2>&1
done
mailvan status >> "$place/out" 2>&1
verdict "no output holds it" "$(grep -nF -- "$password" "$place/out")"
end_workers "$P"
verdict "no project file holds it" "$(grep -rlaF -- "$password" "$P")"
verdict "not in base64 either" "$(grep -rlaF -e "$(printf %s "$password" | base64)" \
	-e "$(printf '\0sue\0%s' "$password" | base64)" "$P")"
same "nobody else may look into the project" "700" "$(stat -c %a "$P")"
verdict "nor into its files" "$(find "$P" -type f -perm /077)"
verdict "the search would find it" "$(printf '%s' "$password" > "$P/probe"; grep -rqaF -- "$password" "$P" || echo "  it does not")"
finish
