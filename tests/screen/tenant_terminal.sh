# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# tenant_terminal.sh - for tmux_tenant*.sh and tmux_sign_in.sh to source: the console in a terminal, a tenant server in $D
# (options in $TENANT) and a project in $P that is signed in to it, with short ways to ask all three. SIGN_IN=no: the
# project is not there yet, and the script signs in itself.
BUILD=$(realpath -m "${BUILD:-build/check}")
export BUILD
place=$(mktemp -d "${TMPDIR:-/tmp}/mvs.XXXXXX") || exit 2
MAILVAN=$BUILD/mailvan
. "$(dirname "${BASH_SOURCE[0]}")/terminal.sh"
D=$place/tenant P=$place/contoso
tenant=$PWD/tests/servers/tenant.sh

# The runner of a task is no child of the test: it is ended by its number.
runner() { pgrep -f -- "^$MAILVAN --project $P task run" | head -n 1; }
leave() {
	end_terminal
	while [ -n "$(runner)" ]; do kill -KILL "$(runner)"; done
	"$tenant" stop "$D"
	# What ldap.sh has started.
	[ -z "${ldap_pid-}" ] || { kill "$ldap_pid"; wait "$ldap_pid"; } 2> /dev/null
	rm -rf "$place"
}
trap leave EXIT

mailvan() { "$MAILVAN" --project "$P" "$@"; }
sql() { "$tenant" sql "$D" "$1"; }
play() { "$tenant" play "$D" "$1"; }
stored() { sqlite3 -cmd '.timeout 20000' -readonly "$P/project.db" "$1"; }
node() { # "Users"
	press ":" "go $1" Enter
	expect "the list of $1" "┌ $1"
}
users() { # CONDITION : sign-in name, enabled, licences, place and name of each that the tenant has
	sql "SELECT upn, enabled, licenses, coalesce(nullif(location, ''), '-'), name FROM users WHERE deleted = 0 AND $1 ORDER BY upn"
}
find_rows() { # TEXT ROWS-PATTERN : filters the list
	press / C-u "$1" Enter
	expect "only $1" "$2"
}
# The service takes its time, so that what goes on can be seen.
slow() { play '{"match":"POST *","times":0,"delay_ms":20}'; }
fast() { sql 'DELETE FROM rule'; }
open_tasks() { stored 'SELECT count(*) FROM task WHERE state < 2'; }
no_open_tasks() { [ "$(open_tasks)" = 0 ]; }
at_rest() { wait_until "${1:-60}" no_open_tasks; }

# Milliseconds from a key to the cursor being on another line of the screen; 9999 = it never was.
answered_ms() { # KEY
	local line from now
	line=$(tm display -p '#{cursor_y}')
	from=${EPOCHREALTIME/[.,]/}
	press "$1"
	while now=${EPOCHREALTIME/[.,]/}; do
		[ "$(tm display -p '#{cursor_y}')" = "$line" ] || break
		[ $((now - from)) -lt 5000000 ] || { echo 9999; return; }
	done
	echo $((((${EPOCHREALTIME/[.,]/}) - from) / 1000))
}
# Twenty keys, one after the other; what is told is the slowest.
slowest_ms() {
	local worst=0 i key ms
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for key in Down Up; do
			ms=$(answered_ms $key)
			[ "$ms" -le $worst ] || worst=$ms
		done
	done
	echo $worst
}
answers_at_once() { # TITLE
	local ms
	ms=$(slowest_ms)
	verdict "$1 (slowest: $ms ms)" "$([ "$ms" -le 100 ] || echo "  it took $ms ms")"
}

"$tenant" start "$D" $TENANT || exit 1
U=https://127.0.0.1:$(cat "$D/port")
if [ "${SIGN_IN-}" != no ]; then
	printf 's3cret~with.+=signs\n' | mailvan tenant add contoso.test --client-id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee \
		--secret-stdin --authority "$U" --graph "$U" --exchange "$U" --ca "$D/ca.pem" > "$place/out" 2>&1 || {
		cat "$place/out"
		exit 1
	}
fi
