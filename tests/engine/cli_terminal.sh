#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cli_terminal.sh - what differs with a terminal: colours, the progress line, the password prompt; and that nothing
# foreign reaches it raw.
set -u
. "$(dirname "$0")/../servers/pair.sh"

server "$S"
server "$T" --role target --capability 'IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN'
"$load" "$S" anna folder INBOX --seed 1 --count 60
start_proxy --delay 15 "$(port "$T" IMAPS_PORT)"
{ echo "$header"; row anna; } > "$place/list.csv"
holds "a list" mailvan add "$place/list.csv" --target-server "imaps://127.0.0.1:$proxy_port" --target-ca "$CA" --source-ca "$CA"
esc=$'\033'
# A real terminal's worth of output; the quoting is for script's shell.
on_terminal() { TERM=xterm script -qec "$(printf '%q ' "$MAILVAN" --project "$P" "$@")" /dev/null < /dev/null > "$place/tty"; }
raw() { grep -qF "$esc" "$1"; }

# -- migrate --wait
on_terminal migrate --all --wait
same "on a terminal: its exit code" 0 $?
holds "a line that is redrawn" grep -qF $'\r'"$esc[K" "$place/tty"
holds "with counts" grep -qE '1 running, 0 done, 0 failed, 0 waiting +[0-9]+/60 messages' "$place/tty"
holds "and the change of state" grep -qF 'Synced' "$place/tty"
mailvan migrate --all --wait > "$place/out" 2>&1
verdict "without one: no control sequence" "$(raw "$place/out" && cat -v "$place/out")"

# -- colours
on_terminal status
holds "status in colour" grep -qF "$esc[32mSynced" "$place/tty"
on_terminal --no-color status
verdict "--no-color" "$(raw "$place/tty" && cat -v "$place/tty")"
NO_COLOR=1 on_terminal status
verdict "NO_COLOR" "$(raw "$place/tty" && cat -v "$place/tty")"
mailvan status > "$place/out"
verdict "not into a pipe" "$(raw "$place/out" && cat -v "$place/out")"
on_terminal status --watch
same "--watch ends when nothing is left to do" 0 $?

# -- mailvan alone, without a terminal
same "mailvan alone is status" "$(mailvan status)" "$(mailvan)"
same "mailvan --json too" Synced "$(mailvan --json | jq -r '.mailboxes[0].state')"

# -- foreign text
printf '%s\n%s\n' "$header" "\"eve$esc[31m@old.example\",$(imaps "$S"),eve,pass,eve,pass" > "$place/evil.csv"
mailvan add "$place/evil.csv" --skip-invalid > "$place/out" 2>&1
for verb in status report 'status --json' 'report --csv' 'test --all'; do
	# shellcheck disable=SC2086 # words
	mailvan $verb >> "$place/out" 2>&1
done
mailvan status "nobody$esc[31m" >> "$place/out" 2>&1
mailvan "x$esc[31m" >> "$place/out" 2>&1
mailvan status "--x$esc[31m" >> "$place/out" 2>&1
verdict "no escape sequence is passed on" "$(raw "$place/out" && grep -F "$esc" "$place/out" | cat -v)"

# -- the shell's helpers
holds "the table of commands" bash -c '"$0" --dump-commands | grep -q "^command	migrate	"' "$MAILVAN"
holds "help of each" bash -c '"$0" --dump-commands | sed -n "s/^command	\([a-z]*\)	.*/\1/p" | while read -r c; do "$0" help "$c" || exit 1; done' "$MAILVAN"
same "a pipe that closes early" 0 "$(mailvan report | head -n 1 > /dev/null; echo "${PIPESTATUS[0]}")"
same "a full disk is told" 1 "$(mailvan status > /dev/full 2> "$place/err"; echo $?)"
holds "in words" grep -q 'Cannot write the output' "$place/err"
finish
