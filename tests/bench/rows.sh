# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# rows.sh - for bench.sh to source: the rows of the table, each a function row_NAME. Goals are the share of mbsync's wall
# time that mailvan may take (HACKING.md has the table).

# One run of one tool, into accounts that were never used.
run_once() { # ROW TOOL RUN
	local i seconds
	work=$disk/$1-$2-$3
	mkdir -p "$work"
	targets=()
	for i in "${!sources[@]}"; do targets+=("$1-${2//_/-}-$3-$i"); done
	: > "$place/out"
	if "by_$2" && { [ -z "${again-}" ] || "by_$2"; } && arrived "$2"; then
		seconds=$(cut -d ' ' -f 1 "$place/cost")
		printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(tr ' ' '\t' < "$place/cost")" >> "$results/runs.tsv"
		note "$(awk -v r="$1" -v t="$2" -v n="$3" '{ printf "  %-7s %-13s run %d: %7.3f s wall, %.3f user, %.3f system, ", r, t, n, $1, $2, $3
			printf "%.1f MiB, %d switches (%d forced), %d connections", $4 / 1024, $5, $6, $7 }' "$place/cost")"
	else
		note "$2, $1: it failed, or not all has arrived:"
		tail -n 20 "$place/out" >&2
		exit 1
	fi
	for i in "${targets[@]}"; do rm -rf "${target:?}/home/$i"; done
	rm -rf "$work"
}

# The tools take turns, and who begins takes turns too.
compare() { # ROW GOAL LABEL TOOL...
	local row=$1 run i order
	printf '%s\t%s\t%s\n' "$row" "$3" "$2" >> "$place/rows"
	note "$3"
	shift 3
	for run in $(seq "$runs"); do
		order=("$@")
		if [ $((run % 2)) = 0 ]; then
			order=()
			for ((i = $#; i > 0; i--)); do order+=("${!i}"); done
		fi
		for i in "${order[@]}"; do run_once "$row" "$i" "$run"; done
	done
}
limits=(limit_single limit_multi)
others=()
[ -z "${FULL-}" ] || others=(doveadm)

# Sources are made when a row first needs them. mbsync leaves out what is marked \Deleted, so nothing is.
fill_source() { # USER FOLDER MAILGEN-OPTION...
	"$load" "$S" "$1" folder "${@:2}" && "$dovecot" adm "$S" flags remove -u "$1" '\Deleted' mailbox "$2" all
}
one_source() { # 2,000 messages, 112 MB, 9 folders
	sources=(one) target=$T security=none jobs=8
	sp=$(port "$S" IMAP_PORT) tp=$(port "$T" IMAP_PORT)
	[ -z "${one_filled-}" ] || return 0
	note "writing mail: 2,000 messages in 9 folders"
	local seed=1 folder share count=0
	for folder in INBOX:800 Archive:400 Sent:300 Projects:200 Invoices:100 Lists:100 Family:50 Drafts:30 Trash:20; do
		share=${folder#*:}
		fill_source one "${folder%:*}" --seed $((seed++)) --count $((share / scale)) --total $((share * 56000 / scale))
		count=$((count + share / scale))
	done
	source_has one "$count"
	one_filled=1
}
round_trip() { # PORT : what a NOOP takes, in ms
	local line begin
	exec 7<> "/dev/tcp/127.0.0.1/$1" && read -r line <&7
	begin=${EPOCHREALTIME//[.,]/}
	printf 'a NOOP\r\n' >&7 && read -r line <&7
	awk -v us=$((${EPOCHREALTIME//[.,]/} - begin)) 'BEGIN { printf "%.1f\n", us / 1000 }'
	exec 7>&-
}
far() { # ports that are 15 ms away in each direction
	if [ -z "${far_ports-}" ]; then
		start_proxy --delay 15 "$(port "$S" IMAP_PORT)" "$(port "$T" IMAP_PORT)"
		wait_until 5 [ "$(wc -l < "$place/proxy.log")" = 2 ]
		mapfile -t far_ports < "$place/proxy.log"
		note "round trip through the proxy: $(round_trip "${far_ports[0]}") ms"
	fi
	sp=${far_ports[0]} tp=${far_ports[1]}
}

row_one() {
	one_source
	compare one 0.55 "one mailbox, 2,000 messages, 112 MB, 9 folders" mailvan mbsync "${others[@]}" "${limits[@]}"
}
row_tls() {
	one_source
	security=tls sp=$(port "$S" IMAPS_PORT) tp=$(port "$T" IMAPS_PORT)
	compare tls 0.65 "the same over TLS" mailvan mbsync "${others[@]}" "${limits[@]}"
}
row_far() {
	one_source
	far
	compare far 0.12 "the same at 30 ms round trip" mailvan mbsync "${others[@]}" "${limits[@]}"
}
row_second() {
	one_source
	far
	again=1 compare second 0.5 "unchanged second run of it at 30 ms" mailvan mbsync "${others[@]}"
}
row_twenty() {
	local i
	target=$T security=none jobs=4 sources=()
	sp=$(port "$S" IMAP_PORT) tp=$(port "$T" IMAP_PORT)
	note "writing mail: 20 mailboxes of 500 messages"
	for i in {1..20}; do
		sources+=("many$i")
		fill_source "many$i" INBOX --seed $((100 + i)) --count $((500 / scale)) --total $((27700000 / scale))
		source_has "many$i" $((500 / scale))
	done
	compare twenty 0.55 "20 mailboxes of 500 messages, 554 MB, 4 at once" mailvan mbsync "${others[@]}" "${limits[@]}"
	for i in {1..20}; do rm -rf "$S/home/many$i"; done
}
row_small() {
	sources=(small) target=$T security=none jobs=8
	sp=$(port "$S" IMAP_PORT) tp=$(port "$T" IMAP_PORT)
	note "writing mail: 20,000 messages of 2 KB"
	fill_source small INBOX --seed 7 --count $((20000 / scale)) --total $((40000000 / scale))
	source_has small $((20000 / scale))
	compare small 0.3 "one mailbox, 20,000 messages of 2 KB" mailvan mbsync "${others[@]}" "${limits[@]}"
}
row_single() { # a target without MULTIAPPEND
	one_source
	target=$place/single
	server "$target" --role target --capability \
		'IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE UIDPLUS NAMESPACE SPECIAL-USE LIST-EXTENDED LIST-STATUS ESEARCH CONDSTORE AUTH=PLAIN'
	tp=$(port "$target" IMAP_PORT)
	masters+=(-m "$(port "$target" PID)")
	compare single 0.85 "one mailbox to a target without MULTIAPPEND" mailvan mbsync limit_single
}
row_pop3() {
	sources=(pop) target=$T security=none jobs=8
	local sp tp proto=pop3 limit_sp
	sp=$(port "$S" POP3_PORT) tp=$(port "$T" IMAP_PORT) limit_sp=$(port "$S" IMAP_PORT)
	note "writing mail: 681 messages for POP3"
	fill_source pop INBOX --seed 9 --count $((681 / scale)) --total $((35000000 / scale))
	source_has pop $((681 / scale))
	compare pop3 - "681 messages, 35 MB, by POP3 (mpop: to local files)" mailvan mpop "${limits[@]}"
}
