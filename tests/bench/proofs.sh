# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# proofs.sh - for bench.sh to source: rows that prove a bound rather than compare: memory whatever the size, and
# answers whatever the number of mailboxes.

proof() { # LABEL VALUE GOAL UNIT [MEDIAN] : a value up to the goal is good; goal "-" only shows it
	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5-}" >> "$place/proofs"
	note "$(printf '  %-76s %9s %s' "$1" "$2" "$4")"
}
give_up() { # TEXT
	note "$1"
	tail -n 20 "$place/out" >&2
	exit 1
}

# Peak memory of the last measured command against 16 MiB + 2 MiB for each connection it used.
memory_proof() { # LABEL
	local value goal
	read -r value goal < <(awk '{ printf "%.1f %d\n", $4 / 1024, 16 + 2 * $7 }' "$place/cost")
	proof "$1" "$value" "$goal" MiB
}
memory_of() { # USER WHAT
	sources=("$1") targets=("memory-$1") target=$T security=tls jobs=8 work=$disk/memory-$1
	sp=$(port "$S" IMAPS_PORT) tp=$(port "$T" IMAPS_PORT)
	mkdir -p "$work"
	: > "$place/out"
	by_mailvan && arrived mailvan || give_up "mailvan, $2: it failed, or not all has arrived:"
	memory_proof "peak memory, $2, over TLS"
	by_mailvan && arrived mailvan || give_up "mailvan, $2, once more: it failed, or something arrived twice:"
	memory_proof "the same, unchanged second run"
	measured "$MAILVAN" --project "$P" verify --all || give_up "mailvan verify, $2: it found fault:"
	memory_proof "the same, verify"
	rm -rf "$work" "${T:?}/home/memory-$1" "${S:?}/home/$1" "$place/holds.$1"
}
row_memory() {
	local message=$place/large.eml
	note "writing mail: a message of 150 MB"
	{
		printf 'From: a@example.org\nTo: b@example.org\nSubject: all the photographs\nDate: Mon, 02 Mar 2020 10:00:00 +0000\n'
		printf 'Message-ID: <large@example.org>\nMIME-Version: 1.0\nContent-Type: application/zip\n'
		printf 'Content-Transfer-Encoding: base64\n\n'
		head -c $((111000000 / scale)) /dev/urandom | base64
	} > "$message"
	fill_source large INBOX --seed 1 "$message"
	rm -f "$message"
	source_has large 1
	memory_of large "a message of $((150 / scale)) MB"
	note "writing mail: 100,000 messages"
	fill_source hundred INBOX --seed 2 --count $((100000 / scale)) --total $((120000000 / scale))
	source_has hundred $((100000 / scale))
	memory_of hundred "a mailbox of $((100000 / scale)) messages"
}

# CPU time of all threads of a process, in nanoseconds.
cpu_ns() { cat "/proc/$1"/task/*/schedstat | awk '{ n += $1 } END { printf "%.0f\n", n }'; }
milliseconds_of() { awk '{ printf "%.0f\n", $1 * 1000 }' "$place/cost"; }

# A project in the middle of its work: every state, folders, batches of 1,000.
make_project() { # COUNT
	P=$disk/scale/project
	mkdir -p "$disk/scale"
	{
		echo 'SourceIdentity,SourceServer,SourceLoginID,SourcePassword,TargetIdentity,TargetPassword,Batch'
		awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++)
			printf "user%05d@old.example,imaps://mail.old.example,user%05d,secret%d,user%05d@new.example,secret,Batch %02d\n", i, i, i, i, i / 1000 }'
	} > "$place/list.csv"
	: > "$place/out"
	measured "$MAILVAN" --project "$P" add "$place/list.csv" --target-server imaps://mail.new.example ||
		give_up "mailvan add with $1 rows failed:"
	sqlite3 "$P/project.db" > /dev/null <<-'END'
		UPDATE mailbox SET ever_run = 1, n_source = 900 + id % 200, n_copied = 900 + id % 200, state = 6,
			bytes_source = 50000000 + id, bytes_copied = 50000000 + id, started = 1, finished = 2 WHERE id % 3 = 0;
		UPDATE mailbox SET ever_run = 1, n_source = 1000, n_copied = 990, n_failed = 10, state = 7, error_cat = 'BadContent',
			error = 'Message ' || id || ' was refused' WHERE id % 12 = 1;
		UPDATE mailbox SET ever_run = 1, state = 8, error_cat = 'AuthBad', error = 'The server refused the login' WHERE id % 12 = 4;
		UPDATE mailbox SET state = 0 WHERE state = 5 AND id % 4 <> 2;
		INSERT INTO folder(mailbox, src_wire, src_display, n_source, n_copied)
			SELECT m.id, 'F' || f.value, 'F' || f.value, 90, 90 FROM mailbox m, generate_series(1, 10) f WHERE m.ever_run = 1;
	END
}
# Lines "LABEL <tab> MEDIAN <tab> WORST" against 100 ms; it is the worst that counts.
worst_within() { # GOAL [SUFFIX]
	local label median worst
	while IFS=$'\t' read -r label median worst; do
		proof "$label${2-}" "$worst" "$1" ms "$median"
	done < "$place/times"
}
keys_answered() { # SUFFIX
	note "keys$1"
	"$BUILD/tests/bench/keys" "$MAILVAN" --project "$P" > "$place/all" 2>> "$place/out" || give_up "the console did not answer:"
	# Where figures change all the time nobody can say when the first picture is complete.
	if [ -n "${pid-}" ]; then grep -v 'first picture' "$place/all"; else cat "$place/all"; fi > "$place/times"
	worst_within 100 "$1"
}
row_scale() {
	local count=$((30000 / scale)) masters=() pid seconds=10 before what
	[ -z "${FULL-}" ] || seconds=60
	note "a project of $count mailboxes"
	make_project "$count"
	proof "add: a CSV of $count rows" "$(milliseconds_of)" - ms
	"$BUILD/tests/bench/scale" "$P" ask > "$place/times" 2>> "$place/out" || give_up "the store did not answer:"
	worst_within 100
	for what in 'status' 'status --batches' 'status --json' "status $(printf 'user%05d@old.example' $((count / 2)))"; do
		# shellcheck disable=SC2086 # words
		measured "$MAILVAN" --project "$P" $what || give_up "mailvan $what failed:"
		proof "mailvan $what (the whole process)" "$(milliseconds_of)" 100 ms
	done
	keys_answered ", nothing else going on"
	"$BUILD/tests/bench/scale" "$P" churn > /dev/null 2>> "$place/out" &
	pid=$!
	children+=("$pid")
	keys_answered ", 50 changes a second"
	kill "$pid" && wait "$pid" 2> /dev/null
	sqlite3 "$P/project.db" 'UPDATE mailbox SET state = 5 WHERE state IN (0, 1, 2, 3)'
	"$MAILVAN" --project "$P" worker < /dev/null > "$place/out" 2>&1 &
	pid=$!
	children+=("$pid")
	wait_until 10 registered && [ "/proc/$pid/exe" -ef "$MAILVAN" ] || give_up "the worker did not start:"
	before=$(cpu_ns "$pid")
	sleep "$seconds" # this is what is measured
	proof "an idle worker's CPU, of $seconds s" \
		"$(awk -v a="$before" -v b="$(cpu_ns "$pid")" -v s="$seconds" 'BEGIN { printf "%.3f\n", (b - a) / s / 1e7 }')" 0.1 %
	kill "$pid"
	wait "$pid"
	rm -rf "$disk/scale"
}
registered() { [ "$(ask 'SELECT count(*) FROM worker')" = 1 ]; }
