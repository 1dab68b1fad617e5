#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# screenshots.sh - `make screenshots`: the demo's migration in a real xterm under Xvfb, driven by keys, as PNG files in
# screenshots/. Nothing is drawn that the program did not draw; it waits for what it expects to see, not for time.
set -u
. "$(dirname "$0")/servers/pair.sh"
. tests/demo_mailboxes.sh
. tests/demo_tenant.sh
out=$PWD/screenshots
P=$place/contoso
mkdir -p "$out"
tmux_at=(tmux -L "shot$$" -f /dev/null)
trap 'status=$?; "${tmux_at[@]}" kill-server 2> /dev/null; (exit $status); tidy_up' EXIT

# An X server on a display number that it chooses itself.
mkfifo "$place/display"
Xvfb -displayfd 3 -screen 0 2000x1100x24 -nolisten tcp 3> "$place/display" 2> "$place/xvfb.log" &
children+=($!)
read -r -t 20 number < "$place/display" || { echo "Xvfb did not start:"; cat "$place/xvfb.log"; exit 1; }
export DISPLAY=:$number

open() { # COLUMNSxROWS ENVIRONMENT... : the console in an xterm of that size
	local size=$1
	shift
	"${tmux_at[@]}" new-session -d -s shot -x "${size%x*}" -y "${size#*x}" -e MAILVAN_PROJECT="$P" "${@/#/-e}" "$MAILVAN" ||
		exit 1
	"${tmux_at[@]}" set -g status off \; set -g default-terminal tmux-256color > /dev/null
	xterm -T mailvan-shot -geometry "$size+0+0" -fa 'DejaVu Sans Mono' -fs 12 -b 4 +sb -bg '#11151c' -fg '#d8dee9' \
		-tn xterm-256color -xrm 'XTerm*allowTitleOps: false' -e "${tmux_at[@]}" attach -t shot &
	xterm=$!
	children+=("$xterm")
	wait_until 20 sh -c "[ -n \"\$(tmux -L shot$$ list-clients 2> /dev/null)\" ]"
}
leave() {
	"${tmux_at[@]}" kill-server 2> /dev/null
	wait "$xterm" 2> /dev/null
	# One that is still on its way out takes the next session with it.
	wait_until 5 sh -c "! tmux -L shot$$ list-sessions 2> /dev/null"
}
screen() { "${tmux_at[@]}" capture-pane -p -t shot; }
shows() { screen | grep -qE -- "$1"; }
expect() { # REGEX
	wait_until "${2:-20}" shows "$1" && return
	echo "waited for '$1' in vain; the screen is:"
	screen
	exit 1
}
press() { "${tmux_at[@]}" send-keys -t shot "$@"; }
picture() { import -silent -window mailvan-shot "$1"; }
shot() { # NAME : once two pictures in a row are equal, drawing has ended
	local last='' now=''
	until now=$(picture ppm:- | md5sum) && [ "$now" = "$last" ]; do last=$now; done
	picture "png8:$out/$1.png"
	echo "screenshots/$1.png"
}

echo "Two servers and twelve mailboxes ..."
demo_servers
# A good distance to both, so that there is a migration to take pictures of.
demo_distance 120
demo_list > "$place/users.csv"
mailvan target set --server "$(demo_target)" --ca "$CA" > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }

# A list with the mistakes that lists have.
{
	head -n 3 "$place/users.csv"
	echo 'otto@contoso.example,127.0.0.1,otto,secret ,otto@contoso.example,99999,imap,pass,Pilot'
	echo 'paul@contoso.example,,paul,secret,paul@contoso.example,993,imap,pass,Pilot'
	echo 'anna@contoso.example,127.0.0.1,anna,pass,anna@contoso.example,993,impa,pass,Pilot'
	echo 'quentin@contoso.example,127.0.0.1,quentin,"pa"ss,quentin@contoso.example,993,imap,pass,Pilot'
} > "$place/wave1.csv"

open 120x36
expect 'No mailboxes yet'
press a
expect 'CSV file'
press "$place/wave1.csv" Down Down "$CA" F2
expect 'line|Line'
shot import-problems
press Escape
press Escape
expect 'No mailboxes yet'
mailvan add "$place/users.csv" --source-ca "$CA" > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
expect 'nora@contoso'
press C-a
expect '12 marked|12 selected'
press g
expect 'A worker was started' 30
press U
leave

open 150x34
expect ' [2-9] done' 60
expect 'Copying.*[0-9][0-9]\.[0-9]%' 60
shot console
press '?'
expect 'Help|Keys'
shot help
leave

open 80x24
expect 'contoso'
shot console-80x24
leave

open 120x36
expect 'Failed.*AuthBad' 60
expect '11 done' 240
shot finished
press '/' 'bob' Enter
expect 'bob@contoso'
press i
expect 'Messages source'
shot properties
press 2
expect 'Smith'
shot folders
leave

open 100x30 NO_COLOR=1 MAILVAN_ASCII=1
expect '11 done'
shot mono
leave

# The tenant's nodes, with what there is after a few changes.
demo_tenant 400 && demo_connect > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
for list in "user list" "permission list" "device list" "device policy list" "service announcements" "service health"; do
	# shellcheck disable=SC2086 # a command and its verb
	mailvan $list --refresh > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
done
mailvan permission grant info@contoso.test --to user00003@contoso.test --to user00007@contoso.test --full-access --send-as \
	> "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
mailvan user enable sync00001@contoso.test sync00002@contoso.test --license SPE_E3 --location DE > "$place/out" 2>&1 ||
	{ cat "$place/out"; exit 1; }

node() { # VERB-ARGUMENT REGEX : go to a node of the tree
	press ':' "go $1" Enter
	expect "$2"
}
open 140x32
node users 'admin@contoso'
press '/' 'sync000' Enter
expect 'sync00001'
shot users
node permissions 'Full Access'
press '/' 'info@' Enter
expect 'user00003'
shot permissions
node mobile 'Quarantined'
press '/' 'iPhone' Enter
expect 'iPhone'
press w
expect 'Wipe|wipe'
shot wipe
press Escape
node announcements 'MC900[0-9]+'
press i
expect 'Text|Title'
shot announcement
leave
echo "$(find "$out" -name '*.png' | wc -l) pictures in screenshots/"
