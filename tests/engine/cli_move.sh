#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cli_move.sh - `mailvan move`: one mailbox as a trial, the password never an argument.
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target
"$load" "$S" anna folder INBOX --seed 1 --count 20
"$load" "$S" paul folder INBOX --seed 2 --count 15
printf 'pass\n' > "$place/password"
chmod 600 "$place/password"
move() { # USER SERVER-URL OPTION...
	mailvan move --source-server "$2" --source-login "$1" --source-identity "$1@old.example" --source-ca "$CA" \
		--target-server "$(imaps "$T")" --target-ca "$CA" --target-identity "$1" "${@:3}" > "$place/out" 2> "$place/err"
}
code() { "$@"; echo $?; }
files=(--source-password-file "$place/password" --target-password-file "$place/password")

same "without a terminal or a file" 2 "$(code move anna "$(imaps "$S")")"
holds "it says which option" grep -q 'password-file' "$place/err"
verdict "and leaves no project" "$([ ! -e "$P" ] || ls "$P")"
chmod 644 "$place/password"
same "a file that others can read" 2 "$(code move anna "$(imaps "$S")" "${files[@]}")"
holds "it says what to do" grep -q 'chmod 600' "$place/err"
chmod 600 "$place/password"
same "IMAP" 0 "$(code move anna "$(imaps "$S")" "${files[@]}" --json)"
same "one document" Synced "$(jq -r '.mailboxes[0].state' "$place/out")"
same "what arrived" "0 lost, 0 twice" "$(lost_and_twice <(holdings "$S" anna) <(holdings "$T" anna))"
same "again" 0 "$(code move anna "$(imaps "$S")" "${files[@]}")"
same "still one row" 1 "$(total .mailboxes)"
same "still 20 messages" 20 "$(message_count "$T" anna)"
same "POP3, password by descriptor" 0 "$(code move paul "pop3s://127.0.0.1:$(port "$S" POP3S_PORT)" \
	--source-password-fd 3 --target-password-file "$place/password" 3< "$place/password")"
same "15 messages of POP3" 15 "$(message_count "$T" paul)"
printf 'wrong\n' > "$place/wrong"
chmod 600 "$place/wrong"
same "a wrong password" 1 "$(code move eve "$(imaps "$S")" --source-password-file "$place/wrong" \
	--target-password-file "$place/password")"
same "its category" AuthBad "$(figure eve .error_category)"
same "no server" 2 "$(mailvan move --source-identity x --target-identity y --source-password-file "$place/password" > /dev/null 2>&1; echo $?)"
verdict "the password is not an option" "$(mailvan help move | grep -e '--[a-z]*-password ')"
finish
