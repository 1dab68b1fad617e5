# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# terminal.sh - the real console in a real terminal (tmux), for the tmux_*.sh tests to source. No fixed waits: every
# step waits for what it expects to see. After servers/pair.sh its place and its tidying up are used.
cd "$(dirname "$0")/../.." || exit 2
. tests/tally.sh
MAILVAN=$(realpath "${MAILVAN:-build/mailvan}")
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR MAILVAN_PROJECT MAILVAN_ASCII TMUX
end_terminal() {
	tm kill-server 2> /dev/null
	[ -z "${worker-}" ] || kill "$worker" 2> /dev/null
}
if [ -z "${place-}" ]; then
	place=$(mktemp -d "${TMPDIR:-/tmp}/mvs.XXXXXX") || exit 2
	trap 'end_terminal; rm -rf "$place"' EXIT
else
	trap 'status=$?; end_terminal; (exit $status); tidy_up' EXIT
fi
export TMUX_TMPDIR=$place
socket=0 # each its own: a server that is ending would refuse the next
tm() { tmux -L "mv$socket" -f /dev/null "$@"; }
fresh() { tm kill-server 2> /dev/null; socket=$((socket + 1)); }

# open COLUMNSxROWS PROJECT ENVIRONMENT... : a shell runs the console, then says how it ended and how it left the terminal.
open() {
	local size=$1 project=$2
	shift 2
	fresh
	tm new-session -d -x "${size%x*}" -y "${size#*x}" \
		"stty -a > $place/before; env TERM=screen-256color $* '$MAILVAN' --project '$project'; echo \"ended with \$?\"
		stty -a > $place/after; echo 'the shell is back'; exec cat > /dev/null"
	tm set -g status off
	tm set -g default-terminal screen-256color
}
screen() { tm capture-pane -p; }
shows() { screen | grep -qE -- "$1"; }
expect() { # title, regular expression
	if wait_until 20 shows "$2"; then verdict "$1" ""; else verdict "$1" "  waited for '$2'; the screen is:
$(screen)"; fi
}
press() { tm send-keys "$@"; }
console_pid() { pgrep -P "$(tm display -p '#{pane_pid}')" | head -n 1; }
# The terminal is as it was: main screen, cursor shown, no mouse reports, modes of the line as before.
restored() { # title, exit status
	expect "$1: the program ended with $2" "ended with $2\$"
	expect "$1: the shell is back" "the shell is back"
	same "$1: main screen, cursor, no mouse reports" "0 1 0" "$(tm display -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag}')"
	same_files "$1: terminal modes are as before" "$place/before" "$place/after"
}
