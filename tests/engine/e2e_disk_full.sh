#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# e2e_disk_full.sh - the disk under the project fills up in the middle: the run ends with a sentence, nothing is sent
# that could not be recorded, and with room again it ends as if nothing had been. Needs root for a small file system.
# run.sh: timeout=300
set -u
if [ "${1-}" != inside ]; then
	if unshare -m mount -t tmpfs none /mnt 2> /dev/null; then exec unshare -m bash "$0" inside; fi
	echo "[  SKIPPED ] e2e_disk_full: this user may not mount a small file system"
	echo "0 passed, 0 failed"
	exit 0
fi
. "$(dirname "$0")/../servers/pair.sh"

P=$place/'50%25?#' # special where SQLite is told what to open
all_in_report() { mailvan report --json | jq -e '.totals.messages | .source == 6000 and .copied == 6000' > /dev/null; }
mkdir -m 700 "$P"
mount -t tmpfs -o size=8m,mode=700 none "$P"
trap 'end_workers "$P"; umount "$P"; tidy_up' EXIT
server "$S"
server "$T" --role target
"$load" "$S" src folder INBOX --seed 1 --count 3000 --total 6000000
"$load" "$S" src folder Archive --seed 2 --count 3000 --total 6000000
{ echo "$header"; row src; } > "$place/list.csv"
holds "a list" add_list "$place/list.csv"
setting settle_ms 300
# Leave so little that it ends in the middle of the ledger.
free_kb() { df --output=avail -k "$P" | tail -n 1 | tr -d ' '; }
head -c $((($(free_kb) - ${ROOM_KB:-1200}) * 1024)) /dev/zero > "$P/filler"
mailvan migrate --all --wait > "$place/out" 2>&1
same "exit status" 1 $?
holds "it says that the disk is full" grep -qiE 'disk|space|full' "$place/out"
arrived=$(committed src)
echo "$arrived messages had arrived"
verdict "it ended in the middle" "$([ "$arrived" -gt 0 ] && [ "$arrived" -lt 6000 ] || echo "  all or nothing fitted: the test proves nothing")"
rm "$P/filler"
holds "with room again it goes on" mailvan migrate --all --wait
holds "to the end" state_is src Synced
same "what arrived" "0 lost, 0 twice" \
	"$(lost_and_twice <(holdings "$S" src) <(holdings "$T" src | messages_only))"
holds "the identity holds" identity_holds

# What a kernel does with a disk that has errors: where one stands can be seen, and nothing else is done.
line() { mailvan status | sed -n '2p'; }
said=$(line)
mount -o remount,ro "$P"
same "a read-only disk: status" "$said" "$(line)"
holds "report" all_in_report
mailvan migrate --all > "$place/out" 2>&1
same "but nothing is begun: exit status" 2 $?
holds "it says what it is" grep -q 'mounted read-only' "$place/out"

# The worker died with it, and its last commits are in the log.
mount -o remount,rw "$P"
# shellcheck disable=SC2016 # the inner shell's
{ sqlite3 "$P/project.db" "UPDATE mailbox SET error = 'the last words'" '.shell kill -9 $PPID'; } > "$place/out" 2>&1
mount -o remount,ro "$P"
holds "what a dead process committed last" eval "line | grep -q 'the last words'"
mount -o remount,rw "$P"
mv "$P/project.db-shm" "$place/shm"
mount -o remount,ro "$P"
mailvan status > "$place/out" 2>&1
same "without its -shm the log cannot be read: exit status" 2 $?
holds "rather than an older state it says what to do" grep -q 'go on with a copy' "$place/out"
mount -o remount,rw "$P"
holds "and goes on when it is mounted for writing" mailvan migrate --all --wait
finish
