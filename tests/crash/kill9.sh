#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# kill9.sh - kill -9 of the worker after a random number of acknowledged messages, resumed each time, from an
# empty target again when a mailbox is through, until KILLS (50) have been counted. A kill counts only if it
# left an open intent in the ledger. The rounds take turns among targets that announce less than everything and
# a POP3 source. 0 lost, 0 duplicated; and then nothing is left to copy. SEED repeats a run's choices.
# run.sh: timeout=1200
set -u
. "$(dirname "$0")/../servers/pair.sh"

kills=${KILLS:-50} messages=800 counted=0 rounds=0 misses=0 lost=0 twice=0
RANDOM=${SEED:=$((RANDOM))}
echo "seed $SEED"
basic='IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ NAMESPACE UNSELECT SPECIAL-USE LIST-EXTENDED LIST-STATUS'
kinds=(all single plain pop3 no-uidplus)
declare -A capability=([single]="$basic UIDPLUS" [plain]="$basic" [no-uidplus]="$basic MULTIAPPEND") port_of
server "$S"
"$load" "$S" src folder INBOX --seed 1 --count $((messages / 2)) --total $((messages * 2000)) --drafts
"$load" "$S" src folder Archive.2023 --seed 2 --count $((messages / 2)) --total $((messages * 1000))
holdings "$S" src > "$place/source.all"
# By POP3 there is one folder, and neither flags nor dates. Another account, because Dovecot marks as seen what was taken.
"$load" "$S" pop folder INBOX --seed 3 --count "$messages" --total $((messages * 1500)) --drafts
holdings "$S" pop | cut -f 1,4 | LC_ALL=C sort > "$place/source.pop3"
for kind in "${kinds[@]}"; do
	[ "$kind" = pop3 ] || server "$place/$kind" --role target ${capability[$kind]:+--capability "${capability[$kind]}"}
	# A line of little bandwidth, so that there is a window of unanswered APPENDs to die in.
	[ "$kind" = pop3 ] || { start_proxy --delay 5 --rate 1200 "$(port "$place/$kind" IMAPS_PORT)" && port_of[$kind]=$proxy_port; }
done

begin() { # another kind of servers, another project and an empty target account
	local url to from=src
	kind=${kinds[rounds % ${#kinds[@]}]}
	rounds=$((rounds + 1)) user=target$rounds P=$place/project$rounds
	to=$kind url=$(imaps "$S")
	[ "$kind" = pop3 ] && to=all from=pop url=pop3s://127.0.0.1:$(port "$S" POP3S_PORT)
	T=$place/$to proxy_port=${port_of[$to]} source=$place/source.all
	[ "$kind" = pop3 ] && source=$place/source.pop3
	{ echo "$header"; row "$from" "$url" "$user"; } > "$place/list.csv"
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
compare() { # what is at the target now -> $outcome
	holdings "$T" "$user" | messages_only > "$place/target"
	[ "$kind" = pop3 ] && { cut -f 1,4 "$place/target" | LC_ALL=C sort > "$place/t" && mv "$place/t" "$place/target"; }
	outcome=$(lost_and_twice "$source" "$place/target")
}
account() { # the mailbox is through: is it all there, once?
	compare
	lost=$((lost + ${outcome%% lost*})) twice=$((twice + $(cut -d ' ' -f 3 <<< "$outcome")))
	same "round $rounds ($kind), $counted kills so far: $outcome" "0 lost, 0 twice" "$outcome"
	holds "round $rounds: the identity holds" identity_holds
}

begin
while [ $counted -lt "$kills" ] && [ $misses -lt $((kills * 4)) ]; do
	at=$(committed "$user")
	goal=$((at + 1 + RANDOM % 120))
	if ! wait_until 60 past_or_done $goal; then
		verdict "the worker gets on" "  stuck at $at: $(ask 'SELECT state, error FROM mailbox'; tail -n 5 "$P/worker.log")"
		break
	fi
	kill -KILL "$pid" 2> /dev/null
	wait_until 10 gone "$pid"
	left=$(open_intents)
	if [ "$left" -gt 0 ]; then
		counted=$((counted + 1))
		echo "kill $counted ($kind): at $(committed "$user") of $(wc -l < "$source") messages, $left open intents"
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
wait_until 120 past_or_done $((messages * 9))
account
before=$(total .messages.copied)
holds "another run" mailvan migrate --all --wait
same "it copies nothing" "$before" "$(total .messages.copied)"
compare
same "and changes nothing" "0 lost, 0 twice" "$outcome"
holds "verify agrees" mailvan verify --all
echo "kill -9: $rounds mailboxes, $counted faults injected, $lost lost, $twice duplicated"
finish
