#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_terminals.sh - the kinds of terminal: 256 colours down to none, ASCII, and those that can't show a screen.
set -u
. "$(dirname "$0")/terminal.sh"

colours() { tm capture-pane -e -p | grep -cE $'\e\\[[0-9;]*(3[0-7]|4[0-7]|9[0-7]|38|48)[0-9;]*m'; }
beyond_ascii() { screen | LC_ALL=C grep -cP '[^\x00-\x7f]'; }

open 80x24 "$place/p"
expect "256 colours" '┌ Console'
verdict "256 colours: colours are used" "$([ "$(colours)" -gt 3 ] || screen)"
press q
restored "256 colours" 0

open 80x24 "$place/p" NO_COLOR=1
expect "NO_COLOR" '┌ Console'
same "NO_COLOR: no colour" 0 "$(colours)"
press q
restored "NO_COLOR" 0

for term in xterm linux screen; do
	open 80x24 "$place/p" TERM=$term
	expect "TERM=$term" '┌ Console'
	press '?'
	expect "TERM=$term: help" 'Help: what you can do'
	press q q
	restored "TERM=$term" 0
done

open 80x24 "$place/p" TERM=vt100
expect "TERM=vt100" '┌ Console'
same "TERM=vt100: no colour" 0 "$(colours)"
press q
restored "TERM=vt100" 0

open 80x24 "$place/p" LC_ALL=C
expect "LC_ALL=C" '^\+ Console -+\+'
same "LC_ALL=C: ASCII only" 0 "$(beyond_ascii)"
press q
restored "LC_ALL=C" 0

open 80x24 "$place/p" MAILVAN_ASCII=1
expect "MAILVAN_ASCII" '^\+ Console -+\+'
same "MAILVAN_ASCII: ASCII only" 0 "$(beyond_ascii)"
press q
restored "MAILVAN_ASCII" 0

for term in dumb nonsense; do
	open 80x24 "$place/p" TERM=$term
	expect "TERM=$term: says what to do" 'set TERM'
	expect "TERM=$term: ends" 'ended with [12]$'
done
finish
