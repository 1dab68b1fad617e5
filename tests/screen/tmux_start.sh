#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tmux_start.sh - start, keys, mouse, resize down to 40x10 and back, add a list, quit. Ends with "N passed, N failed".
set -u
. "$(dirname "$0")/terminal.sh"

cat > "$place/list.csv" <<'CSV'
SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity,TargetServer
anna@old.example,127.0.0.1:1,anna,secret1,anna@new.example,127.0.0.1:2
bob@old.example,127.0.0.1:1,bob,secret2,bob@new.example,127.0.0.1:2
carla@old.example,127.0.0.1:1,carla,secret3,carla@new.example,127.0.0.1:2
CSV

open 80x24 "$place/contoso"
expect "an empty project says how to begin" 'No mailboxes yet. Press a to add a CSV'
expect "the key bar shows keys" 'a Add +g Migrate'

press '?'
expect "? shows help" 'Help: what you can do'
press Escape
press a
expect "a asks for a file" 'CSV file'
press "$place/li"
press Tab
expect "Tab completes the path" 'list\.csv'
press F2
expect "the file is shown before anything is stored" 'Store 3 good rows'
press Enter
expect "mailboxes are listed" 'carla@old\.example'
expect "what was never started says so" 'not started yet'
expect "the note counts" '3 mailboxes added'

press Down i
expect "i opens the properties of the second" '┌ bob@old\.example'
press Escape
press / carla
expect "/ filters" 'filter: carla'
press Enter
press Escape
expect "Esc takes the filter away" 'anna@old\.example'

tm resize-window -x 132 -y 43
expect "wide: the actions pane is there" 'Migrate selected mailboxes'
tm resize-window -x 64 -y 20
expect "narrow: one pane" 'POP/IMAP migrations . Tab: panes'
tm resize-window -x 40 -y 10
expect "40x10 still works" 'Mailbox'
press '?'
expect "help at 40x10" 'Help'
press Escape
tm resize-window -x 80 -y 24
expect "and back" '┌ Console'

# xterm's report of a click (1006): on the fourth row of the list, which is carla
press -l $'\e[<0;40;6M'
press i
expect "a click moves the cursor" '┌ carla@old\.example'
press Escape Escape 1
expect "Esc and a digit is an F-key" 'Help: what you can do'
press q
press ':' 'quit' Enter
restored "quit" 0
finish
