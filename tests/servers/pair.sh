# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# pair.sh - for test scripts to source: a place of their own, real source and target servers, a project, and
# comparisons of what the servers hold. Everything started is ended and removed when the script ends.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
. tests/tally.sh
BUILD=$(realpath -m "${BUILD:-build/check}")
export BUILD
MAILVAN=${MAILVAN:-$BUILD/mailvan}
for tool in "$MAILVAN" "$BUILD/tests/corpus/mailgen" "$BUILD/tests/servers/proxy"; do
	[ -x "$tool" ] || { echo "$tool is not built: BUILD=... says where, \`make check\` builds all"; exit 1; }
done
dovecot=$PWD/tests/servers/dovecot.sh
load=fill_mailbox # SERVER USER folder|tree|corpus ...: load.sh
fill_mailbox() { "$PWD/tests/corpus/load.sh" "$@" || exit 1; }
place=$(mktemp -d "${TMPDIR:-/tmp}/p.XXXX")
chmod 711 "$place" # the servers read their mail as nobody
S=$place/s T=$place/t P=$place/project
CA=$place/certs/ca.pem
children=() # pids of proxies and the like

tidy_up() {
	local status=$? pid d
	trap - EXIT
	for d in "$place"/*/project.db; do
		[ -e "$d" ] && end_workers "$(dirname "$d")"
	done
	for pid in "${children[@]}"; do kill "$pid" 2> /dev/null; done
	for d in "$place"/*/run/master.pid; do
		[ -e "$d" ] && end_process "$(cat "$d")"
	done
	if [ "$status" != 0 ] && [ -n "${KEEP-}" ]; then echo "kept: $place"; else rm -rf "$place"; fi
	exit $status
}
trap tidy_up EXIT
trap 'exit 130' INT TERM HUP

# A dead process whose parent does not ask for it still has a number, but no program.
gone() { ! readlink "/proc/$1/exe" > /dev/null; } # PID
end_process() { # PID : a server's master
	kill "$1" 2> /dev/null
	wait_until 5 gone "$1" || kill -KILL "$1" 2> /dev/null
}

server() { # DIR START-OPTION... : another server with the same CA
	"$dovecot" start "$1" --certs "$place/certs" "${@:2}" > /dev/null
}
port() { sed -n "s/^$2=//p" "$1/env"; } # DIR IMAPS_PORT
imaps() { echo "imaps://127.0.0.1:$(port "$1" IMAPS_PORT)"; }

# A proxy in front of a port: sets $proxy_port; what it says is in $place/proxy.log.
start_proxy() { # PROXY-OPTION... PORT
	: > "$place/proxy.log"
	"$BUILD/tests/servers/proxy" "$@" > "$place/proxy.log" 2>&1 &
	children+=($!)
	wait_until 5 test -s "$place/proxy.log" || return 1
	proxy_port=$(head -n 1 "$place/proxy.log")
}

mailvan() { "$MAILVAN" --project "$P" "$@" < /dev/null; }

# The processes that work on a project directory, children of ours or detached.
worker_pids() { # PROJECT
	local exe pid
	for exe in /proc/[0-9]*/exe; do
		[ "$exe" -ef "$MAILVAN" ] || continue
		pid=${exe//[!0-9]/}
		tr '\0' '\n' 2> /dev/null < "/proc/$pid/cmdline" | grep -qxF -- "$1" && echo "$pid"
	done
}
no_workers() { [ -z "$(worker_pids "$1")" ]; }
end_workers() { # PROJECT
	local pid
	for pid in $(worker_pids "$1"); do kill -TERM "$pid" 2> /dev/null; done
	wait_until 10 no_workers "$1" && return
	for pid in $(worker_pids "$1"); do kill -KILL "$pid" 2> /dev/null; done
}

# The classic list: its header, and a row for USER from server S to server T.
header='SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity,TargetPassword'
add_list() { # FILE ADD-OPTION...
	mailvan add "$1" --target-server "$(imaps "$T")" --target-ca "$CA" --source-ca "$CA" "${@:2}"
}
row() { # USER [SERVER-URL [TARGET-USER]]
	echo "$1@old.example,${2:-$(imaps "$S")},$1,pass,${3:-$1},pass"
}

# What an account holds as a multiset: FOLDER <tab> FLAGS <tab> DATE <tab> SHA-256, levels split by '/', the
# namespace's prefix taken off. An empty folder is a line of its name and "-".
holdings() { # SERVER USER [PASSWORD]
	local sep prefix
	sep=$(sed -n 's/^ separator = //p' "$1/dovecot.conf" | head -n 1)
	prefix=$(sed -n 's/^ prefix = //p' "$1/dovecot.conf" | head -n 1)
	"$dovecot" dump "$1" "${@:2}" | awk -F '\t' -v OFS='\t' -v sep="$sep" -v prefix="$prefix" '
		{
			if ($1 ~ /^"/) { $1 = substr($1, 2, length($1) - 2); gsub(/\\\\/, "\001", $1); gsub(/\\/, "", $1); gsub("\001", "\\", $1) }
			if (prefix != "" && index($1, prefix) == 1) $1 = substr($1, length(prefix) + 1)
			n = split($1, level, sep == "." ? "[.]" : sep)
			$1 = level[1]
			for (i = 2; i <= n; i++) $1 = $1 "/" level[i]
			print $2 == "-" ? $1 OFS "-" : $1 OFS $3 OFS $4 OFS $5
		}' | LC_ALL=C sort
}
messages_only() { awk -F '\t' '$2 != "-"'; }
message_count() { holdings "$@" | messages_only | wc -l; }

# One number of a mailbox from `status --json`: figure USER .messages.copied
figure() { mailvan status --json | jq -r --arg u "$1@old.example" '.mailboxes[] | select(.source == $u) | '"$2"; }
total() { mailvan status --json | jq -r ".totals$1"; }
state_is() { [ "$(figure "$1" .state)" = "$2" ]; } # USER STATE
# The identity of the design, for every mailbox and the totals.
identity_holds() {
	local status
	status=$(mailvan status --json) && jq -e '[.mailboxes[].messages, .totals.messages] | all(
		.source == .copied + .adopted + .merged + .skipped + .failed + .vanished + .pending)' <<< "$status" > /dev/null
}

# Copies in the target that should not be there, and messages that should: compares two holdings files.
lost_and_twice() { # SOURCE-HOLDINGS TARGET-HOLDINGS -> "N lost, N twice"
	echo "$(comm -23 "$1" "$2" | wc -l) lost, $(comm -13 "$1" "$2" | wc -l) twice"
}

# Straight into and out of the project's database: what the program does not show or offer.
ask() { sqlite3 -readonly -cmd '.timeout 5000' "$P/project.db" "$1"; }
setting() { sqlite3 -cmd '.timeout 5000' "$P/project.db" "INSERT OR REPLACE INTO setting(name, value) VALUES('$1', '$2')"; }
open_intents() { ask 'SELECT count(*) FROM msg WHERE state = 1'; }
# Messages the server has committed, without asking it: an sdbox folder has a file for each.
committed() { find "$T/home/$1/mail" -name 'u.*' 2> /dev/null | wc -l; } # USER
