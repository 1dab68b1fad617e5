#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_signals.sh - the terminal is restored on every way out, and a worker outlives the terminal.
set -u
. "$(dirname "$0")/terminal.sh"

begin() {
	open 80x24 "$place/p"
	expect "started" 'POP/IMAP migrations'
}
for sig in TERM HUP; do
	begin
	kill -"$sig" "$(console_pid)"
	restored "SIG$sig" 0
done

begin
kill -INT "$(console_pid)"
restored "SIGINT is Ctrl+C, and leaves when there is nothing to ask" 0

begin
press C-c
restored "Ctrl+C" 0

begin
kill -ABRT "$(console_pid)"
expect "a crash: the shell reports it" 'ended with 134$'
expect "a crash: the shell is back" 'the shell is back'
same "a crash: main screen, cursor, no mouse reports" "0 1 0" "$(tm display -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')"
same_files "a crash: terminal modes are as before" "$place/before" "$place/after"

# Suspend needs a shell with job control.
fresh
tm new-session -d -x 80 -y 24 "bash --norc --noprofile -i"
press "PS1='prompt> '; stty -a > $place/before; '$MAILVAN' --project $place/p" Enter
expect "started from an interactive shell" 'POP/IMAP migrations'
press C-z
expect "Ctrl+Z gives the shell back" 'Stopped'
same "suspended: main screen and cursor" "0 1" "$(tm display -p '#{alternate_on} #{cursor_flag}')"
press "fg" Enter
expect "fg shows the console again" '┌ Console'
press '?'
expect "and it answers" 'Help: what you can do'
press q
kill -TSTP "$(pgrep -f "^$MAILVAN --project $place/p" | head -n 1)"
expect "SIGTSTP does the same" 'Stopped'
press "fg" Enter
expect "and comes back" '┌ Console'
press q
expect "left" '^prompt>$'
press "clear; stty -a > $place/after; echo the shell is back" Enter
expect "the shell takes commands" 'the shell is back'
same_files "terminal modes after suspending and leaving" <(grep -v 'lnext' "$place/before") <(grep -v 'lnext' "$place/after")

# Losing the terminal: the worker does not notice.
"$MAILVAN" --project "$place/p" worker > "$place/worker.out" 2>&1 &
worker=$!
open 80x24 "$place/p"
expect "the console shows the worker" "worker: pid $worker"
pid=$(console_pid)
tm kill-server
gone() { ! kill -0 "$pid" 2> /dev/null; }
holds "the console ends with its terminal" wait_until 10 gone
holds "the worker goes on" kill -0 "$worker"
open 80x24 "$place/p"
expect "another console shows it" "worker: pid $worker"
press q
restored "the second console" 0
kill "$worker"
wait "$worker"
worker=
finish
