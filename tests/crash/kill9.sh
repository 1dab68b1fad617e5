#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# kill9.sh - kill -9 of the worker after a random number of acknowledged messages, resumed each time, from an
# empty target again when a mailbox is through, until KILLS (50) have been counted. A kill counts only if it
# left an open intent in the ledger. 0 lost, 0 twice; and then nothing is left to copy.
# SEED repeats a run's choices.
# run.sh: timeout=1200
set -u
. "$(dirname "$0")/../servers/pair.sh"

kills=${KILLS:-50} messages=3000 counted=0 rounds=0 misses=0
RANDOM=${SEED:=$((RANDOM))}
echo "seed $SEED"
server "$S"
server "$T" --role target
"$load" "$S" src folder INBOX --seed 1 --count $((messages / 2)) --total $((messages * 2000)) --drafts
"$load" "$S" src folder Archive.2023 --seed 2 --count $((messages / 2)) --total $((messages * 1000))
holdings "$S" src > "$place/source"
# A little distance, so that there is a window of unanswered APPENDs to die in.
start_proxy --delay 10 "$(port "$T" IMAPS_PORT)"
all=$(wc -l < "$place/source")

begin() { # another project and an empty target account
	rounds=$((rounds + 1)) user=target$rounds P=$place/project$rounds
	{ echo "$header"; row src "$(imaps "$S")" "$user"; } > "$place/list.csv"
	mailvan add "$place/list.csv" --target-server "imaps://127.0.0.1:$proxy_port" --target-ca "$CA" --source-ca "$CA" \
		> "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
	setting settle_ms 300
	# Queues it; the worker that this starts is the first to be killed.
	mailvan migrate --all > "$place/out" 2>&1 || { cat "$place/out"; exit 1; }
	pid=$(ask 'SELECT pid FROM worker ORDER BY id DESC LIMIT 1')
}
# The worker in the foreground of its own job, once the one before is dead.
resume() {
	mailvan worker --idle-exit > "$place/worker.out" 2>&1 &
	pid=$!
	disown
}
past_or_done() { # messages at the target, or the mailbox is through
	[ "$(committed "$user")" -ge "$1" ] || [ "$(ask 'SELECT state FROM mailbox')" = "$synced" ]
}
synced=6 # MBOX_SYNCED
account() { # the mailbox is through: is it all there, once?
	holdings "$T" "$user" | messages_only > "$place/target"
	same "project $rounds, $counted kills so far: $(lost_and_twice "$place/source" "$place/target")" \
		"0 lost, 0 twice" "$(lost_and_twice "$place/source" "$place/target")"
	holds "project $rounds: the identity holds" identity_holds
}

begin
while [ $counted -lt "$kills" ] && [ $misses -lt $((kills * 4)) ]; do
	at=$(committed "$user")
	goal=$((at + 1 + RANDOM % 250))
	if ! wait_until 60 past_or_done $goal; then
		verdict "the worker gets on" "  stuck at $at of $all: $(ask 'SELECT state, error FROM mailbox'; tail -n 5 "$P/worker.log")"
		break
	fi
	kill -KILL "$pid" 2> /dev/null
	wait_until 10 gone "$pid"
	left=$(open_intents)
	if [ "$left" -gt 0 ]; then
		counted=$((counted + 1))
		echo "kill $counted: at $(committed "$user") of $all messages, $left open intents"
	else
		misses=$((misses + 1))
	fi
	if [ "$(ask 'SELECT state FROM mailbox')" = $synced ]; then
		account
		begin
	else
		resume
	fi
done
same "kills counted" "$kills" "$counted"
wait_until 120 past_or_done $((all * 9))
account
before=$(total .messages.copied)
holds "another run" mailvan migrate --all --wait
same "it copies nothing" "$before" "$(total .messages.copied)"
holdings "$T" "$user" | messages_only > "$place/target"
same_files "and changes nothing" "$place/source" "$place/target"
holds "verify agrees" mailvan verify --all
finish
