#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tenant.sh start DIR [--users N] [--waiting N] [--seed S] [--token-life SECONDS] [--cert-dir DIR]
# tenant.sh stop DIR
# tenant.sh sql DIR "SELECT ..."        the tenant's state (and UPDATE, to let something happen there)
# tenant.sh play DIR 'JSON'             a rule of misbehaviour or a setting: tenant/rules.c
# tenant.sh golden DIR NAME...          was each tests/golden/requests/NAME.json sent? Says which was not.
# tenant.sh requests DIR [JQ-FILTER]    the log as JSON lines, e.g. 'select(.path == "/v1.0/users")'
#
# A tenant of Microsoft 365 on loopback: https://127.0.0.1:$(cat DIR/port). start answers when the server does and leaves
# in DIR: port, ca.pem (who signed the server's certificate), app.pem (key and certificate of the registered app),
# jwt-public.pem (verifies access tokens, RS256), log (one JSON line per request, secrets as "***"), state.db. Started
# again on the same DIR it goes on with the state, keys and port it had. Names of the registration: tenant/tenant.h.
#   tenant contoso.test, 11111111-2222-3333-4444-555555555555; app aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee with the secret
#   "s3cret~with.+=signs"; public client for device code ffffffff-0000-0000-0000-000000000001
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
BUILD=$(realpath -m "${BUILD:-$root/build/check}")
server=$BUILD/tests/servers/tenant/tenant
die() { echo "tenant.sh: $*" >&2; exit 1; }

# The number alone proves nothing: it may be somebody else's by now.
pid_of() {
	local pid
	[ -e "$dir/pid" ] || return 0
	pid=$(cat "$dir/pid")
	! tr '\0' '\n' 2> /dev/null < "/proc/$pid/cmdline" | grep -qxF -- "$dir" || echo "$pid"
}

wait_until() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}
gone() { ! readlink "/proc/$1/exe" > /dev/null; } # ended, reaped or not

make_keys() {
	umask 077
	[ -e "$dir/jwt-public.pem" ] || {
		openssl genrsa -out "$dir/jwt.key" 2048
		openssl rsa -in "$dir/jwt.key" -pubout -out "$dir/jwt-public.pem"
	} 2> "$dir/openssl.log"
	[ -e "$dir/app.pem" ] || {
		openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/app.key" -out "$dir/app.crt" -days 30 -subj /CN=mailvan-test
		cat "$dir/app.key" "$dir/app.crt" > "$dir/app.pem"
	} 2>> "$dir/openssl.log"
}

start() {
	local certs='' options=()
	while [ $# -gt 0 ]; do
		[ $# -ge 2 ] || die "$1 wants a value"
		case $1 in
		--cert-dir) certs=$2 ;;
		--users | --waiting | --seed | --token-life) options+=("$1" "$2") ;;
		*) die "unknown option $1" ;;
		esac
		shift 2
	done
	[ -x "$server" ] || die "$server is not built: BUILD=... says where"
	[ -z "$(pid_of)" ] || die "$dir runs already"
	certs=${certs:-$dir/certs}
	"$here/certs.sh" "$certs"
	cp "$certs/ca.pem" "$dir/ca.pem"
	make_keys
	[ ! -e "$dir/port" ] || options+=(--port "$(cat "$dir/port")")
	rm -f "$dir/port"
	"$server" "$dir" "$certs/good.pem" "$certs/good.key" "$root/../shared/schemas/graph/v1.0-Prod.csdl" "${options[@]}" \
		> "$dir/out" 2>&1 < /dev/null &
	echo $! > "$dir/pid"
	wait_until 60 answers_or_dead $! && [ -e "$dir/port" ] || { cat "$dir/out" >&2; die "the server did not start"; }
}
answers_or_dead() { [ -e "$dir/port" ] || gone "$1"; }

stop() {
	local pid
	pid=$(pid_of)
	[ -n "$pid" ] || return 0
	kill "$pid" 2> /dev/null || true
	wait_until 10 gone "$pid" || kill -KILL "$pid"
	rm -f "$dir/pid"
}

play() {
	jq -e 'type == "object"' <<< "$1" > /dev/null || die "not a JSON object: $1"
	sqlite3 -cmd '.timeout 20000' "$dir/state.db" "INSERT INTO rule(json) VALUES('${1//\'/\'\'}')"
}

# A golden file holds {"cite", "method", "path", "headers", "body"}; {tenant}, {guid} and {any} stand for a GUID or domain of the
# tenant, any GUID, any value. Headers are those that must be there; query and body are equal altogether.
golden() {
	local name lacking=0
	for name; do
		[ -e "$root/tests/golden/requests/$name.json" ] || die "no golden request $name"
		jq -e -n --slurpfile golden "$root/tests/golden/requests/$name.json" -f "$here/tenant/golden.jq" "$dir/log" > /dev/null || {
			echo "not sent: $name ($(jq -r .cite "$root/tests/golden/requests/$name.json"))"
			lacking=1
		}
	done
	return $lacking
}

command=${1:-} dir=${2:-}
[ -n "$dir" ] || die "usage: tenant.sh start|stop|sql|play|golden|requests DIR ..."
shift 2
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
case $command in
start) start "$@" ;;
stop) stop ;;
sql) sqlite3 -cmd '.timeout 20000' "$dir/state.db" "$1" ;;
play) play "$1" ;;
golden) golden "$@" ;;
requests) jq -c "select(.method) | ${1:-.}" "$dir/log" ;;
*) die "unknown command $command" ;;
esac
