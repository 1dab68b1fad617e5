# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# tenant_project.sh - for test scripts to source: a tenant server in $D, a project in $P that is signed in to it, and short
# ways to ask both. USERS says how many the tenant has. Needs $BUILD/mailvan, or makes it out of build/check.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
. tests/tally.sh
BUILD=$(realpath -m "${BUILD:-build/check}")
export BUILD
place=$(mktemp -d "${TMPDIR:-/tmp}/t.XXXX")
D=$place/tenant P=$place/project
tenant=$PWD/tests/servers/tenant.sh

# Whatever of ours still runs, by its number.
leave() {
	local job
	for job in $(jobs -p); do kill -KILL "$job" 2> /dev/null; done
	"$tenant" stop "$D"
	rm -rf "$place"
}
trap leave EXIT

mailvan() { "$BUILD/mailvan" --project "$P" "$@"; }
code() { mailvan "$@" > "$place/out" 2> "$place/err"; echo $?; }
said() { grep -qF -- "$1" "$place/out" "$place/err" || { cat "$place/out" "$place/err"; return 1; }; }
json() { jq -r "$1" "$place/out"; }
sql() { "$tenant" sql "$D" "$1"; }
play() { "$tenant" play "$D" "$1"; }
golden() { "$tenant" golden "$D" "$@"; }
stored() { sqlite3 -cmd '.timeout 20000' -readonly "$P/project.db" "$1"; }
task_of() { json .task; } # of the last command with --json

"$tenant" start "$D" --users "${USERS:-40}" || exit 1
U=https://127.0.0.1:$(cat "$D/port")
printf 's3cret~with.+=signs\n' | mailvan tenant add contoso.test --client-id aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee \
	--secret-stdin --authority "$U" --graph "$U" --exchange "$U" --ca "$D/ca.pem" > "$place/out" 2>&1 || {
	cat "$place/out"
	exit 1
}
